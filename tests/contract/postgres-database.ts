import { randomBytes } from "node:crypto";
import { SQL } from "bun";
import { systemClock } from "../../src/base/clock.ts";
import { bunRuntime } from "../../src/runtime/bun.ts";
import { Postgres } from "../../src/store/postgres.ts";
import type { Row, Sql, Value } from "../../src/store/sql.ts";
import type { Held, TestDatabase } from "./sql-contract.ts";

const URL_DEFAULT = "postgres://postgres@127.0.0.1:5432/postgres";
const CONNECT_SECONDS_MAX = 3;

/** A database of this run alone, on the server that the environment names; each case gets an empty schema in it. */
export class PostgresServer {
  readonly #admin: SQL;
  readonly #name: string;
  readonly url: string;

  private constructor(admin: SQL, name: string, url: string) {
    this.#admin = admin;
    this.#name = name;
    this.url = url;
  }

  static async open(): Promise<PostgresServer | undefined> {
    const server = process.env["CADRE_TEST_POSTGRES"] || URL_DEFAULT;
    const admin = new SQL(server, { max: 1, connectionTimeout: CONNECT_SECONDS_MAX });
    const name = `cadre_test_${randomBytes(6).toString("hex")}`;
    try {
      await admin.unsafe(`CREATE DATABASE ${name}`);
    } catch (cause) {
      await admin.close();
      if (isAway(cause)) return undefined;
      throw cause;
    }
    const url = new URL(server);
    url.pathname = `/${name}`;
    return new PostgresServer(admin, name, url.href);
  }

  async close(): Promise<void> {
    await this.#admin.unsafe(`DROP DATABASE IF EXISTS ${this.#name} WITH (FORCE)`);
    await this.#admin.close();
  }

  async fresh(): Promise<TestDatabase & AsyncDisposable> {
    const control = new SQL(this.url, { max: 1 });
    await control.unsafe("DROP SCHEMA public CASCADE");
    await control.unsafe("CREATE SCHEMA public");
    await control.close();
    const connected: Sql[] = [];
    const held: SQL[] = [];
    return {
      dialect: "postgres",
      connect: async (clock = systemClock, { lockWaitMs } = {}) => {
        const sql = await Postgres.open(bunRuntime, this.url, clock, lockWaitMs);
        connected.push(sql);
        return sql;
      },
      hold: () => this.#hold(held),
      [Symbol.asyncDispose]: async () => {
        for (const sql of held) await sql.close();
        for (const sql of connected) await sql.close();
      },
    };
  }

  async #hold(held: SQL[]): Promise<Held> {
    const sql = new SQL(this.url, { max: 1, bigint: true });
    held.push(sql);
    const run = async (text: string, values: readonly Value[] = []) =>
      [...(await sql.unsafe(text, [...values]))] as Row[];
    await run("BEGIN");
    const end = (word: string) => async () => {
      await run(word);
    };
    return { all: run, commit: end("COMMIT"), rollback: end("ROLLBACK") };
  }
}

/** No server, as opposed to a server that refuses us. */
function isAway(cause: unknown): boolean {
  return String((cause as { code?: unknown }).code).startsWith("ERR_POSTGRES_CONNECTION");
}
