// PostgreSQL through the package `postgres`: Deno has no client of its own.
import postgres, { type Sql } from "postgres";
import type { PostgresPool, PostgresQuery, Row, Value } from "./runtime.ts";

export interface PoolOptions {
  readonly connections: number;
  readonly connectSeconds: number;
  readonly lockWaitMs: number;
}

const INT4 = 23;
const INT8 = 20;
const FLOAT8 = 701;
/** What cadre stores fits into 53 bits. */
const WHOLE_NUMBER = { to: INT8, from: [INT8], serialize: String, parse: Number };
const SQLSTATE = /^[0-9A-Z]{5}$/;

export async function openPostgres(url: string, options: PoolOptions): Promise<PostgresPool> {
  const pool = postgres(url, {
    max: options.connections,
    connect_timeout: options.connectSeconds,
    connection: { lock_timeout: options.lockWaitMs },
    types: { bigint: WHOLE_NUMBER },
    onnotice: () => {},
    // Texts of statements are few, and each is prepared once for a connection.
    prepare: true,
  });
  const query = queryOn(pool);
  await query.all("SELECT 1");
  return {
    ...query,
    transaction: async (work) => {
      // What `work` throws is its own; what the client throws is translated.
      let thrown: { readonly cause: unknown } | undefined;
      try {
        return (await pool.begin(async (sql) => {
          try {
            return await work(queryOn(sql));
          } catch (cause) {
            thrown = { cause };
            throw cause;
          }
        })) as never;
      } catch (cause) {
        throw thrown && thrown.cause === cause ? cause : translated(cause);
      }
    },
    close: () => pool.end({ timeout: options.connectSeconds }),
  };
}

function queryOn(sql: Pick<Sql, "unsafe" | "typed">): PostgresQuery {
  return {
    all: async (text, values: readonly Value[] = []) => {
      try {
        const given = values.map((value) => (typeof value === "number" ? sql.typed(value, typeOf(value)) : value));
        return [...(await sql.unsafe(text, given as never[], { prepare: true }))] as Row[];
      } catch (cause) {
        throw translated(cause);
      }
    },
  };
}

/** Named, as Bun does it: a number that is used twice may not be two types. */
function typeOf(value: number): number {
  if (!Number.isInteger(value)) return FLOAT8;
  return value === (value | 0) ? INT4 : INT8;
}

/** As the port says it: what the server refused by its SQLSTATE, a connection that is lost or refused by its code. */
function translated(cause: unknown): unknown {
  const code = String((cause as { code?: unknown }).code ?? "");
  if (SQLSTATE.test(code)) return Object.assign(cause as Error, { errno: code });
  const isRefused = code === "ECONNREFUSED" || code === "CONNECT_TIMEOUT";
  if (!isRefused && !/^(CONNECTION_|ECONN|EPIPE)/.test(code)) return cause;
  const name = isRefused ? "ERR_POSTGRES_CONNECTION_REFUSED" : "ERR_POSTGRES_CONNECTION_CLOSED";
  return Object.assign(new Error("the connection is lost", { cause }), { code: name });
}
