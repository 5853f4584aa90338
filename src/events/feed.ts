// The log, live: replays from a number, then follows. The table is the truth; a follower that is slow
// reads it again instead of being waited for, so that nobody can hold up a writer or another follower.
import type { Clock } from "../base/clock.ts";
import { FEED_ROWS_MAX, LOOK_MS } from "../base/limits.ts";
import { type EventFilter, EventReader, type EventRow, lastEventSeq, matches } from "../store/events.ts";
import type { Sql } from "../store/sql.ts";

/** The newest events, so that a thousand followers do not read the same rows a thousand times. */
const RECENT_EVENTS_MAX = 2_000;

export interface FollowOptions {
  /** The last number that the follower has seen; undefined follows what is to come. */
  readonly after?: number | undefined;
  readonly filter?: EventFilter;
  readonly signal: AbortSignal;
}

export class Feed {
  readonly #sql: Sql;
  readonly #clock: Clock;
  readonly #wakers = new Set<() => void>();
  #recent: EventRow[] = [];
  #reader: EventReader | undefined;
  #looking: Promise<void> | undefined;
  #followers = 0;

  constructor(sql: Sql, clock: Clock) {
    this.#sql = sql;
    this.#clock = clock;
  }

  get followers(): number {
    return this.#followers;
  }

  /** Batches of events in order, each once; ends when the signal aborts. */
  async *follow({ after, filter = {}, signal }: FollowOptions): AsyncGenerator<readonly EventRow[]> {
    this.#followers++;
    try {
      let seen = after ?? (await lastEventSeq(this.#sql));
      const reader = await this.#start();
      while (!signal.aborted) {
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

  async close(): Promise<void> {
    this.#wakeAll();
    await this.#looking;
  }

  /** One look-out serves all followers; it ends with the last of them. */
  async #start(): Promise<EventReader> {
    this.#reader ??= new EventReader(this.#sql, await lastEventSeq(this.#sql));
    this.#looking ??= this.#lookOut(this.#reader).finally(() => {
      this.#looking = undefined;
      this.#reader = undefined;
      this.#recent = [];
    });
    return this.#reader;
  }

  async #lookOut(reader: EventReader): Promise<void> {
    const stopListening = this.#sql.onCommit(() => this.#wakeLook?.());
    try {
      while (this.#followers > 0) {
        // A gap on PostgreSQL can close without a commit of ours: then there is always something to look for.
        if (this.#sql.mayHaveChanged()) await this.#look(reader);
        await this.#pause();
      }
    } finally {
      stopListening();
    }
  }

  async #look(reader: EventReader): Promise<void> {
    for (;;) {
      const rows = await reader.next(FEED_ROWS_MAX);
      if (rows.length === 0) return;
      this.#recent = [...this.#recent, ...rows].slice(-RECENT_EVENTS_MAX);
      this.#wakeAll();
    }
  }

  #wakeLook: (() => void) | undefined;

  /** Until something was committed here, or it is time to look for what other processes did. */
  async #pause(): Promise<void> {
    const woken = new AbortController();
    this.#wakeLook = () => woken.abort();
    await this.#clock.sleep(LOOK_MS, woken.signal);
    this.#wakeLook = undefined;
  }

  /** Everything up to `until` is settled: it can be read from the table in any way. */
  async #between(after: number, until: number): Promise<readonly EventRow[]> {
    const first = this.#recent[0]?.seq;
    if (first !== undefined && first <= after + 1) return this.#recent.filter(({ seq }) => seq > after);
    const rows = await new EventReader(this.#sql, after).next(FEED_ROWS_MAX);
    return rows.filter(({ seq }) => seq <= until);
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
