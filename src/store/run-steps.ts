import type { StepStatus } from "../base/transitions.ts";
import { type Part, run, type Sql } from "./sql.ts";

export interface StepRow {
  readonly run_id: string;
  readonly key: string;
  readonly kind: string;
  readonly status: StepStatus;
  readonly attempt: number;
  readonly wake_ms: number | null;
  /** What it waits for, as JSON. */
  readonly about: string | null;
  readonly output: string | null;
  readonly error: string | null;
  readonly started_ms: number;
  readonly ended_ms: number | null;
}

/** A step that has just begun. */
export function newStep(runId: string, key: string, kind: string, startedMs: number): StepRow {
  const nothing = { wake_ms: null, about: null, output: null, error: null, ended_ms: null };
  return { ...nothing, run_id: runId, key, kind, status: "running", attempt: 1, started_ms: startedMs };
}

/** In a change that was let through by the fence of its run. */
export function* keepStep(step: StepRow): Part<void> {
  yield* run(
    `INSERT INTO run_step (run_id, key, kind, status, attempt, wake_ms, about, output, error, started_ms, ended_ms)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
     ON CONFLICT (run_id, key) DO UPDATE SET status = excluded.status, attempt = excluded.attempt,
       wake_ms = excluded.wake_ms, about = excluded.about, output = excluded.output, error = excluded.error,
       ended_ms = excluded.ended_ms`,
    [
      step.run_id,
      step.key,
      step.kind,
      step.status,
      step.attempt,
      step.wake_ms,
      step.about,
      step.output,
      step.error,
      step.started_ms,
      step.ended_ms,
    ],
  );
}

/** In the order in which they began. */
export async function readSteps(sql: Sql, runId: string): Promise<StepRow[]> {
  return sql.all<StepRow>("SELECT * FROM run_step WHERE run_id = ?1 ORDER BY started_ms, key", [runId]);
}

/** That tasks were made, of those that are not there any more. */
export function* forgetLostTasks(runId: string): Part<void> {
  yield* run(
    `DELETE FROM run_step WHERE run_id = ?1 AND kind = 'make' AND key LIKE '%.task'
       AND NOT EXISTS (SELECT 1 FROM run_task l WHERE l.run_id = ?1 AND l.step || '.task' = run_step.key)`,
    [runId],
  );
}
