// Tasks that steps of runs wait for.
import { type Part, type Row, run, type Sql } from "./sql.ts";

export interface RunTaskRow {
  readonly task_id: string;
  readonly run_id: string;
  readonly step: string;
  /** 1 when the step made it. */
  readonly is_made: number;
  /** JSON schema. */
  readonly output_schema: string | null;
}

type NewRunTask = Omit<RunTaskRow, "output_schema"> & Partial<RunTaskRow>;

/** False when an open run has the task already. */
export function* linkTask({ task_id, run_id, step, is_made, output_schema = null }: NewRunTask): Part<boolean> {
  const rows = yield* run(
    `INSERT INTO run_task (task_id, run_id, step, is_made, output_schema) VALUES (?1, ?2, ?3, ?4, ?5)
     ON CONFLICT (task_id) DO UPDATE SET run_id = excluded.run_id, step = excluded.step, is_made = excluded.is_made
       WHERE run_task.run_id = excluded.run_id
         OR NOT EXISTS (SELECT 1 FROM run r WHERE r.id = run_task.run_id AND r.ended_ms IS NULL)
     RETURNING task_id`,
    [task_id, run_id, step, is_made, output_schema],
  );
  return rows.length > 0;
}

export function* taskOfStep(runId: string, step: string): Part<RunTaskRow | undefined> {
  return (yield* run<RunTaskRow & Row>("SELECT * FROM run_task WHERE run_id = ?1 AND step = ?2", [runId, step]))[0];
}

export function* stepOfTask(taskId: string): Part<RunTaskRow | undefined> {
  return (yield* run<RunTaskRow & Row>("SELECT * FROM run_task WHERE task_id = ?1", [taskId]))[0];
}

/** Of runs that have ended, the tasks that nobody will ask for any more. */
export async function readLeftTasks(sql: Sql, rowsMax: number): Promise<string[]> {
  const rows = await sql.all<{ id: string }>(
    `SELECT t.id FROM run_task l JOIN run r ON r.id = l.run_id JOIN task t ON t.id = l.task_id
     WHERE l.is_made = 1 AND r.ended_ms IS NOT NULL AND r.status <> 'failed' AND t.status IN ('pending', 'active', 'blocked') LIMIT ?1`,
    [rowsMax],
  );
  return rows.map(({ id }) => id);
}

export function* tasksOfRun(runId: string): Part<RunTaskRow[]> {
  return yield* run<RunTaskRow & Row>("SELECT * FROM run_task WHERE run_id = ?1", [runId]);
}

export function* unlinkTask(taskId: string): Part<void> {
  yield* run("DELETE FROM run_task WHERE task_id = ?1", [taskId]);
}
