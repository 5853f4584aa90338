// Processes that work on runs, as they say themselves.
import type { RunStatus } from "../base/transitions.ts";
import { type Part, run, type Sql } from "./sql.ts";

export interface WorkerRow {
  readonly process: string;
  readonly host: string;
  readonly pid: number;
  readonly version: string;
  readonly started_ms: number;
  readonly seen_ms: number;
}

export function* keepWorker(row: WorkerRow): Part<void> {
  yield* run(
    `INSERT INTO worker (process, host, pid, version, started_ms, seen_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
     ON CONFLICT (process) DO UPDATE SET seen_ms = excluded.seen_ms`,
    [row.process, row.host, row.pid, row.version, row.started_ms, row.seen_ms],
  );
}

export function* forgetWorker(process: string): Part<void> {
  yield* run("DELETE FROM worker WHERE process = ?1", [process]);
}

export interface WorkerLoad {
  readonly process: string;
  readonly runs: number;
  /** Until when the first of its runs is its own, unless it shows that it lives. */
  readonly lease_ms: number;
}

/** How many runs each process works on. */
export async function readWorkerLoads(sql: Sql): Promise<WorkerLoad[]> {
  return sql.all<WorkerLoad>(
    `SELECT process, count(*) AS runs, min(wake_ms) AS lease_ms FROM run
     WHERE status = 'running' AND process IS NOT NULL GROUP BY process ORDER BY process`,
  );
}

export interface RunCount {
  readonly status: RunStatus;
  readonly runs: number;
  readonly oldest_ms: number;
}

/** Runs that are not over. */
export async function readRunCounts(sql: Sql): Promise<RunCount[]> {
  return sql.all<RunCount>(
    `SELECT status, count(*) AS runs, min(updated_ms) AS oldest_ms FROM run
     WHERE ended_ms IS NULL GROUP BY status`,
  );
}

export async function readWorkerRows(sql: Sql): Promise<WorkerRow[]> {
  return sql.all<WorkerRow>("SELECT * FROM worker ORDER BY started_ms, process");
}
