// The port that everything durable goes through: one statement text for SQLite (bun:sqlite, node:sqlite)
// and PostgreSQL. A change is a generator that yields statements: on SQLite it runs to its end inside
// the group commit without ever yielding to the event loop, on PostgreSQL inside one transaction. So a
// change is written once, is atomic on both, and cannot await anything but its own statements.
import type { Row, Value } from "../runtime/runtime.ts";

export type { Row, Value } from "../runtime/runtime.ts";

export interface Statement {
  readonly text: string;
  readonly values: readonly Value[];
}

/**
 * A change: yields statements, gets their rows, returns what the caller wants to know. It has no effect but its
 * statements: a change that had to be rolled back because of others is run again.
 */
export type Change<T> = () => Generator<Statement, T, Row[]>;
/** A part of a change, to be used with `yield*`. */
export type Part<T> = Generator<Statement, T, Row[]>;

/**
 * What a change outlives once it is made: also a power cut, or only the death of this process. The second waits for no
 * disk; it is for what nobody has been told of yet, and goes to the disk with the next change of the first kind.
 */
export type Outlives = "power cut" | "process";

/** Whether somebody tells the processes of a server of each other's commits. */
export type BusState = "none" | "connected" | "away";

export interface Sql {
  readonly dialect: Dialect;
  readonly bus: BusState;
  /** Reads. On SQLite through a second connection, so that a change in progress is never seen. */
  all<T = Row>(text: string, values?: readonly Value[]): Promise<T[]>;
  /** Makes a change. Resolves when it is on disk; rejects with nothing changed. */
  write<T>(change: Change<T>, outlives?: Outlives): Promise<T>;
  /** A change of one statement: on a server without a transaction around it. It looks at the schema itself. */
  writeOne(text: string, values: readonly Value[]): Promise<Row[]>;
  /** From now on, writes are refused when a newer program has changed the tables. */
  expectSchema(version: number): void;
  /** Calls the listener after each commit of this process. */
  onCommit(listener: () => void): () => void;
  /** Answers a look-out of its own: false when certainly nobody, in any process, has committed since its last call. */
  watch(): () => boolean;
  /** Milliseconds between two looks that are worth their price, for who listens, too. */
  readonly lookMs: number;
  /** Calls the listener soon after a commit of any process, where somebody tells of them; where nobody does, never. */
  listen(listener: () => void): () => void;
  close(): Promise<void>;
}

/** One statement inside a change. Values are parameters, always. */
export function* run<T = Row>(text: string, values: readonly Value[] = []): Part<T[]> {
  return (yield { text, values }) as T[];
}

/** The words that one engine says differently. Everything else is the same text. */
export type Dialect = "sqlite" | "postgres";

const WORDS: Record<Dialect, Readonly<Record<string, string>>> = {
  sqlite: {
    lock: "",
    take: "",
    int: "INTEGER",
    bytes: "BLOB",
    // Without AUTOINCREMENT, which would write a page more with every row: retention never deletes the newest row.
    serial: "INTEGER PRIMARY KEY",
    strict: "STRICT",
    bytewise: "",
    transaction_column: "",
    new_transaction: "0",
    oldest_transaction: "1",
  },
  postgres: {
    // Keys never change: who only refers to the row need not wait, and two that refer to each other do not deadlock.
    lock: "FOR NO KEY UPDATE",
    // For a queue: whoever finds a row taken goes on to the next instead of waiting for it.
    take: "FOR NO KEY UPDATE OF t SKIP LOCKED",
    int: "BIGINT",
    bytes: "BYTEA",
    serial: "BIGSERIAL PRIMARY KEY",
    strict: "",
    bytewise: 'COLLATE "C"',
    // The first column of a log: its default is computed before the serial, so that whoever holds a
    // number below one that is seen already has a transaction id.
    transaction_column: "transaction_id XID8 NOT NULL DEFAULT pg_current_xact_id(),",
    // Takes an id, and thereby ends with one above all that were given out before. A snapshot's xmax would
    // not do: it is one above the newest that has *ended*, and an older snapshot may be open above it.
    new_transaction: "pg_current_xact_id()::text::bigint",
    oldest_transaction: "pg_snapshot_xmin(pg_current_snapshot())::text::bigint",
  },
};

/** `{each 2}`: the texts of the JSON array in the second value, one a row. A list of any length is one parameter. */
const EACH: Record<Dialect, string> = {
  sqlite: "SELECT value FROM json_each(?$1)",
  postgres: "SELECT jsonb_array_elements_text(?$1::text::jsonb)",
};

/**
 * SQLite looks at the value of a bare parameter when it plans, in a LIMIT and where a table has partial indexes, and
 * plans anew for each new value: 10 to 60 µs, more than the statement takes. Behind a plus, which changes nothing,
 * it does not look.
 */
const PARAMETER: Record<Dialect, string> = { sqlite: "+?$1", postgres: "$$$1" };

const translated = { sqlite: new Map<string, string>(), postgres: new Map<string, string>() };

/** The text as the engine reads it: dialect words replaced, and parameters written as it likes them. */
export function inDialect(dialect: Dialect, text: string): string {
  const known = translated[dialect].get(text);
  if (known !== undefined) return known;
  const words = text
    .replace(/\{each (\d+)\}/g, EACH[dialect])
    .replace(/\{(\w+)\}/g, (whole, word: string) => WORDS[dialect][word] ?? whole);
  const answer = words.replace(/\?(\d+)/g, PARAMETER[dialect]);
  translated[dialect].set(text, answer);
  return answer;
}
