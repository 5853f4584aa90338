// How a run ends, whoever ends it. Invariant: in one change it leaves its limits, wakes whoever waits for it, takes
// its children with it, and tells of it.
import { leave } from "../store/run-limits.ts";
import { askToCancel, endRun, openChildren, type RunEnd, type RunRow, runForChange, wakeRun } from "../store/runs.ts";
import type { Part } from "../store/sql.ts";
import { readFailure } from "./failure.ts";
import { runEvent } from "./run-event.ts";

type Ending = Pick<RunRow, "id" | "workspace_id" | "parent_id" | "workflow">;

/** `n` is the number of its last event. Answers the runs that may have something to go on with. */
export function* end(run: Ending, how: RunEnd, n: number, now: number): Part<string[]> {
  yield* endRun(run.id, how, now);
  yield* leave(run.id, now);
  const told = how.error === null ? {} : { error: readFailure(how.error) };
  yield* runEvent(run, `run.${how.status}`, n, now, { workflow: run.workflow, ...told });
  const touched = yield* cancelChildren(run.id, now);
  if (run.parent_id === null) return touched;
  yield* wakeRun(run.parent_id, now);
  return [...touched, run.parent_id];
}

/** Who works on one is told; who waits ends at once. Answers those that are worked on, and must be told. */
export function* cancel(id: string, now: number): Part<string[]> {
  const run = yield* runForChange(id);
  if (!run || run.ended_ms !== null) return [];
  if (run.status !== "running") {
    yield* askToCancel(id, now);
    return yield* end(run, { status: "cancelled", output: null, error: null }, run.events + 1, now);
  }
  if (run.cancel_ms === null) {
    yield* askToCancel(id, now);
    yield* runEvent(run, "run.cancelling", run.events + 1, now);
  }
  return [id, ...(yield* cancelChildren(id, now))];
}

function* cancelChildren(id: string, now: number): Part<string[]> {
  const touched: string[] = [];
  for (const child of yield* openChildren(id)) touched.push(...(yield* cancel(child, now)));
  return touched;
}
