// Works on runs, as every process of cadre does that lives long. Invariant: a run is worked on by one worker, which
// shows again and again that it lives, and which lets go of what it has lost.
import type { Clock } from "../base/clock.ts";
import { ERROR_CODES, toAppError } from "../base/errors.ts";
import {
  RUN_CRASHES_MAX,
  RUN_LEASE_MS,
  RUN_LOOK_IDLE_MS,
  RUN_LOOK_MS,
  RUN_RENEW_MS,
  RUN_SWEEP_IDLE_MS,
  RUN_SWEEP_MS,
  RUNS_AT_ONCE,
  RUNS_CLAIMED_AT_ONCE,
} from "../base/limits.ts";
import type { Liveness } from "../base/liveness.ts";
import { readSteps } from "../store/run-steps.ts";
import {
  claimRuns,
  fence,
  hasQueued,
  parkRun,
  type RunRow,
  readCancelled,
  readHeldRuns,
  releaseRun,
  renewRuns,
} from "../store/runs.ts";
import type { Part } from "../store/sql.ts";
import { StepRecords } from "../store/step-records.ts";
import { forgetWorker, keepWorker, readWorkerRows } from "../store/workers.ts";
import { Activation, type ActivationParts } from "./activation.ts";
import { giveUp, sweep } from "./sweep.ts";
import { firstMs } from "./waits.ts";
import type { Workflows } from "./workflows.ts";

export interface WorkerParts extends ActivationParts {
  readonly clock: Clock;
  readonly workflows: Workflows;
  readonly liveness: Liveness;
  /** The id of this process. */
  readonly process: string;
  /** The name of this machine. */
  readonly host: string;
  /** Of this process, as the system counts. */
  readonly pid: number;
  /** Of this program. */
  readonly version: string;
  /** Of what went wrong without being anybody's fault; the worker goes on. */
  complain(cause: unknown): void;
  /** Starts what is due by the clock, and says when the next is. */
  startDue?(): Promise<number | undefined>;
  /** When it has let go of a run, whatever became of it. */
  onRest?(run: RunRow): Promise<void>;
}

/** The pause after a look at a database that cannot be reached just now. */
const PAUSE_MS = 1_000;
const PUT_OFF_MS = 30_000;
/** More than a clock that is kept right is ever moved at once. */
const JUMP_MS = 2_000;
/** A worker on another machine that was not heard of for so long. */
const FORGOTTEN_MS = 86_400_000;
/** Between two looks after the system has told of a commit, and for how long. */
const SOON_MS = 1;
const SOON_FOR_MS = 60;

export class Worker {
  readonly #parts: WorkerParts;
  readonly #active = new Map<string, Activation>();
  readonly #driving = new Map<Promise<void>, RunRow>();
  #working: Promise<void> | undefined;
  #wake: (() => void) | undefined;
  #hasNews = true;
  #isStopped = false;
  #startedMs = 0;
  #announcedAt = Number.NEGATIVE_INFINITY;
  #sweptAt = Number.NEGATIVE_INFINITY;
  #renewedAt = 0;
  #nextWake: number | undefined;
  #sweepMs = RUN_SWEEP_MS;
  #listening: (() => void) | undefined;
  #heard: (() => void) | undefined;

  /** The database has failed under us: it may have runs as ours that we do not know of. */
  #mayHaveStrays = false;
  /** By how much the clock is ahead of the time that has passed; what changes it is somebody who sets the clock. */
  #aheadMs = 0;
  #leasesCountAt = 0;

  constructor(parts: WorkerParts) {
    this.#parts = parts.sql.dialect === "postgres" ? { ...parts, records: new StepRecords(parts.sql) } : parts;
    this.#aheadMs = aheadMs(parts.clock);
  }

  get isWorking(): boolean {
    return this.#working !== undefined && !this.#isStopped;
  }

