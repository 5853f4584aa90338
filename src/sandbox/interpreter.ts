import { readFileSync, statSync } from "node:fs";
import type { Json } from "../base/json.ts";
import type { Outcome } from "./program.ts";
import type { RunFolder } from "./run-folder.ts";

/** An interpreter, as one language says it. */
export interface Interpreter {
  /** Beside the system's own files. */
  readonly readable: readonly string[];
  readonly isRuntime: boolean;
  /** Files that lie beside the program, and may only be read. */
  readonly code: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string>>;
  command(folder: RunFolder): readonly [string, ...string[]];
  /** What the program says of itself when it is over. */
  said?(folder: RunFolder): Said | undefined;
  /** Takes what a program left that did well, instead of the execution. */
  collect?(folder: RunFolder): Promise<void>;
}

export interface Said {
  readonly result?: Json | undefined;
  readonly error?: Outcome["failure"];
  readonly limit?: "memory" | undefined;
  readonly exit?: number | undefined;
}

/** What a program left for us to read is as untrusted as all that it prints. */
export function readSaid(path: string, bytesMax: number): unknown {
  try {
    if (statSync(path).size > bytesMax) return undefined;
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return undefined;
  }
}
