// One try of a step: the work, its time, and what is remembered of it.
import type { Clock } from "../base/clock.ts";
import { AppError } from "../base/errors.ts";
import type { Json } from "../base/json.ts";
import { STEP_RETRY_MS, STEP_RETRY_MS_MAX } from "../base/limits.ts";
import { newStep, type StepRow } from "../store/run-steps.ts";
import { failureOf, isFinal, readFailure, thrownAgain } from "./failure.ts";
import { type Fenced, Gone } from "./fenced.ts";
import { decode, encode } from "./kept.ts";
import { StepProgress } from "./step-progress.ts";
import type { Retry, StepCall, StepOptions } from "./workflow.ts";

export interface StepTry {
  readonly key: string;
  readonly kind: string;
  /** From 1. */
  readonly attempt: number;
  /** Of the first try. */
  readonly startedMs: number;
  readonly options: StepOptions;
  work(call: StepCall): Promise<Json | undefined>;
}

/** Done, failed for good, or to be tried again at a time. */
export type Tried = { readonly value: Json | undefined } | { readonly error: unknown } | { readonly wakeMs: number };

export async function tryStep(fenced: Fenced, clock: Clock, step: StepTry, signal: AbortSignal): Promise<Tried> {
  const { key, kind, attempt, startedMs, options } = step;
  const about = { step: key, kind, ...(attempt > 1 ? { attempt } : {}) };
  const row = (status: StepRow["status"], more: Partial<StepRow> = {}): StepRow => ({
    ...newStep(fenced.run.id, key, kind, startedMs),
    attempt,
    status,
    ...more,
  });
  if (options.atMostOnce || options.tellsStart) await fenced.record(row("running"), "step.started", about);
  const progress = new StepProgress(fenced, clock, row("running"));
  let output: string | null;
  try {
    const call = { attempt, idempotencyKey: `${fenced.run.id}/${key}` };
    const report = (done: number, total?: number, what?: string) => progress.tell(done, total, what);
    const work = (own: AbortSignal) => step.work({ ...call, signal: own, progress: report });
    const value = await within(clock, step, signal, work).finally(() => progress.end());
    output = encode(`what ${key} came to`, value);
  } catch (thrown) {
    if (signal.aborted) throw new Gone();
    const failure = failureOf(thrown);
    const error = JSON.stringify(failure);
    if (isFinal(thrown) || attempt >= (options.retry?.attempts ?? 1)) {
      const failed = row("failed", { error, ended_ms: clock.now() });
      await fenced.record(failed, "step.failed", { ...about, error: failure });
      // As it will be thrown when the run goes on from here.
      return { error: thrownAgain(readFailure(error)) };
    }
    // Whoever says when it may be tried again is listened to.
    const leastMs = (thrown instanceof AppError && thrown.retryAfterMs) || 0;
    const wakeMs = clock.now() + Math.max(leastMs, pauseMs(options.retry, attempt, clock.random()));
    const waiting = row("waiting", { error, wake_ms: wakeMs });
    await fenced.record(waiting, "step.retrying", { ...about, until_ms: wakeMs, error: failure });
    return { wakeMs };
  }
  if (signal.aborted) throw new Gone();
  await fenced.record(row("completed", { output, ended_ms: clock.now() }), "step.completed", about);
  return { value: decode(output) };
}

/** Ends in time, whatever the work makes of its signal. */
async function within<T>(
  clock: Clock,
  { key, options: { timeoutMs } }: StepTry,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  if (timeoutMs === undefined) return work(signal);
  const late = new AbortController();
  const timeUp = Promise.withResolvers<never>();
  const stopTimer = clock.after(timeoutMs, () => {
    late.abort();
    timeUp.reject(
      new AppError("timeout", `cannot wait for the step ${key} any longer: ${timeoutMs} ms are over`, {
        hint: "Give the step more time, or make it do less.",
      }),
    );
  });
  try {
    return await Promise.race([work(AbortSignal.any([signal, late.signal])), timeUp.promise]);
  } finally {
    stopTimer();
  }
}

/** Its worker died over it, and it may not be done twice. */
export async function giveUpStep(fenced: Fenced, step: StepRow, now: number): Promise<AppError> {
  const failure = {
    code: "uncertain" as const,
    message: `nobody knows whether the step ${step.key} was done: its worker died meanwhile, and it may not be done twice`,
    hint: "Look whether it was done; cadre run retry does it again.",
  };
  const unknown: StepRow = { ...step, status: "unknown", error: JSON.stringify(failure), ended_ms: now };
  await fenced.record(unknown, "step.unknown", { step: step.key, kind: step.kind });
  return thrownAgain(failure);
}

/** Full jitter: anything up to the longest pause, which doubles each time. */
function pauseMs(retry: Retry | undefined, attempt: number, random: number): number {
  const { firstMs = STEP_RETRY_MS, mostMs = STEP_RETRY_MS_MAX } = retry ?? {};
  return Math.round(random * Math.min(mostMs, firstMs * 2 ** Math.max(0, attempt - 1)));
}
