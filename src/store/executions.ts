// Programs that were run. Invariant: the row is there before the program starts, and its status is moved once to
// where it ends, by whoever runs it or, when that process has died, by whoever finds out.
import type { ExecutionStatus } from "../base/transitions.ts";
import { type Part, type Row, run, type Sql, type Value } from "./sql.ts";

export interface ExecutionRow {
  readonly seq: number;
  readonly id: string;
  readonly workspace_id: string;
  readonly task_id: string | null;
  readonly process: string;
  readonly language: string;
  readonly engine: string;
  readonly status: ExecutionStatus;
  readonly code: string;
  readonly given: Record<string, unknown>;
  readonly outcome: Record<string, unknown>;
  readonly stdout: string;
  readonly stderr: string;
  readonly created_ms: number;
  readonly started_ms: number | null;
  readonly ended_ms: number | null;
}

export type NewExecution = Pick<
  ExecutionRow,
  "id" | "workspace_id" | "task_id" | "process" | "language" | "engine" | "code" | "given" | "created_ms"
>;

export interface ExecutionEnd {
  readonly status: ExecutionStatus;
  readonly outcome: Record<string, unknown>;
  readonly stdout: string;
  readonly stderr: string;
  readonly ended_ms: number;
}

export interface ExecutionFileRow {
  readonly execution_id: string;
  readonly path: string;
  readonly mime: string;
  readonly hash: string;
  readonly size_bytes: number;
}

export interface ExecutionFilter {
  readonly workspace_id?: string | undefined;
  readonly task_id?: string | undefined;
  readonly language?: string | undefined;
  /** One of these. */
  readonly statuses?: readonly ExecutionStatus[] | undefined;
  /** Begun at this time or later. */
  readonly since_ms?: number | undefined;
  /** In its code, in what it printed, or in how it ended; in small or capital letters. */
  readonly text?: string | undefined;
}

export function* insertExecution(execution: NewExecution): Part<void> {
  yield* run(
    `INSERT INTO execution (id, workspace_id, task_id, process, language, engine, status, code, given, created_ms)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'queued', ?7, ?8, ?9)`,
    [
      execution.id,
      execution.workspace_id,
      execution.task_id,
      execution.process,
      execution.language,
      execution.engine,
      execution.code,
      JSON.stringify(execution.given),
      execution.created_ms,
    ],
  );
}

export function* startExecution(id: string, now: number): Part<boolean> {
  const rows = yield* run(
    "UPDATE execution SET status = 'running', started_ms = ?2 WHERE id = ?1 AND status = 'queued' RETURNING id",
    [id, now],
  );
  return rows.length > 0;
}

/** Nothing when it is over already. */
export function* endExecution(id: string, end: ExecutionEnd): Part<ExecutionRow | undefined> {
  const rows = yield* run(
    `UPDATE execution SET status = ?2, outcome = ?3, stdout = ?4, stderr = ?5, ended_ms = ?6
     WHERE id = ?1 AND status IN ('queued', 'running')
     RETURNING *`,
    [id, end.status, JSON.stringify(end.outcome), end.stdout, end.stderr, end.ended_ms],
  );
  return rows.map(toExecution)[0];
}

export function* insertExecutionFile(file: ExecutionFileRow): Part<void> {
  yield* run("INSERT INTO execution_file (execution_id, path, mime, hash, size_bytes) VALUES (?1, ?2, ?3, ?4, ?5)", [
    file.execution_id,
    file.path,
    file.mime,
    file.hash,
    file.size_bytes,
  ]);
}

/** Those that a process left when it died. */
export function* interruptExecutions(process: string, now: number): Part<ExecutionRow[]> {
  const rows = yield* run(
    `UPDATE execution SET status = 'interrupted', ended_ms = ?2
     WHERE process = ?1 AND status IN ('queued', 'running')
     RETURNING *`,
    [process, now],
  );
  return rows.map(toExecution);
}

