import type { TaskStatus } from "../base/transitions.ts";
import { type Part, type Row, run, type Sql, type Value } from "./sql.ts";

export interface TaskRow {
  readonly seq: number;
  readonly id: string;
  readonly workspace_id: string;
  readonly title: string;
  readonly description: string;
  readonly status: TaskStatus;
  readonly role: string;
  readonly priority: number;
  readonly tags: readonly string[];
  readonly environment: string;
  readonly language: string;
  /** Grows by one with every change: who writes says which one they read. */
  readonly revision: number;
  readonly created_ms: number;
  readonly updated_ms: number;
  readonly archived_ms: number | null;
}

/** A task before the log of tasks has given it its place: a new one, or one from an export. */
export type NewTask = Omit<TaskRow, "seq">;
export type TaskEdit = Partial<
  Pick<TaskRow, "title" | "description" | "status" | "role" | "priority" | "tags" | "environment" | "language">
>;

export interface TaskFilter {
  readonly workspace_id: string;
  readonly status?: TaskStatus | undefined;
  readonly role?: string | undefined;
  readonly language?: string | undefined;
  readonly archived: boolean;
}

export interface Need {
  readonly task_id: string;
  readonly needs_id: string;
}

export function* insertTask(task: NewTask): Part<TaskRow | undefined> {
  const rows = yield* run<Row>(
    `INSERT INTO task (id, workspace_id, title, description, status, role, priority, tags, environment, language,
       revision, created_ms, updated_ms, archived_ms)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
     RETURNING *`,
    [
      task.id,
      task.workspace_id,
      task.title,
      task.description,
      task.status,
      task.role,
      task.priority,
      JSON.stringify(task.tags),
      task.environment,
      task.language,
      task.revision,
      task.created_ms,
      task.updated_ms,
      task.archived_ms,
    ],
  );
  return rows.map(toTask)[0];
}

/** Reads inside a change; `{lock}` keeps the row as it is until the change is done. */
export function* taskForChange(id: string): Part<TaskRow | undefined> {
  const rows = yield* run<Row>("SELECT * FROM task WHERE id = ?1 {lock}", [id]);
  return rows.map(toTask)[0];
}

/** The new row, or nothing when somebody else has changed the task since `revision`. */
export function* updateTask(id: string, revision: number, edit: TaskEdit, now: number): Part<TaskRow | undefined> {
  const columns = Object.entries(edit).filter(([, value]) => value !== undefined);
  const sets = columns.map(([column], at) => `${column} = ?${at + 4}`);
  const values = columns.map(([, value]) => (Array.isArray(value) ? JSON.stringify(value) : (value as Value)));
  const rows = yield* run<Row>(
    `UPDATE task SET ${[...sets, "revision = revision + 1", "updated_ms = ?3"].join(", ")}
     WHERE id = ?1 AND revision = ?2
     RETURNING *`,
    [id, revision, now, ...values],
  );
  return rows.map(toTask)[0];
}

export function* archiveTask(id: string, archivedMs: number | null, now: number): Part<TaskRow | undefined> {
  const rows = yield* run<Row>(
    `UPDATE task SET archived_ms = ?2, revision = revision + 1, updated_ms = ?3
     WHERE id = ?1 AND archived_ms IS ${archivedMs === null ? "NOT NULL" : "NULL"}
     RETURNING *`,
    [id, archivedMs, now],
  );
  return rows.map(toTask)[0];
}

export function* purgeTask(id: string): Part<TaskRow | undefined> {
  return (yield* run<Row>("DELETE FROM task WHERE id = ?1 RETURNING *", [id])).map(toTask)[0];
}

export function* replaceNeeds(id: string, needs: readonly string[]): Part<void> {
  yield* run("DELETE FROM task_need WHERE task_id = ?1", [id]);
  yield* insertNeeds(id, needs);
}

export function* insertNeeds(id: string, needs: readonly string[]): Part<void> {
  for (const need of needs) {
    yield* run("INSERT INTO task_need (task_id, needs_id) VALUES (?1, ?2) ON CONFLICT DO NOTHING", [id, need]);
  }
}

/** Those of `ids` that are live tasks of the workspace. */
export function* knownTasks(workspaceId: string, ids: readonly string[]): Part<string[]> {
  const rows = yield* run<{ id: string }>(
    `SELECT id FROM task WHERE workspace_id = ?1 AND archived_ms IS NULL AND id IN ({each 2})`,
    [workspaceId, JSON.stringify(ids)],
  );
  return rows.map(({ id }) => id);
}

