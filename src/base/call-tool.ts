import type { Agent } from "./agent.ts";
import type { Json } from "./json.ts";

/** Tools for somebody below the table, like a program: what its caller may call, and no more. */
export interface NestedTools {
  readonly names: readonly string[];
  call(name: string, input: unknown): Promise<Record<string, unknown>>;
}

/** Whoever a run works for: what it may call is what they may. */
export interface RunCaller {
  readonly agent: Agent;
  /** Which tools they may call, in the words of the tool table. */
  readonly filter?: Json | undefined;
  /** How many runs started one another before this one. */
  readonly depth: number;
  /** What its agents may spend, all together. */
  readonly budget?: RunBudget | undefined;
  /** Who does the work of its agents: models that are asked from here, or the model that calls. */
  readonly executor?: Executor | undefined;
}

export interface RunBudget {
  readonly usd?: number | undefined;
  readonly tokens?: number | undefined;
  /** Nobody has asked for it: what has no price does not count. */
  readonly isDefault?: boolean | undefined;
}

export const EXECUTORS = ["server", "client"] as const;
export type Executor = (typeof EXECUTORS)[number];

/** What must be known of a tool before a run may call it. */
export interface ToolFacts {
  readonly reads: boolean;
  /** The same call twice changes no more than once. */
  readonly isIdempotent: boolean;
  readonly takesIdempotencyKey: boolean;
  /** The names of what it takes. */
  readonly inputs: readonly string[];
  readonly summary: string;
  /** What it takes, as a JSON schema. */
  schema(): Readonly<Record<string, Json>>;
}

export interface RunCall {
  readonly caller: RunCaller;
  readonly workspace: string;
  readonly requestId: string;
  readonly signal: AbortSignal;
  progress?(done: number, total?: number, message?: string): void;
}

/** The tool table, for work that goes on by itself. */
export interface RunTools {
  /** Undefined when there is no such tool, or it is not for runs. */
  facts(name: string): ToolFacts | undefined;
  names(): readonly string[];
  call(name: string, input: Readonly<Record<string, unknown>>, call: RunCall): Promise<Record<string, unknown>>;
}
