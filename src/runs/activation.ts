// One worker's time with one run: from taking it up until it has ended, waits, or is somebody else's. Invariant:
// everything is written behind the fence of the epoch; when that is lost, or the time is over, nothing that the
// workflow still does has any effect.
import { AppError } from "../base/errors.ts";
import type { Ids } from "../base/ids.ts";
import type { Json } from "../base/json.ts";
import { RUN_NAME_CHARS_MAX, RUN_STEPS_MAX } from "../base/limits.ts";
import { keepStep, newStep, type StepRow } from "../store/run-steps.ts";
import { countEvents, hasCome, parkRun, type RunEnd, type RunRow, releaseRun } from "../store/runs.ts";
import { CANCELLED, end, failedBy } from "./ending.ts";
import { readFailure, thrownAgain } from "./failure.ts";
import { Fenced, type FencedParts, Gone } from "./fenced.ts";
import { decode, encode } from "./kept.ts";
import { nondeterminism } from "./nondeterminism.ts";
import { runEvent } from "./run-event.ts";
import { startChild } from "./starting.ts";
import { giveUpStep, tryStep } from "./step-try.ts";
import { type Come, type Found, firstMs, isTold, lookFor, type Wait } from "./waits.ts";
import type { ChildOptions, RunContext, StepCall, StepOptions, WaitOptions, Workflow } from "./workflow.ts";

export interface ActivationParts extends FencedParts {
  readonly ids: Ids;
}

/** Why it is over before the workflow is. */
export type Stop = "lost" | "released" | "cancelled" | "late" | "parked";

/** How long what is in flight gets to stop by itself. */
const GRACE_MS = 900;
/** Of a list of what a run waits for. */
const SHOWN_MAX = 20;

export class Activation implements RunContext {
  readonly run: RunRow;
  /** When a run that has been parked is due again; null when only somebody else can wake it. */
  wakeMs: number | null = null;
  readonly #parts: ActivationParts;
  readonly #fenced: Fenced;
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
  #failure: { readonly cause: unknown } | undefined;
  #stopTimer: (() => void) | undefined;

