// What was said to a run: kept until a step takes it, whether or not anybody waits for it yet.
import { type Part, run } from "./sql.ts";

export interface SignalRow {
  readonly seq: number;
  readonly name: string;
  readonly data: string;
}

/** False when the same was said before. */
export function* insertSignal(signal: {
  readonly run_id: string;
  readonly name: string;
  readonly data: string;
  readonly idempotency_key: string | null;
  readonly created_ms: number;
}): Part<boolean> {
  const rows = yield* run(
    `INSERT INTO run_signal (run_id, name, data, idempotency_key, created_ms) VALUES (?1, ?2, ?3, ?4, ?5)
     ON CONFLICT DO NOTHING RETURNING seq`,
    [signal.run_id, signal.name, signal.data, signal.idempotency_key, signal.created_ms],
  );
  return rows.length > 0;
}

/** Whether something was said with this key. */
export function* wasSaid(runId: string, key: string): Part<boolean> {
  const rows = yield* run("SELECT 1 AS said FROM run_signal WHERE run_id = ?1 AND idempotency_key = ?2", [runId, key]);
  return rows.length > 0;
}

/** The oldest with this name that no step has taken. */
export function* takeSignal(runId: string, name: string, step: string): Part<SignalRow | undefined> {
  const rows = yield* run<{ seq: number; name: string; data: string }>(
    `UPDATE run_signal SET taken_by = ?3 WHERE seq = (
       SELECT min(seq) FROM run_signal WHERE run_id = ?1 AND name = ?2 AND taken_by IS NULL
     ) RETURNING seq, name, data`,
    [runId, name, step],
  );
  return rows[0];
}
