// Who may change a task that somebody works on. Invariant: while a hold lives, only its holder moves the task;
// when it has ended, its holder still may, until somebody else has taken the task over.
import type { Agent } from "../base/agent.ts";
import { AppError } from "../base/errors.ts";
import { LEASE_MS } from "../base/limits.ts";
import type { Liveness } from "../base/liveness.ts";
import { endLease, type LeaseRow, leaseForChange, renewLease } from "../store/leases.ts";
import type { Part } from "../store/sql.ts";
import type { TaskRow } from "../store/tasks.ts";
import type { Held } from "./task.ts";

/** Asks of each process once: a look takes longer than reading a row, and one process may hold many tasks. */
export function lookOnce(liveness: Liveness): Liveness {
  const seen = new Map<string, boolean | undefined>();
  return {
    hold: (process) => liveness.hold(process),
    isAlive: (process) => {
      if (!seen.has(process)) seen.set(process, liveness.isAlive(process));
      return seen.get(process);
    },
  };
}

/** What a caller shows to be the holder. */
export interface Claimant {
  readonly agent: Agent;
  /** The token that starting the task gave; without one, the hold that this very agent has. */
  readonly lease?: string | undefined;
}

/** Whoever holds nothing. */
export const NOBODY: Claimant = { agent: { id: "", label: "nobody", isShared: true, process: "" } };

/** A hold that its holder still answers for. */
export function isLive(lease: LeaseRow | undefined, now: number, liveness: Liveness): boolean {
  if (!lease || lease.token === null || lease.until_ms <= now) return false;
  return lease.process === "" || liveness.isAlive(lease.process) !== false;
}

export function isHolder(lease: LeaseRow | undefined, { agent, lease: token }: Claimant): boolean {
  if (!lease || lease.token === null) return false;
  return token === undefined ? lease.agent === agent.id : lease.token === token;
}

/** Refuses whoever is not the holder of a task that somebody holds; a sign of life of who is. */
export function* requireHold(task: TaskRow, claimant: Claimant, now: number, what: string): Part<LeaseRow | undefined> {
  const lease = yield* leaseForChange(task.id);
  if (isHolder(lease, claimant)) {
    yield* keepAlive(lease, now);
    return lease;
  }
  if (!lease || lease.token === null) {
    if (claimant.lease === undefined) return undefined;
    throw new AppError("conflict", `cannot ${what} ${task.id}: nobody holds it any more`, {
      hint: `It is ${task.status}. Start it again with task_start to get a new lease.`,
    });
  }
  throw heldByOther(lease, what, now, claimant);
}

export function heldByOther(lease: LeaseRow, what: string, now: number, { lease: token }: Claimant): AppError {
  const minutes = Math.max(0, Math.ceil((lease.until_ms - now) / 60_000));
  const lost = token === undefined ? "" : ", and your lease no longer counts";
  return new AppError("conflict", `cannot ${what} ${lease.task_id}: ${lease.holder} holds it${lost}`, {
    hint: `Take another task with task_start without an id. This one is free at the latest ${minutes} min after its holder's last sign of life.`,
  });
}

/** Once in a while is enough, so that most calls need not write the row. */
function* keepAlive(lease: LeaseRow | undefined, now: number): Part<void> {
  if (!lease || lease.token === null || lease.until_ms - now > (LEASE_MS * 2) / 3) return;
  yield* renewLease(lease.task_id, lease.token, now + LEASE_MS);
}

/** A change of status by anybody: whoever is not the holder may only when the hold has ended, or by force. */
export function* endHold(
  task: TaskRow,
  claimant: Claimant,
  options: { readonly now: number; readonly liveness: Liveness; readonly what: string; readonly force: boolean },
): Part<void> {
  const lease = yield* leaseForChange(task.id);
  if (!lease || lease.token === null) return;
  const isFree = options.force || isHolder(lease, claimant) || !isLive(lease, options.now, options.liveness);
  if (isFree) return yield* endLease(task.id);
  throw new AppError("conflict", `cannot ${options.what} ${task.id}: ${lease.holder} holds it`, {
    hint: "Give the lease that task_start answered, or options.force to take it away from its holder.",
  });
}

/** How a hold is shown. */
export function shownHold(lease: LeaseRow, now: number, liveness: Liveness): Held {
  return {
    by: lease.holder,
    until_ms: lease.until_ms,
    ...(isLive(lease, now, liveness) ? {} : { ended: true as const }),
  };
}
