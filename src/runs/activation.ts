// One worker's time with one run: from taking it up until it has ended, waits, or is somebody else's. Invariant:
// everything is written behind the fence of the epoch; when that is lost, or the time is over, nothing that the
// workflow still does has any effect.
import type { Clock } from "../base/clock.ts";
import { AppError } from "../base/errors.ts";
import type { Ids } from "../base/ids.ts";
import type { Json } from "../base/json.ts";
import { RUN_CHARS_MAX, RUN_NAME_CHARS_MAX, STEP_RETRY_MS, STEP_RETRY_MS_MAX } from "../base/limits.ts";
import { keepStep, type StepRow } from "../store/run-steps.ts";
import { childOf, countEvents, fence, parkRun, type RunRow, releaseRun } from "../store/runs.ts";
import type { Part, Sql } from "../store/sql.ts";
import { end } from "./ending.ts";
import { failureOf, isFinal, readFailure, thrownAgain } from "./failure.ts";
import { type RunEventType, runEvent } from "./run-event.ts";
import { createRun, decode, encode } from "./starting.ts";
import { type Come, type Found, firstMs, isTold, lookFor, type Wait } from "./waits.ts";
import type { ChildOptions, Retry, RunContext, StepCall, StepOptions, Workflow } from "./workflow.ts";

export interface ActivationParts {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly ids: Ids;
}

/** Why it is over before the workflow is. */
export type Stop = "lost" | "released" | "cancelled" | "late" | "parked";

/** How long what is in flight gets to stop by itself. */
const GRACE_MS = 900;
/** Of a list of what a run waits for. */
const SHOWN_MAX = 20;

/** What is done now has no effect any more. */
class Gone extends Error {}

export class Activation implements RunContext {
  readonly run: RunRow;
  /** When a run that has been parked is due again; null when only somebody else can wake it. */
  wakeMs: number | null = null;
  readonly #parts: ActivationParts;
  readonly #workflow: Workflow;
  readonly #known: ReadonlyMap<string, StepRow>;
  readonly #asked = new Set<string>();
  readonly #abort = new AbortController();
  readonly #stopped = Promise.withResolvers<Stop>();
  readonly #waits = new Set<Wait>();
  /** Steps and changes under way; while there are none, only a wait can go on. */
  #active = 0;
  #quiet: (() => void) | undefined;
  #isLooking = false;
  #looksAgain = false;
  #isOver = false;
  #stopTimer: (() => void) | undefined;

  constructor(parts: ActivationParts, run: RunRow, workflow: Workflow, steps: readonly StepRow[]) {
    this.#parts = parts;
    this.run = run;
    this.#workflow = workflow;
    this.#known = new Map(steps.map((step) => [step.key, step]));
  }

  get id(): string {
    return this.run.id;
  }

