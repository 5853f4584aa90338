// Keeps every process from writing while a restore is at work, so that no acknowledged change falls between
// the backup of what was there and what comes instead. The fence is a fact in the database, asked for inside
// each transaction that writes: the content that takes its place has none, and so lifts it in the same moment.
// It names its own end: a restore that was killed keeps nobody out for long.
import type { Clock } from "../base/clock.ts";
import { AppError } from "../base/errors.ts";
import { FENCE_MS } from "../base/limits.ts";
import type { Row, SqliteConnection } from "../runtime/runtime.ts";
import { hasTable } from "./inspect.ts";
import { takeWriteLock } from "./take-write-lock.ts";

const NAME = "fence";

export const FENCE = `SELECT value FROM fact WHERE name = '${NAME}'`;

/** For writers: refuses while the fence stands. */
export function refuseFenced(rows: readonly Row[], now: number): void {
  const untilMs = Number(rows[0]?.["value"] ?? 0);
  if (untilMs <= now) return;
  throw new AppError("unavailable", "cannot write the database: a backup is being restored into it", {
    hint: "Try again when it is done.",
    retryAfterMs: 1_000,
  });
}

/** For a database that nobody else has open: one that was kept behind a fence holds it still. */
export function clearFence(connection: SqliteConnection): void {
  if (hasTable(connection, "fact")) connection.all(`DELETE FROM fact WHERE name = '${NAME}'`);
}

export class Fence {
  readonly #open: () => SqliteConnection;
  readonly #clock: Clock;
  #untilMs: number | undefined;

  /** `open` gives a connection that may write and that waits for others. */
  constructor(open: () => SqliteConnection, clock: Clock) {
    this.#open = open;
    this.#clock = clock;
  }

  /**
   * From when this returns until `lower`, nobody else's change is acknowledged. A fence that stands already was
   * left by a restore that was killed: there is only one at a time. A database without cadre's tables has no writers.
   */
  async raise(): Promise<void> {
    const connection = this.#open();
    try {
      connection.exec("PRAGMA busy_timeout = 0");
      // Others write until it stands.
      await takeWriteLock(connection, this.#clock);
      if (hasTable(connection, "fact")) this.#put(connection);
      connection.exec("COMMIT");
    } finally {
      connection.close();
    }
  }

  /** Makes it last longer; throws when it has come to its end already, and so may have let somebody through. */
  renew(): void {
    if (this.#untilMs === undefined) return;
    if (this.#untilMs <= this.#clock.now()) {
      throw new AppError("timeout", "cannot restore: it took too long, and others have written meanwhile", {
        hint: "Try again when the machine has less to do; nothing was changed.",
      });
    }
    this.#change((connection) => this.#put(connection));
  }

  lower(): void {
    if (this.#untilMs === undefined) return;
    this.#untilMs = undefined;
    this.#change(clearFence);
  }

  #put(connection: SqliteConnection): void {
    const untilMs = this.#clock.now() + FENCE_MS;
    connection.all(
      `INSERT INTO fact (name, value) VALUES ('${NAME}', ?1)
       ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
      [String(untilMs)],
    );
    this.#untilMs = untilMs;
  }

  #change(work: (connection: SqliteConnection) => void): void {
    const connection = this.#open();
    try {
      connection.exec("BEGIN IMMEDIATE");
      work(connection);
      connection.exec("COMMIT");
    } finally {
      connection.close();
    }
  }
}
