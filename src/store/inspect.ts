import { AppError } from "../base/errors.ts";
import { PROBLEMS_MAX } from "../base/limits.ts";
import type { Runtime, SqliteConnection } from "../runtime/runtime.ts";
import { SCHEMA_VERSION } from "./schema-version.ts";
import { isDamage, storeError } from "./sqlite-errors.ts";

export interface Inspection {
  /** What is wrong with it; empty when nothing is. */
  readonly problems: readonly string[];
  /** 0 when it holds no tables of cadre. */
  readonly schema_version: number;
  readonly page_bytes: number;
}

const WAIT_MS_MAX = 5_000;

/** Opens a database for reading, without changing a byte of it. */
export function openToRead(runtime: Pick<Runtime, "openSqlite">, path: string): SqliteConnection {
  const connection = runtime.openSqlite(path, { readOnly: true });
  connection.exec(`PRAGMA busy_timeout = ${WAIT_MS_MAX}`);
  return connection;
}

/** For work on a database as a whole; rows are written through the Sql port. */
export function openToWrite(runtime: Pick<Runtime, "openSqlite">, path: string): SqliteConnection {
  const connection = runtime.openSqlite(path);
  connection.exec(`PRAGMA busy_timeout = ${WAIT_MS_MAX}`);
  connection.exec("PRAGMA synchronous = FULL");
  connection.exec("PRAGMA fullfsync = 1");
  return connection;
}

/** Reads all of a database file. `quick` does not compare the indexes with their tables. */
export function inspectDatabase(
  runtime: Pick<Runtime, "openSqlite">,
  path: string,
  depth: "quick" | "full",
): Inspection {
  let connection: SqliteConnection | undefined;
  try {
    connection = openToRead(runtime, path);
    const check = depth === "quick" ? "quick_check" : "integrity_check";
    const verdicts = connection.all(`PRAGMA ${check}(${PROBLEMS_MAX})`).map((row) => String(Object.values(row)[0]));
    return {
      problems: [...verdicts.filter((verdict) => verdict !== "ok").map(firstLine), ...brokenReferences(connection)],
      schema_version: schemaVersion(connection),
      page_bytes: Number(connection.all("PRAGMA page_size")[0]?.["page_size"]),
    };
  } catch (cause) {
    if (!isDamage(cause)) throw storeError(cause, "read");
    return { problems: [damageText(cause)], schema_version: 0, page_bytes: 0 };
  } finally {
    connection?.close();
  }
}

export function schemaVersion(connection: SqliteConnection): number {
  if (!hasTable(connection, "migration")) return 0;
  return Number(connection.all(SCHEMA_VERSION)[0]?.["version"] ?? 0);
}

export function hasTable(connection: SqliteConnection, name: string): boolean {
  const found = connection.all("SELECT 1 AS found FROM sqlite_schema WHERE type = 'table' AND name = ?1", [name]);
  return found.length > 0;
}

function brokenReferences(connection: SqliteConnection): string[] {
  return connection
    .all(`SELECT "table", rowid, parent FROM pragma_foreign_key_check LIMIT ${PROBLEMS_MAX}`)
    .map((row) => `${row["table"]} row ${row["rowid"]} belongs to a ${row["parent"]} that is not there`);
}

function damageText(cause: unknown): string {
  return firstLine(String((cause as { message?: unknown }).message ?? "it cannot be read"));
}

function firstLine(text: string): string {
  return text.split("\n").find((line) => line.trim() !== "" && !line.startsWith("***")) ?? text;
}

export function damagedError(doing: string, problems: readonly string[], hint: string): AppError {
  return new AppError("damaged", `cannot ${doing}: ${problems.join("; ")}`, { hint });
}
