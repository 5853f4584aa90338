import { type Part, run, type Sql } from "./sql.ts";

/** A commit of the project's own history, linked to the task that it belongs to. */
export interface CommitRow {
  readonly task_id: string;
  readonly hash: string;
  readonly workspace_id: string;
  readonly message: string;
  readonly author: string;
  readonly linked_ms: number;
}

/** False when it was linked already; what is known of it is completed then. */
export function* linkCommit(commit: CommitRow): Part<boolean> {
  const known = yield* run("SELECT 1 AS known FROM task_commit WHERE task_id = ?1 AND hash = ?2", [
    commit.task_id,
    commit.hash,
  ]);
  yield* run(
    `INSERT INTO task_commit (task_id, hash, workspace_id, message, author, linked_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
     ON CONFLICT (task_id, hash) DO UPDATE SET
       message = CASE WHEN excluded.message = '' THEN task_commit.message ELSE excluded.message END,
       author = CASE WHEN excluded.author = '' THEN task_commit.author ELSE excluded.author END`,
    [commit.task_id, commit.hash, commit.workspace_id, commit.message, commit.author, commit.linked_ms],
  );
  return known.length === 0;
}

export async function readCommitsOf(sql: Sql, taskIds: readonly string[]): Promise<CommitRow[]> {
  if (taskIds.length === 0) return [];
  return sql.all<CommitRow>("SELECT * FROM task_commit WHERE task_id IN ({each 1}) ORDER BY linked_ms, hash", [
    JSON.stringify(taskIds),
  ]);
}

/** The newest first. */
export async function readRecentCommits(sql: Sql, workspaceId: string, rowsMax: number): Promise<CommitRow[]> {
  return sql.all<CommitRow>(
    "SELECT * FROM task_commit WHERE workspace_id = ?1 ORDER BY linked_ms DESC, hash LIMIT ?2",
    [workspaceId, rowsMax],
  );
}