/** Every edge that can be reached from these tasks by following what they need. */
export function* needsBelow(ids: readonly string[]): Part<Need[]> {
  return yield* run<Need & Row>(
    `WITH RECURSIVE below (id) AS (
       SELECT id FROM task WHERE id IN ({each 1})
       UNION
       SELECT n.needs_id FROM task_need n JOIN below b ON n.task_id = b.id
     )
     SELECT task_id, needs_id FROM task_need WHERE task_id IN (SELECT id FROM below)`,
    [JSON.stringify(ids)],
  );
}

/** On PostgreSQL two changes of one workspace's graph go one after the other: a cycle needs both to be seen. */
export function* lockGraph(workspaceId: string): Part<void> {
  yield* run("SELECT id FROM workspace WHERE id = ?1 {lock}", [workspaceId]);
}

export async function readTask(sql: Sql, id: string): Promise<TaskRow | undefined> {
  return (await sql.all("SELECT * FROM task WHERE id = ?1", [id])).map(toTask)[0];
}

export async function readTasks(sql: Sql, filter: TaskFilter, after: number, rowsMax: number): Promise<TaskRow[]> {
  const { text, values } = where(filter);
  const rows = await sql.all(
    `SELECT * FROM task WHERE ${text} AND seq > ?${values.length + 1} ORDER BY seq LIMIT ?${values.length + 2}`,
    [...values, after, rowsMax],
  );
  return rows.map(toTask);
}

export async function countTasks(sql: Sql, filter: TaskFilter): Promise<Partial<Record<TaskStatus, number>>> {
  const { text, values } = where(filter);
  const rows = await sql.all<{ status: TaskStatus; number: number }>(
    `SELECT status, count(*) AS number FROM task WHERE ${text} GROUP BY status`,
    values,
  );
  return Object.fromEntries(rows.map(({ status, number }) => [status, Number(number)]));
}

/** The edges that leave these tasks. */
export async function readNeeds(sql: Sql, ids: readonly string[]): Promise<Need[]> {
  if (ids.length === 0) return [];
  return sql.all<Need>(
    "SELECT task_id, needs_id FROM task_need WHERE task_id IN ({each 1}) ORDER BY task_id, needs_id",
    [JSON.stringify(ids)],
  );
}

/** How many tasks each of these still waits for; one that waits for none is not in the answer. */
export async function readUnmet(sql: Sql, ids: readonly string[]): Promise<Map<string, number>> {
  if (ids.length === 0) return new Map();
  const rows = await sql.all<{ task_id: string; number: number }>(
    `SELECT n.task_id, count(*) AS number
     FROM task_need n JOIN task t ON t.id = n.needs_id
     WHERE n.task_id IN ({each 1}) AND t.status <> 'completed' AND t.archived_ms IS NULL
     GROUP BY n.task_id`,
    [JSON.stringify(ids)],
  );
  return new Map(rows.map(({ task_id, number }) => [task_id, Number(number)]));
}

const ID_PREFIX = "task_";

/** Ids that begin with what was typed: for completion. */
export async function readTaskIds(sql: Sql, typed: string, rowsMax: number): Promise<string[]> {
  const prefix = ID_PREFIX.startsWith(typed) ? ID_PREFIX : typed;
  const rows = await sql.all<{ id: string }>(
    "SELECT id FROM task WHERE id >= ?1 AND id < ?2 AND archived_ms IS NULL ORDER BY id LIMIT ?3",
    [prefix, `${prefix}g`, rowsMax],
  );
  return rows.map(({ id }) => id);
}

function where(filter: TaskFilter): { text: string; values: Value[] } {
  const values: Value[] = [filter.workspace_id];
  const tests = ["workspace_id = ?1", `archived_ms IS ${filter.archived ? "NOT NULL" : "NULL"}`];
  for (const column of ["status", "role", "language"] as const) {
    const wanted = filter[column];
    if (wanted === undefined) continue;
    values.push(wanted);
    tests.push(`${column} = ?${values.length}`);
  }
  return { text: tests.join(" AND "), values };
}

function toTask(row: Row): TaskRow {
  return { ...(row as unknown as TaskRow), tags: JSON.parse(String(row["tags"])) as string[] };
}
