// Kept results and what they hold. Invariants: a content is stored once, whoever refers to it; versions of one name of
// one task are 1, 2, 3 …; a content is dropped only while nothing refers to it and nobody is about to.
import { digest } from "../base/ids.ts";
import type { ArtifactType } from "../base/kinds.ts";
import { type Part, type Row, run, type Sql, type Value } from "./sql.ts";

export interface ArtifactRow {
  readonly seq: number;
  readonly id: string;
  readonly workspace_id: string;
  readonly task_id: string;
  readonly name: string;
  readonly version: number;
  readonly type: ArtifactType;
  readonly mime: string;
  readonly title: string;
  /** Paths of the project that it is about. */
  readonly files: readonly string[];
  /** Of what it holds. */
  readonly hash: string;
  readonly size_bytes: number;
  readonly created_ms: number;
}

export type NewArtifact = Omit<ArtifactRow, "seq">;

export interface Content {
  readonly hash: string;
  readonly size_bytes: number;
  readonly bytes: Uint8Array;
}

export interface ArtifactFilter {
  readonly workspace_id?: string | undefined;
  readonly task_id?: string | undefined;
  readonly type?: ArtifactType | undefined;
  /** Older versions too. */
  readonly versions?: boolean | undefined;
}

export type ContentSize = Pick<Content, "hash" | "size_bytes">;

export function contentOf(given: string | Uint8Array): Content {
  const bytes = typeof given === "string" ? Buffer.from(given) : given;
  return { hash: digest(bytes), size_bytes: bytes.length, bytes };
}

/**
 * To be yielded in the change that refers to it; false when it was there already, and then it is not sent again. On
 * PostgreSQL the row is locked from here on, so that nobody drops it before the reference is there.
 */
export function* keepContent({ hash, size_bytes, bytes }: Content, now: number): Part<boolean> {
  const known = yield* run("SELECT hash FROM content WHERE hash = ?1 {lock}", [hash]);
  if (known.length > 0) return false;
  yield* run(
    `INSERT INTO content (hash, size_bytes, bytes, created_ms) VALUES (?1, ?2, ?3, ?4)
     ON CONFLICT (hash) DO UPDATE SET size_bytes = excluded.size_bytes WHERE content.hash <> excluded.hash`,
    // The condition never holds: the row stays as it is, but is locked.
    [hash, size_bytes, bytes, now],
  );
  return true;
}

export function* insertArtifact(artifact: NewArtifact): Part<ArtifactRow | undefined> {
  const rows = yield* run<Row>(
    `INSERT INTO artifact (id, workspace_id, task_id, name, version, type, mime, title, files, hash, size_bytes,
       created_ms)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
     RETURNING *`,
    [
      artifact.id,
      artifact.workspace_id,
      artifact.task_id,
      artifact.name,
      artifact.version,
      artifact.type,
      artifact.mime,
      artifact.title,
      JSON.stringify(artifact.files),
      artifact.hash,
      artifact.size_bytes,
      artifact.created_ms,
    ],
  );
  return rows.map(toArtifact)[0];
}

/** The last version of a name. Whoever makes the next one has locked the task. */
export function* newestVersion(taskId: string, name: string): Part<ArtifactRow | undefined> {
  const rows = yield* run<Row>(NEWEST_OF_NAME, [taskId, name]);
  return rows.map(toArtifact)[0];
}

const NEWEST_OF_NAME = "SELECT * FROM artifact WHERE task_id = ?1 AND name = ?2 ORDER BY version DESC LIMIT 1";

/** Nothing refers to a content. */
const IS_UNUSED = `NOT EXISTS (SELECT 1 FROM artifact a WHERE a.hash = content.hash)
       AND NOT EXISTS (SELECT 1 FROM execution_file f WHERE f.hash = content.hash)`;

/** Those of these contents that nothing refers to. They are locked first: who was about to refer has done so then. */
export function* dropContents(hashes: readonly string[]): Part<ContentSize[]> {
  const list = JSON.stringify(hashes);
  yield* run("SELECT hash FROM content WHERE hash IN ({each 1}) ORDER BY hash {lock}", [list]);
  return yield* run<ContentSize>(
    `DELETE FROM content
     WHERE hash IN ({each 1}) AND ${IS_UNUSED}
     RETURNING hash, size_bytes`,
    [list],
  );
}

export async function readArtifact(sql: Sql, id: string): Promise<ArtifactRow | undefined> {
  return (await sql.all("SELECT * FROM artifact WHERE id = ?1", [id])).map(toArtifact)[0];
}

export async function readNewest(sql: Sql, taskId: string, name: string): Promise<ArtifactRow | undefined> {
  return (await sql.all(NEWEST_OF_NAME, [taskId, name])).map(toArtifact)[0];
}

export async function readVersion(
  sql: Sql,
  { task_id, name }: Pick<ArtifactRow, "task_id" | "name">,
  version: number,
): Promise<ArtifactRow | undefined> {
  const rows = await sql.all("SELECT * FROM artifact WHERE task_id = ?1 AND name = ?2 AND version = ?3", [
    task_id,
    name,
    version,
  ]);
  return rows.map(toArtifact)[0];
}

const IS_NEWEST = `NOT EXISTS (
  SELECT 1 FROM artifact n WHERE n.task_id = a.task_id AND n.name = a.name AND n.version > a.version)`;

