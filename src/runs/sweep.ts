// What time does to runs: those that are due go on, those whose worker died go on with somebody else, those that
// wait at a gate in vain end.
import { AppError } from "../base/errors.ts";
import { RUN_CRASHES_MAX, RUN_SWEEP_MS, RUN_SWEEP_ROWS } from "../base/limits.ts";
import type { Liveness } from "../base/liveness.ts";
import { forgiveCrashes, recoverRuns } from "../store/lost-runs.ts";
import { admit, dueAtGate } from "../store/run-limits.ts";
import { nextWake, readWorkers, runForChange, wakeDue } from "../store/runs.ts";
import type { Part, Sql } from "../store/sql.ts";
import { endIdle, failedBy } from "./ending.ts";
import { runEvent } from "./run-event.ts";

interface Swept {
  /** When something is due next; undefined when nothing ever is. */
  readonly nextMs: number | undefined;
  /** Somebody else works on runs, and may die over them. */
  readonly hasOthers: boolean;
}

interface SweepParts {
  readonly sql: Sql;
  readonly now: number;
  /** The process that sweeps. */
  readonly own: string;
  readonly liveness: Liveness;
  /** Whether the time of a lease says anything: not right after somebody has set the clock. */
  readonly leasesCount: boolean;
}

export async function sweep({ sql, now, own, liveness, leasesCount }: SweepParts): Promise<Swept> {
  const others = (await readWorkers(sql)).filter((one) => one !== own);
  const dead = others.filter((one) => liveness.isAlive(one) === false);
  const hasOthers = others.length > 0;
  const next = await nextWake(sql);
  // A change takes the lock: it is made when there is something to change.
  if (dead.length === 0 && (next === undefined || next > now)) return { nextMs: next, hasOthers };
  await inChunks(sql, () => recover(dead, now, leasesCount));
  await inChunks(sql, () => wakeDue(now, RUN_SWEEP_ROWS));
  await inChunks(sql, () => letIn(now));
  const nextMs = await nextWake(sql);
  return { nextMs: nextMs === undefined || leasesCount ? nextMs : Math.max(nextMs, now + RUN_SWEEP_MS), hasOthers };
}

/** A long change would keep everybody else waiting. */
async function inChunks(sql: Sql, part: () => Part<number>): Promise<void> {
  while ((await sql.write(part)) === RUN_SWEEP_ROWS) {}
}

export function* recover(dead: readonly string[], now: number, leasesCount: boolean): Part<number> {
  const lost = yield* recoverRuns(dead, { now, leasesCount }, RUN_SWEEP_ROWS);
  for (const run of lost) {
    yield* runEvent(run, "run.recovered", run.events, now, { crashes: run.crashes });
    if (run.crashes >= RUN_CRASHES_MAX) yield* giveUp(run.id, run.crashes, now);
  }
  return lost.length;
}

/** A run over which workers die would go on for ever, unless it gets on between two deaths. True when it has ended. */
export function* giveUp(id: string, crashes: number, now: number): Part<boolean> {
  const run = yield* runForChange(id);
  if (!run || (yield* forgiveCrashes(id, RUN_CRASHES_MAX))) return false;
  const error = new AppError("unavailable", `cannot go on with the run: ${crashes} workers died over it`, {
    hint: "Look at its last step; cadre run retry begins again.",
  });
  yield* endIdle(run, failedBy(error), now);
  return true;
}

function* letIn(now: number): Part<number> {
  const due = yield* dueAtGate(now, RUN_SWEEP_ROWS);
  for (const id of due) {
    const run = yield* runForChange(id);
    if (!run || (yield* admit(id, now)) || run.deadline_ms === null || run.deadline_ms > now) continue;
    const error = new AppError("timeout", "cannot start the run: its time is over, and its turn had not come", {
      hint: "Give it more time, or a better priority.",
    });
    yield* endIdle(run, failedBy(error), now);
  }
  return due.length;
}
