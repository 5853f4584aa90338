// A run in a file, with all that it started: what happened, step by step, so that another cadre can show it, go through
// it again, and go on with it. Whoever reads it has not written it: everything is bounded.
import { z } from "zod";
import { idSchema } from "../../base/ids.ts";
import {
  RUN_NAME_CHARS_MAX,
  RUN_STEPS_MAX,
  RUNS_EXPORTED_MAX,
  WORD_CHARS_MAX,
  WORKFLOW_FILE_BYTES_MAX,
} from "../../base/limits.ts";
import { RUN_STATUSES, STEP_STATUSES } from "../../base/transitions.ts";

const Name = z.string().max(RUN_NAME_CHARS_MAX);
const Ms = z.number().int().min(0);
const Kept = z.json().optional().describe("As the run keeps it; left out for nothing.");

const ExportedStep = z.strictObject({
  key: Name,
  kind: Name,
  status: z.enum(STEP_STATUSES),
  attempt: Ms,
  wake_ms: Ms.nullable(),
  about: Kept,
  output: Kept,
  error: Kept,
  started_ms: Ms,
  ended_ms: Ms.nullable(),
});

const ExportedEvent = z.strictObject({ at_ms: Ms, type: Name, data: z.record(z.string(), z.unknown()) });

const ExportedSignal = z.strictObject({
  name: Name,
  data: Kept,
  idempotency_key: Name.nullable(),
  created_ms: Ms,
  taken_by: Name.nullable(),
});

const ExportedRun = z.strictObject({
  id: idSchema("run"),
  parent: idSchema("run").nullable(),
  parent_step: Name.nullable(),
  workflow: Name,
  version: Name,
  handler: Name,
  status: z.enum(RUN_STATUSES),
  priority: z.number().int(),
  crashes: Ms,
  input: Kept,
  output: Kept,
  error: Kept,
  created_ms: Ms,
  updated_ms: Ms,
  started_ms: Ms.nullable(),
  ended_ms: Ms.nullable(),
  steps: z.array(ExportedStep).max(RUN_STEPS_MAX),
  signals: z.array(ExportedSignal).max(RUN_STEPS_MAX),
  events: z.array(ExportedEvent).max(2 * RUN_STEPS_MAX),
});
export type ExportedRun = z.infer<typeof ExportedRun>;

export const RunFile = z.strictObject({
  format: z.literal("cadre-run"),
  format_version: z.literal(1),
  cadre: z.string().max(WORD_CHARS_MAX),
  exported: z.string().max(WORD_CHARS_MAX),
  runs: z.array(ExportedRun).min(1).max(RUNS_EXPORTED_MAX).describe("The run first, then those that it started."),
  definitions: z
    .array(
      z.strictObject({ digest: z.string().regex(/^[0-9a-f]{64}$/), text: z.string().max(WORKFLOW_FILE_BYTES_MAX) }),
    )
    .max(RUNS_EXPORTED_MAX)
    .describe("The texts of their workflows."),
});
export type RunFile = z.infer<typeof RunFile>;