/** The newest first, below a number; those of deleted tasks only when their task is asked for. */
export async function readArtifacts(
  sql: Sql,
  filter: ArtifactFilter,
  before: number,
  rowsMax: number,
): Promise<ArtifactRow[]> {
  const { text, values } = where(filter);
  const rows = await sql.all(
    `SELECT a.* FROM artifact a WHERE ${text} AND a.seq < ?${values.length + 1}
     ORDER BY a.seq DESC LIMIT ?${values.length + 2}`,
    [...values, before, rowsMax],
  );
  return rows.map(toArtifact);
}

export async function readArtifactsById(sql: Sql, ids: readonly string[]): Promise<ArtifactRow[]> {
  if (ids.length === 0) return [];
  return (await sql.all("SELECT * FROM artifact WHERE id IN ({each 1})", [JSON.stringify(ids)])).map(toArtifact);
}

/** Every version of everything in the order it was kept, of deleted tasks too. */
export async function readAllArtifacts(
  sql: Sql,
  filter: Pick<ArtifactFilter, "workspace_id" | "task_id">,
  after: number,
  rowsMax: number,
): Promise<ArtifactRow[]> {
  const [column, value] =
    filter.task_id === undefined ? ["workspace_id", filter.workspace_id ?? ""] : ["task_id", filter.task_id];
  const rows = await sql.all(`SELECT * FROM artifact WHERE ${column} = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3`, [
    value,
    after,
    rowsMax,
  ]);
  return rows.map(toArtifact);
}

/** The newest version of each name of these tasks, in the order they were kept. */
export async function readNewestOfTasks(sql: Sql, taskIds: readonly string[]): Promise<ArtifactRow[]> {
  if (taskIds.length === 0) return [];
  const rows = await sql.all(
    `SELECT a.* FROM artifact a WHERE a.task_id IN ({each 1}) AND ${IS_NEWEST} ORDER BY a.seq`,
    [JSON.stringify(taskIds)],
  );
  return rows.map(toArtifact);
}

/** The tasks of a workspace that have artifacts, in the order of their ids. */
export async function readTasksWithArtifacts(
  sql: Sql,
  workspaceId: string,
  after: string,
  rowsMax: number,
): Promise<string[]> {
  const rows = await sql.all<{ task_id: string }>(
    `SELECT DISTINCT task_id FROM artifact WHERE workspace_id = ?1 AND task_id > ?2 ORDER BY task_id LIMIT ?3`,
    [workspaceId, after, rowsMax],
  );
  return rows.map(({ task_id }) => task_id);
}

const ID_PREFIX = "artifact_";

/** Ids that begin with what was typed: for completion. */
export async function readArtifactIds(sql: Sql, typed: string, rowsMax: number): Promise<string[]> {
  const prefix = ID_PREFIX.startsWith(typed) ? ID_PREFIX : typed;
  const rows = await sql.all<{ id: string }>(
    "SELECT id FROM artifact WHERE id >= ?1 AND id < ?2 ORDER BY id LIMIT ?3",
    [prefix, `${prefix}g`, rowsMax],
  );
  return rows.map(({ id }) => id);
}

export async function readContent(sql: Sql, hash: string): Promise<Uint8Array | undefined> {
  return (await sql.all<{ bytes: Uint8Array }>("SELECT bytes FROM content WHERE hash = ?1", [hash]))[0]?.bytes;
}

/** Contents in the order of their hashes, and whether anything refers to them. */
export async function readContentSizes(
  sql: Sql,
  after: string,
  rowsMax: number,
): Promise<(ContentSize & { readonly isUsed: boolean })[]> {
  const rows = await sql.all<{ hash: string; size_bytes: number; used: number }>(
    `SELECT hash, size_bytes,
       CASE WHEN ${IS_UNUSED} THEN 0 ELSE 1 END AS used
     FROM content WHERE hash > ?1 ORDER BY hash LIMIT ?2`,
    [after, rowsMax],
  );
  return rows.map(({ hash, size_bytes, used }) => ({ hash, size_bytes, isUsed: Number(used) === 1 }));
}

/** How many artifacts there are, and how much they would take if nothing were shared. */
export async function readArtifactTotals(sql: Sql): Promise<{ artifacts: number; bytes: number }> {
  const [row] = await sql.all<{ artifacts: number; bytes: number | null }>(
    "SELECT count(*) AS artifacts, sum(size_bytes) AS bytes FROM artifact",
  );
  return { artifacts: Number(row?.artifacts ?? 0), bytes: Number(row?.bytes ?? 0) };
}

function where(filter: ArtifactFilter): { text: string; values: Value[] } {
  const values: Value[] = [];
  const tests: string[] = [];
  for (const column of ["task_id", "workspace_id", "type"] as const) {
    const wanted = filter[column];
    if (wanted === undefined) continue;
    values.push(wanted);
    tests.push(`a.${column} = ?${values.length}`);
  }
  if (filter.task_id === undefined)
    tests.push("NOT EXISTS (SELECT 1 FROM task t WHERE t.id = a.task_id AND t.archived_ms IS NOT NULL)");
  if (!filter.versions) tests.push(IS_NEWEST);
  return { text: tests.join(" AND "), values };
}

export function toArtifact(row: Row): ArtifactRow {
  const { files } = row;
  return {
    ...(row as unknown as ArtifactRow),
    files: files === "[]" ? [] : (JSON.parse(String(files)) as string[]),
  };
}
