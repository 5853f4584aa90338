import { FEED_ROWS_MAX } from "../base/limits.ts";
import { type Part, type Row, run, type Sql } from "./sql.ts";

export interface EventRow {
  readonly seq: number;
  readonly at_ms: number;
  readonly workspace_id: string | null;
  /** The id of what it happened to. */
  readonly subject: string;
  readonly type: string;
  readonly data: Record<string, unknown>;
}

export type NewEvent = Omit<EventRow, "seq">;

export interface EventFilter {
  readonly workspace_id?: string | undefined;
  readonly subject?: string | undefined;
  /** Everything of one session: what tells of it, and of its tasks. */
  readonly session?: string | undefined;
  /** A type, or a prefix that ends with a dot: "task." */
  readonly type?: string | undefined;
}

/** Part of the change that it tells of. */
export function* appendEvent(event: NewEvent): Part<void> {
  yield* run("INSERT INTO event (at_ms, workspace_id, subject, type, data) VALUES (?1, ?2, ?3, ?4, ?5)", [
    event.at_ms,
    event.workspace_id,
    event.subject,
    event.type,
    JSON.stringify(event.data),
  ]);
}

/**
 * Where a reader starts that wants only what is to come. While a transaction is open on PostgreSQL which may
 * still fill a gap, that is before the gap: better an event of before than one too few.
 */
export async function firstUnseen(sql: Sql): Promise<number> {
  const rows = await sql.all<{ seq: number }>("SELECT seq FROM event ORDER BY seq DESC LIMIT ?1", [FEED_ROWS_MAX]);
  const newest = rows[0]?.seq ?? 0;
  const belowGap = rows.findLast(({ seq }, at) => at > 0 && rows[at - 1]?.seq !== seq + 1);
  if (!belowGap) return newest;
  const bound = await newTransaction(sql);
  const [now] = await sql.all<{ oldest: number }>("SELECT {oldest_transaction} AS oldest");
  return now && now.oldest > bound ? newest : belowGap.seq;
}

/** A number above that of every transaction which has begun: once all below it have ended, so have those. */
async function newTransaction(sql: Sql): Promise<number> {
  const [row] = await sql.all<{ bound: number }>("SELECT {new_transaction} AS bound");
  return row?.bound ?? 0;
}

export async function newestSeq(sql: Sql): Promise<number> {
  const [row] = await sql.all<{ seq: number | null }>("SELECT max(seq) AS seq FROM event");
  return row?.seq ?? 0;
}

/** Events after one number up to another, below which nothing can change any more. */
export async function readEvents(sql: Sql, after: number, until: number, rowsMax: number): Promise<EventRow[]> {
  const rows = await sql.all<ReadRow>(
    `SELECT seq, at_ms, workspace_id, subject, type, data FROM event
     WHERE seq > ?1 AND seq <= ?2 ORDER BY seq LIMIT ?3`,
    [after, until, rowsMax],
  );
  return rows.map(toEvent);
}

interface ReadRow extends Row {
  seq: number;
  data: string;
}

interface FollowRow extends ReadRow {
  /** Every transaction below this one has ended. */
  oldest: number;
}

/**
 * Follows the log from a number on. On PostgreSQL a number is given out before its transaction commits:
 * a gap may still be filled. So the reader stops before a gap until every transaction that had begun
 * when it saw the gap has ended; then nobody can fill it any more.
 */
export class EventReader {
  readonly #sql: Sql;
  #after: number;
  /** Gaps up to `upTo` are permanent when every transaction up to `bound` has ended. */
  #isHeld = false;
  #settling = { upTo: 0, bound: 0 };

  constructor(sql: Sql, after: number) {
    this.#sql = sql;
    this.#after = after;
  }

  get after(): number {
    return this.#after;
  }

  /** The last look ended before a gap: it may close, or turn out to be one for ever, without anybody's telling. */
  get isHeld(): boolean {
    return this.#isHeld;
  }

  /** The next events in order, at most `rowsMax`; empty when there is none yet. */
  async next(rowsMax: number): Promise<EventRow[]> {
    for (;;) {
      const rows = await this.#read(rowsMax);
      const [first] = rows;
      const events = this.#take(rows);
      if (!first || events.length > 0 || first.seq <= this.#settling.upTo) return events;
      this.#settling = { upTo: rows.at(-1)?.seq ?? first.seq, bound: await newTransaction(this.#sql) };
    }
  }

  #read(rowsMax: number): Promise<FollowRow[]> {
    return this.#sql.all<FollowRow>(
      `SELECT seq, at_ms, workspace_id, subject, type, data, {oldest_transaction} AS oldest FROM event
       WHERE seq > ?1 ORDER BY seq LIMIT ?2`,
      [this.#after, rowsMax],
    );
  }

  #take(rows: readonly FollowRow[]): EventRow[] {
    const events: EventRow[] = [];
    for (const row of rows) {
      this.#isHeld = row.seq !== this.#after + 1 && !this.#isSettled(row);
      if (this.#isHeld) break;
      this.#after = row.seq;
      events.push(toEvent(row));
    }
    return events;
  }

  #isSettled({ seq, oldest }: FollowRow): boolean {
    return seq <= this.#settling.upTo && oldest > this.#settling.bound;
  }
}

export function matches(event: EventRow, filter: EventFilter): boolean {
  if (filter.workspace_id && event.workspace_id !== filter.workspace_id) return false;
  if (filter.subject && event.subject !== filter.subject) return false;
  if (filter.session && event.data["session"] !== filter.session) return false;
  if (!filter.type) return true;
  return filter.type.endsWith(".") ? event.type.startsWith(filter.type) : event.type === filter.type;
}

function toEvent({ seq, at_ms, workspace_id, subject, type, data }: ReadRow): EventRow {
  return {
    seq,
    at_ms: Number(at_ms),
    workspace_id: workspace_id as string | null,
    subject: String(subject),
    type: String(type),
    data: JSON.parse(data) as Record<string, unknown>,
  };
}
