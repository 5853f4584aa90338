import type { Json } from "../base/json.ts";
import type { Usage } from "./confined-process.ts";
import type { ProgramError } from "./engine/job.ts";
import type { Isolation, Level } from "./isolation.ts";
import type { LimitName, Limits } from "./limits.ts";
import type { ToolCalled } from "./tool-calls.ts";

export const LANGUAGES = ["python", "javascript", "typescript", "bash", "sql"] as const;
export type Language = (typeof LANGUAGES)[number];

export const ENGINES = ["quickjs", "bun"] as const;
export type Engine = (typeof ENGINES)[number];

/** low: with network where the policy has some. medium: with network when it is asked for. high: without, and nothing is changed. */
export const SECURITY_LEVELS = ["low", "medium", "high"] as const;
export type SecurityLevel = (typeof SECURITY_LEVELS)[number];

/** What is to be run, and all that it is given. */
export interface Program {
  readonly language: Language;
  /** For JavaScript and TypeScript. */
  readonly engine: Engine;
  readonly code: string;
  readonly stdin: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** For JavaScript and TypeScript the global `input`, for SQL the parameters. */
  readonly input: Json | undefined;
  /** By path below the working directory. */
  readonly files: Readonly<Record<string, string | Uint8Array>>;
  /** The project. */
  readonly workspace: string;
  /** A folder of the project to work in, instead of one of its own. */
  readonly cwd: string | undefined;
  /** For SQL: a file, instead of a scratch database. */
  readonly database: { readonly path: string; readonly mayWrite: boolean } | undefined;
  readonly network: boolean;
  /** With network, only these. */
  readonly hosts?: readonly string[];
  /** Of Python: the modules that it may import. */
  readonly imports?: readonly string[];
  /** An interpreter that keeps its state, by the name that its owner gave it. */
  readonly kernel?: { readonly name: string; readonly owner: string };
  /** Of Python: what it needs, beside what its header says. */
  readonly packages?: readonly string[];
  /** Where packages come from. */
  readonly index?: string;
  /** Its working directory is not to be changed. */
  readonly isReadOnly?: boolean;
  readonly limits: Limits;
  /** At this level, although a stronger one may work here. */
  readonly level: Level | undefined;
  /** Not below this. */
  readonly required?: Level | undefined;
}

export function isScript({ language }: Pick<Program, "language">): boolean {
  return language === "javascript" || language === "typescript";
}

/** In an engine of ours, which has no network, no environment and no files but a named database. */
export function runsInEngine(program: Pick<Program, "language" | "engine">): boolean {
  return program.language === "sql" || (isScript(program) && program.engine === "quickjs");
}

export type OutcomeStatus = "completed" | "error" | "timeout" | "limit" | "denied" | "crashed" | "cancelled";

export interface LeftFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

export interface Outcome {
  readonly status: OutcomeStatus;
  readonly limit?: LimitName | undefined;
  readonly exit_code?: number | undefined;
  readonly signal?: string | undefined;
  readonly stdout: string;
  readonly stderr: string;
  readonly truncated: boolean;
  readonly result?: Json | undefined;
  readonly columns?: readonly string[] | undefined;
  readonly rows?: readonly (readonly Json[])[] | undefined;
  readonly changes?: number | undefined;
  /** What the program did wrong; `error` is what a call answers that failed. */
  readonly failure?: ProgramError | undefined;
  readonly files: readonly LeftFile[];
  /** Files that are not kept, and why. */
  readonly refused: readonly string[];
  readonly tools_called?: ToolCalled[];
  /** The policy does not allow them. */
  readonly refused_hosts?: string[];
  /** They did not answer. */
  readonly unreached_hosts?: string[];
  readonly isolation: Isolation;
  readonly usage: Usage;
}

/** Hears of what a program prints while it runs. */
export type OnOutput = (stream: "stdout" | "stderr", text: string) => void;
