// Taking tasks. Invariant: of all that try to start a task at one moment, one gets it; everybody else is told who.
import type { Agent } from "../base/agent.ts";
import type { Clock } from "../base/clock.ts";
import { AppError } from "../base/errors.ts";
import type { Ids } from "../base/ids.ts";
import { DEATH_LOOK_MS, LEASE_MS } from "../base/limits.ts";
import type { Liveness } from "../base/liveness.ts";
import { type DraftRow, openDraft } from "../store/drafts.ts";
import { appendEvent } from "../store/events.ts";
import {
  type LeaseRow,
  leaseForChange,
  readHoldingProcesses,
  renewLease,
  takeLease,
  takeLeft,
} from "../store/leases.ts";
import { childCounts, nextRetryMs, type StatusCounts, takeReady } from "../store/ready.ts";
import type { Part, Sql } from "../store/sql.ts";
import { beginTask, needsOf, type TaskRow, taskForChange, unmetNeeds, updateTask } from "../store/tasks.ts";
import { type Claimant, heldByOther, isHolder, isLive } from "./hold.ts";
import { noTask, refuseOpenPlan, refuseUnstartable, staleRevision, waitsFor } from "./task-errors.ts";
import { taskEvent } from "./task-event.ts";
import type { Workspaces } from "./workspaces.ts";

export interface StartOptions {
  /** Without one, the next that is ready. */
  readonly id?: string | undefined;
  /** Only tasks of this role, when the next ready one is wanted. */
  readonly role?: string | undefined;
  /** From an earlier start: goes on with it. */
  readonly lease?: string | undefined;
}

export interface Claim {
  readonly task: TaskRow;
  readonly lease: LeaseRow & { readonly token: string };
  /** Ids of what it builds on. */
  readonly needs: readonly string[];
  /** What was written of it already. */
  readonly draft: DraftRow | undefined;
  /** It was this caller's already. */
  readonly isResumed: boolean;
  /** Whose hold had ended. */
  readonly takenFrom?: string | undefined;
}

export class Claims {
  readonly #sql: Sql;
  readonly #workspaces: Workspaces;
  readonly #clock: Clock;
  readonly #ids: Ids;
  readonly #liveness: Liveness;
  #lookedMs = 0;
  #dead: readonly string[] = [];

  constructor(sql: Sql, workspaces: Workspaces, clock: Clock, ids: Ids, liveness: Liveness) {
    this.#sql = sql;
    this.#workspaces = workspaces;
    this.#clock = clock;
    this.#ids = ids;
    this.#liveness = liveness;
  }

  async start(path: string, options: StartOptions, agent: Agent): Promise<Claim> {
    const now = this.#clock.now();
    // Before the row says so: whoever reads the row can rely on it.
    if (agent.process) this.#liveness.hold(agent.process);
    const { id, role } = options;
    if (id !== undefined) {
      const claimant = { agent, lease: options.lease };
      return this.#sql.write(() => this.#startOne(id, claimant, now));
    }
    const dead = await this.#deadHolders(now);
    return this.#sql.write(() => this.#startNext(path, role, { agent, now, dead }));
  }

