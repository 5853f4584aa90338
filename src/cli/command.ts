import type { Clock } from "../base/clock.ts";
import type { Config } from "../config/load.ts";
import type { Log } from "../observe/log.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { Sql } from "../store/sql.ts";
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
  /** The project folder that the command is about. */
  readonly workspace: string;
  /** A file, or postgres://… */
  readonly databasePath: string;
  open(): Promise<App & { readonly sql: Sql }>;
  /** Serves until the process is told to stop. */
  serveStdio(): Promise<void>;
  serveHttp(options: { readonly takeOver: boolean }): Promise<void>;
  readonly signal: AbortSignal;
}

export interface CommandFlag {
  readonly kind: "text" | "boolean";
  readonly help: string;
}

export interface CommandInput {
  /** By the names in `positional`. */
  readonly values: Readonly<Record<string, string | undefined>>;
  readonly flags: Readonly<Record<string, string | boolean | undefined>>;
}

/** A command that only a terminal needs; every tool is a command beside these, made from the tool table. */
export interface Command {
  readonly words: readonly [string, ...string[]];
  readonly summary: string;
  /** Names of what follows the words; `name?` may be left out. */
  readonly positional?: readonly string[];
  readonly flags?: Readonly<Record<string, CommandFlag>>;
  /** The answer is printed: as JSON with --json, otherwise as a table or as `key  value` lines. Nothing is printed for undefined. */
  run(context: CliContext, input: CommandInput): Promise<Record<string, unknown> | undefined>;
}
