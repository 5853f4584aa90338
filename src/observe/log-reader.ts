// Reads what LogFile keeps. Lines are looked at as if anybody had written them: what is no line of a log is left out.
import { closeSync, openSync, readSync, statSync } from "node:fs";
import { isRecord } from "../base/json.ts";
import { LOG_LEVELS, type LogLevel } from "../base/log-level.ts";
import { logDays } from "./log-file.ts";

export interface KeptLine {
  readonly at: string;
  readonly level: Exclude<LogLevel, "off">;
  readonly pid?: number;
  readonly event: string;
  readonly [field: string]: unknown;
}

export interface Wanted {
  /** And all that is graver. */
  readonly level: LogLevel;
  readonly sinceMs: number;
}

const CHUNK_BYTES = 64 * 1024;
const LF = 10;

/** The newest `count` lines, oldest first. */
export function lastLines(folder: string, wanted: Wanted, count: number): KeptLine[] {
  const found: KeptLine[] = [];
  for (const { path } of logDays(folder).reverse()) {
    for (const text of linesFromEnd(path)) {
      const line = parse(text);
      if (!line) continue;
      if (Date.parse(line.at) < wanted.sinceMs) return found.reverse();
      if (isWanted(line, wanted)) found.push(line);
      if (found.length === count) return found.reverse();
    }
  }
  return found.reverse();
}

/** Answers at each call what has been added since the one before. */
export class LogFollower {
  readonly #folder: string;
  readonly #read = new Map<string, { bytes: number; rest: string }>();

  constructor(folder: string) {
    this.#folder = folder;
    for (const { path } of logDays(folder)) this.#read.set(path, { bytes: sizeOf(path), rest: "" });
  }

  next(wanted: Wanted): KeptLine[] {
    return logDays(this.#folder).flatMap(({ path }) => {
      const seen = this.#read.get(path) ?? { bytes: 0, rest: "" };
      this.#read.set(path, seen);
      const texts = (seen.rest + this.#added(path, seen)).split("\n");
      seen.rest = texts.pop() ?? "";
      return texts.flatMap((text) => {
        const line = parse(text);
        return line && isWanted(line, wanted) ? [line] : [];
      });
    });
  }

  #added(path: string, seen: { bytes: number }): string {
    const size = sizeOf(path);
    if (size <= seen.bytes) return "";
    const bytes = readPart(path, seen.bytes, size - seen.bytes);
    seen.bytes += bytes.length;
    return bytes.toString();
  }
}

function isWanted({ level, at }: KeptLine, wanted: Wanted): boolean {
  return LOG_LEVELS.indexOf(level) >= LOG_LEVELS.indexOf(wanted.level) && Date.parse(at) >= wanted.sinceMs;
}

function parse(text: string): KeptLine | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (!isRecord(value) || Number.isNaN(Date.parse(String(value["at"])))) return undefined;
    const isLine = typeof value["event"] === "string" && LOG_LEVELS.includes(value["level"] as LogLevel);
    return isLine ? (value as unknown as KeptLine) : undefined;
  } catch {
    return undefined;
  }
}

/** In pieces from the end, so that a long day costs no more than what is asked for. */
function* linesFromEnd(path: string): Generator<string> {
  let rest = Buffer.alloc(0);
  for (let end = sizeOf(path); end > 0; ) {
    const start = Math.max(0, end - CHUNK_BYTES);
    rest = Buffer.concat([readPart(path, start, end - start), rest]);
    end = start;
    for (let at = rest.lastIndexOf(LF); at >= 0; at = rest.lastIndexOf(LF)) {
      if (at + 1 < rest.length) yield rest.subarray(at + 1).toString();
      rest = rest.subarray(0, at);
    }
  }
  if (rest.length > 0) yield rest.toString();
}

function readPart(path: string, from: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  const file = openSync(path, "r");
  try {
    return bytes.subarray(0, readSync(file, bytes, 0, length, from));
  } finally {
    closeSync(file);
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
