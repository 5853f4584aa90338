// Goes through a workflow again over what its run remembers, and does nothing: whether it still asks for the same, and
// comes to the same. So a change to cadre, or to a workflow, is tried on what has happened before.
import type { Json } from "../base/json.ts";
import { RUN_ENDS } from "../base/transitions.ts";
import type { StepRow } from "../store/run-steps.ts";
import type { RunRow } from "../store/runs.ts";
import { type Failure, failureOf, readFailure, thrownAgain } from "./failure.ts";
import { decode } from "./kept.ts";
import type { RunContext, Workflow } from "./workflow.ts";

export interface Replayed {
  /** How it comes out otherwise than before; empty when it does not. */
  readonly differences: readonly string[];
  /** Where a run that is not over stands. */
  readonly stands_at: readonly string[];
  readonly steps: number;
}

/** Turns of the loop in which nothing may happen before the workflow counts as standing still. */
const QUIET_TURNS = 3;

export async function replay(run: RunRow, steps: readonly StepRow[], workflow: Workflow): Promise<Replayed> {
  const context = new ReplayContext(run, steps);
  const ended = workflow.run(context, JSON.parse(run.input) as Json).then(
    (output) => ({ output }),
    (thrown: unknown) => ({ failure: failureOf(thrown) }),
  );
  const how = await Promise.race([ended, context.standsStill()]);
  const differences = [...context.differences, ...forgotten(context, steps), ...otherEnd(run, how)];
  return { differences, stands_at: how === undefined ? context.open : [], steps: context.asked.size };
}

type Ended = { readonly output: Json | undefined } | { readonly failure: Failure } | undefined;

function forgotten({ asked }: ReplayContext, steps: readonly StepRow[]): string[] {
  return steps
    .filter(({ key }) => !asked.has(key))
    .map(({ key, kind }) => `${key} (${kind}) was done, and is not asked for`);
}

function otherEnd(run: RunRow, how: Ended): string[] {
  // One that was cancelled, or given up, stands where it was left.
  if (run.status === "cancelled" || !RUN_ENDS.includes(run.status)) return [];
  if (how === undefined) return run.status === "completed" ? ["it was completed, and is not now"] : [];
  if ("output" in how) {
    const now = how.output === undefined ? null : JSON.stringify(how.output);
    if (run.status === "completed" && now === run.output) return [];
    return [`it was ${run.status} with ${run.output}, and comes to ${now} now`];
  }
  const before = run.status === "failed" ? readFailure(run.error).message : `${run.status} with ${run.output}`;
  return before === how.failure.message ? [] : [`it was ${before}, and fails now: ${how.failure.message}`];
}

class ReplayContext implements RunContext {
  readonly id: string;
  readonly rootId: string;
  readonly workflow: string;
  readonly workspaceId: string | null;
  readonly caller: Json;
  readonly signal = new AbortController().signal;
  readonly asked = new Set<string>();
  readonly open: string[] = [];
  readonly differences: string[] = [];
  readonly #known: ReadonlyMap<string, StepRow>;
  readonly #isEnded: boolean;
  #active = 0;
  #moves = 0;
  #whenIdle: (() => void) | undefined;

  constructor(run: RunRow, steps: readonly StepRow[]) {
    this.id = run.id;
    this.rootId = run.root_id;
    this.workflow = run.workflow;
    this.workspaceId = run.workspace_id;
    this.caller = JSON.parse(run.caller) as Json;
    this.#known = new Map(steps.map((step) => [step.key, step]));
    this.#isEnded = run.status === "completed";
  }

  /** Resolves when nothing moves any more. */
  async standsStill(): Promise<undefined> {
    for (let quiet = 0, before = -1; quiet < QUIET_TURNS; ) {
      await (this.#active > 0 ? this.#idle() : new Promise<void>((resolve) => setImmediate(resolve)));
      quiet = this.#active === 0 && before === this.#moves ? quiet + 1 : 0;
      before = this.#moves;
    }
    return undefined;
  }

  /** Resolves when nothing is worked out any more. */
  #idle(): Promise<void> {
    return new Promise((resolve) => {
      this.#whenIdle = resolve;
    });
  }

  async step<T extends Json | undefined>(
    key: string,
    _work: unknown,
    { kind = "step" }: { readonly kind?: string | undefined } = {},
  ): Promise<T> {
    return (await this.#recall(key, kind)) as T;
  }

  async again<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    this.#active++;
    try {
      return await work(this.signal);
    } finally {
      this.#active--;
      this.#moves++;
      if (this.#active === 0) this.#whenIdle?.();
    }
  }

  async sleep(key: string): Promise<void> {
    await this.#recall(key, "sleep");
  }

  waitFor(key: string, _name: string, { kind = "signal" }: { readonly kind?: string | undefined } = {}) {
    return this.#recall(key, kind);
  }

  child(key: string): Promise<Json | undefined> {
    return this.#recall(key, "child");
  }

  async #recall(key: string, kind: string): Promise<Json | undefined> {
    this.#moves++;
    const known = this.#known.get(key);
    if (this.asked.has(key)) this.differences.push(`${key} is asked for twice`);
    this.asked.add(key);
    if (known && known.kind !== kind) this.differences.push(`${key} was of the kind ${known.kind}, and is ${kind} now`);
    if (!known && this.#isEnded) this.differences.push(`${key} (${kind}) was not done, and is asked for now`);
    if (known?.status === "completed") return decode(known.output);
    if (known?.status === "failed" || known?.status === "unknown") throw thrownAgain(readFailure(known.error));
    this.open.push(key);
    return new Promise(() => {});
  }
}
