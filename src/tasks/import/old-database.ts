import { closeSync, openSync, readSync } from "node:fs";
import { AppError } from "../../base/errors.ts";
import type { Row, Runtime, SqliteConnection } from "../../runtime/runtime.ts";

const MAGIC = "SQLite format 3\0";

/** Reads a SQLite file of another program, without changing it; undefined when it is none, or lacks these tables. */
export function readOldDatabase<T>(
  path: string,
  runtime: Pick<Runtime, "openSqlite">,
  tables: readonly string[],
  read: (all: (sql: string) => Row[], has: (table: string) => boolean) => T,
): T | undefined {
  if (!isSqlite(path)) return undefined;
  let connection: SqliteConnection | undefined;
  try {
    const open = runtime.openSqlite(path, { readOnly: true });
    connection = open;
    const names = new Set(
      open.all("SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')").map(({ name }) => String(name)),
    );
    if (!tables.every((table) => names.has(table))) return undefined;
    return read(
      (sql) => open.all(sql),
      (table) => names.has(table),
    );
  } catch (cause) {
    throw new AppError(
      "damaged",
      `cannot read ${path}: ${cause instanceof Error ? cause.message : "it is no whole database"}`,
      {
        hint: "Close the program that has it open, or bring back a copy of it.",
        cause,
      },
    );
  } finally {
    connection?.close();
  }
}

function isSqlite(path: string): boolean {
  const file = openSync(path, "r");
  try {
    const head = Buffer.alloc(MAGIC.length);
    return readSync(file, head, 0, MAGIC.length, 0) === MAGIC.length && head.toString("latin1") === MAGIC;
  } finally {
    closeSync(file);
  }
}

export function textOf(value: unknown): string {
  return typeof value === "string" ? value : value === null || value === undefined ? "" : String(value);
}
