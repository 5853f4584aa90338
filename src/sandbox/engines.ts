// Engines that run JavaScript, TypeScript and SQL: processes of this same program, confined like all others, some of
// them ready before they are needed. Invariant: an engine runs one program at a time, each in an instance of its own,
// and one that had to be stopped, or that a program made fail, is never used again.
import { AppError, toAppError } from "../base/errors.ts";
import {
  ENGINE_GRACE_MS,
  ENGINE_IDLE_MS,
  ENGINE_PROGRAMS_MAX,
  ENGINE_START_MS,
  ENGINES_BUSY_MS,
  ENGINES_IDLE_MAX,
  ENGINES_RESTING_MAX,
} from "../base/limits.ts";
import type { Started } from "../runtime/runtime.ts";
import { confine } from "./confine.ts";
import type { ProcessParts } from "./confined-process.ts";
import type { EngineResult, FromEngine, Job, ToEngine } from "./engine/job.ts";
import { EngineLines } from "./engine-lines.ts";
import type { Ground, Grounds } from "./grounds.ts";
import type { Isolation, Level } from "./isolation.ts";
import { LIMITS_DEFAULT, type Limits } from "./limits.ts";
import { groupOf, type ProcessGroup } from "./process-group.ts";
import type { OnOutput } from "./program.ts";

export interface EngineRun {
  readonly result: EngineResult | { readonly status: "cancelled" | "crashed" };
  readonly stdout: string;
  readonly stderr: string;
  readonly isolation: Isolation;
  readonly peakBytes: number;
}

interface RunOptions {
  readonly level: Level | undefined;
  /** Not below this. */
  readonly required?: Level | undefined;
  readonly signal: AbortSignal;
  readonly onOutput: OnOutput;
  /** Runs a tool for the program; answers JSON. */
  callTool?(name: string, input: string): Promise<string>;
  /** Files beside its own that this one job needs: then the engine is for this job alone. */
  readonly files?: { readonly readable: readonly string[]; readonly writable: readonly string[] } | undefined;
}

interface EngineParts extends ProcessParts {
  readonly grounds: Grounds;
}

export class Engines {
  readonly #parts: EngineParts;
  readonly #idle: Engine[] = [];
  #stopIdling: (() => void) | undefined;
  #working = 0;
  #spare: Promise<void> | undefined;
  #isClosed = false;

  constructor(parts: EngineParts) {
    this.#parts = parts;
  }

  async run(job: Job, options: RunOptions): Promise<EngineRun> {
    this.#working++;
    try {
      return await this.#run(job, options);
    } finally {
      this.#working--;
      this.#restLater();
    }
  }

  async #run(job: Job, options: RunOptions): Promise<EngineRun> {
    const isOwn = options.files !== undefined || options.level !== undefined;
    const rested = isOwn ? undefined : this.#takeRested();
    if (rested) this.#startSpare();
    const engine = rested ?? (await this.#start(options));
    const run = await engine.run(job, options);
    const isUsable = !engine.isOver && !isOwn && engine.programs < ENGINE_PROGRAMS_MAX && !this.#isClosed;
    if (isUsable && this.#idle.length < ENGINES_IDLE_MAX) this.#idle.push(engine);
    else engine.close();
    return run;
  }

  /** One for a kernel alone; whoever asked for it closes it. */
  open(options: Pick<RunOptions, "level" | "required">): Promise<Engine> {
    return this.#start(options);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#stopIdling?.();
    await this.#spare;
    const idle = [...this.#idle];
    this.#closeIdle(0);
    await Promise.all(idle.map((engine) => engine.ended));
  }

  /** Of those that are ready the one that has run the most: its code is the best compiled. */
  #takeRested(): Engine | undefined {
    const ready = this.#idle.filter((engine) => engine.isReady).sort((one, other) => other.programs - one.programs);
    const engine = ready[0] ?? this.#idle[0];
    if (engine) this.#idle.splice(this.#idle.indexOf(engine), 1);
    return engine;
  }

  /** Who runs one program runs another: while one engine makes ready for it, another one is. */
  #startSpare(): void {
    if (this.#idle.length + this.#working >= ENGINES_RESTING_MAX || this.#spare || this.#isClosed) return;
    const keep = (engine: Engine) => {
      if (this.#idle.length < ENGINES_RESTING_MAX) this.#idle.push(engine);
      else engine.close();
    };
    this.#spare = this.#start({ level: undefined })
      .then(keep)
      .catch(() => {}) // Whoever needs one starts it, and is told why it cannot.
      .finally(() => {
        this.#spare = undefined;
      });
  }

  /** Many are only kept while there is much to do. */
  #restLater(): void {
    this.#stopIdling?.();
    const { clock } = this.#parts;
    this.#stopIdling = clock.after(ENGINES_BUSY_MS, () => {
      this.#closeIdle(ENGINES_RESTING_MAX);
      this.#stopIdling = clock.after(ENGINE_IDLE_MS, () => this.#closeIdle(0));
    });
  }

  #closeIdle(kept: number): void {
    for (const engine of this.#idle.splice(kept)) engine.close();
  }

  async #start(options: Pick<RunOptions, "level" | "required" | "files">): Promise<Engine> {
    const { level, required = "process", files = { readable: [], writable: [] } } = options;
    const { runtime, grounds } = this.#parts;
    const reach = {
      readable: [...runtime.host.selfFiles, ...files.readable],
      writable: files.writable,
      network: "off" as const,
    };
    const ground = await grounds.take({ required, level, reach, keepsUser: options.files !== undefined });
    return Engine.start(this.#parts, ground, reach);
  }
}

