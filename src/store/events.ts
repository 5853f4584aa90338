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

/** The number of the newest event: where a reader starts that wants only what is to come. */
export async function lastEventSeq(sql: Sql): Promise<number> {
  const [row] = await sql.all<{ seq: number | null }>("SELECT max(seq) AS seq FROM event");
  return Number(row?.seq ?? 0);
}

interface ReadRow extends Row {
  seq: number;
  data: string;
  open_min: number;
  open_max: number;
}

/**
 * Follows the log from a number on. On PostgreSQL a number is given out before its transaction commits:
 * a gap may still be filled. So the reader stops before a gap until every transaction that was open
 * when it saw the gap has ended; then nobody can fill it any more.
 */
export class EventReader {
  readonly #sql: Sql;
  #after: number;
  #gapOpenMax: number | undefined;

  constructor(sql: Sql, after: number) {
    this.#sql = sql;
    this.#after = after;
  }

  get after(): number {
    return this.#after;
  }

  /** The next events in order, at most `rowsMax`; empty when there is none yet. */
  async next(rowsMax: number): Promise<EventRow[]> {
    const rows = await this.#sql.all<ReadRow>(
      `SELECT seq, at_ms, workspace_id, subject, type, data, {open_transactions} FROM event
       WHERE seq > ?1 ORDER BY seq LIMIT ?2`,
      [this.#after, rowsMax],
    );
    const events: EventRow[] = [];
    for (const row of rows) {
      if (row.seq !== this.#after + 1 && !this.#isPermanent(row)) break;
      this.#gapOpenMax = undefined;
      this.#after = row.seq;
      events.push(toEvent(row));
    }
    return events;
  }

  #isPermanent(row: ReadRow): boolean {
    if (row.open_min >= row.open_max) return true; // Nothing is open at all.
    this.#gapOpenMax ??= row.open_max;
    return row.open_min >= this.#gapOpenMax;
  }
}

export function matches(event: EventRow, filter: EventFilter): boolean {
  if (filter.workspace_id && event.workspace_id !== filter.workspace_id) return false;
  if (filter.subject && event.subject !== filter.subject) return false;
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