  /**
   * The processes that died while they held a task. Asked for outside of the change, and not more often than needed:
   * a look at a lock takes longer than taking a task, and nobody else could take one meanwhile.
   */
  async #deadHolders(now: number): Promise<readonly string[]> {
    if (now - this.#lookedMs < DEATH_LOOK_MS && now >= this.#lookedMs) return this.#dead;
    this.#lookedMs = now;
    const processes = [...(await readHoldingProcesses(this.#sql))];
    this.#dead = processes.filter((process) => process !== "" && this.#liveness.isAlive(process) === false);
    return this.#dead;
  }

  *#startOne(id: string, claimant: Claimant, now: number): Part<Claim> {
    const task = yield* taskForChange(id);
    if (!task || task.archived_ms !== null) throw noTask(id);
    const lease = yield* leaseForChange(id);
    if (task.status === "active") return yield* this.#resume(task, lease, claimant, now);
    refuseStart(task, now, yield* childCounts(id));
    const unmet = yield* unmetNeeds(id);
    if (unmet.length > 0) throw waitsFor(task, unmet, "start");
    return yield* this.#take(task, claimant.agent, now);
  }

  /** What somebody left behind comes first: it was begun, and others may wait for it. */
  *#startNext(
    path: string,
    role: string | undefined,
    { agent, now, dead }: { readonly agent: Agent; readonly now: number; readonly dead: readonly string[] },
  ): Part<Claim> {
    const workspace = yield* this.#workspaces.ensure(path);
    const left = yield* takeLeft({ workspace_id: workspace.id, role, now, dead });
    if (left) return yield* this.#take(left.task, agent, now, left.lease.holder);
    const task = yield* takeReady({ workspace_id: workspace.id, role, now });
    if (task) return yield* this.#take(task, agent, now);
    throw noneReady(yield* nextRetryMs(workspace.id, now), now);
  }

  *#resume(task: TaskRow, lease: LeaseRow | undefined, claimant: Claimant, now: number): Part<Claim> {
    // Of callers that cannot be told apart, only the one with the lease is known to be the holder.
    const isOwn = isHolder(lease, claimant) && (claimant.lease !== undefined || !claimant.agent.isShared);
    if (lease && lease.token !== null && isOwn) {
      yield* renewLease(task.id, lease.token, now + LEASE_MS);
      const renewed = { ...lease, token: lease.token, until_ms: now + LEASE_MS };
      return { task, lease: renewed, isResumed: true, ...(yield* foundation(task.id)) };
    }
    if (lease && isLive(lease, now, this.#liveness)) throw heldByOther(lease, "start", now, claimant);
    return yield* this.#take(task, claimant.agent, now, lease?.token ? lease.holder : undefined);
  }

  *#take(task: TaskRow, agent: Agent, now: number, takenFrom?: string): Part<Claim> {
    const after = yield* updateTask(
      task.id,
      task.revision,
      { status: "active", attempts: task.attempts + 1, ready_ms: 0 },
      now,
    );
    if (!after) throw staleRevision(task, task.revision);
    const token = this.#ids.next("lease");
    const lease = yield* takeLease({
      task_id: task.id,
      token,
      holder: agent.label,
      agent: agent.id,
      process: agent.process,
      until_ms: now + LEASE_MS,
    });
    if (!lease) throw staleRevision(task, task.revision);
    yield* appendEvent(
      taskEvent("task.started", after, {
        status: after.status,
        from: task.status,
        holder: agent.label,
        epoch: lease.epoch,
        attempt: after.attempts,
        ...(takenFrom === undefined ? {} : { taken_from: takenFrom }),
      }),
    );
    if (after.parent_id !== null) yield* this.#beginPlan(after.parent_id, now);
    return { task: after, lease: { ...lease, token }, isResumed: false, takenFrom, ...(yield* foundation(task.id)) };
  }

  /** A plan is active as soon as one of its parts is. */
  *#beginPlan(id: string, now: number): Part<void> {
    const after = yield* beginTask(id, now);
    if (!after) return;
    yield* appendEvent(taskEvent("task.updated", after, { status: after.status, from: "pending" }));
    if (after.parent_id !== null) yield* this.#beginPlan(after.parent_id, now);
  }
}

/** Read in the same change: there the pages are at hand, and another connection would read them anew. */
function* foundation(id: string): Part<Pick<Claim, "needs" | "draft">> {
  const needs = yield* needsOf(id);
  return { needs: needs.map(({ needs_id }) => needs_id), draft: yield* openDraft(id) };
}

function refuseStart(task: TaskRow, now: number, parts: StatusCounts): void {
  refuseUnstartable(task);
  if (task.ready_ms > now) {
    const hint = "Wait until then, or take another task with task_start without an id.";
    throw tooEarly(`cannot start ${task.id}: it`, task.ready_ms - now, hint);
  }
  refuseOpenPlan(task, parts);
}

function noneReady(retryMs: number | undefined, now: number): AppError {
  if (retryMs !== undefined) {
    return tooEarly("cannot start a task: none is ready, and the next", retryMs - now, "Wait until then.");
  }
  return new AppError("not_found", "cannot start a task: none is ready", {
    hint: "See what is open and what waits for what with session_status; plan more with task_plan.",
  });
}

/** After a failure comes a pause. */
function tooEarly(what: string, waitMs: number, hint: string): AppError {
  const retryAfterMs = waitMs;
  return new AppError("conflict", `${what} is to be retried in ${Math.ceil(waitMs / 1_000)} s`, { hint, retryAfterMs });
}
