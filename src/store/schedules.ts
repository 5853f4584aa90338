// Workflows that start by themselves, again and again.
import { type Part, type Row, run, type Sql } from "./sql.ts";

export interface ScheduleRow {
  readonly seq: number;
  readonly id: string;
  readonly workspace_id: string;
  readonly workflow: string;
  /** JSON. */
  readonly inputs: string;
  /** On whose behalf, as JSON. */
  readonly caller: string;
  readonly cron: string;
  readonly timezone: string;
  /** The machine that has the project. */
  readonly host: string;
  readonly next_ms: number;
  readonly last_run: string | null;
  readonly problem: string | null;
  readonly created_ms: number;
}

type NewSchedule = Omit<ScheduleRow, "seq" | "last_run" | "problem">;

export function* insertSchedule(row: NewSchedule): Part<void> {
  yield* run(
    `INSERT INTO schedule (id, workspace_id, workflow, inputs, caller, cron, timezone, host, next_ms, created_ms)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)`,
    [
      row.id,
      row.workspace_id,
      row.workflow,
      row.inputs,
      row.caller,
      row.cron,
      row.timezone,
      row.host,
      row.next_ms,
      row.created_ms,
    ],
  );
}

/** False when somebody else has moved it on since it was read. */
export function* moveSchedule(
  { id, next_ms: before }: Pick<ScheduleRow, "id" | "next_ms">,
  next: Pick<ScheduleRow, "next_ms" | "last_run" | "problem">,
): Part<boolean> {
  const rows = yield* run(
    `UPDATE schedule SET next_ms = ?3, last_run = ?4, problem = ?5 WHERE id = ?1 AND next_ms = ?2 RETURNING id`,
    [id, before, next.next_ms, next.last_run, next.problem],
  );
  return rows.length > 0;
}

export function* deleteSchedule(id: string): Part<ScheduleRow | undefined> {
  return (yield* run<ScheduleRow & Row>("DELETE FROM schedule WHERE id = ?1 RETURNING *", [id]))[0];
}

export async function readDueSchedules(sql: Sql, host: string, now: number, rowsMax: number): Promise<ScheduleRow[]> {
  return sql.all<ScheduleRow>("SELECT * FROM schedule WHERE host = ?1 AND next_ms <= ?2 ORDER BY next_ms LIMIT ?3", [
    host,
    now,
    rowsMax,
  ]);
}

export async function nextSchedule(sql: Sql, host: string): Promise<number | undefined> {
  const [row] = await sql.all<{ next: number | null }>("SELECT min(next_ms) AS next FROM schedule WHERE host = ?1", [
    host,
  ]);
  return row?.next ?? undefined;
}

export async function readSchedules(
  sql: Sql,
  workspaceId: string,
  after: number,
  rowsMax: number,
): Promise<ScheduleRow[]> {
  return sql.all<ScheduleRow>("SELECT * FROM schedule WHERE workspace_id = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3", [
    workspaceId,
    after,
    rowsMax,
  ]);
}
