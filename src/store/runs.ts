// Runs of workflows, as rows. Invariant: what a worker writes carries the epoch under which it took the run; when
// somebody else has taken it since, nothing is written, and the worker is told that it has lost it.
import type { RunStatus } from "../base/transitions.ts";
import { type Part, type Row, run, type Sql, type Value } from "./sql.ts";

export interface RunRow {
  readonly seq: number;
  readonly id: string;
  readonly workspace_id: string | null;
  readonly workflow: string;
  readonly version: string;
  readonly handler: string;
  readonly host: string | null;
  /** On whose behalf, as JSON. */
  readonly caller: string;
  readonly status: RunStatus;
  readonly priority: number;
  readonly rank: number;
  readonly wake_ms: number | null;
  readonly process: string | null;
  readonly epoch: number;
  readonly crashes: number;
  readonly events: number;
  readonly deadline_ms: number | null;
  readonly cancel_ms: number | null;
  readonly parent_id: string | null;
  readonly parent_step: string | null;
  readonly root_id: string;
  readonly idempotency_hash: string | null;
  readonly input: string;
  readonly output: string | null;
  readonly error: string | null;
  readonly created_ms: number;
  readonly updated_ms: number;
  readonly started_ms: number | null;
  readonly ended_ms: number | null;
}

export type NewRun = Pick<
  RunRow,
  | "id"
  | "workspace_id"
  | "workflow"
  | "version"
  | "handler"
  | "host"
  | "caller"
  | "priority"
  | "deadline_ms"
  | "parent_id"
  | "parent_step"
  | "root_id"
  | "idempotency_hash"
  | "input"
  | "created_ms"
> & { readonly idempotency_key: string | null };

/** A minute later for each step of priority. */
const RANK_MS = 60_000;

/** Nothing when a run with this key, or this child, is there already. It is gated until it is let in. */
export function* insertRun(row: NewRun): Part<boolean> {
  const rows = yield* run(
    `INSERT INTO run (id, workspace_id, workflow, version, handler, status, priority, rank, deadline_ms, parent_id,
       parent_step, root_id, idempotency_key, idempotency_hash, input, created_ms, updated_ms, host, caller)
     VALUES (?1, ?2, ?3, ?4, ?5, 'gated', ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?15, ?16, ?17)
     ON CONFLICT DO NOTHING RETURNING id`,
    [
      row.id,
      row.workspace_id,
      row.workflow,
      row.version,
      row.handler,
      row.priority,
      row.created_ms + row.priority * RANK_MS,
      row.deadline_ms,
      row.parent_id,
      row.parent_step,
      row.root_id,
      row.idempotency_key,
      row.idempotency_hash,
      row.input,
      row.created_ms,
      row.host,
      row.caller,
    ],
  );
  return rows.length > 0;
}

export function* runByKey(key: string): Part<RunRow | undefined> {
  return (yield* run<RunRow & Row>("SELECT * FROM run WHERE idempotency_key = ?1", [key]))[0];
}

export function* childOf(parent: string, step: string): Part<RunRow | undefined> {
  const rows = yield* run<RunRow & Row>("SELECT * FROM run WHERE parent_id = ?1 AND parent_step = ?2", [parent, step]);
  return rows[0];
}

export function* runForChange(id: string): Part<RunRow | undefined> {
  return (yield* run<RunRow & Row>("SELECT * FROM run WHERE id = ?1 {lock}", [id]))[0];
}

/** Without its lock: of two runs that look at each other, each would wait for the other's. */
export function* runAsItIs(id: string): Part<RunRow | undefined> {
  return (yield* run<RunRow & Row>("SELECT * FROM run WHERE id = ?1", [id]))[0];
}

