// Runs whose worker has died: how they come back, and how often.
import type { RunRow } from "./runs.ts";
import { type Part, type Row, run } from "./sql.ts";

/** Runs whose worker died, or was not heard of for too long. They may go on, unless they have cost too many workers. */
export function* recoverRuns(
  dead: readonly string[],
  { now, leasesCount }: { readonly now: number; readonly leasesCount: boolean },
  rowsMax: number,
): Part<Pick<RunRow, "id" | "workspace_id" | "crashes" | "events">[]> {
  return yield* run<Pick<RunRow, "id" | "workspace_id" | "crashes" | "events"> & Row>(
    `WITH lost AS MATERIALIZED (
       SELECT t.seq AS taken FROM run t
       WHERE t.status = 'running' AND (${leasesCount ? "t.wake_ms <= ?1 OR " : ""}t.process IN ({each 2})) LIMIT ?3 {take}
     )
     UPDATE run SET status = 'queued', process = NULL, wake_ms = NULL, epoch = epoch + 1, crashes = crashes + 1,
       events = events + 1, updated_ms = ?1
     FROM lost WHERE seq = lost.taken RETURNING run.id, run.workspace_id, run.crashes, run.events`,
    [now, JSON.stringify(dead), rowsMax],
  );
}

/**
 * When the run has got on since the first of its last `deaths`, they do not count any more: a step has ended, a model's
 * answer has become whole, or one that breaks off with each death has grown. None of these can go on for ever.
 */
export function* forgiveCrashes(id: string, deaths: number): Part<boolean> {
  const [first] = yield* run<{ at_ms: number | null }>(
    `SELECT MIN(at_ms) AS at_ms FROM (
       SELECT at_ms FROM event WHERE subject = ?1 AND type = 'run.recovered' ORDER BY seq DESC LIMIT ?2
     ) death`,
    [id, deaths],
  );
  const rows = yield* run(
    `UPDATE run SET crashes = 0 WHERE id = ?1 AND (
       EXISTS (SELECT 1 FROM run_step WHERE run_id = ?1 AND status = 'completed' AND ended_ms > ?2) OR
       EXISTS (SELECT 1 FROM reply WHERE run_id = ?1 AND status = 'completed' AND ended_ms > ?2) OR
       EXISTS (
         SELECT 1 FROM reply r WHERE r.run_id = ?1 AND r.created_ms > ?2 AND r.kept > (
           SELECT COALESCE(MAX(b.kept), 0) FROM reply b WHERE b.run_id = ?1 AND b.step = r.step AND b.created_ms <= ?2
         )
       )
     ) RETURNING id`,
    [id, first?.at_ms ?? null],
  );
  return rows.length > 0;
}
