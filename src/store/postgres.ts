// PostgreSQL as the Sql port. A change is one transaction on one connection; what conflicts with
// another transaction is run again, which is safe because a change has no effect but its statements.
import type { Clock } from "../base/clock.ts";
import { AppError } from "../base/errors.ts";
import { LOCK_WAIT_MS_MAX, SERVER_LOOK_MS, SERVER_LOOK_TOLD_MS } from "../base/limits.ts";
import { redactText } from "../base/redact.ts";
import type { PostgresPool, PostgresQuery, Runtime } from "../runtime/runtime.ts";
import type { Bus } from "./bus.ts";
import { refuseNewerSchema, SCHEMA_VERSION } from "./schema-version.ts";
import { type BusState, type Change, inDialect, type Outlives, type Row, type Sql, type Value } from "./sql.ts";

/** Serialization failure and deadlock: certainly undone. */
const ROLLED_BACK = /^(40001|40P01)$/;
/** Another transaction held a lock for longer than `lock_timeout`. */
const LOCKED = "55P03";
/** The connection ended under us, or the server is starting. */
const DISCONNECTED = /^(08\w{3}|57P0\d)$/;
/** The same, of a statement that has certainly done nothing: its session was ended first, or there never was one. */
const NOT_BEGUN = /^(57P01|57P03)$/;
const REFUSED = "ERR_POSTGRES_CONNECTION_REFUSED";
const TRIES_MAX = 5;
const PAUSE_MS = 20;

export class Postgres implements Sql {
  readonly dialect = "postgres";
  readonly #pool: PostgresPool;
  readonly #clock: Clock;
  readonly #commitListeners = new Set<() => void>();
  #schema = 0;
  #bus: Bus | undefined;

  private constructor(pool: PostgresPool, clock: Clock) {
    this.#pool = pool;
    this.#clock = clock;
  }

  static async open(
    runtime: Pick<Runtime, "openPostgres">,
    url: string,
    clock: Clock,
    lockWaitMs = LOCK_WAIT_MS_MAX,
  ): Promise<Postgres> {
    try {
      return new Postgres(await runtime.openPostgres(url, { lockWaitMs }), clock);
    } catch (cause) {
      if (cause instanceof AppError) throw cause;
      throw new AppError("unavailable", `cannot open ${redactText(url)}: no PostgreSQL server answers there`, {
        hint: "Start the server, or check host, port, user and database in --db.",
        cause,
      });
    }
  }

  async all<T = Row>(text: string, values: readonly Value[] = []): Promise<T[]> {
    return this.#again(() => this.#pool.all(inDialect("postgres", text), values) as Promise<T[]>, mayTryAgain);
  }