  get workspaceId(): string | null {
    return this.run.workspace_id;
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Something outside of it may have come. */
  get waitsForOthers(): boolean {
    return [...this.#waits].some(({ kind }) => kind === "signal" || kind === "child");
  }

  stop(why: Stop): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#stopped.resolve(why);
    this.#abort.abort(why);
  }

  /** Answers the runs that may have something to go on with now. */
  async drive(): Promise<readonly string[]> {
    const { clock } = this.#parts;
    const { deadline_ms: deadline, cancel_ms: cancelled } = this.run;
    const leftMs = deadline === null ? Number.POSITIVE_INFINITY : deadline - clock.now();
    if (cancelled !== null) this.stop("cancelled");
    else if (leftMs <= 0) this.stop("late");
    const stopTimer = Number.isFinite(leftMs) ? clock.after(leftMs, () => this.stop("late")) : undefined;
    const settled = this.#isOver
      ? new Promise<never>(() => {})
      : this.#workflow.run(this, JSON.parse(this.run.input) as Json).then(
          (value) => ({ value }),
          (error: unknown) => ({ error }),
        );
    try {
      const how = await Promise.race([this.#stopped.promise, settled]);
      this.#isOver = true;
      return typeof how === "string" ? await this.#endStopped(how) : await this.#endSettled(how);
    } catch (cause) {
      if (cause instanceof Gone) return [];
      throw cause;
    } finally {
      this.#isOver = true;
      stopTimer?.();
      this.#stopTimer?.();
      this.#abort.abort("over");
    }
  }

  // --- What the workflow asks for --------------------------------------------------------------------------------

  async step<T extends Json | undefined>(
    key: string,
    work: (call: StepCall) => Promise<T>,
    options: StepOptions = {},
  ): Promise<T> {
    const { kind = "step", atMostOnce = false } = options;
    const known = this.#recall(key, kind);
    if (known?.status === "completed") return decode(known.output) as T;
    if (known?.status === "failed" || known?.status === "unknown") throw thrownAgain(readFailure(known.error));
    if (known?.status === "running" && atMostOnce) throw await this.#giveUp(known);
    let attempt = known?.attempt ?? 1;
    if (known?.status === "waiting") {
      await this.#wait({ key, kind: "retry", wakeMs: known.wake_ms, startedMs: known.started_ms, isKept: true });
      attempt++;
    }
    const startedMs = known?.started_ms ?? this.#parts.clock.now();
    for (; ; attempt++) {
      const tried = await this.#inFlight(() =>
        this.#try(key, work, { ...options, kind, atMostOnce }, attempt, startedMs),
      );
      if ("value" in tried) return tried.value as T;
      if ("error" in tried) throw tried.error;
      await this.#wait({ key, kind: "retry", wakeMs: tried.wakeMs, startedMs, isKept: true });
    }
  }

  async sleep(key: string, ms: number): Promise<void> {
    const known = this.#recall(key, "sleep");
    if (known?.status === "completed") return;
    const now = this.#parts.clock.now();
    const wakeMs = known?.wake_ms ?? now + ms;
    await this.#wait({ key, kind: "sleep", wakeMs, startedMs: known?.started_ms ?? now, isKept: known !== undefined });
  }

  async waitFor(
    key: string,
    name: string,
    { timeoutMs }: { readonly timeoutMs?: number | undefined } = {},
  ): Promise<Json | undefined> {
    const known = this.#recall(key, "signal");
    if (known?.status === "completed") return decode(known.output);
    const now = this.#parts.clock.now();
    const wakeMs = known ? known.wake_ms : timeoutMs === undefined ? null : now + timeoutMs;
    const startedMs = known?.started_ms ?? now;
    return this.#wait({ key, kind: "signal", signal: name, wakeMs, startedMs, isKept: known !== undefined });
  }

  async child(key: string, workflow: Workflow, input: Json, options: ChildOptions = {}): Promise<Json | undefined> {
    const known = this.#recall(key, "child");
    if (known?.status === "completed") return decode(known.output);
    if (known?.status === "failed") throw thrownAgain(readFailure(known.error));
    const startedMs = known?.started_ms ?? this.#parts.clock.now();
    const child = await this.#inFlight(() => this.#startChild(key, workflow, input, options, startedMs));
    return this.#wait({ key, kind: "child", child, wakeMs: null, startedMs, isKept: true });
  }

  // --- Steps -----------------------------------------------------------------------------------------------------

  /** A key that stands for something else now would be done again, or not at all. */
  #recall(key: string, kind: string): StepRow | undefined {
    if (key === "" || key.length > RUN_NAME_CHARS_MAX)
      throw nondeterminism(`the key ${JSON.stringify(key.slice(0, 50))} is empty or too long`);
    if (this.#asked.has(key)) throw nondeterminism(`the key ${key} is used twice`);
    this.#asked.add(key);
    const known = this.#known.get(key);
    if (known && known.kind !== kind)
      throw nondeterminism(`${key} was of the kind ${known.kind}, and is of the kind ${kind} now`);
    return known;
  }

  async #try(
    key: string,
    work: (call: StepCall) => Promise<Json | undefined>,
    options: StepOptions & { readonly kind: string },
    attempt: number,
    startedMs: number,
  ): Promise<{ value: Json | undefined } | { error: unknown } | { wakeMs: number }> {
    const { clock } = this.#parts;
    const { kind, timeoutMs, retry, atMostOnce, isAnnounced } = options;
    const row = { run_id: this.id, key, kind, attempt, wake_ms: null, about: null, output: null, error: null };
    const about = { step: key, kind, ...(attempt > 1 ? { attempt } : {}) };
    if (atMostOnce || isAnnounced) {
      const begun: StepRow = { ...row, status: "running", started_ms: startedMs, ended_ms: null };
      await this.#record(begun, "step.started", about);
    }
    let output: string | null;
    try {
      const call = { attempt, idempotencyKey: `${this.id}/${key}` };
      output = bounded(key, encode(await this.#within(timeoutMs, key, (signal) => work({ ...call, signal }))));
    } catch (thrown) {
      if (this.#isOver) throw new Gone();
      const error = JSON.stringify(failureOf(thrown));
      if (isFinal(thrown) || attempt >= (retry?.attempts ?? 1)) {
        const failed: StepRow = { ...row, status: "failed", error, started_ms: startedMs, ended_ms: clock.now() };
        await this.#record(failed, "step.failed", { ...about, error: failureOf(thrown) });
        // As it will be thrown when the run goes on from here.
        return { error: thrownAgain(readFailure(error)) };
      }
      const wakeMs = clock.now() + pauseMs(retry, attempt, clock.random());
      const waiting: StepRow = {
        ...row,
        status: "waiting",
        wake_ms: wakeMs,
        error,
        started_ms: startedMs,
        ended_ms: null,
      };
      await this.#record(waiting, "step.retrying", { ...about, until_ms: wakeMs, error: failureOf(thrown) });
      return { wakeMs };
    }
    if (this.#isOver) throw new Gone();
    const done: StepRow = { ...row, status: "completed", output, started_ms: startedMs, ended_ms: clock.now() };
    await this.#record(done, "step.completed", about);
    return { value: decode(output) };
  }

  /** Ends in time, whatever the work makes of its signal. */
  async #within<T>(ms: number | undefined, key: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    if (ms === undefined) return work(this.signal);
    const late = new AbortController();
    const timeUp = Promise.withResolvers<never>();
    const stopTimer = this.#parts.clock.after(ms, () => {
      late.abort();
      timeUp.reject(
        new AppError("timeout", `cannot wait for the step ${key} any longer: ${ms} ms are over`, {
          hint: "Give the step more time, or make it do less.",
        }),
      );
    });
    try {
      return await Promise.race([work(AbortSignal.any([this.signal, late.signal])), timeUp.promise]);
    } finally {
      stopTimer();
    }
  }

  async #giveUp(step: StepRow): Promise<AppError> {
    const failure = {
      code: "uncertain" as const,
      message: `nobody knows whether the step ${step.key} was done: its worker died meanwhile, and it may not be done twice`,
      hint: "Look whether it was done; cadre run retry does it again.",
    };
    const now = this.#parts.clock.now();
    const unknown: StepRow = { ...step, status: "unknown", error: JSON.stringify(failure), ended_ms: now };
    await this.#inFlight(() => this.#record(unknown, "step.unknown", { step: step.key, kind: step.kind }));
    return thrownAgain(failure);
  }

