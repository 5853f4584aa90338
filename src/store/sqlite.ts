// SQLite as the Sql port. Invariant: what `write` acknowledged survives kill -9 and, unless the caller said that it
// need not, a power cut (WAL, synchronous=FULL), and readers never wait for writers.
import { watch } from "node:fs";
import type { Clock } from "../base/clock.ts";
import { LOOK_MS } from "../base/limits.ts";
import type { Runtime, SqliteConnection } from "../runtime/runtime.ts";
import { FENCE, refuseFenced } from "./fence.ts";
import { refuseNewerSchema, SCHEMA_VERSION } from "./schema-version.ts";
import { type Change, inDialect, type Outlives, type Row, run, type Sql, type Value } from "./sql.ts";
import { storeError } from "./sqlite-errors.ts";
import { WriteQueue } from "./write-queue.ts";

/** How much memory a connection may use for speed; durability is the same in all of them. */
export const PROFILES = {
  default: { cacheKib: 8_192, mmapBytes: 0, checkpointPages: 1_000 },
  fast: { cacheKib: 65_536, mmapBytes: 268_435_456, checkpointPages: 1_000 },
  small: { cacheKib: 1_024, mmapBytes: 0, checkpointPages: 250 },
} as const;

export type Profile = keyof typeof PROFILES;

/** In one statement: windows that work beside each other ask it at every change, while all the others wait. */
const MAY_WRITE = `SELECT (${SCHEMA_VERSION}) AS version, (${FENCE}) AS value`;

const WAL_KEPT_BYTES = 67_108_864;

export class Sqlite implements Sql {
  readonly dialect = "sqlite";
  readonly bus = "none";
  readonly lookMs = LOOK_MS;
  readonly #path: string;
  readonly #writer: SqliteConnection;
  readonly #reader: SqliteConnection;
  readonly #queue: WriteQueue;
  readonly #commitListeners = new Set<() => void>();
  #schema = 0;
  #guardedVersion: number | undefined;

  constructor(runtime: Pick<Runtime, "openSqlite">, path: string, clock: Clock, profile: Profile = "default") {
    this.#path = path;
    this.#writer = openWriter(runtime, path, profile);
    try {
      this.#reader = openReader(runtime, path, profile);
    } catch (error) {
      this.#writer.close();
      throw error;
    }
    this.#queue = new WriteQueue(this.#writer, clock, {
      guard: () => {
        if (this.#schema === 0) return;
        // Both were put there by another process, if at all: without a commit of another there is nothing new.
        const version = dataVersion(this.#writer);
        if (version === this.#guardedVersion) return;
        const said = this.#writer.all(MAY_WRITE);
        refuseNewerSchema(said, this.#schema);
        refuseFenced(said, clock.now());
        this.#guardedVersion = version;
      },
      committed: () => {
        for (const listener of this.#commitListeners) listener();
      },
    });
  }

  async all<T = Row>(text: string, values: readonly Value[] = []): Promise<T[]> {
    try {
      return this.#reader.all(inDialect("sqlite", text), values) as T[];
    } catch (cause) {
      throw storeError(cause, "read");
    }
  }

  async write<T>(change: Change<T>, outlives: Outlives = "power cut"): Promise<T> {
    return this.#queue.push(change, outlives);
  }

  writeOne(text: string, values: readonly Value[]): Promise<Row[]> {
    return this.write(() => run(text, values));
  }

  expectSchema(version: number): void {
    this.#schema = version;
    this.#guardedVersion = undefined;
  }

  onCommit(listener: () => void): () => void {
    this.#commitListeners.add(listener);
    return () => this.#commitListeners.delete(listener);
  }

  /** `data_version` moves when any other connection commits, in this process or another: 2.4 µs to ask. */
  watch(): () => boolean {
    let seen = -1;
    return () => {
      const version = dataVersion(this.#reader);
      const hasMoved = version !== seen;
      seen = version;
      return hasMoved;
    };
  }

  /** Every commit writes into the log beside the file. Costs nothing while nobody commits, as looking does. */
  listen(listener: () => void): () => void {
    try {
      const watcher = watch(`${this.#path}-wal`, () => listener());
      watcher.on("error", () => {}); // Whoever listens also looks now and then.
      watcher.unref();
      return () => watcher.close();
    } catch {
      return () => {};
    }
  }

  async close(): Promise<void> {
    await this.#queue.idle();
    this.#reader.close();
    this.#writer.close();
  }
}

/** Moves when another connection has committed. */
function dataVersion(connection: SqliteConnection): number {
  return Number(connection.all("PRAGMA data_version")[0]?.["data_version"]);
}

function openWriter(runtime: Pick<Runtime, "openSqlite">, path: string, profile: Profile): SqliteConnection {
  const connection = runtime.openSqlite(path);
  try {
    // First of all: switching to WAL takes a lock that another process may hold for a moment.
    connection.exec("PRAGMA busy_timeout = 5000");
    connection.exec("PRAGMA journal_mode = WAL");
    connection.exec("PRAGMA synchronous = FULL");
    connection.exec("PRAGMA fullfsync = 1"); // Only macOS knows the difference.
    connection.exec("PRAGMA foreign_keys = ON");
    connection.exec(`PRAGMA journal_size_limit = ${WAL_KEPT_BYTES}`);
    tune(connection, profile);
    connection.exec(`PRAGMA wal_autocheckpoint = ${PROFILES[profile].checkpointPages}`);
    // From here on the write queue waits for the lock itself.
    connection.exec("PRAGMA busy_timeout = 0");
    return connection;
  } catch (cause) {
    connection.close();
    throw storeError(cause, "open");
  }
}

function openReader(runtime: Pick<Runtime, "openSqlite">, path: string, profile: Profile): SqliteConnection {
  const connection = runtime.openSqlite(path, { readOnly: true });
  connection.exec("PRAGMA busy_timeout = 5000");
  tune(connection, profile);
  return connection;
}

function tune(connection: SqliteConnection, profile: Profile): void {
  const { cacheKib, mmapBytes } = PROFILES[profile];
  connection.exec(`PRAGMA cache_size = -${cacheKib}`);
  connection.exec(`PRAGMA mmap_size = ${mmapBytes}`);
  connection.exec("PRAGMA temp_store = MEMORY");
}
