import type { Runtime } from "../runtime/runtime.ts";
import { openToRead } from "./inspect.ts";
import { inDialect, type Sql } from "./sql.ts";

/** Reads, and nothing else. */
export type Reader = Pick<Sql, "all">;

/**
 * Reads everything as it is at one moment, however long it takes, and lets others write meanwhile. On PostgreSQL
 * each statement sees a moment of its own.
 */
export async function readAtOnce<T>(
  runtime: Pick<Runtime, "openSqlite">,
  { sql, database }: { readonly sql: Sql; readonly database: string },
  work: (reader: Reader) => Promise<T>,
): Promise<T> {
  if (sql.dialect === "postgres") return work(sql);
  const connection = openToRead(runtime, database);
  try {
    connection.exec("BEGIN");
    return await work({
      all: async <R>(text: string, values = []) => connection.all(inDialect("sqlite", text), values) as R[],
    });
  } finally {
    connection.close();
  }
}