  #record(step: StepRow, type: RunEventType, data: Readonly<Record<string, unknown>>): Promise<void> {
    const { run } = this;
    const now = this.#parts.clock.now();
    return this.#change(1, function* (n) {
      yield* keepStep(step);
      yield* runEvent(run, type, n, now, data);
    });
  }

  async #startChild(
    key: string,
    workflow: Workflow,
    input: Json,
    options: ChildOptions,
    startedMs: number,
  ): Promise<string> {
    const { run } = this;
    const { ids, clock } = this.#parts;
    const now = clock.now();
    const parent = { id: run.id, step: key, root: run.root_id };
    const draft = {
      workspaceId: run.workspace_id,
      workflow,
      priority: options.priority ?? run.priority,
      input: JSON.stringify(input),
      parent,
    };
    return this.#change(1, function* (n) {
      // A run that was begun anew finds its children.
      const before = yield* childOf(run.id, key);
      const id = before?.id ?? ids.next("run");
      if (!before) yield* createRun({ ...draft, id }, now);
      const about = JSON.stringify({ child: id });
      yield* keepStep({
        run_id: run.id,
        key,
        kind: "child",
        status: "waiting",
        attempt: 1,
        wake_ms: null,
        about,
        output: null,
        error: null,
        started_ms: startedMs,
        ended_ms: null,
      });
      yield* runEvent(run, "step.started", n, now, { step: key, kind: "child", run: id });
      return id;
    });
  }

  /** Behind the fence, with so many events. */
  async #change<T>(events: number, part: (n: number, isCancelled: boolean) => Part<T>): Promise<T> {
    const { sql, clock } = this.#parts;
    const { id, epoch } = this.run;
    try {
      return await sql.write(function* () {
        const passed = yield* fence(id, epoch, clock.now(), events);
        if (!passed) throw new Gone();
        return yield* part(passed.events, passed.cancel_ms !== null);
      });
    } catch (cause) {
      if (cause instanceof Gone) this.stop("lost");
      throw cause;
    }
  }

  async #inFlight<T>(work: () => Promise<T>): Promise<T> {
    if (this.#isOver) return this.#never();
    this.#active++;
    try {
      return await work();
    } catch (cause) {
      if (!(cause instanceof Gone)) throw cause;
    } finally {
      this.#active--;
      if (this.#active === 0) this.#quiet?.();
      this.lookSoon();
    }
    return this.#never();
  }

  /** For what belongs to a time that is over. */
  #never(): Promise<never> {
    return new Promise(() => {});
  }

  // --- Waiting ---------------------------------------------------------------------------------------------------

  #wait(wait: Omit<Wait, "settle">): Promise<Json | undefined> {
    return new Promise((resolve, reject) => {
      const settle = (come: Come) => {
        if ("error" in come) reject(thrownAgain(readFailure(come.error)));
        else resolve(decode(come.output));
      };
      this.#waits.add({ ...wait, settle });
      this.lookSoon();
    });
  }

  /** When everything that the workflow does in this turn is done; one look after the other. */
  lookSoon(): void {
    this.#looksAgain = true;
    if (this.#isOver || this.#isLooking || this.#waits.size === 0) return;
    this.#isLooking = true;
    this.#lookAround()
      .catch((cause: unknown) => this.#stopped.reject(cause))
      .finally(() => {
        this.#isLooking = false;
      });
  }

  async #lookAround(): Promise<void> {
    while (this.#looksAgain && !this.#isOver) {
      this.#looksAgain = false;
      await new Promise<void>((resolve) => setImmediate(resolve));
      if (!this.#isOver && this.#waits.size > 0) await this.#look();
    }
  }

  /** Goes on with what has come. When nothing has, and nothing is under way, the run waits without a worker. */
  async #look(): Promise<void> {
    const { clock } = this.#parts;
    const waits = [...this.#waits];
    const outcome = await this.#lookNow(waits, this.#active === 0).catch((cause: unknown) => {
      if (cause instanceof Gone) return "lost" as const;
      throw cause;
    });
    if (outcome === "parked") this.wakeMs = firstMs([...waits.map((wait) => wait.wakeMs), this.run.deadline_ms]);
    if (typeof outcome === "string") return this.stop(outcome);
    for (const wait of waits) wait.isKept = true;
    for (const { wait, come } of outcome) {
      this.#waits.delete(wait);
      this.#looksAgain = true;
      wait.settle(come);
    }
    this.#stopTimer?.();
    const wakeMs = firstMs([...this.#waits].map((wait) => wait.wakeMs));
    if (wakeMs !== null) this.#stopTimer = clock.after(Math.max(1, wakeMs - clock.now()), () => this.lookSoon());
  }

  #lookNow(waits: readonly Wait[], mayPark: boolean): Promise<readonly Found[] | "cancelled" | "parked"> {
    const { run } = this;
    const now = this.#parts.clock.now();
    const wakeMs = firstMs([...waits.map((wait) => wait.wakeMs), run.deadline_ms]);
    return this.#change(0, function* (events, isCancelled) {
      if (isCancelled) return "cancelled" as const;
      const found = yield* lookFor(waits, run, events, now);
      if (found.length > 0) {
        yield* countEvents(run.id, found.filter(isTold).length);
        return found;
      }
      if (!mayPark) return found;
      yield* parkRun(run.id, wakeMs);
      yield* countEvents(run.id, 1);
      const steps = waits.slice(0, SHOWN_MAX).map(({ key, kind }) => ({ step: key, kind }));
      const until = wakeMs === null ? {} : { until_ms: wakeMs };
      yield* runEvent(run, "run.waiting", events + 1, now, { steps, ...until });
      return "parked" as const;
    });
  }

  // --- The end ---------------------------------------------------------------------------------------------------

  async #endStopped(why: Stop): Promise<readonly string[]> {
    const { sql, clock } = this.#parts;
    const { id, epoch } = this.run;
    if (why === "parked" || why === "lost") return [];
    await this.#untilQuiet();
    if (why === "released") {
      await sql.write(() => releaseRun(id, epoch, clock.now()));
      return [];
    }
    if (why === "cancelled") return this.#end({ status: "cancelled", output: null, error: null });
    const late = new AppError("timeout", "cannot go on with the run: its time is over", { hint: "Give it more time." });
    return this.#end({ status: "failed", output: null, error: JSON.stringify(failureOf(late)) });
  }

  async #endSettled(how: { value: Json | undefined } | { error: unknown }): Promise<readonly string[]> {
    const failed = (thrown: unknown) =>
      this.#end({ status: "failed", output: null, error: JSON.stringify(failureOf(thrown)) });
    if ("error" in how) return failed(how.error);
    const forgotten = [...this.#known.keys()].find((key) => !this.#asked.has(key));
    if (forgotten !== undefined)
      return failed(nondeterminism(`the step ${forgotten} was done before, and is not asked for now`));
    try {
      return await this.#end({ status: "completed", output: bounded("the run", encode(how.value)), error: null });
    } catch (cause) {
      if (cause instanceof AppError && cause.code === "too_large") return failed(cause);
      throw cause;
    }
  }

  #end(how: Parameters<typeof end>[1]): Promise<readonly string[]> {
    const { run } = this;
    const now = this.#parts.clock.now();
    // Who asked for the end of a run that was about to end anyway gets what was asked for.
    const cancelled = { status: "cancelled", output: null, error: null } as const;
    return this.#change(1, (n, isCancelled) => end(run, isCancelled ? cancelled : how, n, now));
  }

  /** What is in flight has been told to stop; who does not in time is left behind. */
  async #untilQuiet(): Promise<void> {
    if (this.#active === 0) return;
    const quiet = new Promise<void>((resolve) => {
      this.#quiet = resolve;
    });
    const done = new AbortController();
    await Promise.race([quiet, this.#parts.clock.sleep(GRACE_MS, done.signal)]);
    done.abort();
  }
}

function bounded(what: string, output: string | null): string | null {
  if (output === null || output.length <= RUN_CHARS_MAX) return output;
  throw new AppError("too_large", `cannot keep what ${what} came to: ${output.length} characters`, {
    hint: `Keep it as an artifact or in a file, and answer its name; ${RUN_CHARS_MAX} are kept.`,
  });
}

function nondeterminism(why: string): AppError {
  return new AppError("conflict", `nondeterminism: ${why}`, {
    hint: "A workflow must ask for the same steps, under the same keys, each time it is run again.",
  });
}

/** Full jitter: anything up to the longest pause, which doubles each time. */
export function pauseMs(retry: Retry | undefined, attempt: number, random: number): number {
  const { firstMs: first = STEP_RETRY_MS, mostMs = STEP_RETRY_MS_MAX } = retry ?? {};
  return Math.round(random * Math.min(mostMs, first * 2 ** Math.max(0, attempt - 1)));
}