/** The next ones that wait for a worker, now taken by this process. */
export function* claimRuns(claim: {
  readonly process: string;
  readonly handlers: readonly string[];
  readonly host: string;
  readonly rowsMax: number;
  readonly leaseMs: number;
  readonly now: number;
}): Part<RunRow[]> {
  const rows = yield* run<RunRow & Row>(
    `WITH next AS MATERIALIZED (
       SELECT t.seq AS taken FROM run t WHERE t.status = 'queued' AND t.handler IN ({each 2}) AND (t.host IS NULL OR t.host = ?6)
       ORDER BY t.rank, t.seq LIMIT ?3 {take}
     )
     UPDATE run SET status = 'running', process = ?1, epoch = epoch + 1, wake_ms = ?4, updated_ms = ?5,
       started_ms = COALESCE(started_ms, ?5)
     FROM next WHERE seq = next.taken RETURNING *`,
    [claim.process, JSON.stringify(claim.handlers), claim.rowsMax, claim.now + claim.leaseMs, claim.now, claim.host],
  );
  return rows.toSorted((one, other) => one.rank - other.rank || one.seq - other.seq);
}

/** Lets a worker write, and so many events with it; undefined when it has lost the run. Answers how many there are then. */
export function* fence(
  id: string,
  epoch: number,
  now: number,
  events: number,
): Part<{ readonly events: number; readonly cancel_ms: number | null } | undefined> {
  const rows = yield* run<{ events: number; cancel_ms: number | null }>(
    `UPDATE run SET events = events + ?4, updated_ms = ?3 WHERE id = ?1 AND epoch = ?2 AND status = 'running'
     RETURNING events, cancel_ms`,
    [id, epoch, now, events],
  );
  return rows[0];
}

/** Of a run that is locked already. */
export function* countEvents(id: string, events: number): Part<void> {
  yield* run("UPDATE run SET events = events + ?2 WHERE id = ?1", [id, events]);
}

export interface RunEnd {
  readonly status: "completed" | "failed" | "cancelled";
  readonly output: string | null;
  readonly error: string | null;
}

/** After `fence`, or of a run that nobody works on. */
export function* endRun(id: string, { status, output, error }: RunEnd, now: number): Part<void> {
  yield* run(
    `UPDATE run SET status = ?2, output = ?3, error = ?4, wake_ms = NULL, process = NULL, updated_ms = ?5, ended_ms = ?5
     WHERE id = ?1`,
    [id, status, output, error, now],
  );
}

/** After `fence`: nobody works on it until its time comes, or something wakes it. */
export function* parkRun(id: string, wakeMs: number | null): Part<void> {
  yield* run("UPDATE run SET status = 'waiting', process = NULL, wake_ms = ?2 WHERE id = ?1", [id, wakeMs]);
}

/** Whatever it waited for may have come. */
export function* wakeRun(id: string, now: number): Part<boolean> {
  // PostgreSQL would not wait for a change that is about to park it: its condition does not hold yet.
  yield* run("SELECT 1 AS held FROM run WHERE id = ?1 {lock}", [id]);
  const rows = yield* run(
    `UPDATE run SET status = 'queued', wake_ms = NULL, updated_ms = ?2 WHERE id = ?1 AND status = 'waiting' RETURNING id`,
    [id, now],
  );
  return rows.length > 0;
}

/** Given back by a worker that stops, or that has failed: somebody else goes on. */
export function* releaseRun(id: string, epoch: number, now: number, crashes = 0): Part<boolean> {
  const rows = yield* run(
    `UPDATE run SET status = 'queued', process = NULL, wake_ms = NULL, crashes = crashes + ?4, updated_ms = ?3
     WHERE id = ?1 AND epoch = ?2 AND status = 'running' RETURNING id`,
    [id, epoch, now, crashes],
  );
  return rows.length > 0;
}

/** All whose time has come, a number of them at a time. */
export function* wakeDue(now: number, rowsMax: number): Part<number> {
  const rows = yield* run(
    `WITH due AS MATERIALIZED (
       SELECT t.seq AS taken FROM run t WHERE t.wake_ms <= ?1 AND t.status = 'waiting' LIMIT ?2 {take}
     )
     UPDATE run SET status = 'queued', wake_ms = NULL, updated_ms = ?1 FROM due WHERE seq = due.taken RETURNING run.id`,
    [now, rowsMax],
  );
  return rows.length;
}

