// Processes that work on runs, as they say themselves.
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

export async function readWorkerRows(sql: Sql): Promise<WorkerRow[]> {
  return sql.all<WorkerRow>("SELECT * FROM worker ORDER BY started_ms, process");
}
