// One program from its start to the end of all that it started, within its limits. Invariant: when `run` answers,
// no process of the program lives any more, whatever it did.
import type { Clock } from "../base/clock.ts";
import { CODE_LOOK_MS, CODE_OUTPUT_OVER_BYTES } from "../base/limits.ts";
import type { Ended, Runtime, Started } from "../runtime/runtime.ts";
import type { LimitName, Limits } from "./limits.ts";
import { treePssBytes, treeUse } from "./process-tree.ts";
import type { Reaper } from "./reaper.ts";

export interface Usage {
  wall_ms: number;
  /** With what it took to confine it. */
  cpu_ms: number;
  /** Of all its processes together; left out when it was over before anybody looked. */
  peak_bytes?: number;
  processes: number;
}

/** Why it was ended before it ended itself. */
export type Cut = LimitName | "cancelled";

export interface ProcessEnd {
  readonly ended: Ended;
  readonly cut: Cut | undefined;
  readonly stdout: Uint8Array;
  readonly stderr: Uint8Array;
  readonly isTruncated: boolean;
  readonly usage: Usage;
}

interface ProcessOptions {
  readonly command: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
  readonly stdin: string | Uint8Array;
  readonly limits: Limits;
  /** The executable of the launcher; undefined where the program is the same. */
  readonly launcher: string | undefined;
  /** Bytes that the program has written to files so far. */
  diskUse(): Promise<number>;
  onOutput?(stream: "stdout" | "stderr", bytes: Uint8Array): void;
}

/** Looks come sooner at the start: most programs are short. */
const FIRST_LOOK_MS = 6;
/** A walk over all files is not done at every look. */
const LOOKS_PER_DISK_LOOK = 4;

export class ConfinedProcess {
  readonly #runtime: Runtime;
  readonly #clock: Clock;
  readonly #reaper: Reaper;

  constructor(runtime: Runtime, clock: Clock, reaper: Reaper) {
    this.#runtime = runtime;
    this.#clock = clock;
    this.#reaper = reaper;
  }

  async run(options: ProcessOptions, signal: AbortSignal): Promise<ProcessEnd> {
    const { limits } = options;
    const started = this.#clock.elapsed();
    const output = new CappedOutput(limits.outputBytes);
    let cut: Cut | undefined;
    let child: Started | undefined;
    const end = (why: Cut) => {
      cut ??= why;
      if (child) this.#runtime.host.killGroup(child.pid);
    };
    child = await this.#runtime.start(options.command, {
      env: options.env,
      cwd: "/",
      onOutput: (stream, bytes) => {
        const kept = output.take(stream, bytes);
        if (kept.length > 0) options.onOutput?.(stream, kept);
        if (output.overBytes > CODE_OUTPUT_OVER_BYTES) end("output");
      },
    });
    const { pid } = child;
    const watched = this.#reaper.watch(pid);
    const stopTimer = this.#clock.after(limits.wallMs - (this.#clock.elapsed() - started), () => end("wall"));
    const abort = () => end("cancelled");
    signal.addEventListener("abort", abort, { once: true });
    if (signal.aborted) abort();
    const watch = new Watch(this.#clock, pid, options, end);
    try {
      // Not waited for: a program may end without reading it, and leave somebody behind who could.
      const { endInput } = child;
      const fed = child.write(options.stdin).then(endInput);
      const ended = await child.ended;
      this.#runtime.host.killGroup(pid); // What it left behind.
      await Promise.all([child.drained, fed]);
      return {
        ended,
        cut,
        ...output.whole(),
        usage: {
          wall_ms: Math.round(this.#clock.elapsed() - started),
          cpu_ms: Math.round(Math.max(watch.cpuMs, ended.cpuMs ?? 0)),
          ...(watch.peakBytes > 0 ? { peak_bytes: watch.peakBytes } : {}),
          processes: watch.processes,
        },
      };
    } finally {
      stopTimer();
      signal.removeEventListener("abort", abort);
      await watch.stop();
      await watched;
      await this.#reaper.release(pid);
    }
  }
}

/** Looks again and again at what a tree uses, and ends it when that is too much. */
class Watch {
  cpuMs = 0;
  peakBytes = 0;
  processes = 1;
  readonly #clock: Clock;
  readonly #root: number;
  readonly #options: ProcessOptions;
  readonly #end: (why: LimitName) => void;
  #stopTimer: () => void;
  #looks = 0;
  #disk: Promise<void> | undefined;

  constructor(clock: Clock, root: number, options: ProcessOptions, end: (why: LimitName) => void) {
    this.#clock = clock;
    this.#root = root;
    this.#options = options;
    this.#end = end;
    this.#stopTimer = clock.after(FIRST_LOOK_MS, () => this.#look());
  }

  async stop(): Promise<void> {
    this.#stopTimer();
    await this.#disk;
  }

  #look(): void {
    const { limits } = this.#options;
    const use = treeUse(this.#root, this.#options.launcher);
    this.cpuMs = Math.max(this.cpuMs, use.cpuMs);
    this.processes = Math.max(this.processes, use.processes);
    // Only when the quick count is too much does it pay to ask what is shared.
    const bytes = use.rssBytes > limits.memoryBytes ? (treePssBytes(use.pids) ?? use.rssBytes) : use.rssBytes;
    this.peakBytes = Math.max(this.peakBytes, bytes);
    if (bytes > limits.memoryBytes) this.#end("memory");
    else if (use.processes > limits.processes + HELPERS) this.#end("processes");
    else if (use.cpuMs > limits.cpuMs) this.#end("cpu");
    else if (this.#looks++ % LOOKS_PER_DISK_LOOK === 0) this.#lookAtDisk();
    this.#stopTimer = this.#clock.after(CODE_LOOK_MS, () => this.#look());
  }

  /** One at a time: a walk over many files takes longer than the pause between two looks. */
  #lookAtDisk(): void {
    this.#disk ??= this.#options
      .diskUse()
      .then((bytes) => {
        if (bytes > this.#options.limits.diskBytes) this.#end("disk");
      })
      .catch(() => {}) // The folder has just gone; what was left in it is counted at the end.
      .finally(() => {
        this.#disk = undefined;
      });
  }
}

/** Of a namespace: `unshare`, and the shell that is its first process. */
const HELPERS = 2;

/** Keeps the beginning of what is written, and counts the rest. */
class CappedOutput {
  overBytes = 0;
  readonly #pieces = { stdout: [] as Uint8Array[], stderr: [] as Uint8Array[] };
  #left: number;

  constructor(bytesMax: number) {
    this.#left = bytesMax;
  }

  take(stream: "stdout" | "stderr", bytes: Uint8Array): Uint8Array {
    const kept = bytes.subarray(0, this.#left);
    this.#left -= kept.length;
    this.overBytes += bytes.length - kept.length;
    // A copy: the runtime may use its buffer again.
    if (kept.length > 0) this.#pieces[stream].push(kept.slice());
    return kept;
  }

  whole(): { stdout: Uint8Array; stderr: Uint8Array; isTruncated: boolean } {
    return {
      stdout: Buffer.concat(this.#pieces.stdout),
      stderr: Buffer.concat(this.#pieces.stderr),
      isTruncated: this.overBytes > 0,
    };
  }
}
