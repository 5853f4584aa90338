import { mkdir, readdir } from "node:fs/promises";
import { AppError } from "../base/errors.ts";
import { type ArtifactRow, readAllArtifacts } from "../store/artifacts.ts";
import { fileError } from "../store/file-errors.ts";
import type { Sql } from "../store/sql.ts";
import type { WorkspaceRow } from "../store/workspaces.ts";
import { Artifacts } from "./artifacts.ts";
import { isCode } from "./disk.ts";
import { artifactFiles } from "./mirror-files.ts";
import { openSafeFolder } from "./safe-folder.ts";

export interface Exported {
  readonly artifacts: number;
  readonly bytes: number;
}

interface ExportOptions {
  /** Of this task alone. */
  readonly task?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

const PAGE_ROWS = 500;

/**
 * Writes every version of every artifact to a new folder, each in its task's own, and an index of them. The index
 * comes last: a folder with one is whole.
 */
export async function exportArtifacts(
  sql: Sql,
  workspace: WorkspaceRow,
  path: string,
  { task, signal }: ExportOptions = {},
): Promise<Exported> {
  const artifacts = new Artifacts(sql);
  await makeEmptyFolder(path);
  const folder = await openSafeFolder(path);
  const filter = task === undefined ? { workspace_id: workspace.id } : { task_id: task };
  const index: Record<string, unknown>[] = [];
  let bytes = 0;
  for (let after = 0; ; ) {
    const rows = await readAllArtifacts(sql, filter, after, PAGE_ROWS);
    for (const row of rows) {
      signal?.throwIfAborted();
      const files = artifactFiles(row);
      for (const file of files) await folder.write(file.parts, file, async () => file.bytes ?? artifacts.bytes(row));
      index.push(indexed(row, files[0].parts));
      bytes += row.size_bytes;
      after = row.seq;
    }
    if (rows.length < PAGE_ROWS) break;
  }
  const text = JSON.stringify({ workspace: workspace.path, artifacts: index }, undefined, 2);
  await folder.writeNew(["index.json"], Buffer.from(`${text}\n`));
  return { artifacts: index.length, bytes };
}

/** A folder that holds something is left as it is. */
async function makeEmptyFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
    if ((await readdir(path)).length === 0) return;
  } catch (cause) {
    if (!isCode(cause, "EEXIST", "ENOTDIR")) throw fileError(cause, `write ${path}`);
  }
  throw new AppError("conflict", `cannot export to ${path}: it is not an empty folder`, {
    hint: "Name a folder that does not exist yet.",
  });
}

function indexed(row: ArtifactRow, parts: readonly string[]): Record<string, unknown> {
  const { id, task_id, name, version, title, type, mime, files, hash, size_bytes, created_ms } = row;
  const created = new Date(created_ms).toISOString();
  return {
    id,
    task_id,
    name,
    version,
    title,
    type,
    mime,
    files,
    file: parts.join("/"),
    sha256: hash,
    size_bytes,
    created,
  };
}
