import { resolve } from "node:path";
import type { Runtime, SqliteConnection } from "../runtime/runtime.ts";
import { holdersOf } from "./holders.ts";
import { openToRead, schemaVersion } from "./inspect.ts";
import { sizesOf } from "./optimize.ts";
import type { Sql } from "./sql.ts";
import { storeError } from "./sqlite-errors.ts";

export interface DatabaseInfo {
  readonly bytes: number;
  readonly wal_bytes: number;
  readonly schema_version: number;
  readonly engine: string;
  readonly journal_mode: string;
  readonly rows: Readonly<Record<string, number>>;
  /** Processes that have it open; undefined where the system does not say. */
  readonly open_in: readonly number[] | undefined;
}

/** What can be told of a database file without changing it, and without having to know its schema. */
export function databaseInfo(runtime: Pick<Runtime, "openSqlite" | "host">, database: string): DatabaseInfo {
  const path = resolve(database);
  const { bytes, walBytes } = sizesOf(path);
  // Before we open it ourselves.
  const holders = holdersOf(path, runtime.host.pid);
  let connection: SqliteConnection | undefined;
  try {
    connection = openToRead(runtime, path);
    return {
      bytes,
      wal_bytes: walBytes,
      schema_version: schemaVersion(connection),
      engine: `SQLite ${connection.all("SELECT sqlite_version() AS version")[0]?.["version"]}`,
      journal_mode: String(connection.all("PRAGMA journal_mode")[0]?.["journal_mode"]),
      rows: countRows(connection),
      open_in: holders,
    };
  } catch (cause) {
    throw storeError(cause, "read");
  } finally {
    connection?.close();
  }
}

function countRows(connection: SqliteConnection): Record<string, number> {
  const tables = connection.all(
    // The tables behind the search index are SQLite's own, too.
    `SELECT name FROM sqlite_schema
     WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name NOT LIKE 'search\\_text%' ESCAPE '\\'
     ORDER BY name`,
  );
  return Object.fromEntries(
    tables.map(({ name }) => {
      const [row] = connection.all(`SELECT count(*) AS number FROM "${String(name).replaceAll('"', '""')}"`);
      return [String(name), Number(row?.["number"])];
    }),
  );
}

/** The same of a PostgreSQL database, through its connection. */
export async function postgresInfo(sql: Sql): Promise<Pick<DatabaseInfo, "bytes" | "engine" | "rows">> {
  const [about] = await sql.all<{ version: string; bytes: number }>(
    "SELECT current_setting('server_version') AS version, pg_database_size(current_database()) AS bytes",
  );
  const tables = await sql.all<{ name: string }>(
    "SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename",
  );
  const rows: Record<string, number> = {};
  for (const { name } of tables) {
    const [row] = await sql.all<{ number: number }>(`SELECT count(*) AS number FROM "${name.replaceAll('"', '""')}"`);
    rows[name] = Number(row?.number);
  }
  return { bytes: Number(about?.bytes), engine: `PostgreSQL ${about?.version}`, rows };
}
