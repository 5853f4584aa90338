import { appendEvent } from "../store/events.ts";
import type { RunRow } from "../store/runs.ts";
import type { Part } from "../store/sql.ts";

export type RunEventType =
  | "run.created"
  | "run.started"
  | "run.waiting"
  | "run.recovered"
  | "run.retried"
  | "run.cancelling"
  | "run.signalled"
  | "run.completed"
  | "run.failed"
  | "run.cancelled"
  | "step.started"
  | "step.progress"
  | "step.waiting"
  | "step.completed"
  | "step.retrying"
  | "step.failed"
  | "step.unknown";

/** `n` counts the events of one run, without a gap: whoever misses one can tell. */
export function runEvent(
  run: Pick<RunRow, "id" | "workspace_id">,
  type: RunEventType,
  n: number,
  now: number,
  data: Readonly<Record<string, unknown>> = {},
): Part<void> {
  return appendEvent({ at_ms: now, workspace_id: run.workspace_id, subject: run.id, type, data: { n, ...data } });
}
