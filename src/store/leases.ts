// Holds on tasks. Invariant: of all tokens ever given out for a task at most one counts, and a new one
// always comes with a higher epoch.
import { type Part, type Row, run, type Sql } from "./sql.ts";
import { type TaskRow, toTask } from "./tasks.ts";

export interface LeaseRow {
  readonly task_id: string;
  readonly epoch: number;
  /** Null when nobody holds the task. */
  readonly token: string | null;
  readonly holder: string;
  readonly agent: string;
  readonly process: string;
  readonly until_ms: number;
}

export type NewLease = Omit<LeaseRow, "epoch" | "token"> & { readonly token: string };

export function* leaseForChange(taskId: string): Part<LeaseRow | undefined> {
  return (yield* run<LeaseRow & Row>("SELECT * FROM lease WHERE task_id = ?1 {lock}", [taskId]))[0];
}

/** Takes the task, whoever had it before. */
export function* takeLease(lease: NewLease): Part<LeaseRow | undefined> {
  const rows = yield* run<LeaseRow & Row>(
    `INSERT INTO lease (task_id, epoch, token, holder, agent, process, until_ms) VALUES (?1, 1, ?2, ?3, ?4, ?5, ?6)
     ON CONFLICT (task_id) DO UPDATE SET epoch = lease.epoch + 1, token = excluded.token, holder = excluded.holder,
       agent = excluded.agent, process = excluded.process, until_ms = excluded.until_ms
     RETURNING *`,
    [lease.task_id, lease.token, lease.holder, lease.agent, lease.process, lease.until_ms],
  );
  return rows[0];
}

/** False when it is no longer held by this token. */
export function* renewLease(taskId: string, token: string, untilMs: number): Part<boolean> {
  const rows = yield* run("UPDATE lease SET until_ms = ?3 WHERE task_id = ?1 AND token = ?2 RETURNING task_id", [
    taskId,
    token,
    untilMs,
  ]);
  return rows.length > 0;
}

export function* endLease(taskId: string): Part<void> {
  yield* run("UPDATE lease SET token = NULL, until_ms = 0 WHERE task_id = ?1 AND token IS NOT NULL", [taskId]);
}

export async function readLeases(sql: Sql, taskIds: readonly string[]): Promise<Map<string, LeaseRow>> {
  if (taskIds.length === 0) return new Map();
  const rows = await sql.all<LeaseRow>("SELECT * FROM lease WHERE token IS NOT NULL AND task_id IN ({each 1})", [
    JSON.stringify(taskIds),
  ]);
  return new Map(rows.map((row) => [row.task_id, row]));
}

export interface HeldTask {
  readonly task: TaskRow;
  readonly lease: LeaseRow;
}

const HELD = `SELECT t.*, l.epoch, l.token, l.holder, l.agent, l.process, l.until_ms
  FROM lease l CROSS JOIN task t
  WHERE t.id = l.task_id AND l.token IS NOT NULL AND t.workspace_id = ?1 AND t.status = 'active' AND t.archived_ms IS NULL
  ORDER BY t.priority, t.seq`;

/** Every task of the workspace that somebody holds, or held when it died. */
export function* heldTasks(workspaceId: string): Part<HeldTask[]> {
  return (yield* run<Row>(HELD, [workspaceId])).map(toHeld);
}

export async function readHeldTasks(sql: Sql, workspaceId: string): Promise<HeldTask[]> {
  return (await sql.all<Row>(HELD, [workspaceId])).map(toHeld);
}

/**
 * A task whose holder has gone: its time is over, or its process is dead. The most urgent first. CROSS JOIN tells SQLite to begin with
 * the few holds that have ended, not with the many tasks.
 */
export function* takeLeft(filter: {
  readonly workspace_id: string;
  readonly role?: string | undefined;
  readonly now: number;
  readonly dead: readonly string[];
}): Part<HeldTask | undefined> {
  const { workspace_id, role = "", now, dead } = filter;
  const died = dead.length > 0 ? " OR l.process IN ({each 4})" : "";
  const rows = yield* run<Row>(
    `SELECT t.*, l.epoch, l.token, l.holder, l.agent, l.process, l.until_ms
     FROM lease l CROSS JOIN task t
     WHERE t.id = l.task_id AND l.token IS NOT NULL AND (l.until_ms <= ?1${died})
       AND t.workspace_id = ?2 AND t.status = 'active' AND t.archived_ms IS NULL AND (?3 = '' OR t.role = ?3)
     ORDER BY t.priority, t.seq LIMIT 1 {take}`,
    [now, workspace_id, role, ...(dead.length > 0 ? [JSON.stringify(dead)] : [])],
  );
  return rows.map(toHeld)[0];
}

function toHeld(row: Row): HeldTask {
  const { epoch, token, holder, agent, process, until_ms, ...task } = row;
  return {
    task: toTask(task),
    lease: { task_id: String(row["id"]), epoch, token, holder, agent, process, until_ms } as LeaseRow,
  };
}

/** Processes whose death still has to be told by their locks. */
export async function readHoldingProcesses(sql: Sql): Promise<Set<string>> {
  const rows = await sql.all<{ process: string }>(
    "SELECT DISTINCT process FROM lease WHERE token IS NOT NULL AND process <> ''",
  );
  return new Set(rows.map(({ process }) => process));
}