/** A sign of life for all that a process works on. Answers what it still has. */
export function* renewRuns(process: string, untilMs: number): Part<{ id: string; epoch: number }[]> {
  return yield* run<{ id: string; epoch: number }>(
    "UPDATE run SET wake_ms = ?2 WHERE process = ?1 AND status = 'running' RETURNING id, epoch",
    [process, untilMs],
  );
}

/** The first moment at which something is due; undefined when nothing ever is. */
export async function nextWake(sql: Sql): Promise<number | undefined> {
  const [row] = await sql.all<{ wake: number | null }>(
    "SELECT min(wake_ms) AS wake FROM run WHERE wake_ms IS NOT NULL",
  );
  return row?.wake ?? undefined;
}

/** Asked before a claim, which is a change and takes the lock. */
export async function hasQueued(sql: Sql): Promise<boolean> {
  return (await sql.all("SELECT 1 AS found FROM run WHERE status = 'queued' LIMIT 1")).length > 0;
}

/** Processes that work on runs. */
export async function readWorkers(sql: Sql): Promise<string[]> {
  const rows = await sql.all<{ process: string }>(
    "SELECT DISTINCT process FROM run WHERE status = 'running' AND process IS NOT NULL",
  );
  return rows.map(({ process }) => process);
}

/** What the database has as worked on by this process. */
export async function readHeldRuns(sql: Sql, process: string): Promise<{ id: string; epoch: number }[]> {
  return sql.all<{ id: string; epoch: number }>(
    "SELECT id, epoch FROM run WHERE process = ?1 AND status = 'running' ORDER BY seq",
    [process],
  );
}

export async function readCancelled(sql: Sql, process: string): Promise<string[]> {
  const rows = await sql.all<{ id: string }>(
    "SELECT id FROM run WHERE process = ?1 AND status = 'running' AND cancel_ms IS NOT NULL",
    [process],
  );
  return rows.map(({ id }) => id);
}

/** Whether one of these signals, or the end of one of these children, is there for a run. */
export async function hasCome(
  sql: Sql,
  id: string,
  signals: readonly string[],
  children: readonly string[],
): Promise<boolean> {
  const rows = await sql.all(
    `SELECT 1 AS found FROM run_signal WHERE run_id = ?1 AND taken_by IS NULL AND name IN ({each 2})
     UNION ALL SELECT 1 FROM run WHERE id IN ({each 3}) AND ended_ms IS NOT NULL LIMIT 1`,
    [id, JSON.stringify(signals), JSON.stringify(children)],
  );
  return rows.length > 0;
}

export async function readRun(sql: Sql, id: string): Promise<RunRow | undefined> {
  return (await sql.all<RunRow>("SELECT * FROM run WHERE id = ?1", [id]))[0];
}

/** Of a run that is worked on: whoever does finds out. */
export function* askToCancel(id: string, now: number): Part<void> {
  yield* run("UPDATE run SET cancel_ms = ?2, updated_ms = ?2 WHERE id = ?1", [id, now]);
}

/** Its children that are not over. */
export function* openChildren(id: string): Part<string[]> {
  const rows = yield* run<{ id: string }>(
    "SELECT id FROM run WHERE parent_id = ?1 AND status NOT IN ('completed', 'failed', 'cancelled') ORDER BY seq",
    [id],
  );
  return rows.map((row) => row.id);
}

/** A run that failed begins again: what it remembers of steps that were done, it keeps. */
export function* reviveRun(id: string, now: number): Part<void> {
  yield* run(
    `UPDATE run SET status = 'gated', error = NULL, ended_ms = NULL, crashes = 0, cancel_ms = NULL, events = events + 1,
       deadline_ms = NULL, updated_ms = ?2 WHERE id = ?1`,
    [id, now],
  );
  yield* run("DELETE FROM run_step WHERE run_id = ?1 AND status <> 'completed'", [id]);
}

