// Kept results. Invariants: what is kept never changes, the same name of the same task again is a new version; an
// artifact, what it holds and the event that tells of it are parts of one change, which is somebody else's: whoever
// sees a task completed can read what came of it.

import { formatBytes } from "../base/bytes.ts";
import { AppError } from "../base/errors.ts";
import type { ArtifactType } from "../base/kinds.ts";
import { ARTIFACT_BYTES_MAX, ROW_TITLE_CHARS_MAX, TITLE_CHARS_MAX } from "../base/limits.ts";
import { pageCursor } from "../base/page-cursor.ts";
import { clip } from "../base/text.ts";
import {
  type ArtifactFilter,
  type ArtifactRow,
  contentOf,
  insertArtifact,
  keepContent,
  newestVersion,
  readArtifact,
  readArtifactIds,
  readArtifacts,
  readArtifactsById,
  readContent,
  readNewest,
  readVersion,
} from "../store/artifacts.ts";
import { appendEvent } from "../store/events.ts";
import type { Part, Sql } from "../store/sql.ts";
import { readTask, taskForChange } from "../store/tasks.ts";
import { type Artifact, type ArtifactBrief, artifactUri } from "./artifact.ts";
import { isText } from "./media-type.ts";

interface NewWork {
  readonly id: string;
  readonly workspace_id: string;
  readonly task_id: string;
  readonly session_id?: string | undefined;
  readonly name: string;
  readonly type: ArtifactType;
  readonly mime: string;
  readonly title: string;
  readonly files: readonly string[];
  readonly now: number;
  /** When it was made, if that was before now. */
  readonly created_ms?: number | undefined;
}

export type KeepInput = NewWork &
  ({ readonly text: string; readonly bytes?: undefined } | { readonly bytes: Uint8Array; readonly text?: undefined });

export interface ArtifactPage {
  artifacts: ArtifactBrief[];
  cursor?: string;
}

export interface ArtifactText {
  readonly text: string;
  /** Where the rest begins; nothing when this is the end. */
  readonly more?: number;
}

export class Artifacts {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /**
   * A part of the change that brings it forth. The same work under the same name again is no new version: whoever
   * repeats a call that it does not know the answer of gets the artifact that is there.
   */
  *keep(input: KeepInput): Part<ArtifactRow> {
    refuseLarge(input);
    const content = contentOf(input.text ?? input.bytes);
    const task = yield* taskForChange(input.task_id);
    if (!task) throw noTask(input.task_id);
    const files = [...new Set(input.files)];
    const newest = yield* newestVersion(input.task_id, input.name);
    if (newest && isSameWork(newest, { ...input, files, hash: content.hash })) return newest;
    yield* keepContent(content, input.now);
    const row = yield* insertArtifact({
      id: input.id,
      workspace_id: input.workspace_id,
      task_id: input.task_id,
      name: input.name,
      version: (newest?.version ?? 0) + 1,
      type: input.type,
      mime: input.mime,
      title: clip(input.title, TITLE_CHARS_MAX),
      files,
      hash: content.hash,
      size_bytes: content.size_bytes,
      created_ms: input.created_ms ?? input.now,
    });
    if (!row) throw noArtifact(input.id);
    yield* appendEvent(keptEvent(row, input));
    return row;
  }

  /** Without what it holds. */
  async show(id: string, { version }: { readonly version?: number | undefined } = {}): Promise<Artifact> {
    return this.#shown(await this.row(id, version));
  }

