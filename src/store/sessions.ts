import type { SessionStatus } from "../base/transitions.ts";
import { type Part, run, type Sql } from "./sql.ts";

export interface SessionRow {
  readonly seq: number;
  readonly id: string;
  readonly workspace_id: string;
  readonly title: string;
  readonly status: SessionStatus;
  /** Who began it. */
  readonly client: string;
  readonly created_ms: number;
  readonly updated_ms: number;
  readonly closed_ms: number | null;
}

export interface SessionCounts extends SessionRow {
  readonly tasks: number;
  readonly completed: number;
  readonly open: number;
}

export function* insertSession(session: Omit<SessionRow, "seq">): Part<SessionRow | undefined> {
  const rows = yield* run<SessionRow>(
    `INSERT INTO session (id, workspace_id, title, status, client, created_ms, updated_ms, closed_ms)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
     RETURNING *`,
    [
      session.id,
      session.workspace_id,
      session.title,
      session.status,
      session.client,
      session.created_ms,
      session.updated_ms,
      session.closed_ms,
    ],
  );
  return rows[0];
}

/** The one that work of this workspace belongs to now: the newest that is open. */
export function* openSession(workspaceId: string): Part<SessionRow | undefined> {
  const rows = yield* run<SessionRow>(
    "SELECT * FROM session WHERE workspace_id = ?1 AND status = 'open' ORDER BY seq DESC LIMIT 1",
    [workspaceId],
  );
  return rows[0];
}

export async function readSession(sql: Sql, id: string): Promise<SessionRow | undefined> {
  return (await sql.all<SessionRow>("SELECT * FROM session WHERE id = ?1", [id]))[0];
}

export function* sessionForChange(id: string): Part<SessionRow | undefined> {
  return (yield* run<SessionRow>("SELECT * FROM session WHERE id = ?1 {lock}", [id]))[0];
}

/** Somebody works in it: a title is set once, and then only by hand. */
export function* touchSession(id: string, title: string, now: number): Part<SessionRow | undefined> {
  const rows = yield* run<SessionRow>(
    `UPDATE session SET updated_ms = ?3, title = CASE WHEN ?2 = '' THEN title ELSE ?2 END
     WHERE id = ?1
     RETURNING *`,
    [id, title, now],
  );
  return rows[0];
}

/** Nothing when it has that status already. */
export function* moveSession(id: string, status: SessionStatus, now: number): Part<SessionRow | undefined> {
  const rows = yield* run<SessionRow>(
    `UPDATE session SET status = ?2, updated_ms = ?3, closed_ms = CASE WHEN ?2 = 'closed' THEN ?3 ELSE NULL END
     WHERE id = ?1 AND status <> ?2
     RETURNING *`,
    [id, status, now],
  );
  return rows[0];
}

/** Newest first. */
export async function readSessions(
  sql: Sql,
  filter: { readonly workspace_id: string; readonly status?: SessionStatus | undefined },
  before: number,
  rowsMax: number,
): Promise<SessionCounts[]> {
  return countInto(
    sql,
    await sql.all<SessionRow>(
      `SELECT * FROM session
       WHERE workspace_id = ?1 AND seq < ?2 AND (?3 = '' OR status = ?3)
       ORDER BY seq DESC LIMIT ?4`,
      [filter.workspace_id, before, filter.status ?? "", rowsMax],
    ),
  );
}

export async function readSessionsById(sql: Sql, ids: readonly string[]): Promise<SessionCounts[]> {
  return countInto(
    sql,
    await sql.all<SessionRow>("SELECT * FROM session WHERE id IN ({each 1})", [JSON.stringify(ids)]),
  );
}

async function countInto(sql: Sql, sessions: readonly SessionRow[]): Promise<SessionCounts[]> {
  const ids = sessions.map(({ id }) => id);
  const rows = await sql.all<{ session_id: string; tasks: number; completed: number; open: number }>(
    `SELECT session_id, count(*) AS tasks,
       count(CASE WHEN status = 'completed' THEN 1 END) AS completed,
       count(CASE WHEN status IN ('pending', 'active', 'blocked') THEN 1 END) AS open
     FROM task WHERE session_id IN ({each 1}) AND archived_ms IS NULL
     GROUP BY session_id`,
    [JSON.stringify(ids)],
  );
  const counts = new Map(rows.map((row) => [row.session_id, row]));
  return sessions.map((session) => {
    const { tasks = 0, completed = 0, open = 0 } = counts.get(session.id) ?? {};
    return { ...session, tasks: Number(tasks), completed: Number(completed), open: Number(open) };
  });
}

/** Open ones that nobody has touched since `before` and that have no open task left. */
export async function readIdleSessions(sql: Sql, workspaceId: string, before: number): Promise<SessionRow[]> {
  return sql.all<SessionRow>(
    `SELECT s.* FROM session s
     WHERE s.workspace_id = ?1 AND s.status = 'open' AND s.updated_ms < ?2
       AND NOT EXISTS (
         SELECT 1 FROM task t
         WHERE t.session_id = s.id AND t.archived_ms IS NULL AND t.status IN ('pending', 'active', 'blocked'))
     ORDER BY s.seq`,
    [workspaceId, before],
  );
}

export async function readSessionIds(sql: Sql, typed: string, rowsMax: number): Promise<string[]> {
  const prefix = "session_".startsWith(typed) ? "session_" : typed;
  const rows = await sql.all<{ id: string }>("SELECT id FROM session WHERE id >= ?1 AND id < ?2 ORDER BY id LIMIT ?3", [
    prefix,
    `${prefix}g`,
    rowsMax,
  ]);
  return rows.map(({ id }) => id);
}