  start(): void {
    if (this.#working) return;
    this.#isStopped = false;
    this.#working = this.#work();
  }

  /** What is worked on may come to its end, or to a rest, for a while; then it is given back, and somebody else goes on. */
  async stop(graceMs = 0): Promise<void> {
    const { clock, sql, complain, process: own } = this.#parts;
    this.#isStopped = true;
    this.#wake?.();
    if (graceMs > 0 && this.#driving.size > 0) {
      const done = new AbortController();
      await Promise.race([Promise.all(this.#driving.keys()), clock.sleep(graceMs, done.signal)]);
      done.abort();
    }
    for (const activation of this.#active.values()) activation.stop("released");
    await this.#working;
    await Promise.all(this.#driving.keys());
    if (this.#working) await sql.write(() => forgetWorker(own)).catch(complain);
    this.#working = undefined;
    this.#announcedAt = Number.NEGATIVE_INFINITY;
  }

  /** What was said to runs that are here, by whatever process. */
  async lookAround(): Promise<void> {
    const { sql, process: own } = this.#parts;
    if (this.#active.size === 0) return;
    for (const id of await readCancelled(sql, own)) this.#active.get(id)?.stop("cancelled");
    for (const activation of this.#active.values()) await activation.lookIfCome();
  }

  async #work(): Promise<void> {
    const { sql, liveness } = this.#parts;
    const mayHaveChanged = sql.watch();
    const stopListening = sql.onCommit(() => this.#news());
    try {
      liveness.hold(this.#parts.process);
      this.#startedMs = this.#parts.clock.now();
      while (!this.#isStopped) await this.#turn(mayHaveChanged);
    } finally {
      stopListening();
      this.#stopListening();
    }
  }

  #stopListening(): void {
    this.#listening?.();
    this.#listening = undefined;
  }

  async #turn(mayHaveChanged: () => boolean): Promise<void> {
    try {
      await this.#announce();
      await this.#releaseStrays();
      await this.#keepAlive();
      await this.#sweep();
      const isFull = await this.#claim();
      if (isFull) return;
      await this.#pause(mayHaveChanged);
    } catch (cause) {
      this.#mayHaveStrays = true;
      this.#parts.complain(cause);
      await this.#parts.clock.sleep(PAUSE_MS);
    }
  }

  /** All leases end at once when somebody sets the clock ahead. Those who live renew theirs, and until then none counts. */
  #mindClock(): void {
    const { clock } = this.#parts;
    const ahead = aheadMs(clock);
    if (Math.abs(ahead - this.#aheadMs) > JUMP_MS) {
      this.#leasesCountAt = clock.elapsed() + 2 * RUN_RENEW_MS;
      this.#renewedAt = Number.NEGATIVE_INFINITY;
    }
    this.#aheadMs = ahead;
  }

  /** Taken in a claim whose answer was lost, or not given back. */
  async #releaseStrays(): Promise<void> {
    if (!this.#mayHaveStrays) return;
    const { sql, clock, process: own } = this.#parts;
    const known = new Set([...this.#driving.values()].map(({ id, epoch }) => `${id} ${epoch}`));
    for (const { id, epoch } of await readHeldRuns(sql, own)) {
      if (!known.has(`${id} ${epoch}`)) await sql.write(() => releaseRun(id, epoch, clock.now()));
    }
    this.#mayHaveStrays = false;
  }

  /** Others may ask who works. On a file a lock tells that we live; on a server it has to be said again and again. */
  async #announce(): Promise<void> {
    const { clock, sql, liveness, process: own, host, pid, version } = this.#parts;
    const isDue = sql.dialect === "postgres" && clock.elapsed() - this.#announcedAt >= RUN_RENEW_MS;
    if (this.#announcedAt !== Number.NEGATIVE_INFINITY && !isDue) return;
    const now = clock.now();
    const row = { process: own, host, pid, version, started_ms: this.#startedMs, seen_ms: now };
    const gone = (await readWorkerRows(sql)).filter(
      ({ process, seen_ms }) => process !== own && !(liveness.isAlive(process) ?? now - seen_ms < FORGOTTEN_MS),
    );
    await sql.write(function* () {
      for (const { process } of gone) yield* forgetWorker(process);
      yield* keepWorker(row);
    });
    this.#announcedAt = clock.elapsed();
  }

  #news(): void {
    this.#hasNews = true;
    this.#wake?.();
  }

  /** Until something was committed here or elsewhere, or it is time. */
  async #pause(mayHaveChanged: () => boolean): Promise<void> {
    const { clock, sql } = this.#parts;
    const isIdle = this.#active.size === 0;
    // A server cannot be asked as often as a file, and who is idle is told.
    const isServer = sql.dialect === "postgres";
    const lookMs = isServer ? sql.lookMs : isIdle ? RUN_LOOK_IDLE_MS : RUN_LOOK_MS;
    const until = Math.min(this.#sweptAt + this.#sweepMs, clock.elapsed() + this.#dueInMs());
    let heardAt = Number.NEGATIVE_INFINITY;
    let stopTimer = () => {};
    const hasChanged = await new Promise<boolean>((resolve, reject) => {
      // A server cannot say that nothing has changed: it is asked when it is time, or when somebody tells.
      let isWorthAsking = !isServer;
      const look = () => {
        stopTimer();
        const now = clock.elapsed();
        try {
          if (this.#hasNews || this.#isStopped || now >= until) resolve(false);
          else if (isWorthAsking && mayHaveChanged()) resolve(true);
          else stopTimer = clock.after(Math.min(until - now, soonMs(now - heardAt) ?? lookMs), again);
        } catch (cause) {
          reject(cause);
        }
      };
      const again = () => {
        isWorthAsking = true;
        look();
      };
      this.#wake = look;
      // The system tells of a commit before it can be seen.
      this.#heard = () => {
        heardAt = clock.elapsed();
        again();
      };
      if (isIdle || isServer) this.#listening ??= sql.listen(() => this.#heard?.());
      else this.#stopListening();
      look();
    }).finally(() => {
      stopTimer();
      this.#wake = undefined;
      this.#heard = undefined;
    });
    if (!hasChanged) return;
    this.#sweepMs = RUN_SWEEP_MS;
    await this.lookAround();
  }

  #dueInMs(): number {
    return this.#nextWake === undefined ? RUN_SWEEP_IDLE_MS : Math.max(0, this.#nextWake - this.#parts.clock.now());
  }

  async #keepAlive(): Promise<void> {
    const { clock, sql, process: own } = this.#parts;
    if (this.#active.size === 0 || clock.elapsed() - this.#renewedAt < RUN_RENEW_MS) return;
    const before = [...this.#active.values()];
    const kept = await sql.write(() => renewRuns(own, clock.now() + RUN_LEASE_MS));
    this.#renewedAt = clock.elapsed();
    const epochs = new Map(kept.map(({ id, epoch }) => [id, epoch]));
    for (const { run } of before) if (epochs.get(run.id) !== run.epoch) this.#active.get(run.id)?.stop("lost");
    await this.lookAround();
  }

  async #sweep(): Promise<void> {
    const { clock, sql, liveness, process: own } = this.#parts;
    const isDue = this.#nextWake !== undefined && this.#nextWake <= clock.now();
    if (!isDue && clock.elapsed() - this.#sweptAt < this.#sweepMs) return;
    const nextStart = await this.#parts.startDue?.();
    // Right before the time is read: it may have been set since this turn began.
    this.#mindClock();
    const leasesCount = clock.elapsed() >= this.#leasesCountAt;
    const { nextMs, hasOthers } = await sweep({ sql, now: clock.now(), own, liveness, leasesCount });
    this.#nextWake = firstMs([nextMs, nextStart]) ?? undefined;
    this.#sweptAt = clock.elapsed();
    // While nobody works and nobody changes anything, nothing can be left behind.
    this.#sweepMs = hasOthers || this.#active.size > 0 ? RUN_SWEEP_MS : RUN_SWEEP_IDLE_MS;
  }

  /** True when there may be more to take at once. */
  async #claim(): Promise<boolean> {
    const { sql, clock, workflows, host, process: own } = this.#parts;
    const free = Math.min(RUNS_AT_ONCE - this.#active.size, RUNS_CLAIMED_AT_ONCE);
    this.#hasNews = false;
    if (free <= 0 || this.#isStopped || !(await hasQueued(sql))) return false;
    const claim = { process: own, handlers: workflows.handlers, host, rowsMax: free, leaseMs: RUN_LEASE_MS };
    const now = clock.now();
    const runs = await sql.write(() => claimRuns({ ...claim, now }));
    if (this.#active.size === 0) this.#renewedAt = clock.elapsed();
    for (const run of runs) {
      const driving = this.#drive(run).finally(() => this.#driving.delete(driving));
      this.#driving.set(driving, run);
    }
    return runs.length === free;
  }

  async #drive(run: RunRow): Promise<void> {
    const { sql, clock, workflows, complain, onRest } = this.#parts;
    let activation: Activation | undefined;
    try {
      const isTooMany = run.crashes >= RUN_CRASHES_MAX;
      if (isTooMany && (await sql.write(() => giveUp(run.id, run.crashes, clock.now())))) return;
      const workflow = await workflows.of(run);
      if (!workflow) return await sql.write(() => this.#putOff(run));
      const steps = run.epoch === 1 ? [] : await readSteps(sql, run.id);
      if (this.#isStopped) {
        await sql.write(() => releaseRun(run.id, run.epoch, clock.now()));
        return;
      }
      activation = new Activation(this.#parts, run, workflow, steps);
      this.#active.set(run.id, activation);
      await activation.drive();
      if (activation.wakeMs !== null) this.#nextWake = Math.min(activation.wakeMs, this.#nextWake ?? activation.wakeMs);
    } catch (cause) {
      complain(cause);
      await this.#drop(run, cause);
    } finally {
      // A run that was lost may be here again already.
      if (this.#active.get(run.id) === activation) this.#active.delete(run.id);
      this.#news();
      // Its parent may go on, and its children have to stop.
      await this.lookAround().catch(complain);
      await onRest?.(run).catch(complain);
    }
  }

  /** Its definition is not to be had here and now. */
  *#putOff({ id, epoch }: RunRow): Part<void> {
    const now = this.#parts.clock.now();
    if (yield* fence(id, epoch, now, 0)) yield* parkRun(id, now + PUT_OFF_MS);
  }

  /** Something of ours has failed. When it will not pass by itself, the run does not go round for ever. */
  async #drop({ id, epoch }: RunRow, cause: unknown): Promise<void> {
    const { sql, clock, complain } = this.#parts;
    const { code } = toAppError(cause);
    const crashes = ERROR_CODES[code].retry || code === "uncertain" ? 0 : 1;
    await clock.sleep(PAUSE_MS);
    await sql
      .write(() => releaseRun(id, epoch, clock.now(), crashes))
      .catch((still: unknown) => {
        this.#mayHaveStrays = true;
        complain(still);
      });
  }
}

function aheadMs(clock: Clock): number {
  return clock.now() - clock.elapsed();
}

/** Until the next look after something was heard: the longer it is ago, the less a moment more matters. */
function soonMs(sinceMs: number): number | undefined {
  return sinceMs < SOON_FOR_MS ? Math.max(SOON_MS, sinceMs / 2) : undefined;
}
