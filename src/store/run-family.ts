// A run with all that it started, read and put back as a whole.
import type { StepRow } from "./run-steps.ts";
import { keepStep } from "./run-steps.ts";
import type { RunRow } from "./runs.ts";
import { type Part, type Row, run, type Sql } from "./sql.ts";

/** The run first, and each after the one that started it. */
export async function readFamily(sql: Sql, id: string, rowsMax: number): Promise<RunRow[]> {
  return sql.all<RunRow>(
    `WITH RECURSIVE family AS (
       SELECT id, 0 AS level FROM run WHERE id = ?1
       UNION ALL SELECT r.id, f.level + 1 FROM run r JOIN family f ON r.parent_id = f.id
     )
     SELECT r.* FROM family f CROSS JOIN run r WHERE r.id = f.id ORDER BY f.level, r.seq LIMIT ?2`,
    [id, rowsMax],
  );
}

export interface KeptSignal {
  readonly name: string;
  readonly data: string;
  readonly idempotency_key: string | null;
  readonly created_ms: number;
  readonly taken_by: string | null;
}

export async function readSignals(sql: Sql, runId: string): Promise<KeptSignal[]> {
  return sql.all<KeptSignal>(
    "SELECT name, data, idempotency_key, created_ms, taken_by FROM run_signal WHERE run_id = ?1 ORDER BY seq",
    [runId],
  );
}

export interface KeptEvent {
  readonly subject: string;
  readonly at_ms: number;
  readonly type: string;
  readonly data: string;
}

/** The log has no index by what it tells of, so it is gone through once for all of them. */
export async function readRunEvents(sql: Sql, runIds: readonly string[]): Promise<Map<string, KeptEvent[]>> {
  const rows = await sql.all<KeptEvent>(
    "SELECT subject, at_ms, type, data FROM event WHERE subject IN ({each 1}) ORDER BY seq",
    [JSON.stringify(runIds)],
  );
  return Map.groupBy(rows, ({ subject }) => subject);
}

export type PutRun = Omit<
  RunRow,
  "seq" | "host" | "rank" | "wake_ms" | "process" | "epoch" | "deadline_ms" | "cancel_ms" | "idempotency_hash"
>;

/** A run that is over, with what it remembers and what was said to it. False when its id is taken. */
export function* putRun(row: PutRun, steps: readonly StepRow[], signals: readonly KeptSignal[]): Part<boolean> {
  const put = yield* run<Row>(
    `INSERT INTO run (id, workspace_id, workflow, version, handler, caller, status, priority, rank, epoch, crashes, events,
       parent_id, parent_step, root_id, input, output, error, created_ms, updated_ms, started_ms, ended_ms)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 1, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21)
     ON CONFLICT (id) DO NOTHING RETURNING id`,
    [
      row.id,
      row.workspace_id,
      row.workflow,
      row.version,
      row.handler,
      row.caller,
      row.status,
      row.priority,
      row.created_ms,
      row.crashes,
      row.events,
      row.parent_id,
      row.parent_step,
      row.root_id,
      row.input,
      row.output,
      row.error,
      row.created_ms,
      row.updated_ms,
      row.started_ms,
      row.ended_ms,
    ],
  );
  if (put.length === 0) return false;
  for (const step of steps) yield* keepStep(step);
  for (const { name, data, idempotency_key, created_ms, taken_by } of signals) {
    yield* run(
      `INSERT INTO run_signal (run_id, name, data, idempotency_key, created_ms, taken_by)
       VALUES (?1, ?2, ?3, ?4, ?5, ?6)`,
      [row.id, name, data, idempotency_key, created_ms, taken_by],
    );
  }
  return true;
}
