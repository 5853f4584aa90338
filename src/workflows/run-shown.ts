// Runs as they are shown.
import { z } from "zod";
import { idSchema } from "../base/ids.ts";
import { RUN_STATUSES } from "../base/transitions.ts";

const Time = z.number().int();
const Failure = z.object({ code: z.string(), message: z.string(), hint: z.string().optional() });

export const RunId = idSchema("run");
export const RunStatus = z.enum(RUN_STATUSES);

/** What somebody has to do before the run goes on. */
export const RunWait = z.object({
  step: z.string(),
  kind: z.enum(["task", "gate", "wait"]),
  run: RunId.optional().describe("The run below it that waits."),
  task: idSchema("task").optional().describe("Take it with task_start."),
  signal: z.string().optional().describe("Say it with run_signal."),
  message: z.string().optional(),
  details: z.unknown().optional(),
  until_ms: Time.optional(),
});
export type RunWait = z.infer<typeof RunWait>;

export const RunBrief = z.object({
  id: RunId,
  workflow: z.string(),
  status: RunStatus,
  step: z.string().optional().describe("Where it is."),
  created_ms: Time,
  ended_ms: Time.optional(),
});
export type RunBrief = z.infer<typeof RunBrief>;

export const WORKER_PLACES = ["here", "host", "none"] as const;
const WorkerPlace = z
  .enum(WORKER_PLACES)
  .describe("Who goes on with it: this process, another one that lives, or none until cadre runs again.");

/** How a run stands, after a call that has moved it. */
export const RunState = z.object({
  id: RunId,
  workflow: z.string(),
  status: RunStatus,
  worker: WorkerPlace.optional(),
  waits_for: z.array(RunWait).optional(),
  output: z.unknown().optional(),
  failure: Failure.optional(),
  next_step: z.string().optional(),
});
export type RunState = z.infer<typeof RunState>;

export const RunStep = z.object({
  key: z.string(),
  kind: z.string(),
  status: z.string(),
  attempt: z.number().int().optional(),
  started_ms: Time,
  took_ms: Time.optional(),
  until_ms: Time.optional(),
  about: z.record(z.string(), z.unknown()).optional(),
  output: z.unknown().optional(),
  failure: Failure.optional(),
});
export type RunStep = z.infer<typeof RunStep>;

export const RunWhole = RunState.extend({
  version: z.string().describe("Of the text that it began with."),
  parent: RunId.optional(),
  children: z.array(RunBrief).optional(),
  priority: z.number().int(),
  crashes: z
    .number()
    .int()
    .optional()
    .describe("Workers that died over it; those before its last five in which it got on do not count."),
  lacks: z.string().optional().describe("What it needs to go on and has not."),
  spent: z
    .object({
      usd: z.number(),
      tokens: z.number().int(),
      replies: z.number().int(),
      unknown: z.number().int().optional().describe("Answers whose price nobody knows."),
    })
    .optional()
    .describe("What the agents of the run have cost, and of all that it started."),
  inputs: z.unknown(),
  steps: z.array(RunStep),
  more_steps: z.number().int().optional(),
  created_ms: Time,
  started_ms: Time.optional(),
  ended_ms: Time.optional(),
  deadline_ms: Time.optional(),
});
export type RunWhole = z.infer<typeof RunWhole>;
