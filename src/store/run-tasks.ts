// Tasks that steps of runs wait for.
import { type Part, run, type Sql } from "./sql.ts";

export interface RunTaskRow {
  readonly task_id: string;
  readonly run_id: string;
  readonly step: string;
}

export function* linkTask({ task_id, run_id, step }: RunTaskRow): Part<void> {
  yield* run("INSERT INTO run_task (task_id, run_id, step) VALUES (?1, ?2, ?3) RETURNING task_id", [
    task_id,
    run_id,
    step,
  ]);
}

export function* taskOfStep(runId: string, step: string): Part<RunTaskRow | undefined> {
  return (yield* run<RunTaskRow & Record<string, string>>("SELECT * FROM run_task WHERE run_id = ?1 AND step = ?2", [
    runId,
    step,
  ]))[0];
}

export function* stepOfTask(taskId: string): Part<RunTaskRow | undefined> {
  return (yield* run<RunTaskRow & Record<string, string>>("SELECT * FROM run_task WHERE task_id = ?1", [taskId]))[0];
}

/** Of runs that have ended, the tasks that nobody will ask for any more. */
export async function readLeftTasks(sql: Sql, rowsMax: number): Promise<string[]> {
  const rows = await sql.all<{ id: string }>(
    `SELECT t.id FROM run_task l JOIN run r ON r.id = l.run_id JOIN task t ON t.id = l.task_id
     WHERE r.ended_ms IS NOT NULL AND r.status <> 'failed' AND t.status IN ('pending', 'active', 'blocked') LIMIT ?1`,
    [rowsMax],
  );
  return rows.map(({ id }) => id);
}

export function* tasksOfRun(runId: string): Part<RunTaskRow[]> {
  return yield* run<RunTaskRow & Record<string, string>>("SELECT * FROM run_task WHERE run_id = ?1", [runId]);
}

export function* unlinkTask(taskId: string): Part<void> {
  yield* run("DELETE FROM run_task WHERE task_id = ?1", [taskId]);
}
