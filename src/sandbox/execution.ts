import { z } from "zod";
import { idSchema } from "../base/ids.ts";
import { EXECUTION_STATUSES } from "../base/transitions.ts";
import { ProgramError } from "./engine/job.ts";
import { Isolation } from "./isolation.ts";
import { LimitName } from "./limits.ts";
import { ENGINES, LANGUAGES } from "./program.ts";

const Count = z.number().int().min(0);
const ExecutionStatus = z.enum(EXECUTION_STATUSES);

/** A file that a program left. */
export const ExecutionFile = z.object({
  path: z.string(),
  mime: z.string(),
  size_bytes: Count,
  uri: z.string(),
  artifact: idSchema("artifact").optional().describe("As a result of the task."),
});
export type ExecutionFile = z.infer<typeof ExecutionFile>;

/** How a program ended, and what it came to. What is empty is left out. */
const Ending = z.object({
  status: ExecutionStatus,
  limit: LimitName.optional().describe("The limit that ended it."),
  exit_code: z.number().int().optional(),
  signal: z.string().optional(),
  failure: ProgramError.optional().describe("What the program did wrong, as its language says it."),
  result: z.unknown().optional(),
  columns: z.array(z.string()).optional(),
  rows: z.array(z.array(z.unknown())).optional(),
  changes: Count.optional(),
  stdout: z.string(),
  stderr: z.string(),
  truncated: z.boolean().optional().describe("It printed more than it may."),
  clipped: z.boolean().optional().describe("There is more output than is shown here."),
  lowered: z.array(z.string()).optional().describe("It asked for more than the policy allows."),
  files: z.array(ExecutionFile).optional(),
  refused_files: z.array(z.string()).optional(),
  tools_called: z.array(z.object({ tool: z.string(), ms: Count, outcome: z.string() })).optional(),
  refused_hosts: z.array(z.string()).optional().describe("Hosts that it asked for, and the policy does not allow."),
  unreached_hosts: z.array(z.string()).optional(),
  isolation: Isolation.optional(),
  usage: z.object({ wall_ms: Count, cpu_ms: Count, peak_bytes: Count.optional(), processes: Count }).optional(),
});

export const ExecutionRan = Ending.extend({ id: idSchema("execution") });
export type ExecutionRan = z.infer<typeof ExecutionRan>;

export const ExecutionBrief = z.object({
  id: idSchema("execution"),
  language: z.enum(LANGUAGES),
  status: ExecutionStatus,
  task: idSchema("task").optional(),
  wall_ms: Count.optional(),
  peak_bytes: Count.optional(),
  created_ms: Count,
});
export type ExecutionBrief = z.infer<typeof ExecutionBrief>;

export const ExecutionWhole = ExecutionRan.extend({
  language: z.enum(LANGUAGES),
  engine: z.enum(ENGINES).optional(),
  task: idSchema("task").optional(),
  code: z.string(),
  given: z.record(z.string(), z.unknown()).optional(),
  created_ms: Count,
  started_ms: Count.optional(),
  ended_ms: Count.optional(),
});
export type ExecutionWhole = z.infer<typeof ExecutionWhole>;

export function executionUri(id: string, path?: string): string {
  return `cadre://execution/${id}${path === undefined ? "" : `/${encodeURIComponent(path)}`}`;
}
