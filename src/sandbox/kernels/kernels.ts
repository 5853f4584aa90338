// Interpreters that keep their state between calls, by name. Each belongs to whoever started it, in one project; it
// goes when nobody has used it for a while, when it comes to an end itself, and with this process.
import type { Clock } from "../../base/clock.ts";
import { AppError } from "../../base/errors.ts";
import { KERNEL_IDLE_MS, KERNELS_MAX } from "../../base/limits.ts";
import type { Level } from "../isolation.ts";
import { isScript, type Outcome, type Program, runsInEngine } from "../program.ts";
import { Turns } from "../turns.ts";
import type { CellHooks, Kernel } from "./kernel.ts";

export interface KernelAbout {
  readonly name: string;
  readonly language: Program["language"];
  readonly level: Level;
  readonly cells: number;
  readonly memory_bytes?: number;
  readonly idle_ms: number;
}

interface Kept {
  readonly kernel: Promise<Kernel>;
  readonly program: Program;
  readonly settings: string;
  readonly turns: Turns;
  cells: number;
  running: number;
  usedMs: number;
  stopTimer: () => void;
}

const CELLS_WAITING_MAX = 100;

export class Kernels {
  readonly #clock: Clock;
  readonly #start: (program: Program, signal: AbortSignal) => Promise<Kernel>;
  readonly #kept = new Map<string, Kept>();

  constructor(clock: Clock, start: (program: Program, signal: AbortSignal) => Promise<Kernel>) {
    this.#clock = clock;
    this.#start = start;
  }

  async run(program: Program, hooks: CellHooks): Promise<Outcome> {
    refuseForKernel(program);
    const key = keyOf(program);
    const kept = this.#kept.get(key) ?? this.#begin(key, program, hooks.signal);
    if (kept.settings !== settingsOf(program)) throw isOther(program);
    if (kept.cells > 0 && Object.keys(program.files).length > 0) throw noFiles();
    kept.stopTimer();
    kept.running++;
    try {
      await using _turn = await kept.turns.take(hooks.signal);
      const kernel = await kept.kernel;
      if (kernel.isOver) throw hasEnded(program);
      kept.cells++;
      const outcome = await kernel.run(program, hooks);
      if (kernel.isOver) this.#kept.delete(key);
      return outcome;
    } catch (thrown) {
      const isOver = await kept.kernel.then(({ isOver }) => isOver).catch(() => true);
      if (isOver) this.#kept.delete(key);
      throw thrown;
    } finally {
      kept.running--;
      kept.usedMs = this.#clock.now();
      if (kept.running === 0) kept.stopTimer = this.#clock.after(KERNEL_IDLE_MS, () => void this.#end(key));
    }
  }

  async list(workspace: string, owner: string): Promise<KernelAbout[]> {
    const own = [...this.#kept.values()].filter(
      ({ program }) => program.workspace === workspace && program.kernel?.owner === owner,
    );
    return Promise.all(own.map((kept) => this.#about(kept)));
  }

  async close(workspace: string, owner: string, name: string): Promise<void> {
    if (await this.#end(keyOfParts(workspace, owner, name))) return;
    throw new AppError("not_found", `no kernel ${JSON.stringify(name)}`, {
      hint: "kernel_list has those that there are.",
    });
  }

  async closeAll(): Promise<void> {
    await Promise.all([...this.#kept.keys()].map((key) => this.#end(key)));
  }

  #begin(key: string, program: Program, signal: AbortSignal): Kept {
    if (this.#kept.size >= KERNELS_MAX) {
      throw new AppError("rate_limited", `cannot start another kernel: there are ${KERNELS_MAX} already`, {
        hint: "End one with kernel_close.",
      });
    }
    const kernel = this.#start(program, signal);
    kernel.catch(() => this.#kept.delete(key)); // Whoever waits for it is told.
    const kept: Kept = {
      kernel,
      program,
      settings: settingsOf(program),
      turns: new Turns(1, CELLS_WAITING_MAX),
      cells: 0,
      running: 0,
      usedMs: this.#clock.now(),
      stopTimer: () => {},
    };
    this.#kept.set(key, kept);
    return kept;
  }

  async #end(key: string): Promise<boolean> {
    const kept = this.#kept.get(key);
    if (!kept) return false;
    this.#kept.delete(key);
    kept.stopTimer();
    await kept.kernel.then((kernel) => kernel.close()).catch(() => {});
    return true;
  }

  async #about({ kernel, program, cells, usedMs, running }: Kept): Promise<KernelAbout> {
    const { level, memoryBytes } = await kernel;
    return {
      name: program.kernel?.name ?? "",
      language: program.language,
      level,
      cells,
      ...(memoryBytes > 0 ? { memory_bytes: memoryBytes } : {}),
      idle_ms: running > 0 ? 0 : Math.max(0, this.#clock.now() - usedMs),
    };
  }
}

function keyOf({ workspace, kernel }: Program): string {
  return keyOfParts(workspace, kernel?.owner ?? "", kernel?.name ?? "");
}

function keyOfParts(...parts: readonly string[]): string {
  return JSON.stringify(parts);
}

/** What cannot be changed any more once a kernel runs. */
function settingsOf({
  language,
  engine,
  network,
  hosts,
  imports,
  packages,
  isReadOnly,
  cwd,
  level,
  required,
}: Program): string {
  return JSON.stringify([language, engine, network, hosts, imports, packages, isReadOnly, cwd, level, required]);
}

function refuseForKernel(program: Program): void {
  const { language, engine, stdin } = program;
  const isKept = language === "python" || (isScript(program) && runsInEngine(program));
  if (!isKept) {
    throw new AppError("invalid_input", `cannot keep a kernel of ${engine === "bun" ? "the engine bun" : language}`, {
      hint: "There are kernels of python, and of javascript and typescript in the engine quickjs.",
    });
  }
  if (stdin === "") return;
  throw new AppError("invalid_input", "cannot give stdin to a kernel", {
    hint: "Give it as a value, or as a file at the start.",
  });
}

function isOther({ kernel }: Program): AppError {
  return new AppError(
    "conflict",
    `cannot use the kernel ${JSON.stringify(kernel?.name)}: it was started with other options`,
    {
      hint: "End it with kernel_close, or take another name.",
    },
  );
}

function noFiles(): AppError {
  return new AppError("invalid_input", "cannot give files to a kernel that runs", {
    hint: "Give them with its first cell, or write them in a cell.",
  });
}

function hasEnded({ kernel }: Program): AppError {
  return new AppError("conflict", `the kernel ${JSON.stringify(kernel?.name)} has just ended`, {
    hint: "Call again: a new one is started, without what the old one knew.",
  });
}
