// A Python that goes on: one confined process, which is given one cell after the other. What a cell prints ends with a
// mark on both of its streams; what it came to lies in a file, as for every Python program.
import { createHash, randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { CODE_OUTPUT_OVER_BYTES } from "../../base/limits.ts";
import type { Ended, Started } from "../../runtime/runtime.ts";
import { CappedOutput } from "../capped-output.ts";
import { aheadOf } from "../confine.ts";
import type { Cut, ProcessParts } from "../confined-process.ts";
import type { Interpreter, Said } from "../interpreter.ts";
import { readSaidByPython, SAID } from "../languages/python.ts";
import { diskUse, leftFiles } from "../left-files.ts";
import type { Limits } from "../limits.ts";
import { groupOf, type ProcessGroup } from "../process-group.ts";
import type { LeftFile, Outcome, Program } from "../program.ts";
import { type Stage, type StageParts, setStage } from "../stage.ts";
import { treeLook } from "../tree-look.ts";
import { TreeWatch } from "../tree-watch.ts";
import type { CellHooks, Kernel } from "./kernel.ts";
import { UntilMark } from "./until-mark.ts";

type KernelParts = StageParts & ProcessParts;

/** It lives long, and each cell has its own time. */
const CPU_MS = 24 * 3_600_000;

interface Running {
  readonly process: Started;
  readonly group: ProcessGroup;
  /** Processes of ours that stand before it. */
  readonly ahead: number;
}

interface Cell {
  readonly marks: Readonly<Record<"stdout" | "stderr", UntilMark>>;
  take(stream: "stdout" | "stderr", bytes: Uint8Array): void;
  done(): void;
}

export class PythonKernel implements Kernel {
  isOver = false;
  memoryBytes = 0;
  readonly #parts: KernelParts;
  readonly #stage: Stage;
  readonly #process: Started;
  readonly #group: ProcessGroup;
  readonly #ahead: number;
  readonly #cleared: Promise<void>;
  /** By path, what was told already. */
  readonly #told = new Map<string, string>();
  #cell: Cell | undefined;
  #cpuMs = 0;

  private constructor(parts: KernelParts, stage: Stage, { process, group, ahead }: Running) {
    this.#parts = parts;
    this.#stage = stage;
    this.#process = process;
    this.#group = group;
    this.#ahead = ahead;
    this.#cleared = this.#clear();
  }

  static async start(parts: KernelParts, program: Program, interpreter: Interpreter): Promise<PythonKernel> {
    const { runtime, reaper, launcher } = parts;
    await using held = new AsyncDisposableStack();
    const stage = held.use(await setStage(parts, program, interpreter));
    const limits = { ...program.limits, cpuMs: CPU_MS };
    let kernel: PythonKernel | undefined;
    const confined = stage.confined(limits);
    const started = await launcher.start(confined, (stream, bytes) => kernel?.hear(stream, bytes));
    const group = await groupOf(runtime, started.pid, limits);
    await reaper.watch(started.pid);
    held.move(); // From now on the kernel clears its stage itself.
    kernel = new PythonKernel(parts, stage, { process: started, group, ahead: aheadOf(confined) });
    return kernel;
  }

  get level() {
    return this.#stage.ground.level;
  }

  /** What is printed between two cells, by a thread that goes on, is nobody's. */
  private hear(stream: "stdout" | "stderr", bytes: Uint8Array): void {
    const cell = this.#cell;
    if (!cell) return;
    cell.take(stream, cell.marks[stream].push(bytes));
    if (cell.marks.stdout.isFound && cell.marks.stderr.isFound) cell.done();
  }

  async run({ code, args, limits }: Program, { signal, onOutput }: CellHooks): Promise<Outcome> {
    const { clock, runtime } = this.#parts;
    const started = clock.elapsed();
    const mark = `\u0000${randomBytes(16).toString("hex")}\u0000`;
    const output = new CappedOutput(limits.outputBytes);
    let cut: Cut | undefined;
    const end = (why: Cut) => {
      cut ??= why;
      this.#kill();
    };
    const isDone = new Promise<void>((resolve) => {
      this.#cell = {
        marks: { stdout: new UntilMark(mark), stderr: new UntilMark(mark) },
        take: (stream, bytes) => {
          const kept = output.take(stream, bytes);
          if (kept.length > 0) onOutput(stream, Buffer.from(kept).toString());
          if (output.overBytes > CODE_OUTPUT_OVER_BYTES) end("output");
        },
        done: resolve,
      };
    });
    const used = () => diskUse(this.#stage.folder.path);
    const watched = {
      limits: { ...limits, cpuMs: CPU_MS },
      treeUse: treeLook(runtime.host, this.#ahead),
      diskUse: used,
    };
    const watch = new TreeWatch(clock, this.#process.pid, watched, end);
    const stopTimer = clock.after(limits.wallMs, () => end("wall"));
    const abort = () => end("cancelled");
    signal.addEventListener("abort", abort, { once: true });
    if (signal.aborted) abort();
    rmSync(join(this.#stage.folder.temp, SAID), { force: true });
    try {
      await this.#process.write(`${JSON.stringify({ code, args, mark })}\n`);
      const ended = await Promise.race([isDone, this.#process.ended]);
      if (ended) await this.#process.drained;
      watch.look();
      const texts = textsOf(output, ended ? this.#cell : undefined);
      const cpuMs = watch.cpuMs - this.#cpuMs;
      this.#cpuMs = watch.cpuMs;
      this.memoryBytes = watch.peakBytes;
      return {
        ...(await this.#verdict(ended ?? undefined, cut, limits)),
        ...texts,
        ...this.#stage.wayOut.told(),
        isolation: this.#stage.ground.isolation,
        usage: {
          wall_ms: Math.round(clock.elapsed() - started),
          cpu_ms: Math.max(0, Math.round(cpuMs)),
          ...(watch.peakBytes > 0 ? { peak_bytes: watch.peakBytes } : {}),
          processes: watch.processes,
        },
      };
    } finally {
      this.#cell = undefined;
      stopTimer();
      signal.removeEventListener("abort", abort);
      await watch.stop();
      if (this.isOver) await this.#cleared;
    }
  }

  async close(): Promise<void> {
    this.#kill();
    await this.#cleared;
  }

  #kill(): void {
    this.isOver = true;
    this.#group.kill();
  }

  async #verdict(
    ended: Ended | undefined,
    cut: Cut | undefined,
    limits: Limits,
  ): Promise<Pick<Outcome, "status" | "limit" | "exit_code" | "signal" | "result" | "failure" | "files" | "refused">> {
    const nothing = { files: [], refused: [] };
    if (cut === "cancelled") return { status: "cancelled", ...nothing };
    if (cut) return { status: cut === "wall" ? "timeout" : "limit", limit: cut, ...nothing };
    if (ended) {
      this.isOver = true;
      if (ended.signal) return { status: "crashed", signal: ended.signal, ...nothing };
      return { status: ended.exit === 0 ? "completed" : "error", exit_code: ended.exit ?? 0, ...nothing };
    }
    const said = readSaidByPython(join(this.#stage.folder.temp, SAID), limits.outputBytes) ?? {};
    return { ...verdictOf(said), ...(await this.#newFiles()) };
  }

  /** Of all that lies in its folder, what was not told before. */
  async #newFiles(): Promise<{ files: LeftFile[]; refused: readonly string[] }> {
    const { files, refused } = await leftFiles(this.#stage.folder.work, {});
    const fresh = files.filter(({ path, bytes }) => {
      const hash = createHash("sha256").update(bytes).digest("hex");
      const isNew = this.#told.get(path) !== hash;
      this.#told.set(path, hash);
      return isNew;
    });
    return { files: fresh, refused };
  }

  async #clear(): Promise<void> {
    await this.#process.ended;
    this.isOver = true;
    this.#group.close();
    await this.#process.drained;
    await this.#stage[Symbol.asyncDispose]();
    await this.#parts.reaper.release(this.#process.pid);
  }
}

function textsOf(output: CappedOutput, ended: Cell | undefined): Pick<Outcome, "stdout" | "stderr" | "truncated"> {
  if (ended) for (const stream of ["stdout", "stderr"] as const) output.take(stream, ended.marks[stream].rest());
  const { stdout, stderr, isTruncated } = output.whole();
  const text = (bytes: Uint8Array) => Buffer.from(bytes).toString().toWellFormed();
  return { stdout: text(stdout), stderr: text(stderr), truncated: isTruncated };
}

function verdictOf({
  limit,
  error,
  exit,
  result,
}: Said): Pick<Outcome, "status" | "limit" | "exit_code" | "result" | "failure"> {
  const failure = error ? { failure: error } : {};
  if (limit) return { status: "limit", limit, ...failure };
  if (error) return { status: "error", ...failure };
  if (exit) return { status: "error", exit_code: exit };
  return { status: "completed", ...(result === undefined ? {} : { result }) };
}
