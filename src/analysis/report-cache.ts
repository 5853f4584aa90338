// What was said of a file, for as long as the file and whoever says it stay the same. Whatever is wrong with what is kept
// here, the file is looked into anew.
import { createHash } from "node:crypto";
import { closeSync, openSync, rmSync, statSync } from "node:fs";
import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { ANALYSIS_CACHE_BYTES_MAX } from "../base/limits.ts";
import type { Runtime, SqliteConnection } from "../runtime/runtime.ts";

const FORM = `
  PRAGMA busy_timeout = 1000;
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = OFF;
  CREATE TABLE IF NOT EXISTS report (key TEXT PRIMARY KEY, report BLOB NOT NULL) WITHOUT ROWID;
`;
const PRIVATE = 0o600;
/** Whoever packs more tightly takes longer than it saves. */
const PACKED = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };

export class ReportCache {
  readonly #file: SqliteConnection;
  readonly #by: string;

  /** `by` is whatever the reports depend on beside the file: the program, the settings. */
  private constructor(file: SqliteConnection, by: string) {
    this.#file = file;
    this.#by = by;
  }

  static open(runtime: Pick<Runtime, "openSqlite">, path: string, by: string): ReportCache | undefined {
    try {
      // It begins anew instead of being tidied up: nothing is lost but time.
      if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > ANALYSIS_CACHE_BYTES_MAX) remove(path);
      // Lines of code stand in it.
      closeSync(openSync(path, "a", PRIVATE));
      const file = runtime.openSqlite(path);
      file.exec(FORM);
      return new ReportCache(file, by);
    } catch {
      remove(path);
      return undefined;
    }
  }

  keyOf(path: string, bytes: Uint8Array): string {
    return createHash("sha256").update(this.#by).update("\0").update(path).update("\0").update(bytes).digest("hex");
  }

  /** As JSON. */
  get(key: string): string | undefined {
    try {
      const [row] = this.#file.all("SELECT report FROM report WHERE key = ?1", [key]);
      return row && zstdDecompressSync(row["report"] as Uint8Array).toString();
    } catch {
      return undefined;
    }
  }

  put(key: string, report: string): void {
    try {
      const packed = zstdCompressSync(report, PACKED);
      this.#file.all("INSERT OR REPLACE INTO report (key, report) VALUES (?1, ?2)", [key, packed]);
    } catch {
      // A disk that is full, or somebody who writes for too long.
    }
  }
}

function remove(path: string): void {
  try {
    for (const ending of ["", "-wal", "-shm"]) rmSync(`${path}${ending}`, { force: true });
  } catch {
    // Somebody else has it open, or it is no file.
  }
}
