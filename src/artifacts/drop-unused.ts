import { CONTENT_DROP_BYTES_MAX, CONTENT_ROWS_MAX } from "../base/limits.ts";
import { type ContentSize, dropContents, readArtifactTotals, readContentSizes } from "../store/artifacts.ts";
import type { Sql } from "../store/sql.ts";

export interface Dropped {
  readonly artifacts: number;
  /** What is stored, each content once, without what nothing refers to. */
  readonly contents: number;
  readonly stored_bytes: number;
  /** What it would take more if every artifact had its own copy. */
  readonly shared_bytes: number;
  /** Contents that nothing refers to. */
  readonly unused: number;
  readonly unused_bytes: number;
}

interface DropOptions {
  /** Only look what would be dropped. */
  readonly dryRun?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Drops what no artifact refers to: the work of tasks that were purged. It looks outside of any transaction, so that
 * nobody waits for it, and each chunk makes sure for itself.
 */
export async function dropUnused(sql: Sql, { dryRun = false, signal }: DropOptions = {}): Promise<Dropped> {
  const totals = { contents: 0, stored_bytes: 0, unused: 0, unused_bytes: 0 };
  for (let after = ""; ; ) {
    signal?.throwIfAborted();
    const rows = await readContentSizes(sql, after, CONTENT_ROWS_MAX);
    for (const { size_bytes } of rows.filter(({ isUsed }) => isUsed)) {
      totals.contents++;
      totals.stored_bytes += size_bytes;
    }
    const unused = rows.filter(({ isUsed }) => !isUsed);
    for (const chunk of chunksOf(unused)) {
      const hashes = chunk.map(({ hash }) => hash);
      const gone = dryRun ? chunk : await sql.write(() => dropContents(hashes));
      totals.unused += gone.length;
      totals.unused_bytes += sum(gone);
    }
    after = rows.at(-1)?.hash ?? "";
    if (rows.length < CONTENT_ROWS_MAX) break;
  }
  const { artifacts, bytes } = await readArtifactTotals(sql);
  return { artifacts, ...totals, shared_bytes: Math.max(0, bytes - totals.stored_bytes) };
}

/** As much as one transaction may delete. */
function chunksOf(contents: readonly ContentSize[]): ContentSize[][] {
  const chunks: ContentSize[][] = [];
  let room = 0;
  for (const content of contents) {
    room -= content.size_bytes;
    if (room >= 0) chunks.at(-1)?.push(content);
    else chunks.push([content]);
    if (room < 0) room = CONTENT_DROP_BYTES_MAX - content.size_bytes;
  }
  return chunks;
}

function sum(contents: readonly ContentSize[]): number {
  return contents.reduce((bytes, { size_bytes }) => bytes + Number(size_bytes), 0);
}
