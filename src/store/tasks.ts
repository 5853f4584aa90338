import type { Complexity, NeedKind, Worker } from "../base/kinds.ts";
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
  /** The orchestration that it was made in. */
  readonly session_id: string | null;
  /** The plan that it is a part of. */
  readonly parent_id: string | null;
  readonly complexity: Complexity;
  readonly effort: string;
  readonly worker: Worker;
  /** What shows that it is done. */
  readonly acceptance: readonly string[];
  /** What came of it, in a few lines. */
  readonly summary: string;
  /** Why it is blocked, failed, cancelled or to be revised. */
  readonly note: string;
  readonly attempts: number;
  readonly attempts_max: number;
  /** Not to be started before this time. */
  readonly ready_ms: number;
}

/** A task before the log of tasks has given it its place: a new one, or one from an export. */
export type NewTask = Omit<TaskRow, "seq">;
type Editable = Omit<
  TaskRow,
  "seq" | "id" | "workspace_id" | "session_id" | "revision" | "created_ms" | "updated_ms" | "archived_ms"
>;
export type TaskEdit = { readonly [Column in keyof Editable]?: Editable[Column] | undefined };

export interface TaskFilter {
  readonly workspace_id: string;
  readonly status?: TaskStatus | undefined;
  readonly role?: string | undefined;
  readonly language?: string | undefined;
  readonly session_id?: string | undefined;
  readonly parent_id?: string | undefined;
  /** Any of these. */
  readonly statuses?: readonly TaskStatus[] | undefined;
  readonly archived: boolean;
}

export interface Need {
  readonly task_id: string;
  readonly needs_id: string;
  readonly kind: NeedKind;
  /** Why nobody waits for it any more; null as long as somebody does. */
  readonly waived: string | null;
}

/** An edge without what it means: enough to draw it and to look for a cycle. */
export type Edge = Pick<Need, "task_id" | "needs_id">;

/** What holds for a needed task `b` that is still waited for; `n` is the edge. */
export const UNMET = `n.waived IS NULL AND b.archived_ms IS NULL AND (
  (n.kind = 'completion' AND b.status <> 'completed')
  OR (n.kind = 'blocks' AND b.status NOT IN ('completed', 'failed', 'cancelled')))`;

