import { randomBytes } from "node:crypto";
import process from "node:process";
import { systemClock } from "../../src/base/clock.ts";
import { runtime } from "../../src/runtime/current.ts";
import type { PostgresPool, PostgresQuery } from "../../src/runtime/runtime.ts";
import { Postgres } from "../../src/store/postgres.ts";
import type { Sql } from "../../src/store/sql.ts";
import type { Held, TestDatabase } from "./sql-contract.ts";

const URL_DEFAULT = "postgres://postgres@127.0.0.1:5432/postgres";
const LOCK_WAIT = { lockWaitMs: 10_000 };

/** A database of this run alone, on the server that the environment names; each case gets an empty schema in it. */
export class PostgresServer {
  readonly #admin: PostgresPool;
  readonly #name: string;
  readonly url: string;

  private constructor(admin: PostgresPool, name: string, url: string) {
    this.#admin = admin;
    this.#name = name;
    this.url = url;
  }

  static async open(): Promise<PostgresServer | undefined> {
    const server = process.env["CADRE_TEST_POSTGRES"] || URL_DEFAULT;
    const name = `cadre_test_${randomBytes(6).toString("hex")}`;
    const admin = await runtime.openPostgres(server, LOCK_WAIT).catch((cause) => {
      if (isAway(cause)) return undefined;
      throw cause;
    });
    if (!admin) return undefined;
    await admin.all(`CREATE DATABASE ${name}`);
    const url = new URL(server);
    url.pathname = `/${name}`;
    return new PostgresServer(admin, name, url.href);
  }

  async close(): Promise<void> {
    await this.#admin.all(`DROP DATABASE IF EXISTS ${this.#name} WITH (FORCE)`);
    await this.#admin.close();
  }

  async fresh(): Promise<TestDatabase & AsyncDisposable> {
    const control = await runtime.openPostgres(this.url, LOCK_WAIT);
    await control.all("DROP SCHEMA public CASCADE");
    await control.all("CREATE SCHEMA public");
    await control.close();
    const connected: Sql[] = [];
    const held: PostgresPool[] = [];
    return {
      dialect: "postgres",
      connect: async (clock = systemClock, { lockWaitMs } = {}) => {
        const sql = await Postgres.open(runtime, this.url, clock, lockWaitMs);
        connected.push(sql);
        return sql;
      },
      hold: () => this.#hold(held),
      [Symbol.asyncDispose]: async () => {
        for (const pool of held) await pool.close();
        for (const sql of connected) await sql.close();
      },
    };
  }

  async #hold(held: PostgresPool[]): Promise<Held> {
    const pool = await runtime.openPostgres(this.url, LOCK_WAIT);
    held.push(pool);
    const begun = Promise.withResolvers<PostgresQuery>();
    const end = Promise.withResolvers<void>();
    const ended = pool.transaction(async (query) => {
      begun.resolve(query);
      await end.promise;
    });
    const { all } = await Promise.race([begun.promise, ended.then(() => begun.promise)]);
    return {
      all: (text, values) => all(text, values),
      commit: async () => {
        end.resolve();
        await ended;
      },
      rollback: async () => {
        end.reject(new RolledBack());
        await ended.catch((cause: unknown) => {
          if (!(cause instanceof RolledBack)) throw cause;
        });
      },
    };
  }
}

class RolledBack extends Error {}

/** No server, as opposed to a server that refuses us. */
function isAway(cause: unknown): boolean {
  return String((cause as { code?: unknown }).code).startsWith("ERR_POSTGRES_CONNECTION");
}