export interface RunFilter {
  readonly workspace_id?: string | undefined;
  readonly workflow?: string | undefined;
  readonly statuses?: readonly RunStatus[] | undefined;
  readonly since_ms?: number | undefined;
  /** Those that a run has started; undefined for those that no run has. */
  readonly parent_id?: string | undefined;
}

/** Without what it was given and came to. */
export type RunHead = Omit<RunRow, "input" | "output" | "caller">;

/** The newest first. */
export async function readRuns(sql: Sql, filter: RunFilter, before: number, rowsMax: number): Promise<RunHead[]> {
  const values: Value[] = [before, rowsMax];
  const conditions = ["seq < ?1"];
  const add = (condition: (place: number) => string, value: Value) => {
    values.push(value);
    conditions.push(condition(values.length));
  };
  const { workspace_id, workflow, statuses, since_ms, parent_id } = filter;
  if (workspace_id !== undefined) add((at) => `workspace_id = ?${at}`, workspace_id);
  if (workflow !== undefined) add((at) => `workflow = ?${at}`, workflow);
  if (statuses !== undefined) add((at) => `status IN ({each ${at}})`, JSON.stringify(statuses));
  if (since_ms !== undefined) add((at) => `created_ms >= ?${at}`, since_ms);
  if (parent_id === undefined) conditions.push("parent_id IS NULL");
  else add((at) => `parent_id = ?${at}`, parent_id);
  return sql.all<RunHead>(
    `SELECT seq, id, workspace_id, workflow, version, handler, host, status, priority, rank, wake_ms, process, epoch,
       crashes, events, deadline_ms, cancel_ms, parent_id, parent_step, root_id, idempotency_hash, error, created_ms,
       updated_ms, started_ms, ended_ms
     FROM run WHERE ${conditions.join(" AND ")} ORDER BY seq DESC LIMIT ?2`,
    values,
  );
}

export async function readRunIds(sql: Sql, prefix: string, rowsMax: number): Promise<string[]> {
  const rows = await sql.all<{ id: string }>("SELECT id FROM run WHERE id LIKE ?1 ORDER BY seq DESC LIMIT ?2", [
    `${prefix}%`,
    rowsMax,
  ]);
  return rows.map(({ id }) => id);
}

/** What a run and those that it started wait for, of people and models: nothing else makes them go on. */
export interface OpenWait {
  readonly run_id: string;
  readonly key: string;
  readonly kind: string;
  readonly about: string | null;
  readonly wake_ms: number | null;
}

export async function readOpenWaits(
  sql: Sql,
  id: string,
  kinds: readonly string[],
  rowsMax: number,
): Promise<OpenWait[]> {
  return sql.all<OpenWait>(
    `WITH RECURSIVE below AS (
       SELECT id, seq FROM run WHERE id = ?1 AND ended_ms IS NULL
       UNION ALL SELECT r.id, r.seq FROM run r JOIN below b ON r.parent_id = b.id WHERE r.ended_ms IS NULL
     )
     SELECT s.run_id, s.key, s.kind, s.about, s.wake_ms FROM run_step s JOIN below b ON b.id = s.run_id
     WHERE s.status = 'waiting' AND s.kind IN ({each 2}) ORDER BY b.seq, s.started_ms, s.key LIMIT ?3`,
    [id, JSON.stringify(kinds), rowsMax],
  );
}

/** Of a run that waits: pauses between tries of its steps are over. */
export function* endPauses(id: string, now: number): Part<number> {
  const rows = yield* run(
    `UPDATE run_step SET wake_ms = ?2 WHERE run_id = ?1 AND status = 'waiting' AND error IS NOT NULL AND wake_ms > ?2
     RETURNING key`,
    [id, now],
  );
  return rows.length;
}
