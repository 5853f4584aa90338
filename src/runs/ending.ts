// How a run ends, whoever ends it. Invariant: in one change it leaves its limits, wakes whoever waits for it, takes
// its children with it, and tells of it.
import { leave } from "../store/run-limits.ts";
import {
  askToCancel,
  countEvents,
  endRun,
  openChildren,
  type RunEnd,
  type RunRow,
  runForChange,
  wakeRun,
} from "../store/runs.ts";
import type { Part } from "../store/sql.ts";
import { failureOf, readFailure } from "./failure.ts";
import { runEvent } from "./run-event.ts";

type Ending = Pick<RunRow, "id" | "workspace_id" | "parent_id" | "workflow">;

export const CANCELLED: RunEnd = { status: "cancelled", output: null, error: null };

export function failedBy(thrown: unknown): RunEnd {
  return { status: "failed", output: null, error: JSON.stringify(failureOf(thrown)) };
}

/** `n` is the number of its last event. */
export function* end(run: Ending, how: RunEnd, n: number, now: number): Part<void> {
  yield* endRun(run.id, how, now);
  yield* leave(run.id, now);
  const told = how.error === null ? {} : { error: readFailure(how.error) };
  yield* runEvent(run, `run.${how.status}`, n, now, { workflow: run.workflow, ...told });
  yield* cancelChildren(run.id, now);
  if (run.parent_id !== null) yield* wakeRun(run.parent_id, now);
}

/** Of a run that nobody works on. */
export function* endIdle(run: Ending & Pick<RunRow, "events">, how: RunEnd, now: number): Part<void> {
  yield* countEvents(run.id, 1);
  yield* end(run, how, run.events + 1, now);
}

/** Who waits ends at once; who is worked on is told by its row, which its worker looks at. */
export function* cancel(id: string, now: number): Part<void> {
  const run = yield* runForChange(id);
  if (!run || run.ended_ms !== null) return;
  if (run.status !== "running") return yield* endIdle(run, CANCELLED, now);
  if (run.cancel_ms === null) {
    yield* askToCancel(id, now);
    yield* countEvents(id, 1);
    yield* runEvent(run, "run.cancelling", run.events + 1, now);
  }
  yield* cancelChildren(id, now);
}

function* cancelChildren(id: string, now: number): Part<void> {
  for (const child of yield* openChildren(id)) yield* cancel(child, now);
}
