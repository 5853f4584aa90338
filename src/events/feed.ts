// The log, live: replays from a number, then follows. The table is the truth; a follower that is slow
// reads it again instead of being waited for, so that nobody can hold up a writer or another follower.
import type { Clock } from "../base/clock.ts";
import { ERROR_CODES, toAppError } from "../base/errors.ts";
import { FEED_ROWS_MAX, LOOK_MS } from "../base/limits.ts";
import {
  type EventFilter,
  EventReader,
  type EventRow,
  firstUnseen,
  matches,
  newestSeq,
  readEvents,
} from "../store/events.ts";
import type { Sql } from "../store/sql.ts";

/** The newest events, so that a thousand followers do not read the same rows a thousand times. */
const RECENT_EVENTS_MAX = 2_000;
/** The pause after a look at a database that cannot be reached just now. */
const RETRY_MS = 1_000;

export interface FollowOptions {
  /** The last number that the follower has seen; undefined follows what is to come. */
  readonly after?: number | undefined;
  readonly filter?: EventFilter;
  readonly signal: AbortSignal;
}

export class Feed {
  readonly #sql: Sql;
  readonly #clock: Clock;
  readonly #mayHaveChanged: () => boolean;
  readonly #wakers = new Set<() => void>();
  #recent: EventRow[] = [];
  #starting: Promise<EventReader> | undefined;
  #looking: Promise<void> | undefined;
  #failure: unknown;
  /** The last look did not come to its end: the next one looks whatever has changed. */
  #hasFailed = false;
  #followers = 0;
  #isClosed = false;

  constructor(sql: Sql, clock: Clock) {
    this.#sql = sql;
    this.#clock = clock;
    this.#mayHaveChanged = sql.watch();
  }

  get followers(): number {
    return this.#followers;
  }

  /** Batches of events in order, each once; ends when the signal aborts or the feed closes. */
  async *follow({ after, filter = {}, signal }: FollowOptions): AsyncGenerator<readonly EventRow[]> {
    this.#followers++;
    try {
      const reader = await this.#start();
      // A number above the newest is one of another database: waiting for it would be waiting for ever.
      let seen = after === undefined ? await firstUnseen(this.#sql) : Math.min(after, await newestSeq(this.#sql));
      while (!signal.aborted && !this.#isClosed) {
        if (this.#failure) throw this.#failure;
        if (seen >= reader.after) {
          await this.#moved(signal);
          continue;
        }
        const rows = await this.#between(seen, reader.after);
        seen = rows.at(-1)?.seq ?? reader.after;
        const wanted = rows.filter((event) => matches(event, filter));
        if (wanted.length > 0) yield wanted;
      }
    } finally {
      this.#followers--;
      this.#wakeAll();
    }
  }

  /** Ends every follower. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#wakeAll();
    this.#wakeLook?.();
    await this.#looking;
  }

  /** One look-out serves all followers; it ends with the last of them. */
  #start(): Promise<EventReader> {
    this.#starting ??= this.#startLooking().catch((error: unknown) => {
      this.#starting = undefined;
      throw error;
    });
    return this.#starting;
  }

  async #startLooking(): Promise<EventReader> {
    const reader = new EventReader(this.#sql, await firstUnseen(this.#sql));
    this.#failure = undefined;
    this.#looking = this.#lookOut(reader);
    return reader;
  }

  async #lookOut(reader: EventReader): Promise<void> {
    const sql = this.#sql;
    const stops = [sql.onCommit(() => this.#wakeLook?.())];
    // A file is looked at more often than it tells.
    if (sql.dialect === "postgres") stops.push(sql.listen(() => this.#wakeLook?.()));
    try {
      while (this.#followers > 0 && !this.#isClosed) {
        await this.#look(reader);
        await this.#pause(reader.isHeld ? LOOK_MS : sql.lookMs);
      }
    } finally {
      // In one go with the last look at the followers: whoever comes from now on starts a new look-out.
      this.#starting = undefined;
      this.#looking = undefined;
      this.#recent = [];
      for (const stop of stops) stop();
    }
  }

  /** What will pass by itself is tried again; anything else ends every follower with its error. */
  async #look(reader: EventReader): Promise<void> {
    try {
      // A gap on PostgreSQL can close without a commit of ours: there the answer is always yes.
      if (!this.#mayHaveChanged() && !this.#hasFailed) return;
      this.#hasFailed = true;
      for (;;) {
        const rows = await reader.next(FEED_ROWS_MAX);
        if (rows.length === 0) break;
        this.#recent = [...this.#recent, ...rows].slice(-RECENT_EVENTS_MAX);
        this.#wakeAll();
      }
      this.#hasFailed = false;
    } catch (error) {
      if (ERROR_CODES[toAppError(error).code].retry) return this.#pause(RETRY_MS);
      this.#failure = error;
      this.#wakeAll();
    }
  }

  #wakeLook: (() => void) | undefined;

  /** Until something was committed here, or it is time to look for what other processes did. */
  async #pause(ms: number): Promise<void> {
    const woken = new AbortController();
    this.#wakeLook = () => woken.abort();
    await this.#clock.sleep(ms, woken.signal);
    this.#wakeLook = undefined;
  }

  /** Everything up to `until` is settled: it can be read from the table in any way. */
  async #between(after: number, until: number): Promise<readonly EventRow[]> {
    const [first, last] = [this.#recent[0]?.seq, this.#recent.at(-1)?.seq];
    // The reader moves on a moment before its rows are among the recent ones: a follower that asks in that moment
    // would be told that there is nothing.
    const hasAll = first !== undefined && last !== undefined && first <= after + 1 && last >= until;
    if (hasAll) return this.#recent.filter(({ seq }) => seq > after);
    return readEvents(this.#sql, after, until, FEED_ROWS_MAX);
  }

  #moved(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        this.#wakers.delete(done);
        signal.removeEventListener("abort", done);
        resolve();
      };
      this.#wakers.add(done);
      signal.addEventListener("abort", done, { once: true });
      if (signal.aborted) done();
    });
  }

  #wakeAll(): void {
    for (const wake of [...this.#wakers]) wake();
  }
}
