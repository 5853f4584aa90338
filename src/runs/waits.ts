// What a run waits for, and whether it has come. Looked at in the change that would park the run, so that nothing can
// come in between.
import type { Json } from "../base/json.ts";
import { takeSignal } from "../store/run-signals.ts";
import { keepStep, newStep, type StepRow } from "../store/run-steps.ts";
import { type RunRow, runAsItIs } from "../store/runs.ts";
import type { Part } from "../store/sql.ts";
import { failureOf, readFailure } from "./failure.ts";
import { decode } from "./kept.ts";
import { runEvent } from "./run-event.ts";

export interface Wait {
  readonly key: string;
  readonly what: "sleep" | "signal" | "child" | "retry";
  /** What is shown of it. */
  readonly kind: string;
  /** What else is told of it while it waits. */
  readonly about?: Readonly<Record<string, Json>> | undefined;
  /** When it is over, whatever has come. */
  readonly wakeMs: number | null;
  readonly signal?: string;
  readonly child?: string;
  /** Why the step fails with what has come, or has not come in time. */
  refusal?: ((data: Json | undefined) => Error | undefined) | undefined;
  readonly startedMs: number;
  /** It stands in the database. */
  isKept: boolean;
  settle(come: Come): void;
}

/** What came, as JSON; or how it failed, as JSON. */
export type Come = { readonly output: string | null } | { readonly error: string };

export interface Found {
  readonly wait: Wait;
  readonly come: Come;
}

/** Of what came, each is remembered. Of the rest, each is kept. */
export function* lookFor(waits: readonly Wait[], run: RunRow, events: number, now: number): Part<Found[]> {
  const found: Found[] = [];
  for (const wait of waits) {
    const come = yield* comeOf(wait, run.id, now);
    if (come) {
      found.push({ wait, come });
      if (isTold({ wait })) yield* remember(wait, come, run, events + found.filter(isTold).length, now);
    } else if (!wait.isKept) yield* keepStep({ ...rowOf(wait, run.id), status: "waiting", wake_ms: wait.wakeMs });
  }
  return found;
}

function* comeOf(wait: Wait, runId: string, now: number): Part<Come | undefined> {
  const isOver = wait.wakeMs !== null && wait.wakeMs <= now;
  if (wait.signal !== undefined) {
    const signal = yield* takeSignal(runId, wait.signal, wait.key);
    if (signal) return comeOrRefused(wait, signal.data);
    if (isOver) return comeOrRefused(wait, null);
  }
  if (wait.child !== undefined) {
    // One that ends just now waits for this change, and then wakes the run.
    const child = yield* runAsItIs(wait.child);
    if (child && child.ended_ms !== null) return endOf(child);
  }
  return isOver ? { output: null } : undefined;
}

function comeOrRefused({ refusal }: Wait, output: string | null): Come {
  const refused = refusal?.(decode(output));
  return refused ? { error: JSON.stringify(failureOf(refused)) } : { output };
}

/** What a child came to, as its parent is told. */
function endOf({ status, output, error, workflow, id }: RunRow): Come {
  if (status === "completed") return { output };
  const failure =
    status === "cancelled"
      ? { code: "cancelled", message: `${workflow} (${id}) was cancelled` }
      : { ...readFailure(error), message: `${workflow} (${id}) failed: ${readFailure(error).message}` };
  return { error: JSON.stringify(failure) };
}

function* remember(wait: Wait, come: Come, run: RunRow, n: number, now: number): Part<void> {
  const isWell = "output" in come;
  yield* keepStep({ ...rowOf(wait, run.id), ...come, status: isWell ? "completed" : "failed", ended_ms: now });
  yield* runEvent(run, isWell ? "step.completed" : "step.failed", n, now, { step: wait.key, kind: wait.kind });
}

/** A pause between two tries is the step's own, which remembers itself when it is done. */
export function isTold({ wait }: Pick<Found, "wait">): boolean {
  return wait.what !== "retry";
}

function rowOf({ key, kind, startedMs, signal, child, about: more }: Wait, runId: string): StepRow {
  const about = { ...(signal === undefined ? {} : { signal }), ...(child === undefined ? {} : { child }), ...more };
  const isSaid = Object.keys(about).length > 0;
  return { ...newStep(runId, key, kind, startedMs), about: isSaid ? JSON.stringify(about) : null };
}

/** The first moment at which one of them is over. */
export function firstMs(times: readonly (number | null | undefined)[]): number | null {
  const known = times.filter((time) => typeof time === "number");
  return known.length === 0 ? null : Math.min(...known);
}