/** Processes that have programs which are not over. */
export async function readExecutingProcesses(sql: Sql): Promise<{ process: string; created_ms: number }[]> {
  return sql.all<{ process: string; created_ms: number }>(
    `SELECT process, max(created_ms) AS created_ms FROM execution WHERE status IN ('queued', 'running') GROUP BY process`,
  );
}

export async function readExecution(sql: Sql, id: string): Promise<ExecutionRow | undefined> {
  return (await sql.all("SELECT * FROM execution WHERE id = ?1", [id])).map(toExecution)[0];
}

export async function readExecutionFiles(sql: Sql, id: string): Promise<ExecutionFileRow[]> {
  return sql.all<ExecutionFileRow>("SELECT * FROM execution_file WHERE execution_id = ?1 ORDER BY path", [id]);
}

const ID_PREFIX = "execution_";

/** Ids that begin with what was typed: for completion. */
export async function readExecutionIds(sql: Sql, typed: string, rowsMax: number): Promise<string[]> {
  const prefix = ID_PREFIX.startsWith(typed) ? ID_PREFIX : typed;
  const rows = await sql.all<{ id: string }>(
    "SELECT id FROM execution WHERE id >= ?1 AND id < ?2 ORDER BY id LIMIT ?3",
    [prefix, `${prefix}g`, rowsMax],
  );
  return rows.map(({ id }) => id);
}

/** The newest first, below a number, without code and output. */
export async function readExecutions(
  sql: Sql,
  filter: ExecutionFilter,
  before: number,
  rowsMax: number,
): Promise<Omit<ExecutionRow, "code" | "stdout" | "stderr">[]> {
  const { text, values } = where(filter);
  const rows = await sql.all(
    `SELECT e.seq, e.id, e.workspace_id, e.task_id, e.process, e.language, e.engine, e.status, e.given, e.outcome,
       e.created_ms, e.started_ms, e.ended_ms
     FROM execution e WHERE ${text} e.seq < ?${values.length + 1} ORDER BY e.seq DESC LIMIT ?${values.length + 2}`,
    [...values, before, rowsMax],
  );
  return rows.map(toExecution);
}

function where(filter: ExecutionFilter): { text: string; values: Value[] } {
  const values: Value[] = [];
  let text = "";
  for (const column of ["workspace_id", "task_id", "language"] as const) {
    const wanted = filter[column];
    if (wanted === undefined) continue;
    values.push(wanted);
    text += `e.${column} = ?${values.length} AND `;
  }
  if (filter.statuses !== undefined) {
    const places = filter.statuses.map((_status, at) => `?${values.length + at + 1}`);
    values.push(...filter.statuses);
    text += `e.status IN (${places.join(", ")}) AND `;
  }
  if (filter.since_ms !== undefined) {
    values.push(filter.since_ms);
    text += `e.created_ms >= ?${values.length} AND `;
  }
  if (filter.text !== undefined) {
    values.push(`%${filter.text.toLowerCase().replaceAll(/[\\%_]/g, "\\$&")}%`);
    const has = (column: string) => `lower(${column}) LIKE ?${values.length} ESCAPE '\\'`;
    const columns = ["e.code", "e.stdout", "e.stderr", "CAST(e.outcome AS TEXT)"];
    text += `(${columns.map(has).join(" OR ")}) AND `;
  }
  return { text, values };
}

function toExecution(row: Row): ExecutionRow {
  return {
    ...(row as unknown as ExecutionRow),
    given: JSON.parse(String(row["given"])) as Record<string, unknown>,
    outcome: JSON.parse(String(row["outcome"])) as Record<string, unknown>,
  };
}

/** How many programs were run for each task of a project that had some. */
export async function countExecutionsByTask(sql: Sql, workspaceId: string): Promise<Map<string, number>> {
  const rows = await sql.all(
    "SELECT task_id, COUNT(*) AS runs FROM execution WHERE workspace_id = ?1 AND task_id IS NOT NULL GROUP BY task_id",
    [workspaceId],
  );
  return new Map(rows.map(({ task_id, runs }) => [String(task_id), Number(runs)]));
}
