// What stderr shows, once more in a file of the data folder: most clients throw away what a server says there. All
// processes write into the file of the day, a line at a time; days that are over are forgotten after a week.
import { appendFileSync, mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "../base/clock.ts";
import { LOG_DAY_BYTES_MAX, LOG_DAYS_KEPT } from "../base/limits.ts";

const DAY_MS = 24 * 3_600_000;
const NAME = /^(\d{4}-\d{2}-\d{2})\.jsonl$/;

/** Nothing is opened until there is something to write; what cannot be written is lost, and nobody is held up. */
export class LogFile {
  readonly #folder: string;
  readonly #clock: Pick<Clock, "now">;
  #day = "";
  #isFull = false;

  constructor(folder: string, clock: Pick<Clock, "now">) {
    this.#folder = folder;
    this.#clock = clock;
  }

  append(line: string): void {
    try {
      const path = this.#today();
      if (!this.#isFull) appendFileSync(path, line, { mode: 0o600 });
    } catch {} // A full disk is told of by what it really hurts.
  }

  #today(): string {
    const now = this.#clock.now();
    const day = dayOf(now);
    const path = join(this.#folder, `${day}.jsonl`);
    if (day !== this.#day) {
      mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
      this.#day = day;
      this.#forget(dayOf(now - LOG_DAYS_KEPT * DAY_MS));
    }
    this.#isFull = (statSync(path, { throwIfNoEntry: false })?.size ?? 0) >= LOG_DAY_BYTES_MAX;
    return path;
  }

  #forget(last: string): void {
    for (const { day, path } of logDays(this.#folder)) if (day <= last) rmSync(path, { force: true });
  }
}

/** The files that are there, oldest first. */
export function logDays(folder: string): { readonly day: string; readonly path: string }[] {
  let names: string[] = [];
  try {
    names = readdirSync(folder);
  } catch {} // Nothing was ever written.
  return names
    .flatMap((name) => {
      const day = NAME.exec(name)?.[1];
      return day === undefined ? [] : [{ day, path: join(folder, name) }];
    })
    .sort((one, other) => (one.day < other.day ? -1 : 1));
}

export function logFolder(dataFolder: string): string {
  return join(dataFolder, "logs");
}

function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, "2026-01-01".length);
}