  async write<T>(change: Change<T>, outlives: Outlives = "power cut"): Promise<T> {
    // A connection that is lost during the commit leaves open whether it arrived: such a change never runs twice.
    let isCommitting = false;
    const value = await this.#again(
      () =>
        this.#pool.transaction(async (query) => {
          isCommitting = false;
          // Sent together with the first statement; what that meets in a schema that is not ours does not count.
          const look = this.#schema > 0 ? query.all(SCHEMA_VERSION) : Promise.resolve([]);
          // A transaction that failed has failed by itself: what this meets then says nothing more.
          if (outlives === "process") query.all("SET LOCAL synchronous_commit = off").catch(() => {});
          const [found, made] = await Promise.allSettled([look, drive(change, query)]);
          if (found.status === "fulfilled") refuseNewerSchema(found.value, this.#schema);
          if (made.status === "rejected") throw made.reason;
          if (found.status === "rejected") throw found.reason;
          isCommitting = true;
          return made.value;
        }),
      (cause) => {
        if (!isCommitting || ROLLED_BACK.test(sqlState(cause))) return mayTryAgain(cause);
        if (mayTryAgain(cause)) throw uncertain(cause);
        return false;
      },
    );
    this.#committed();
    return value;
  }

  /** It may have arrived when its answer has not: only what has certainly done nothing is tried again. */
  async writeOne(text: string, values: readonly Value[]): Promise<Row[]> {
    const rows = await this.#again(
      () => this.#pool.all(inDialect("postgres", text), values),
      (cause) => {
        const state = sqlState(cause);
        if (ROLLED_BACK.test(state) || NOT_BEGUN.test(state) || codeOf(cause) === REFUSED) return true;
        if (mayTryAgain(cause)) throw uncertain(cause);
        return false;
      },
    );
    this.#committed();
    return rows;
  }

  expectSchema(version: number): void {
    this.#schema = version;
  }

  onCommit(listener: () => void): () => void {
    this.#commitListeners.add(listener);
    return () => this.#commitListeners.delete(listener);
  }

  watch(): () => boolean {
    return () => true;
  }

  /** From now on other machines are told, and tell. */
  useBus(bus: Bus): void {
    this.#bus = bus;
    this.onCommit(() => bus.tell());
  }

  get bus(): BusState {
    if (!this.#bus) return "none";
    return this.#bus.isConnected ? "connected" : "away";
  }

  get lookMs(): number {
    return this.bus === "connected" ? SERVER_LOOK_TOLD_MS : SERVER_LOOK_MS;
  }

  listen(listener: () => void): () => void {
    return this.#bus?.listen(listener) ?? (() => {});
  }

  async close(): Promise<void> {
    await this.#bus?.close();
    await this.#pool.close();
  }

  #committed(): void {
    for (const listener of this.#commitListeners) listener();
  }

  async #again<T>(work: () => Promise<T>, mayRepeat: (cause: unknown) => boolean): Promise<T> {
    for (let tries = 1; ; tries++) {
      try {
        return await work();
      } catch (cause) {
        if (cause instanceof AppError) throw cause;
        if (!mayRepeat(cause) || tries >= TRIES_MAX) throw postgresError(cause);
        await this.#clock.sleep(PAUSE_MS * tries);
      }
    }
  }
}

async function drive<T>(change: Change<T>, query: PostgresQuery): Promise<T> {
  const steps = change();
  let step = steps.next();
  while (!step.done) {
    const { text, values } = step.value;
    step = steps.next(await query.all(inDialect("postgres", text), values));
  }
  return step.value;
}

/** Bun keeps the SQLSTATE in `errno`; a lost connection has a code of Bun's own. */
function sqlState(cause: unknown): string {
  return String((cause as { errno?: unknown }).errno);
}

function mayTryAgain(cause: unknown): boolean {
  const state = sqlState(cause);
  if (ROLLED_BACK.test(state) || DISCONNECTED.test(state)) return true;
  return codeOf(cause).startsWith("ERR_POSTGRES_CONNECTION");
}

function codeOf(cause: unknown): string {
  return String((cause as { code?: unknown }).code);
}

function uncertain(cause: unknown): AppError {
  return new AppError(
    "uncertain",
    "cannot tell whether the change was made: PostgreSQL closed the connection during its commit",
    {
      hint: "Read the state first; make the change again only when it is not there.",
      cause,
    },
  );
}

function postgresError(cause: unknown): AppError {
  if (sqlState(cause) === LOCKED) {
    return new AppError("unavailable", "cannot use the database: another transaction holds its lock", {
      hint: "Try again; if it goes on, look at pg_stat_activity for a transaction that does not end.",
      retryAfterMs: 1_000,
      cause,
    });
  }
  if (mayTryAgain(cause)) {
    return new AppError("unavailable", "cannot reach the database: PostgreSQL closed the connection", {
      hint: "Try again; if it goes on, look at the server's log.",
      retryAfterMs: 1_000,
      cause,
    });
  }
  return new AppError("internal", "cannot use the database: unexpected failure", {
    hint: "Look for this request id in cadre's log, and report what it says.",
    cause,
  });
}
