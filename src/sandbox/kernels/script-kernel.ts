import type { Engine } from "../engines.ts";
import type { Outcome, Program } from "../program.ts";
import type { CellHooks, Kernel } from "./kernel.ts";

/** A JavaScript that goes on: an engine of its own, whose instance is not thrown away. */
export class ScriptKernel implements Kernel {
  memoryBytes = 0;
  readonly #engine: Engine;
  readonly #run: (engine: Engine, program: Program, hooks: CellHooks) => Promise<Outcome>;

  constructor(engine: Engine, run: (engine: Engine, program: Program, hooks: CellHooks) => Promise<Outcome>) {
    this.#engine = engine;
    this.#run = run;
  }

  get isOver(): boolean {
    return this.#engine.isOver;
  }

  get level() {
    return this.#engine.level;
  }

  async run(program: Program, hooks: CellHooks): Promise<Outcome> {
    const outcome = await this.#run(this.#engine, program, hooks);
    this.memoryBytes = outcome.usage.peak_bytes ?? this.memoryBytes;
    return withHint(outcome);
  }

  async close(): Promise<void> {
    this.#engine.close();
    await this.#engine.ended;
  }
}

/** What is declared once is declared for all cells. */
function withHint(outcome: Outcome): Outcome {
  const { failure } = outcome;
  if (!failure?.message.startsWith("redeclaration of")) return outcome;
  return {
    ...outcome,
    failure: { ...failure, hint: "A kernel keeps what was declared: assign to it, or declare it with var." },
  };
}
