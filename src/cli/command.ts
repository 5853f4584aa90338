import type { Clock } from "../base/clock.ts";
import { AppError } from "../base/errors.ts";
import { printable } from "../base/text.ts";
import type { Config } from "../config/load.ts";
import type { Log } from "../observe/log.ts";
import type { Worker } from "../runs/worker.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { Sql } from "../store/sql.ts";
import type { Caller } from "../tools/caller.ts";
import type { App } from "../tools/tool.ts";
import type { Toolbox } from "../tools/toolbox.ts";

/** What a command may reach. */
export interface CliContext {
  readonly runtime: Runtime;
  readonly clock: Clock;
  readonly config: Config;
  readonly log: Log;
  readonly toolbox: Toolbox;
  readonly version: string;
  readonly caller: Caller;
  /** The project folder that the command is about. */
  readonly workspace: string;
  /** A file, or postgres://… */
  readonly databasePath: string;
  open(): Promise<App & { readonly sql: Sql; readonly worker: Pick<Worker, "start"> }>;
  readonly signal: AbortSignal;
}

export interface CommandFlag {
  /** `optional` is a flag with or without a value, which then stands behind an =. */
  readonly kind: "text" | "boolean" | "list" | "optional";
  readonly help: string;
}

export interface CommandInput {
  readonly requestId: string;
  /** By the names in `positional`. */
  readonly values: Readonly<Record<string, string | undefined>>;
  /** What was given for each flag; a boolean flag has the text "true" or "false". */
  readonly flags: Readonly<Record<string, readonly string[] | undefined>>;
  /** What followed, for a command whose last name in `positional` ends with …. */
  readonly rest: readonly string[];
  readonly asJson: boolean;
  /** What cadre exits with when nothing else goes wrong. */
  exitWith(code: number): void;
}

/** A command that only a terminal needs; every tool is a command beside these, made from the tool table. */
export interface Command {
  readonly words: readonly [string, ...string[]];
  readonly summary: string;
  /** Names of what follows the words, in order; one that ends with ? may be left out, one that ends with … takes all that follows. */
  readonly positional?: readonly string[];
  readonly flags?: Readonly<Record<string, CommandFlag>>;
  /** The answer is printed: as JSON with --json, otherwise as a table or as `key  value` lines. Nothing is printed for undefined. */
  run(context: CliContext, input: CommandInput): Promise<Record<string, unknown> | undefined>;
}

export function isSet(input: CommandInput, flag: string): boolean {
  return input.flags[flag]?.at(-1) === "true";
}

/** One of a few words that a flag may have. */
export function chosen<const T extends string>(
  input: CommandInput,
  flag: string,
  choices: readonly T[],
): T | undefined {
  const given = input.flags[flag]?.at(-1);
  if (given === undefined) return undefined;
  const found = choices.find((one) => one === given);
  if (found !== undefined) return found;
  throw new AppError("invalid_input", `cannot use --${flag} ${printable(given)}`, {
    hint: `There are ${choices.join(", ")}.`,
  });
}