  /** The row of an artifact, or of another version of the same. */
  async row(id: string, version?: number): Promise<ArtifactRow> {
    const row = await readArtifact(this.#sql, id);
    if (!row) throw noArtifact(id);
    if (version === undefined || version === row.version) return row;
    const other = await readVersion(this.#sql, row, version);
    if (other) return other;
    const newest = await readNewest(this.#sql, row.task_id, row.name);
    throw new AppError("not_found", `no version ${version} of ${id}`, {
      hint: `There are versions 1 to ${newest?.version ?? row.version}.`,
    });
  }

  /** A page, the newest first. */
  async list(
    filter: ArtifactFilter,
    page: { readonly limit: number; readonly cursor?: string | undefined },
  ): Promise<ArtifactPage> {
    const rows = await readArtifacts(
      this.#sql,
      filter,
      pageCursor(page.cursor, "artifact_list", Number.MAX_SAFE_INTEGER),
      page.limit + 1,
    );
    if (rows.length === 0 && filter.task_id !== undefined && !(await readTask(this.#sql, filter.task_id)))
      throw noTask(filter.task_id);
    const shown = rows.slice(0, page.limit);
    const last = shown.at(-1);
    return {
      artifacts: shown.map(brief),
      ...(rows.length > shown.length && last ? { cursor: String(last.seq) } : {}),
    };
  }

  /** Of these artifacts those that fit the filter, in this order: what a search has found. */
  async those(ids: readonly string[], filter: Pick<ArtifactFilter, "task_id" | "type">): Promise<ArtifactBrief[]> {
    const { task_id, type } = filter;
    const rows = (await readArtifactsById(this.#sql, ids)).filter(
      (row) => (task_id === undefined || row.task_id === task_id) && (type === undefined || row.type === type),
    );
    const byId = new Map(rows.map((row) => [row.id, row]));
    return ids.flatMap((id) => byId.get(id) ?? []).map(brief);
  }

  /** What an artifact holds from one character on; nothing when that is no text. */
  async text(
    id: string,
    { from, chars, version }: { readonly from: number; readonly chars: number; readonly version?: number | undefined },
  ): Promise<ArtifactText | undefined> {
    const row = await this.row(id, version);
    if (!isText(row.mime)) return undefined;
    const whole = new TextDecoder("utf-8", { ignoreBOM: true }).decode(await this.bytes(row));
    if (from > whole.length) {
      throw new AppError("invalid_input", `cannot begin at character ${from} of ${id}: it has ${whole.length}`, {
        hint: "Give as from what the last answer gave as more.",
      });
    }
    const end = endOfPiece(whole, from, chars);
    return { text: whole.slice(from, end), ...(end < whole.length ? { more: end } : {}) };
  }

  async bytes({ id, hash }: Pick<ArtifactRow, "id" | "hash">): Promise<Uint8Array> {
    const bytes = await readContent(this.#sql, hash);
    if (bytes) return bytes;
    throw new AppError("damaged", `cannot read ${id}: what it holds is not in the database`, {
      hint: "Look at the file with cadre db check; cadre db restore brings the last verified backup back.",
    });
  }

  async idsLike(prefix: string, rowsMax: number): Promise<string[]> {
    return readArtifactIds(this.#sql, prefix, rowsMax);
  }

  async #shown(row: ArtifactRow): Promise<Artifact> {
    const newest = await readNewest(this.#sql, row.task_id, row.name);
    return {
      id: row.id,
      uri: artifactUri(row.id),
      task_id: row.task_id,
      name: row.name,
      title: row.title,
      type: row.type,
      mime: row.mime,
      version: row.version,
      ...(newest && newest.version > row.version ? { newest: { id: newest.id, version: newest.version } } : {}),
      ...(row.files.length > 0 ? { files: [...row.files] } : {}),
      size_bytes: row.size_bytes,
      created_ms: row.created_ms,
    };
  }
}

function refuseLarge({ name, text, bytes }: KeepInput): void {
  const size = bytes ? bytes.length : text.length > ARTIFACT_BYTES_MAX ? text.length : Buffer.byteLength(text);
  if (size <= ARTIFACT_BYTES_MAX) return;
  const limit = formatBytes(ARTIFACT_BYTES_MAX);
  throw new AppError(
    "too_large",
    `cannot keep ${name}: it has ${formatBytes(size)}, and an artifact at most ${limit}`,
    {
      hint: "Keep it as several tasks' work, or write it to a file of the project and keep where it is and what it says.",
    },
  );
}

function isSameWork(known: ArtifactRow, given: Pick<ArtifactRow, "hash" | "type" | "files">): boolean {
  return (
    known.hash === given.hash &&
    known.type === given.type &&
    JSON.stringify(known.files) === JSON.stringify(given.files)
  );
}

function keptEvent(row: ArtifactRow, { now, session_id }: KeepInput) {
  const { id, workspace_id, task_id, name, version, type, size_bytes } = row;
  return {
    at_ms: now,
    workspace_id,
    subject: id,
    type: "artifact.kept",
    data: { name, version, type, size_bytes, task_id, ...(session_id === undefined ? {} : { session: session_id }) },
  };
}

/** Never inside a surrogate pair, and always further than where it began. */
function endOfPiece(text: string, from: number, chars: number): number {
  const end = Math.min(text.length, from + chars);
  if (end === text.length || !isHighSurrogate(text.charCodeAt(end - 1))) return end;
  return end - 1 > from ? end - 1 : end + 1;
}

function isHighSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff;
}

function brief(row: ArtifactRow): ArtifactBrief {
  return {
    id: row.id,
    title: clip(row.title, ROW_TITLE_CHARS_MAX),
    name: row.name,
    type: row.type,
    task_id: row.task_id,
    size_bytes: row.size_bytes,
    ...(row.version === 1 ? {} : { version: row.version }),
  };
}

function noArtifact(id: string): AppError {
  return new AppError("not_found", `no artifact ${id}`, { hint: "List the artifacts with artifact_list." });
}

function noTask(id: string): AppError {
  return new AppError("not_found", `no task ${id}`, { hint: "List the tasks with task_list." });
}
