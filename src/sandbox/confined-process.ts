// One program from its start to the end of all that it started, within its limits. Invariant: when `run` answers,
// no process of the program lives any more, whatever it did.
import type { Clock } from "../base/clock.ts";
import { CODE_OUTPUT_OVER_BYTES } from "../base/limits.ts";
import type { Ended, Runtime } from "../runtime/runtime.ts";
import { CappedOutput } from "./capped-output.ts";
import { aheadOf, type Confined } from "./confine.ts";
import type { Launcher } from "./launcher/launcher.ts";
import type { LimitName, Limits } from "./limits.ts";
import { groupOf, type ProcessGroup } from "./process-group.ts";
import type { Reaper } from "./reaper.ts";
import { treeLook } from "./tree-look.ts";
import { TreeWatch } from "./tree-watch.ts";

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
  readonly confined: Confined;
  readonly stdin: string | Uint8Array;
  readonly limits: Limits;
  /** Bytes that the program has written to files so far. */
  diskUse(): Promise<number>;
  onOutput?(stream: "stdout" | "stderr", bytes: Uint8Array): void;
}

/** What every process of the sandbox is started with and looked after by. */
export interface ProcessParts {
  readonly runtime: Runtime;
  readonly clock: Clock;
  readonly reaper: Reaper;
  readonly launcher: Launcher;
}

export class ConfinedProcess {
  readonly #runtime: Runtime;
  readonly #clock: Clock;
  readonly #reaper: Reaper;
  readonly #launcher: Launcher;

  constructor({ runtime, clock, reaper, launcher }: ProcessParts) {
    this.#runtime = runtime;
    this.#clock = clock;
    this.#reaper = reaper;
    this.#launcher = launcher;
  }

  async run(options: ProcessOptions, signal: AbortSignal): Promise<ProcessEnd> {
    const { limits } = options;
    const started = this.#clock.elapsed();
    const output = new CappedOutput(limits.outputBytes);
    let cut: Cut | undefined;
    let group: ProcessGroup | undefined;
    const end = (why: Cut) => {
      cut ??= why;
      group?.kill();
    };
    const child = await this.#launcher.start(options.confined, (stream, bytes) => {
      const kept = output.take(stream, bytes);
      if (kept.length > 0) options.onOutput?.(stream, kept);
      if (output.overBytes > CODE_OUTPUT_OVER_BYTES) end("output");
    });
    const { pid } = child;
    group = await groupOf(this.#runtime, pid, limits);
    const watched = this.#reaper.watch(pid);
    const stopTimer = this.#clock.after(limits.wallMs - (this.#clock.elapsed() - started), () => end("wall"));
    const abort = () => end("cancelled");
    signal.addEventListener("abort", abort, { once: true });
    if (signal.aborted) abort();
    const looks = treeLook(this.#runtime.host, aheadOf(options.confined));
    const watch = new TreeWatch(this.#clock, pid, { ...options, treeUse: looks }, end);
    try {
      // Not waited for: a program may end without reading it, and leave somebody behind who could.
      const { endInput } = child;
      const fed = child.write(options.stdin).then(endInput);
      const ended = await child.ended;
      group.close(); // With what it left behind.
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
