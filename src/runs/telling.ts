import { insertSignal } from "../store/run-signals.ts";
import { countEvents, type RunRow, wakeRun } from "../store/runs.ts";
import type { Part } from "../store/sql.ts";
import { runEvent } from "./run-event.ts";

interface Told {
  readonly name: string;
  /** JSON. */
  readonly data: string;
  /** What is said twice with one key is heard once. */
  readonly key?: string | undefined;
}

/** Says something to a run that is locked and open: it is kept until a step takes it. False when it was said before. */
export function* tellRun(run: RunRow, { name, data, key }: Told, now: number): Part<boolean> {
  const signal = { run_id: run.id, name, data, idempotency_key: key ?? null, created_ms: now };
  if (!(yield* insertSignal(signal))) return false;
  yield* countEvents(run.id, 1);
  yield* runEvent(run, "run.signalled", run.events + 1, now, { signal: name });
  yield* wakeRun(run.id, now);
  return true;
}