  constructor(parts: ActivationParts, run: RunRow, workflow: Workflow, steps: readonly StepRow[]) {
    this.#parts = parts;
    this.run = run;
    this.#fenced = new Fenced(parts, run, {
      lost: () => this.stop("lost"),
      failed: (cause) => {
        this.#failure ??= { cause };
        this.stop("lost");
      },
    });
    this.#workflow = workflow;
    this.#known = new Map(steps.map((step) => [step.key, step]));
  }

  get id(): string {
    return this.run.id;
  }

  get rootId(): string {
    return this.run.root_id;
  }

  get workflow(): string {
    return this.run.workflow;
  }

  get workspaceId(): string | null {
    return this.run.workspace_id;
  }

  get caller(): Json {
    return JSON.parse(this.run.caller) as Json;
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Asked by reading alone: a look is a change, and somebody else's changes would set off one after the other. */
  async lookIfCome(): Promise<void> {
    const waits = [...this.#waits];
    const signals = waits.flatMap(({ signal }) => (signal === undefined ? [] : [signal]));
    const children = waits.flatMap(({ child }) => (child === undefined ? [] : [child]));
    if (signals.length + children.length === 0) return;
    if (await hasCome(this.#parts.sql, this.id, signals, children)) this.#lookSoon();
  }

  stop(why: Stop): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#stopped.resolve(why);
    this.#abort.abort(why);
  }

  /** Throws when the database has failed: then nobody knows how the run stands there. */
  async drive(): Promise<void> {
    await this.#drive();
    if (this.#failure) throw this.#failure.cause;
  }

  async #drive(): Promise<void> {
    const { clock } = this.#parts;
    const { deadline_ms: deadline, cancel_ms: cancelled } = this.run;
    const leftMs = deadline === null ? Number.POSITIVE_INFINITY : deadline - clock.now();
    if (cancelled !== null) this.stop("cancelled");
    else if (leftMs <= 0) this.stop("late");
    const stopTimer = Number.isFinite(leftMs) ? clock.after(Math.max(0, leftMs), () => this.stop("late")) : undefined;
    const settled = this.#isOver
      ? new Promise<never>(() => {})
      : this.#workflow.run(this, JSON.parse(this.run.input) as Json).then(
          (value) => ({ value }),
          (error: unknown) => ({ error }),
        );
    try {
      const how = await Promise.race([this.#stopped.promise, settled]);
      this.#isOver = true;
      await (typeof how === "string" ? this.#endStopped(how) : this.#endSettled(how));
    } catch (cause) {
      if (!(cause instanceof Gone)) throw cause;
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
    const { kind = "step" } = options;
    const known = this.#recall(key, kind);
    if (known?.status === "completed") return decode(known.output) as T;
    if (known?.status === "failed" || known?.status === "unknown") throw thrownAgain(readFailure(known.error));
    const { clock } = this.#parts;
    if (known?.status === "running" && options.atMostOnce)
      throw await this.#inFlight(() => giveUpStep(this.#fenced, known, clock.now()));
    const startedMs = known?.started_ms ?? clock.now();
    const pause = (wakeMs: number | null) => this.#wait({ key, what: "retry", kind, wakeMs, startedMs, isKept: true });
    let attempt = known?.attempt ?? 1;
    if (known?.status === "waiting") {
      await pause(known.wake_ms);
      attempt++;
    }
    for (; ; attempt++) {
      const step = { key, kind, attempt, startedMs, options, work };
      const tried = await this.#inFlight(() => tryStep(this.#fenced, clock, step, this.signal));
      if ("value" in tried) return tried.value as T;
      if ("error" in tried) throw tried.error;
      await pause(tried.wakeMs);
    }
  }

  again<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    return this.#inFlight(() => work(this.signal));
  }

  async sleep(key: string, ms: number): Promise<void> {
    const known = this.#recall(key, "sleep");
    if (known?.status === "completed") return;
    const now = this.#parts.clock.now();
    const wakeMs = known?.wake_ms ?? now + ms;
    const startedMs = known?.started_ms ?? now;
    await this.#wait({ key, what: "sleep", kind: "sleep", wakeMs, startedMs, isKept: known !== undefined });
  }

  async waitFor(
    key: string,
    name: string,
    { timeoutMs, kind = "signal", about, refusal }: WaitOptions = {},
  ): Promise<Json | undefined> {
    const known = this.#recall(key, kind);
    if (known?.status === "completed") return decode(known.output);
    if (known?.status === "failed") throw thrownAgain(readFailure(known.error));
    const now = this.#parts.clock.now();
    const wakeMs = known ? known.wake_ms : timeoutMs === undefined ? null : now + timeoutMs;
    const startedMs = known?.started_ms ?? now;
    const isKept = known !== undefined;
    return this.#wait({ key, what: "signal", kind, about, refusal, signal: name, wakeMs, startedMs, isKept });
  }

  async child(key: string, workflow: Workflow, input: Json, options: ChildOptions = {}): Promise<Json | undefined> {
    const known = this.#recall(key, "child");
    if (known?.status === "completed") return decode(known.output);
    if (known?.status === "failed") throw thrownAgain(readFailure(known.error));
    const startedMs = known?.started_ms ?? this.#parts.clock.now();
    const child = known
      ? (JSON.parse(known.about ?? "{}") as { child: string }).child
      : await this.#inFlight(() => this.#startChild(key, workflow, input, options, startedMs));
    return this.#wait({ key, what: "child", kind: "child", child, wakeMs: null, startedMs, isKept: true });
  }

  // --- Steps -----------------------------------------------------------------------------------------------------

  /** A key that stands for something else now would be done again, or not at all. */
  #recall(key: string, kind: string): StepRow | undefined {
    if (key === "" || key.length > RUN_NAME_CHARS_MAX)
      throw nondeterminism(`the key ${JSON.stringify(key.slice(0, 50))} is empty or too long`);
    if (this.#asked.size >= RUN_STEPS_MAX) {
      throw new AppError("too_large", `cannot do the step ${key}: a run remembers ${RUN_STEPS_MAX} steps at most`, {
        hint: "Give a part of the work to a child.",
      });
    }
    if (this.#asked.has(key)) throw nondeterminism(`the key ${key} is used twice`);
    this.#asked.add(key);
    const known = this.#known.get(key);
    if (known && known.kind !== kind)
      throw nondeterminism(`${key} was of the kind ${known.kind}, and is of the kind ${kind} now`);
    return known;
  }

  #startChild(key: string, workflow: Workflow, input: Json, options: ChildOptions, startedMs: number): Promise<string> {
    const { run } = this;
    const { ids, clock } = this.#parts;
    const now = clock.now();
    const id = ids.next("run");
    const text = encode("the input of a child", input);
    return this.#fenced.change(1, function* (n) {
      const child = yield* startChild(run, { id, step: key, workflow, input: text, options }, now);
      const about = JSON.stringify({ child });
      yield* keepStep({ ...newStep(run.id, key, "child", startedMs), status: "waiting", about });
      yield* runEvent(run, "step.started", n, now, { step: key, kind: "child", run: child });
      return child;
    });
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
      this.#lookSoon();
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
      this.#lookSoon();
    });
  }

  /** When everything that the workflow does in this turn is done; one look after the other. */
  #lookSoon(): void {
    this.#looksAgain = true;
    if (this.#isOver || this.#isLooking || this.#waits.size === 0) return;
    this.#isLooking = true;
    this.#lookAround()
      .catch((cause: unknown) => this.#stopped.reject(cause))
      .finally(() => {
        this.#isLooking = false;
        // Asked for while the last look ended.
        if (this.#looksAgain) this.#lookSoon();
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
    const wakeMs = firstMs([...waits.map((wait) => wait.wakeMs), this.run.deadline_ms]);
    const outcome = await this.#lookNow(waits, this.#active === 0, wakeMs).catch((cause: unknown) => {
      if (cause instanceof Gone) return "lost" as const;
      throw cause;
    });
    if (outcome === "parked") this.wakeMs = wakeMs;
    if (typeof outcome === "string") return this.stop(outcome);
    for (const wait of waits) wait.isKept = true;
    for (const { wait, come } of outcome) {
      this.#waits.delete(wait);
      this.#looksAgain = true;
      wait.settle(come);
    }
    this.#stopTimer?.();
    const dueMs = firstMs([...this.#waits].map((wait) => wait.wakeMs));
    if (dueMs !== null) this.#stopTimer = clock.after(Math.max(1, dueMs - clock.now()), () => this.#lookSoon());
  }

  #lookNow(
    waits: readonly Wait[],
    mayPark: boolean,
    wakeMs: number | null,
  ): Promise<readonly Found[] | "cancelled" | "parked"> {
    const { run } = this;
    const now = this.#parts.clock.now();
    return this.#fenced.change(0, function* (events, isCancelled) {
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

  async #endStopped(why: Stop): Promise<void> {
    const { sql, clock } = this.#parts;
    const { id, epoch } = this.run;
    if (why === "parked" || why === "lost") return;
    await this.#untilQuiet();
    if (why === "released") {
      await sql.write(() => releaseRun(id, epoch, clock.now()));
      return;
    }
    if (why === "cancelled") return this.#end(CANCELLED);
    await this.#end(
      failedBy(new AppError("timeout", "cannot go on with the run: its time is over", { hint: "Give it more time." })),
    );
  }

  #endSettled(how: { value: Json | undefined } | { error: unknown }): Promise<void> {
    if ("error" in how) return this.#end(failedBy(how.error));
    const forgotten = [...this.#known.keys()].find((key) => !this.#asked.has(key));
    if (forgotten !== undefined)
      return this.#end(failedBy(nondeterminism(`the step ${forgotten} was done before, and is not asked for now`)));
    let output: string | null;
    try {
      output = encode("what the run came to", how.value);
    } catch (tooLarge) {
      return this.#end(failedBy(tooLarge));
    }
    return this.#end({ status: "completed", output, error: null });
  }

  async #end(how: RunEnd): Promise<void> {
    const { run } = this;
    const { clock, meter } = this.#parts;
    const now = clock.now();
    // Who asked for the end of a run that was about to end anyway gets what was asked for.
    const status = await this.#fenced.change(1, function* (n, isCancelled) {
      const chosen = isCancelled ? CANCELLED : how;
      yield* end(run, chosen, n, now);
      return chosen.status;
    });
    meter?.run(run.workflow, status, now - run.created_ms);
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
