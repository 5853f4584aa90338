import type { Json } from "../base/json.ts";
import type { RunLimit } from "../store/run-limits.ts";

/** A piece of work that remembers what it has done. It is run again from its beginning whenever it goes on. */
export interface Workflow {
  readonly name: string;
  readonly version: string;
  /** What a process must know to work on it. */
  readonly handler: string;
  /** Awaits nothing but its context: whatever else it did would be done again. */
  run(context: RunContext, input: Json): Promise<Json | undefined>;
}

/** What a workflow may do. Each key names one thing in one run, and is the same whenever the workflow is run again. */
export interface RunContext {
  readonly id: string;
  /** The run that all began with; its own id where it is that one. */
  readonly rootId: string;
  /** The name of its workflow. */
  readonly workflow: string;
  readonly workspaceId: string | null;
  /** On whose behalf. */
  readonly caller: Json;
  /** Aborts when the run is cancelled, out of time, or somebody else's. */
  readonly signal: AbortSignal;
  /** Does it once, as far as anybody can: what it came to is remembered, and it is not done again. */
  step<T extends Json | undefined>(
    key: string,
    work: (call: StepCall) => Promise<T>,
    options?: StepOptions,
  ): Promise<T>;
  /** For what is worked out anew each time, and comes to the same: the run does not count as idle meanwhile. */
  again<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T>;
  sleep(key: string, ms: number): Promise<void>;
  /** The data of the oldest signal with this name that no other step has taken; undefined when none came in time. */
  waitFor(key: string, name: string, options?: WaitOptions): Promise<Json | undefined>;
  /** Runs another workflow, and answers what it comes to. */
  child(key: string, workflow: Workflow, input: Json, options?: ChildOptions): Promise<Json | undefined>;
}

export interface StepCall {
  readonly signal: AbortSignal;
  /** From 1. */
  readonly attempt: number;
  /** The same at each try of this step, and of no other: for what asks for an idempotency key. */
  readonly idempotencyKey: string;
  /** How far it is: shown to whoever looks, and not remembered. */
  progress(done: number, total?: number, what?: string): void;
}

export interface StepOptions {
  /** What is shown of it; by itself "step". */
  readonly kind?: string | undefined;
  readonly retry?: Retry | undefined;
  readonly timeoutMs?: number | undefined;
  /** When a worker dies while it runs, nobody does it again: the run is told that nobody knows. */
  readonly atMostOnce?: boolean | undefined;
  /** That it has begun is told, too: for what takes its time. */
  readonly tellsStart?: boolean | undefined;
}

export interface Retry {
  readonly attempts: number;
  /** The longest first pause; each further one may be twice as long, and chance spreads them. */
  readonly firstMs?: number | undefined;
  readonly mostMs?: number | undefined;
}

export interface WaitOptions {
  readonly timeoutMs?: number | undefined;
  /** What is shown of it; by itself "signal". */
  readonly kind?: string | undefined;
  /** What else is to be told of it while it waits. */
  readonly about?: Readonly<Record<string, Json>> | undefined;
  /** Why the step fails with what has come, or has not come in time. */
  refusal?(data: Json | undefined): Error | undefined;
}

export interface ChildOptions {
  readonly priority?: number | undefined;
  readonly timeoutMs?: number | undefined;
  readonly limits?: readonly RunLimit[] | undefined;
  readonly caller?: Json | undefined;
  readonly host?: string | undefined;
}

export function defineWorkflow({
  name,
  version,
  run,
}: {
  readonly name: string;
  readonly version: string;
  readonly run: Workflow["run"];
}): Workflow {
  return { name, version, handler: `${name}@${version}`, run };
}