export class Engine {
  programs = 0;
  isOver = false;
  readonly ended: Promise<void>;
  readonly #parts: EngineParts;
  readonly #ground: Ground;
  readonly #process: Started;
  readonly #group: ProcessGroup;
  readonly #lines: EngineLines;

  private constructor(parts: EngineParts, ground: Ground, started: Started, group: ProcessGroup, lines: EngineLines) {
    this.#parts = parts;
    this.#ground = ground;
    this.#process = started;
    this.#group = group;
    this.#lines = lines;
    this.ended = started.ended.then(async () => {
      this.isOver = true;
      group.close();
      ground.user?.release();
      await started.drained;
      lines.end();
      await parts.reaper.release(started.pid);
    });
  }

  static async start(
    parts: EngineParts,
    ground: Ground,
    reach: { readonly readable: readonly string[]; readonly writable: readonly string[] },
  ): Promise<Engine> {
    const { runtime, clock, reaper, launcher } = parts;
    const lines = new EngineLines(LIMITS_DEFAULT.outputBytes);
    const plan = {
      command: [...runtime.host.self, "internal", "engine"] as [string, ...string[]],
      env: runtime.host.selfEnv,
      cwd: "/",
      ...reach,
      network: "off" as const,
      isRuntime: true,
    };
    const limits = { ...LIMITS_DEFAULT, cpuMs: ENGINE_CPU_MS };
    const run = confine(runtime.host, plan, {
      level: ground.level,
      uid: ground.user?.uid,
      limits: { ...limits, memoryBytes: RESERVED_BYTES },
    });
    const started = await launcher.start(run, (stream, bytes) => lines.take(stream, bytes));
    const group = await groupOf(runtime, started.pid, withRuntime(limits));
    await reaper.watch(started.pid);
    const engine = new Engine(parts, ground, started, group, lines);
    const stopTimer = clock.after(ENGINE_START_MS, () => engine.close());
    const first = await lines.next();
    stopTimer();
    if (first?.says === "ready") {
      lines.putBack(first);
      return engine;
    }
    engine.close();
    throw new AppError("unavailable", `cannot start an engine: ${lines.complaint || "it ended at once"}`, {
      hint: "JavaScript and SQL need nothing but cadre itself; the log of this server may say more.",
    });
  }

  get level(): Level {
    return this.#ground.level;
  }

  /** It has an instance for the next program, and has said so. */
  get isReady(): boolean {
    return this.#lines.hasMessage;
  }

  async run(job: Job, { signal, onOutput, callTool }: Omit<RunOptions, "level">): Promise<EngineRun> {
    this.programs++;
    const { clock } = this.#parts;
    const texts = { stdout: "", stderr: "" };
    let stopped: "cancelled" | "timeout" | undefined;
    const stop = (why: "cancelled" | "timeout") => {
      stopped ??= why;
      this.close();
    };
    const stopTimer = clock.after(job.limits.wallMs + ENGINE_GRACE_MS, () => stop("timeout"));
    const abort = () => stop("cancelled");
    signal.addEventListener("abort", abort, { once: true });
    if (signal.aborted) abort();
    const calls: Promise<void>[] = [];
    try {
      await this.#send({ job });
      for (;;) {
        const message = await this.#lines.next();
        if (message === undefined) return this.#cutOff(stopped, texts);
        if (message.says === "result") {
          if (message.result.spent) this.close();
          return this.#answer(message.result, texts);
        }
        if (message.says === "call") calls.push(this.#callTool(message, callTool));
        if (message.says !== "output") continue;
        texts[message.stream] += message.text;
        onOutput(message.stream, message.text);
      }
    } finally {
      stopTimer();
      signal.removeEventListener("abort", abort);
      await Promise.all(calls);
    }
  }

  close(): void {
    this.isOver = true;
    this.#group.kill();
  }

  async #callTool(
    { call, tool, input }: Extract<FromEngine, { says: "call" }>,
    callTool: RunOptions["callTool"],
  ): Promise<void> {
    try {
      if (!callTool) throw new AppError("forbidden", "cannot call tools here", { hint: "Name them in options.tools." });
      await this.#send({ call, answer: await callTool(tool, input) });
    } catch (thrown) {
      await this.#send({ call, error: JSON.stringify(toAppError(thrown)) });
    }
  }

  #send(message: ToEngine): Promise<void> {
    return this.#process.write(`${JSON.stringify(message)}\n`);
  }

  #answer(result: EngineRun["result"], texts: { stdout: string; stderr: string }): EngineRun {
    const peakBytes = ("peak_bytes" in result ? result.peak_bytes : undefined) ?? 0;
    return { result, ...texts, isolation: this.#ground.isolation, peakBytes };
  }

  #cutOff(stopped: "cancelled" | "timeout" | undefined, texts: { stdout: string; stderr: string }): EngineRun {
    this.isOver = true;
    if (stopped === "timeout") return this.#answer({ status: "timeout", limit: "wall" }, texts);
    return this.#answer({ status: stopped ?? "crashed" }, texts);
  }
}

/** A job counts the engine itself, too. */
function withRuntime(limits: Limits): Limits {
  return { ...limits, memoryBytes: limits.memoryBytes + ENGINE_BYTES };
}

const ENGINE_BYTES = 512 * 1024 * 1024;

/**
 * Each program's memory is reserved whole, and given back when garbage is collected: there is room for the largest and
 * for some that are over. What a program may really use is bounded by its own memory.
 */
const RESERVED_BYTES = 8 * 1024 * 1024 * 1024;

/** An engine runs many programs, each with its own time. */
const ENGINE_CPU_MS = 24 * 3_600_000;