export function* insertTask(task: NewTask): Part<TaskRow | undefined> {
  const rows = yield* run<Row>(
    `INSERT INTO task (id, workspace_id, title, description, status, role, priority, tags, environment, language,
       revision, created_ms, updated_ms, archived_ms, session_id, parent_id, complexity, effort, worker, acceptance,
       summary, note, attempts, attempts_max, ready_ms)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23,
       ?24, ?25)
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
      task.session_id,
      task.parent_id,
      task.complexity,
      task.effort,
      task.worker,
      JSON.stringify(task.acceptance),
      task.summary,
      task.note,
      task.attempts,
      task.attempts_max,
      task.ready_ms,
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

/** Makes a task active that is pending; nothing when it is anything else. */
export function* beginTask(id: string, now: number): Part<TaskRow | undefined> {
  const rows = yield* run<Row>(
    `UPDATE task SET status = 'active', revision = revision + 1, updated_ms = ?2
     WHERE id = ?1 AND status = 'pending'
     RETURNING *`,
    [id, now],
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

/**
 * What a task needs from now on, of these kinds; edges of other kinds stay, unless they are named now. Who was
 * waived stays waived.
 */
export function* replaceNeeds(id: string, kinds: readonly NeedKind[], needs: readonly Need[]): Part<void> {
  const named = needs.map(({ needs_id }) => needs_id);
  yield* run("DELETE FROM task_need WHERE task_id = ?1 AND kind IN ({each 2}) AND needs_id NOT IN ({each 3})", [
    id,
    JSON.stringify(kinds),
    JSON.stringify(named),
  ]);
  for (const { needs_id, kind } of needs) {
    yield* run(
      `INSERT INTO task_need (task_id, needs_id, kind) VALUES (?1, ?2, ?3)
       ON CONFLICT (task_id, needs_id) DO UPDATE SET kind = excluded.kind`,
      [id, needs_id, kind],
    );
  }
}

export function* insertNeeds(needs: readonly (Edge & Partial<Need>)[]): Part<void> {
  for (const { task_id, needs_id, kind = "completion", waived = null } of needs) {
    yield* run(
      `INSERT INTO task_need (task_id, needs_id, kind, waived) VALUES (?1, ?2, ?3, ?4)
       ON CONFLICT DO NOTHING`,
      [task_id, needs_id, kind, waived],
    );
  }
}

/** False when there is no such edge. */
export function* waiveNeed({ task_id, needs_id }: Edge, why: string): Part<boolean> {
  const rows = yield* run("UPDATE task_need SET waived = ?3 WHERE task_id = ?1 AND needs_id = ?2 RETURNING task_id", [
    task_id,
    needs_id,
    why,
  ]);
  return rows.length > 0;
}

const UNMET_OF = `SELECT b.* FROM task_need n JOIN task b ON b.id = n.needs_id
  WHERE n.task_id = ?1 AND ${UNMET}
  ORDER BY b.seq`;

/** The tasks that this one still waits for. */
export function* unmetNeeds(id: string): Part<TaskRow[]> {
  return (yield* run<Row>(UNMET_OF, [id])).map(toTask);
}

export async function readUnmetOf(sql: Sql, id: string): Promise<TaskRow[]> {
  return (await sql.all(UNMET_OF, [id])).map(toTask);
}

/** Those of `ids` that are live tasks of the workspace. */
export function* knownTasks(workspaceId: string, ids: readonly string[]): Part<string[]> {
  const rows = yield* run<{ id: string }>(
    `SELECT id FROM task WHERE workspace_id = ?1 AND archived_ms IS NULL AND id IN ({each 2})`,
    [workspaceId, JSON.stringify(ids)],
  );
  return rows.map(({ id }) => id);
}

/** Live tasks of the workspace with one of these ids or titles; titles as people read them, in any case. */
export function* tasksNamed(workspaceId: string, names: readonly string[]): Part<Pick<TaskRow, "id" | "title">[]> {
  const lower = names.map((name) => name.toLowerCase());
  const rows = yield* run<Pick<TaskRow, "id" | "title">>(
    `SELECT id, title FROM task
     WHERE workspace_id = ?1 AND archived_ms IS NULL AND status <> 'cancelled'
       AND (id IN ({each 2}) OR lower(title) IN ({each 3}))`,
    [workspaceId, JSON.stringify(names), JSON.stringify(lower)],
  );
  return rows;
}

/** Every edge that can be reached from these tasks by following what they wait for. */
export function* needsBelow(ids: readonly string[]): Part<Edge[]> {
  return yield* run<Edge & Row>(
    `WITH RECURSIVE below (id) AS (
       SELECT id FROM task WHERE id IN ({each 1})
       UNION
       SELECT n.needs_id FROM task_need n JOIN below b ON n.task_id = b.id WHERE n.kind <> 'related'
     )
     SELECT task_id, needs_id FROM task_need WHERE task_id IN (SELECT id FROM below) AND kind <> 'related'`,
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

export async function readTasksById(sql: Sql, ids: readonly string[]): Promise<TaskRow[]> {
  if (ids.length === 0) return [];
  const rows = await sql.all("SELECT * FROM task WHERE id IN ({each 1}) ORDER BY seq", [JSON.stringify(ids)]);
  return rows.map(toTask);
}

/** Plans that are not over, the newest first. */
export async function readPlans(sql: Sql, workspaceId: string, rowsMax: number): Promise<TaskRow[]> {
  const rows = await sql.all(
    `SELECT t.* FROM task t
     WHERE t.workspace_id = ?1 AND t.archived_ms IS NULL AND t.status IN ('pending', 'active', 'blocked')
       AND EXISTS (SELECT 1 FROM task c WHERE c.parent_id = t.id AND c.archived_ms IS NULL)
     ORDER BY t.seq DESC LIMIT ?2`,
    [workspaceId, rowsMax],
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

/** Of these ids, those that there are. */
export async function readKnownTasks(sql: Sql, ids: readonly string[]): Promise<Set<string>> {
  if (ids.length === 0) return new Set();
  const rows = await sql.all<{ id: string }>("SELECT id FROM task WHERE id IN ({each 1})", [JSON.stringify(ids)]);
  return new Set(rows.map(({ id }) => id));
}

const NEEDS_OF = "SELECT task_id, needs_id, kind, waived FROM task_need WHERE task_id = ?1 ORDER BY needs_id";

/** The edges that leave a task. */
export function* needsOf(id: string): Part<Need[]> {
  return yield* run<Need & Row>(NEEDS_OF, [id]);
}

export async function readNeedsOf(sql: Sql, id: string): Promise<Need[]> {
  return sql.all<Need>(NEEDS_OF, [id]);
}

/** The edges that leave these tasks. */
export async function readNeeds(sql: Sql, ids: readonly string[]): Promise<Need[]> {
  if (ids.length === 0) return [];
  return sql.all<Need>(
    "SELECT task_id, needs_id, kind, waived FROM task_need WHERE task_id IN ({each 1}) ORDER BY task_id, needs_id",
    [JSON.stringify(ids)],
  );
}

/** How many tasks each of these still waits for; one that waits for none is not in the answer. */
export async function readUnmet(sql: Sql, ids: readonly string[]): Promise<Map<string, number>> {
  if (ids.length === 0) return new Map();
  const rows = await sql.all<{ task_id: string; number: number }>(
    `SELECT n.task_id, count(*) AS number
     FROM task_need n JOIN task b ON b.id = n.needs_id
     WHERE n.task_id IN ({each 1}) AND ${UNMET}
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
  for (const column of ["status", "role", "language", "session_id", "parent_id"] as const) {
    const wanted = filter[column];
    if (wanted === undefined) continue;
    values.push(wanted);
    tests.push(`${column} = ?${values.length}`);
  }
  if (filter.statuses) {
    values.push(JSON.stringify(filter.statuses));
    tests.push(`status IN ({each ${values.length}})`);
  }
  return { text: tests.join(" AND "), values };
}

export function toTask(row: Row): TaskRow {
  const { tags, acceptance } = row;
  return {
    ...(row as unknown as TaskRow),
    // Most tasks have none: parsing costs more than looking.
    tags: tags === "[]" ? [] : (JSON.parse(String(tags)) as string[]),
    acceptance: acceptance === "[]" ? [] : (JSON.parse(String(acceptance)) as string[]),
  };
}
