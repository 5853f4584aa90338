// SQL on SQLite, with an authorizer that refuses what would lead out of the one database. Nothing can interrupt a
// statement: the server ends this process when the time is over.
import { z } from "zod";
import { SQL_ROWS_MAX } from "../../base/limits.ts";
import { type GuardedSqlite, openGuardedSqlite, type SqlValue } from "../../runtime/guarded-sqlite.ts";
import type { EngineResult, SqlJob } from "./job.ts";
import { splitSql } from "./split-sql.ts";

const Params = z.union([z.record(z.string(), z.unknown()), z.array(z.unknown())]);
type Params = z.infer<typeof Params>;

const FULL = /string or blob too big|out of memory|database or disk is full|too many/i;

export async function runSql(job: SqlJob): Promise<EngineResult> {
  const denied: string[] = [];
  const database = await openGuardedSqlite({
    path: job.database?.path,
    mayWrite: job.database?.mayWrite ?? true,
    memoryBytes: job.limits.memoryBytes,
    onDenied: (what) => denied.push(what),
  });
  const table = new Table(job.limits.outputBytes);
  try {
    const changes = runAll(database, job, table);
    return {
      ...(table.isTruncated ? { status: "limit", limit: "output", truncated: true } : { status: "completed" }),
      ...table.answer(),
      ...(changes > 0 ? { changes } : {}),
    };
  } catch (cause) {
    return failed(cause, denied);
  } finally {
    database.close();
  }
}

/** Answers how many rows were changed. */
function runAll(database: GuardedSqlite, { code, params }: SqlJob, table: Table): number {
  const given = readParams(params);
  let changes = 0;
  for (const text of splitSql(code)) {
    const statement = database.prepare(text);
    const values = valuesFor(text, given);
    if (statement.columns.length === 0) changes += statement.run(values);
    else table.fill(statement.columns, statement.rows(values));
    if (table.isTruncated) break;
  }
  return changes;
}

function readParams(params: string | undefined): Params {
  const given = Params.safeParse(JSON.parse(params ?? "{}"));
  if (given.success) return given.data;
  throw new Error('parameters are values by name, like {"id": 7}, or a list of them');
}

function failed(cause: unknown, denied: readonly string[]): EngineResult {
  const message = cause instanceof Error ? cause.message : String(cause);
  if (denied.length > 0) {
    const what = [...new Set(denied)].join(", ");
    return { status: "denied", error: { name: "SqlDenied", message: `not allowed here: ${what}` } };
  }
  const error = { name: "SqlError", message };
  return FULL.test(message) ? { status: "limit", limit: "memory", error, spent: true } : { status: "error", error };
}

/** The rows of the last statement that has any. */
class Table {
  isTruncated = false;
  #columns: readonly string[] | undefined;
  #rows: unknown[][] = [];
  #bytes = 0;
  readonly #bytesMax: number;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  fill(columns: readonly string[], rows: Iterable<readonly SqlValue[]>): void {
    this.#columns = columns;
    this.#rows = [];
    this.#bytes = 0;
    for (const row of rows) if (!this.#add(row)) return;
  }

  #add(row: readonly SqlValue[]): boolean {
    const shown = row.map(plain);
    this.#bytes += JSON.stringify(shown).length;
    this.isTruncated = this.#bytes > this.#bytesMax || this.#rows.length >= SQL_ROWS_MAX;
    if (!this.isTruncated) this.#rows.push(shown);
    return !this.isTruncated;
  }

  answer(): Pick<EngineResult, "columns" | "rows"> {
    return this.#columns ? { columns: [...this.#columns], rows: JSON.stringify(this.#rows) } : {};
  }
}

/** Whole numbers that JSON cannot hold are texts, bytes are base64. */
function plain(value: SqlValue): unknown {
  if (typeof value === "bigint") {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : String(value);
  }
  if (value instanceof Uint8Array) return { base64: Buffer.from(value).toString("base64") };
  return value;
}

/** A statement gets those values that it names: SQLite refuses others. */
function valuesFor(text: string, params: Params): readonly SqlValue[] | Readonly<Record<string, SqlValue>> {
  if (Array.isArray(params)) return text.includes("?") ? params.map(bindable) : [];
  const named = Object.entries(params).filter(([name]) => {
    const word = name.replace(/^[:@$]/, "");
    return /^\w+$/.test(word) && new RegExp(`[:@$]${word}\\b`).test(text);
  });
  return Object.fromEntries(named.map(([name, value]) => [name, bindable(value)]));
}

function bindable(value: unknown): SqlValue {
  if (value === null || typeof value === "number" || typeof value === "string") return value;
  if (typeof value === "boolean") return value ? 1 : 0;
  const bytes = (value as { base64?: unknown } | undefined)?.base64;
  if (typeof bytes === "string") return new Uint8Array(Buffer.from(bytes, "base64"));
  return JSON.stringify(value) ?? null;
}
