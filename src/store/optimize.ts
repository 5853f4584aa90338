import { existsSync, statSync } from "node:fs";
import { AppError } from "../base/errors.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { openToWrite } from "./inspect.ts";
import { storeError } from "./sqlite-errors.ts";

export interface Optimized {
  readonly before_bytes: number;
  readonly after_bytes: number;
  readonly wal_before_bytes: number;
  readonly wal_after_bytes: number;
}

/** Looks at all tables, not only at those that this connection has used. */
const OPTIMIZE_ALL = 0x10002;

/** Measures the tables for the query planner, writes the file anew without its gaps, and empties its log. */
export function optimizeDatabase(runtime: Pick<Runtime, "openSqlite">, path: string): Optimized {
  const before = sizesOf(path);
  try {
    const connection = openToWrite(runtime, path);
    try {
      connection.exec("ANALYZE");
      connection.exec(`PRAGMA optimize(${OPTIMIZE_ALL})`);
      connection.exec("VACUUM");
      connection.all("PRAGMA wal_checkpoint(TRUNCATE)");
    } finally {
      connection.close();
    }
  } catch (cause) {
    throw storeError(cause, "write");
  }
  const after = sizesOf(path);
  return {
    before_bytes: before.bytes,
    after_bytes: after.bytes,
    wal_before_bytes: before.walBytes,
    wal_after_bytes: after.walBytes,
  };
}

export function sizesOf(path: string): { readonly bytes: number; readonly walBytes: number } {
  if (!existsSync(path)) {
    throw new AppError("not_found", `no database ${path}`, {
      hint: "It is made by the first command that needs it, like cadre task list; another is chosen with --db PATH.",
    });
  }
  const wal = `${path}-wal`;
  return { bytes: statSync(path).size, walBytes: existsSync(wal) ? statSync(wal).size : 0 };
}
