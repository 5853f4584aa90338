import type { Clock } from "../base/clock.ts";
import { CODE_LOOK_MS } from "../base/limits.ts";
import type { LimitName, Limits } from "./limits.ts";
import { type TreeUse, treePssBytes } from "./process-tree.ts";
import type { TreeLook } from "./tree-look.ts";

export interface Watched {
  readonly limits: Limits;
  readonly treeUse: TreeLook;
  /** Bytes that the program has written to files so far. */
  diskUse(): Promise<number>;
}

/** Looks come sooner at the start: most programs are short. */
const FIRST_LOOK_MS = 6;
/** A walk over all files is not done at every look. */
const LOOKS_PER_DISK_LOOK = 4;

/** Looks again and again at what a tree uses, and ends it when that is too much. */
export class TreeWatch {
  cpuMs = 0;
  peakBytes = 0;
  processes = 1;
  readonly #clock: Clock;
  readonly #root: number;
  readonly #options: Watched;
  readonly #end: (why: LimitName) => void;
  #stopTimer: () => void;
  #looks = 0;
  #disk: Promise<void> | undefined;

  constructor(clock: Clock, root: number, options: Watched, end: (why: LimitName) => void) {
    this.#clock = clock;
    this.#root = root;
    this.#options = options;
    this.#end = end;
    this.#stopTimer = clock.after(FIRST_LOOK_MS, () => this.look());
  }

  async stop(): Promise<void> {
    this.#stopTimer();
    await this.#disk;
  }

  /** The next look is put off, also where this one was asked for before its time. */
  look(): void {
    this.#stopTimer();
    const use = this.#options.treeUse(this.#root);
    if (use instanceof Promise)
      use.then((found) => this.#weigh(found)).catch(() => {}); // There will be another look.
    else this.#weigh(use);
    this.#stopTimer = this.#clock.after(CODE_LOOK_MS, () => this.look());
  }

  #weigh(use: TreeUse): void {
    const { limits } = this.#options;
    this.cpuMs = Math.max(this.cpuMs, use.cpuMs);
    this.processes = Math.max(this.processes, use.processes);
    // Only when the quick count is too much does it pay to ask what is shared.
    const bytes = use.rssBytes > limits.memoryBytes ? (treePssBytes(use.pids) ?? use.rssBytes) : use.rssBytes;
    this.peakBytes = Math.max(this.peakBytes, bytes);
    if (bytes > limits.memoryBytes) this.#end("memory");
    else if (use.processes > limits.processes) this.#end("processes");
    else if (use.cpuMs > limits.cpuMs) this.#end("cpu");
    else if (this.#looks++ % LOOKS_PER_DISK_LOOK === 1) this.#lookAtDisk();
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
