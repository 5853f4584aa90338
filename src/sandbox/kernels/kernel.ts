import type { Level } from "../isolation.ts";
import type { OnOutput, Outcome, Program } from "../program.ts";

/** An interpreter that keeps its state from one program to the next, which are called its cells. */
export interface Kernel {
  readonly isOver: boolean;
  readonly level: Level;
  /** Bytes of memory, when somebody last looked. */
  readonly memoryBytes: number;
  run(program: Program, hooks: CellHooks): Promise<Outcome>;
  close(): Promise<void>;
}

export interface CellHooks {
  readonly signal: AbortSignal;
  readonly onOutput: OnOutput;
  readonly tools?: readonly string[];
  callTool?(name: string, input: string): Promise<string>;
}
