// Which tasks can be started, and how far a plan is.
import type { TaskStatus } from "../base/transitions.ts";
import { type Part, type Row, run, type Sql, type Value } from "./sql.ts";
import { type TaskRow, toTask, UNMET } from "./tasks.ts";

export interface ReadyFilter {
  readonly workspace_id: string;
  /** Only parts of this plan. */
  readonly parent_id?: string | undefined;
  readonly role?: string | undefined;
  readonly now: number;
}

/** Nobody has begun it, all that it waits for is there, and it is no plan, which is worked by its parts. */
function readyTasks({ workspace_id, parent_id, role, now }: ReadyFilter, rowsMax: number) {
  const values: Value[] = [workspace_id, now, rowsMax];
  const more = Object.entries({ parent_id, role }).flatMap(([column, value]) => {
    if (value === undefined) return [];
    values.push(value);
    return [` AND t.${column} = ?${values.length}`];
  });
  const text = `SELECT t.* FROM task t
    WHERE t.workspace_id = ?1 AND t.status = 'pending' AND t.archived_ms IS NULL AND t.worker = 'client'
      AND t.ready_ms <= ?2${more.join("")}
      AND NOT EXISTS (SELECT 1 FROM task_need n JOIN task b ON b.id = n.needs_id WHERE n.task_id = t.id AND ${UNMET})
      AND NOT EXISTS (SELECT 1 FROM task c WHERE c.parent_id = t.id AND c.archived_ms IS NULL)
    ORDER BY t.priority, t.seq LIMIT ?3`;
  return { text, values };
}

/** The next one to start; kept as it is until the change is done. */
export function* takeReady(filter: ReadyFilter): Part<TaskRow | undefined> {
  const { text, values } = readyTasks(filter, 1);
  return (yield* run<Row>(`${text} {take}`, values)).map(toTask)[0];
}

/** When the first of those that wait for a retry may be tried again; nothing when none does. */
export function* nextRetryMs(workspaceId: string, now: number): Part<number | undefined> {
  const [row] = yield* run<{ ready_ms: number | null }>(
    `SELECT min(ready_ms) AS ready_ms FROM task
     WHERE workspace_id = ?1 AND status = 'pending' AND archived_ms IS NULL AND ready_ms > ?2`,
    [workspaceId, now],
  );
  return row?.ready_ms ?? undefined;
}

/** The next one to start, for an answer. */
export function* nextReady(filter: ReadyFilter): Part<TaskRow | undefined> {
  const { text, values } = readyTasks(filter, 1);
  return (yield* run<Row>(text, values)).map(toTask)[0];
}

export async function readReady(sql: Sql, filter: ReadyFilter, rowsMax: number): Promise<TaskRow[]> {
  const { text, values } = readyTasks(filter, rowsMax);
  return (await sql.all(text, values)).map(toTask);
}

export type StatusCounts = Partial<Record<TaskStatus, number>>;

const CHILDREN = `SELECT status, count(*) AS number FROM task
  WHERE parent_id = ?1 AND archived_ms IS NULL
  GROUP BY status`;

/** How many parts of a plan stand where; empty for a task that is no plan. */
export function* childCounts(parentId: string): Part<StatusCounts> {
  return toCounts(yield* run<CountRow>(CHILDREN, [parentId]));
}

export async function readChildCounts(sql: Sql, parentId: string): Promise<StatusCounts> {
  return toCounts(await sql.all<CountRow>(CHILDREN, [parentId]));
}

interface CountRow extends Row {
  status: TaskStatus;
  number: number;
}

function toCounts(rows: readonly CountRow[]): StatusCounts {
  return Object.fromEntries(rows.map(({ status, number }) => [status, Number(number)]));
}

/** The parts of a plan, in the order that they were made. */
export async function readChildren(sql: Sql, parentId: string): Promise<TaskRow[]> {
  const rows = await sql.all("SELECT * FROM task WHERE parent_id = ?1 AND archived_ms IS NULL ORDER BY seq", [
    parentId,
  ]);
  return rows.map(toTask);
}

export function* childrenForChange(parentId: string): Part<TaskRow[]> {
  const rows = yield* run<Row>("SELECT * FROM task WHERE parent_id = ?1 AND archived_ms IS NULL ORDER BY seq {lock}", [
    parentId,
  ]);
  return rows.map(toTask);
}

/**
 * Tasks that nobody can start because what they wait for has failed or was cancelled: somebody has to retry it,
 * waive it, or plan anew.
 */
export async function readStuck(sql: Sql, workspaceId: string, rowsMax: number): Promise<TaskRow[]> {
  const rows = await sql.all(
    `SELECT t.* FROM task t
     WHERE t.workspace_id = ?1 AND t.status = 'pending' AND t.archived_ms IS NULL
       AND EXISTS (
         SELECT 1 FROM task_need n JOIN task b ON b.id = n.needs_id
         WHERE n.task_id = t.id AND n.waived IS NULL AND n.kind = 'completion' AND b.archived_ms IS NULL
           AND b.status IN ('failed', 'cancelled'))
     ORDER BY t.priority, t.seq LIMIT ?2`,
    [workspaceId, rowsMax],
  );
  return rows.map(toTask);
}
