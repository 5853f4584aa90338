// Group commit. All changes of one turn of the event loop share one transaction and one fsync. One that fails takes
// nothing with it: then all are made again, each in a savepoint of its own, which is safe because a change has no
// effect but its statements. Invariant: a promise resolves only after the COMMIT that holds its change has returned.
import type { Clock } from "../base/clock.ts";
import { AppError } from "../base/errors.ts";
import { COMMIT_OPS_MAX, WRITE_QUEUE_MAX } from "../base/limits.ts";
import type { SqliteConnection } from "../runtime/runtime.ts";
import { driveChange } from "./drive-change.ts";
import type { Change, Outlives } from "./sql.ts";
import { storeError } from "./sqlite-errors.ts";
import { takeWriteLock } from "./take-write-lock.ts";

interface Waiting {
  readonly change: Change<unknown>;
  readonly outlives: Outlives;
  readonly resolve: (value: unknown) => void;
  readonly reject: (reason: unknown) => void;
}

type Outcome = { readonly value: unknown } | { readonly error: unknown };

export class WriteQueue {
  readonly #connection: SqliteConnection;
  readonly #clock: Clock;
  /** Looks, inside each transaction, whether this process may still write; throws when not. */
  readonly #guard: () => void;
  readonly #committed: () => void;
  #waiting: Waiting[] = [];
  #flushing: Promise<void> | undefined;
  /** What commits outlive now. A new connection waits for the disk. */
  #outlives: Outlives = "power cut";

  constructor(connection: SqliteConnection, clock: Clock, hooks: { guard: () => void; committed: () => void }) {
    this.#connection = connection;
    this.#clock = clock;
    this.#guard = hooks.guard;
    this.#committed = hooks.committed;
  }

  push<T>(change: Change<T>, outlives: Outlives): Promise<T> {
    if (this.#waiting.length >= WRITE_QUEUE_MAX) {
      throw new AppError("unavailable", "cannot write: too many changes wait for the disk", {
        hint: "Try again in a moment, with fewer calls at once.",
        retryAfterMs: 1_000,
      });
    }
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    this.#waiting.push({ change, outlives, resolve: resolve as (value: unknown) => void, reject });
    this.#flushing ??= this.#flush();
    return promise;
  }

  /** Resolves when everything that was pushed is on disk or refused. */
  async idle(): Promise<void> {
    while (this.#flushing) await this.#flushing;
  }

  async #flush(): Promise<void> {
    // One turn of the loop: whoever writes in it shares this commit.
    await new Promise<void>((resolve) => setImmediate(resolve));
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, COMMIT_OPS_MAX);
      await this.#commit(batch);
    }
    this.#flushing = undefined;
  }

  async #commit(batch: readonly Waiting[]): Promise<void> {
    let outcomes: Outcome[];
    try {
      this.#waitForDisk(batch);
      await this.#begin();
      this.#guard();
      outcomes = this.#together(batch) ?? (await this.#apart(batch));
      this.#connection.all("COMMIT");
    } catch (cause) {
      this.#rollBack();
      const error = storeError(cause, "write");
      for (const { reject } of batch) reject(error);
      return;
    }
    for (const [at, outcome] of outcomes.entries()) {
      if ("error" in outcome) batch[at]?.reject(outcome.error);
      else batch[at]?.resolve(outcome.value);
    }
    this.#committed();
  }

  /** One change that must outlive a power cut is enough: a commit that waits for the disk takes all before it along. */
  #waitForDisk(batch: readonly Waiting[]): void {
    const outlives = batch.every((waiting) => waiting.outlives === "process") ? "process" : "power cut";
    if (outlives === this.#outlives) return;
    this.#rollBack(); // Inside a transaction it would not hold.
    this.#connection.exec(`PRAGMA synchronous = ${outlives === "process" ? "NORMAL" : "FULL"}`);
    this.#outlives = outlives;
  }

  /** Never throws: who waits must be told in any case. What could not be rolled back is so before the next commit. */
  #rollBack(): void {
    // A full disk has rolled back by itself; rolling back again would throw.
    if (!this.#connection.inTransaction) return;
    try {
      this.#connection.all("ROLLBACK");
    } catch {}
  }

  #begin(): Promise<void> {
    this.#rollBack();
    return takeWriteLock(this.#connection, this.#clock);
  }

  /**
   * Savepoints cost more than the changes between them, and hardly any change fails: so they are made without, and
   * when one fails, all of them are made again, each in a savepoint of its own. A change alone just fails.
   */
  #together(batch: readonly Waiting[]): Outcome[] | undefined {
    try {
      return batch.map(({ change }) => ({ value: driveChange(this.#connection, change) }));
    } catch (cause) {
      if (batch.length === 1) throw cause;
      return undefined;
    }
  }

  async #apart(batch: readonly Waiting[]): Promise<Outcome[]> {
    await this.#begin();
    this.#guard();
    return batch.map(({ change }) => this.#apply(change));
  }

  #apply(change: Change<unknown>): Outcome {
    this.#connection.all("SAVEPOINT change");
    try {
      const value = driveChange(this.#connection, change);
      this.#connection.all("RELEASE change");
      return { value };
    } catch (error) {
      // The whole transaction is gone: the commit's own handler tells everybody.
      if (!this.#connection.inTransaction) throw error;
      this.#connection.all("ROLLBACK TO change");
      this.#connection.all("RELEASE change");
      return { error: error instanceof AppError ? error : storeError(error, "write") };
    }
  }
}
