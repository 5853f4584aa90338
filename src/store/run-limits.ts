// How many runs there may be at once, and how many may start in a time. Invariant: a run that has been let in counts
// at each of its limits until it ends; at no limit do more count than it allows.
import { type Part, run } from "./sql.ts";

export interface RunLimit {
  readonly key: string;
  /** At once. */
  readonly most?: number | undefined;
  /** Starts in a time. */
  readonly rate?: { readonly starts: number; readonly perMs: number } | undefined;
}

interface LimitRow {
  readonly key: string;
  readonly most: number | null;
  readonly used: number;
  readonly starts: number | null;
  readonly per_ms: number | null;
  readonly next_ms: number;
}

/** What is said last about a limit holds. */
export function* keepLimits(runId: string, limits: readonly RunLimit[]): Part<void> {
  for (const { key, most, rate } of limits) {
    yield* run(
      `INSERT INTO run_limit (key, most, starts, per_ms) VALUES (?1, ?2, ?3, ?4)
       ON CONFLICT (key) DO UPDATE SET most = excluded.most, starts = excluded.starts, per_ms = excluded.per_ms`,
      [key, most ?? null, rate?.starts ?? null, rate?.perMs ?? null],
    );
    yield* run("INSERT INTO run_gate (run_id, key, holds) VALUES (?1, ?2, 0)", [runId, key]);
  }
}

/** Lets a gated run in when each of its limits has room; otherwise it stays, until room is made or its time comes. */
export function* admit(runId: string, now: number): Part<boolean> {
  const limits = yield* run<LimitRow & Record<string, number | string | null>>(
    `SELECT l.* FROM run_limit l WHERE l.key IN (SELECT key FROM run_gate WHERE run_id = ?1) ORDER BY l.key {lock}`,
    [runId],
  );
  const isFull = limits.some(({ most, used }) => most !== null && used >= most);
  const wakeMs = Math.max(0, ...limits.map(startableMs));
  if (isFull || wakeMs > now) {
    const text = "UPDATE run SET wake_ms = COALESCE(?2, deadline_ms) WHERE id = ?1 AND status = 'gated'";
    yield* run(text, [runId, isFull ? null : wakeMs]);
    return false;
  }
  for (const limit of limits) {
    yield* run("UPDATE run_limit SET used = used + 1, next_ms = ?2 WHERE key = ?1", [limit.key, nextMs(limit, now)]);
  }
  if (limits.length > 0) yield* run("UPDATE run_gate SET holds = 1 WHERE run_id = ?1", [runId]);
  yield* run("UPDATE run SET status = 'queued', wake_ms = NULL, updated_ms = ?2 WHERE id = ?1", [runId, now]);
  return true;
}

/** So many may start at once as in a whole period; then one for each part of it. */
function startableMs({ starts, per_ms: perMs, next_ms }: LimitRow): number {
  if (starts === null || perMs === null) return 0;
  return next_ms - perMs + perMs / starts;
}

function nextMs({ starts, per_ms: perMs, next_ms }: LimitRow, now: number): number {
  if (starts === null || perMs === null) return next_ms;
  return Math.round(Math.max(next_ms, now) + perMs / starts);
}

/** A run that has ended makes room, which goes to who has waited for it the longest. */
export function* leave(runId: string, now: number): Part<void> {
  const held = yield* run<{ key: string }>(
    "UPDATE run_gate SET holds = 0 WHERE run_id = ?1 AND holds = 1 RETURNING key",
    [runId],
  );
  for (const { key } of held.toSorted((one, other) => (one.key < other.key ? -1 : 1)))
    yield* run("UPDATE run_limit SET used = used - 1 WHERE key = ?1", [key]);
  for (const { key } of held) {
    const next = yield* nextGated(key);
    if (next !== undefined) yield* admit(next, now);
  }
}

function* nextGated(key: string): Part<string | undefined> {
  const rows = yield* run<{ id: string }>(
    `SELECT t.id FROM run_gate g JOIN run t ON t.id = g.run_id
     WHERE g.key = ?1 AND g.holds = 0 AND t.status = 'gated' AND NOT EXISTS (
       SELECT 1 FROM run_gate o JOIN run_limit l ON l.key = o.key
       WHERE o.run_id = g.run_id AND l.most IS NOT NULL AND l.used >= l.most
     ) ORDER BY t.rank, t.seq LIMIT 1`,
    [key],
  );
  return rows[0]?.id;
}

/** Gated runs that may try again: their limit of starts has room by now. */
export function* dueAtGate(now: number, rowsMax: number): Part<string[]> {
  const rows = yield* run<{ id: string }>(
    "SELECT t.id FROM run t WHERE t.wake_ms <= ?1 AND t.status = 'gated' ORDER BY t.rank, t.seq LIMIT ?2 {take}",
    [now, rowsMax],
  );
  return rows.map(({ id }) => id);
}
