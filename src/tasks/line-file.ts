import { closeSync, existsSync, fsyncSync, openSync, readSync, renameSync, rmSync, writeSync } from "node:fs";
import { AppError } from "../base/errors.ts";
import { EXPORT_LINE_BYTES_MAX, EXPORT_LINES_MAX } from "../base/limits.ts";
import { FILE_MODE } from "../store/durable-file.ts";
import { fileError } from "../store/file-errors.ts";

const READ_BYTES = 65_536;
const NEWLINE = 10;

/** The lines of a file that anybody may have written: bounded in length and number, and UTF-8. */
export function* readLines(path: string): Generator<string> {
  const file = openForReading(path);
  try {
    let rest = Buffer.alloc(0);
    let lines = 0;
    for (;;) {
      const part = Buffer.alloc(READ_BYTES);
      const length = readSync(file, part, 0, READ_BYTES, null);
      rest = Buffer.concat([rest, part.subarray(0, length)]);
      for (let end = rest.indexOf(NEWLINE); end >= 0; end = rest.indexOf(NEWLINE)) {
        yield lineText(rest.subarray(0, end), ++lines);
        rest = rest.subarray(end + 1);
      }
      if (rest.length > EXPORT_LINE_BYTES_MAX)
        throw tooLarge(`line ${lines + 1} is longer than ${EXPORT_LINE_BYTES_MAX} bytes`);
      if (length > 0) continue;
      if (rest.length > 0) yield lineText(rest, ++lines);
      return;
    }
  } finally {
    closeSync(file);
  }
}

function openForReading(path: string): number {
  try {
    return openSync(path, "r");
  } catch (cause) {
    if ((cause as { code?: unknown }).code !== "ENOENT") throw fileError(cause, `read ${path}`);
    throw new AppError("not_found", `no file ${path}`, { hint: "Give a file that cadre db export has written." });
  }
}

function lineText(bytes: Uint8Array, line: number): string {
  if (line > EXPORT_LINES_MAX) throw tooLarge(`there are more than ${EXPORT_LINES_MAX} lines`);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new AppError("invalid_input", `cannot import: line ${line} is not UTF-8`, {
      hint: "Give a file that cadre db export has written.",
      cause,
    });
  }
}

function tooLarge(problem: string): AppError {
  return new AppError("too_large", `cannot import: ${problem}`, {
    hint: "Give a file that cadre db export has written.",
  });
}

/** Writes lines beside `path` and brings them into place when all are there; nothing is written over. */
export class LineWriter {
  readonly #path: string;
  readonly #file: number;
  lines = 0;

  constructor(path: string) {
    if (existsSync(path)) {
      throw new AppError("conflict", `cannot write ${path}: there is such a file already`, {
        hint: "Choose another name, or delete that file first.",
      });
    }
    this.#path = path;
    try {
      // A new file, always: in a folder that somebody else filled, a link of this name would lead elsewhere.
      rmSync(`${path}.part`, { force: true });
      this.#file = openSync(`${path}.part`, "wx", FILE_MODE);
    } catch (cause) {
      throw fileError(cause, `write ${path}`);
    }
  }

  write(line: Record<string, unknown>): void {
    const bytes = Buffer.from(`${JSON.stringify(line)}\n`);
    for (let at = 0; at < bytes.length; ) at += writeSync(this.#file, bytes, at);
    this.lines++;
  }

  finish(): void {
    fsyncSync(this.#file);
    closeSync(this.#file);
    renameSync(`${this.#path}.part`, this.#path);
  }

  discard(): void {
    closeSync(this.#file);
    rmSync(`${this.#path}.part`, { force: true });
  }
}
