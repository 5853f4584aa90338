// One thing that may be wrong: what is looked at, what was seen, and what to do about it.
import type { Clock } from "../base/clock.ts";
import type { Config } from "../config/load.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { Greeting } from "../setup/greeting.ts";

export const GROUPS = ["program", "data", "clients", "server", "tools", "sandbox", "models"] as const;
export type Group = (typeof GROUPS)[number];

export interface Finding {
  /** A `note` is nothing to mend. */
  readonly status: "ok" | "note" | "warning" | "problem";
  /** What was seen. */
  readonly evidence: string;
  /** What its user may do. */
  readonly fix?: string | undefined;
  /** Does it, where nothing can be lost by that; answers with what was done. */
  readonly mend?: (() => string | Promise<string>) | undefined;
}

export interface Check {
  readonly group: Group;
  readonly name: string;
  look(): Finding | Promise<Finding>;
}

export interface CheckParts {
  readonly runtime: Runtime;
  readonly clock: Clock;
  readonly config: Config;
  readonly databasePath: string;
  readonly version: string;
  readonly signal: AbortSignal;
  /** Greets this program over stdio, on data of its own, and calls a tool; done once, whoever asks. */
  greetStdio(): Promise<Greeting>;
  /** The tools that a client sees of this version, with the settings as they are. */
  readonly tools: readonly string[];
}
