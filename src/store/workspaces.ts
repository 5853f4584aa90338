import { type Part, run, type Sql } from "./sql.ts";

export interface WorkspaceRow {
  readonly id: string;
  readonly path: string;
  readonly created_ms: number;
}

export interface WorkspaceCounts extends WorkspaceRow {
  readonly tasks: number;
  readonly archived: number;
}

export async function readWorkspace(sql: Sql, path: string): Promise<WorkspaceRow | undefined> {
  return (await sql.all<WorkspaceRow>("SELECT * FROM workspace WHERE path = ?1", [path]))[0];
}

export async function readWorkspaceById(sql: Sql, id: string): Promise<WorkspaceRow | undefined> {
  return (await sql.all<WorkspaceRow>("SELECT * FROM workspace WHERE id = ?1", [id]))[0];
}

export async function readWorkspaces(sql: Sql): Promise<WorkspaceCounts[]> {
  return sql.all<WorkspaceCounts>(
    `SELECT w.id, w.path, w.created_ms,
       count(t.id) AS tasks,
       count(t.archived_ms) AS archived
     FROM workspace w LEFT JOIN task t ON t.workspace_id = w.id
     GROUP BY w.id, w.path, w.created_ms
     ORDER BY w.path`,
  );
}

export function* knownWorkspace(path: string): Part<WorkspaceRow | undefined> {
  return (yield* run<WorkspaceRow>("SELECT * FROM workspace WHERE path = ?1", [path]))[0];
}

/** The row of this path, made when it is not there yet. */
export function* ensureWorkspace(path: string, make: () => WorkspaceRow): Part<WorkspaceRow> {
  const known = yield* knownWorkspace(path);
  if (known) return known;
  const row = make();
  // On PostgreSQL somebody else may be making it in this moment.
  const [made] = yield* run<WorkspaceRow>(
    `INSERT INTO workspace (id, path, created_ms) VALUES (?1, ?2, ?3)
     ON CONFLICT (path) DO UPDATE SET path = excluded.path
     RETURNING *`,
    [row.id, path, row.created_ms],
  );
  return made ?? row;
}

export function* moveWorkspace(id: string, path: string): Part<WorkspaceRow | undefined> {
  const [taken] = yield* run<WorkspaceRow>("SELECT * FROM workspace WHERE path = ?1 AND id <> ?2", [path, id]);
  if (taken) return undefined;
  return (yield* run<WorkspaceRow>("UPDATE workspace SET path = ?2 WHERE id = ?1 RETURNING *", [id, path]))[0];
}

/** Everything of a workspace goes with its row, except the log, which keeps the fact that it went. */
export function* deleteWorkspace(id: string): Part<WorkspaceRow | undefined> {
  return (yield* run<WorkspaceRow>("DELETE FROM workspace WHERE id = ?1 RETURNING *", [id]))[0];
}
