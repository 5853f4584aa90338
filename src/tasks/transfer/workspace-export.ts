import { EXPORT_CHUNK_BYTES, EXPORT_TEXT_BYTES } from "../../base/limits.ts";
import type { Reader } from "../../store/snapshot.ts";
import {
  readAllArtifacts,
  readAllCommits,
  readAllDecisions,
  readAllDrafts,
  readAllEvents,
  readAllNeeds,
  readAllSessions,
  readAllTasks,
  readPieces,
  readWholeContent,
} from "../../store/workspace-rows.ts";
import type { WorkspaceRow } from "../../store/workspaces.ts";
import { LineReader, LineWriter } from "./line-file.ts";
import { workspaceEntries } from "./workspace-entries.ts";
import { COUNTED, type Counts, FORMAT, noCounts } from "./workspace-line.ts";

interface ExportOptions {
  readonly path: string;
  /** Of this program. */
  readonly version: string;
  readonly now: number;
}

/** Writes all rows of a workspace to a file, which is whole and can be read again, or not there. */
export async function exportWorkspace(
  reader: Reader,
  workspace: WorkspaceRow,
  { path, version, now }: ExportOptions,
): Promise<Counts> {
  const file = new LineWriter(path);
  try {
    file.write({ kind: "cadre-export", format: FORMAT, cadre: version, exported_ms: now });
    file.write({ kind: "workspace", ...workspace });
    const counts = await new WorkspaceWriter(reader, workspace.id, file).write();
    file.write({ kind: "end", ...counts });
    file.finish(readThrough);
    return counts;
  } catch (error) {
    file.discard();
    throw error;
  }
}

/** What cannot be imported again is no export: everything that an import checks is checked here. */
function readThrough(path: string): void {
  using file = new LineReader(path);
  for (const _entry of workspaceEntries(file.lines()));
}

class WorkspaceWriter {
  readonly #reader: Reader;
  readonly #id: string;
  readonly #file: LineWriter;
  readonly #counts = noCounts();
  /** Contents that stand in the file already. */
  readonly #contents = new Set<string>();

  constructor(reader: Reader, workspaceId: string, file: LineWriter) {
    this.#reader = reader;
    this.#id = workspaceId;
    this.#file = file;
  }

  async write(): Promise<Counts> {
    const [reader, id] = [this.#reader, this.#id];
    await this.#each(
      (after: number) => readAllSessions(reader, id, after),
      0,
      bySeq,
      (row) => this.#row("session", row),
    );
    await this.#each(
      (after: number) => readAllTasks(reader, id, after),
      0,
      bySeq,
      (row) => this.#row("task", row),
    );
    await this.#each(
      (after: { task_id: string; needs_id: string }) => readAllNeeds(reader, id, after),
      { task_id: "", needs_id: "" },
      (row) => row,
      ({ kind: need_kind, ...need }) => this.#row("need", { ...need, need_kind }),
    );
    await this.#each(
      (after: string) => readAllDrafts(reader, id, after),
      "",
      (row) => row.id,
      async (draft) => {
        this.#row("draft", draft);
        await this.#pieces(draft.id);
      },
    );
    await this.#each(
      (after: number) => readAllArtifacts(reader, id, after),
      0,
      bySeq,
      async (artifact) => {
        await this.#content(artifact.hash);
        this.#row("artifact", artifact);
      },
    );
    await this.#each(
      (after: number) => readAllDecisions(reader, id, after),
      0,
      bySeq,
      (row) => this.#row("decision", row),
    );
    await this.#each(
      (after: { task_id: string; hash: string }) => readAllCommits(reader, id, after),
      { task_id: "", hash: "" },
      (row) => row,
      (row) => this.#row("commit", row),
    );
    await this.#each(
      (after: number) => readAllEvents(reader, id, after),
      0,
      bySeq,
      (row) => this.#row("event", row),
    );
    return this.#counts;
  }

  /** Page by page, so that a large workspace is never in memory at once. */
  async #each<Row, After>(
    read: (after: After) => Promise<readonly Row[]>,
    first: After,
    placeOf: (row: Row) => After,
    write: (row: Row) => void | Promise<void>,
  ): Promise<void> {
    for (let after = first; ; ) {
      const rows = await read(after);
      for (const row of rows) {
        await write(row);
        after = placeOf(row);
      }
      if (rows.length === 0) return;
    }
  }

  /** A row as it stands, without its place in this database. */
  #row(kind: keyof typeof COUNTED, row: object): void {
    const { seq: _seq, workspace_id: _workspace, ...line } = row as Record<string, unknown>;
    this.#file.write({ kind, ...line });
    this.#counts[COUNTED[kind]]++;
  }

  async #pieces(draft_id: string): Promise<void> {
    await this.#each(
      (after: number) => readPieces(this.#reader, draft_id, after),
      0,
      ({ piece }) => piece,
      ({ piece, text }) => {
        this.#file.write({ kind: "pieces", draft_id, first: piece, texts: [text] });
        this.#counts.pieces++;
      },
    );
  }

  async #content(hash: string): Promise<void> {
    if (this.#contents.has(hash)) return;
    this.#contents.add(hash);
    const content = await readWholeContent(this.#reader, hash);
    if (!content) return; // Its artifact's line is refused when the file is read through.
    const { bytes, ...line } = content;
    this.#row("content", line);
    const text = readable(bytes);
    if (text !== undefined) return this.#file.write({ kind: "chunk", hash, encoding: "utf-8", data: text });
    for (let at = 0; at < bytes.length; at += EXPORT_CHUNK_BYTES) {
      const data = Buffer.from(bytes.subarray(at, at + EXPORT_CHUNK_BYTES)).toString("base64");
      this.#file.write({ kind: "chunk", hash, encoding: "base64", data });
    }
  }
}

function bySeq({ seq }: { readonly seq: number }): number {
  return seq;
}

/** Short texts stay readable in the file. What JSON would write differently from how it is read, or at length, does not. */
function readable(bytes: Uint8Array): string | undefined {
  if (bytes.length === 0 || bytes.length > EXPORT_TEXT_BYTES) return undefined;
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    return text.includes("\0") ? undefined : text;
  } catch {
    return undefined;
  }
}
