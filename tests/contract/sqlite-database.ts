import { join } from "node:path";
import type { Clock } from "../../src/base/clock.ts";
import { systemClock } from "../../src/base/clock.ts";
import { runtime } from "../../src/runtime/current.ts";
import type { Sql } from "../../src/store/sql.ts";
import { Sqlite } from "../../src/store/sqlite.ts";
import { tempFolder } from "../harness/folder.ts";
import type { TestDatabase } from "./sql-contract.ts";

/** A new SQLite file, on whichever runtime the test runs. */
export async function freshSqlite(): Promise<TestDatabase & AsyncDisposable> {
  const folder = tempFolder();
  const path = join(folder.path, "contract.db");
  const connected: Sql[] = [];
  return {
    dialect: "sqlite",
    connect: async (clock: Clock = systemClock) => {
      const sql = new Sqlite(runtime, path, clock);
      connected.push(sql);
      return sql;
    },
    hold: async () => {
      const connection = runtime.openSqlite(path);
      connection.exec("BEGIN IMMEDIATE");
      const end = (word: string) => async () => {
        connection.exec(word);
        connection.close();
      };
      return {
        all: async (text, values) => connection.all(text, values),
        commit: end("COMMIT"),
        rollback: end("ROLLBACK"),
      };
    },
    [Symbol.asyncDispose]: async () => {
      for (const sql of connected) await sql.close().catch(() => {}); // Some cases close theirs themselves.
      folder[Symbol.dispose]();
    },
  };
}
