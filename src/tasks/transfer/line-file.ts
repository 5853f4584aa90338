import { closeSync, existsSync, fstatSync, fsyncSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { formatBytes } from "../../base/bytes.ts";
import { AppError } from "../../base/errors.ts";
import { EXPORT_BYTES_MAX, EXPORT_LINE_BYTES_MAX, EXPORT_LINES_MAX } from "../../base/limits.ts";
import { FILE_MODE, renameDurably } from "../../store/durable-file.ts";
import { fileError } from "../../store/file-errors.ts";

const READ_BYTES = 1024 * 1024;
const NEWLINE = 10;

/** A file of lines that anybody may have written: bounded in bytes, in lines and in the length of each, and UTF-8. */
export class LineReader {
  readonly #file: number;
  /** What is written to it after it was opened is not read. */
  readonly #bytes: number;

  constructor(path: string) {
    this.#file = openForReading(path);
    try {
      this.#bytes = sizeOf(path, this.#file);
    } catch (error) {
      closeSync(this.#file);
      throw error;
    }
  }

  /** From the first line on, each time that it is asked for. */
  *lines(): Generator<string> {
    const block = Buffer.alloc(READ_BYTES);
    let rest = Buffer.alloc(0);
    let lines = 0;
    for (let at = 0; at < this.#bytes; ) {
      const length = readSync(this.#file, block, 0, Math.min(READ_BYTES, this.#bytes - at), at);
      if (length === 0) break;
      at += length;
      rest = Buffer.concat([rest, block.subarray(0, length)]);
      for (let end = rest.indexOf(NEWLINE); end >= 0; end = rest.indexOf(NEWLINE)) {
        yield lineText(rest.subarray(0, end), ++lines);
        rest = rest.subarray(end + 1);
      }
      refuseLong(rest, lines + 1);
    }
    if (rest.length > 0) yield lineText(rest, ++lines);
  }

  [Symbol.dispose](): void {
    closeSync(this.#file);
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

function sizeOf(path: string, file: number): number {
  const found = fstatSync(file);
  if (!found.isFile()) {
    throw new AppError("invalid_input", `cannot import ${path}: it is no plain file`, {
      hint: "It is read twice: write what comes through a pipe to a file first.",
    });
  }
  if (found.size <= EXPORT_BYTES_MAX) return found.size;
  throw tooLarge(`it has ${formatBytes(found.size)}, and at most ${formatBytes(EXPORT_BYTES_MAX)} are read`);
}

function lineText(bytes: Uint8Array, line: number): string {
  if (line > EXPORT_LINES_MAX) throw tooLarge(`there are more than ${EXPORT_LINES_MAX} lines`);
  refuseLong(bytes, line);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new AppError("invalid_input", `cannot import: line ${line} is not UTF-8`, {
      hint: "Give a file that cadre db export has written.",
      cause,
    });
  }
}

function refuseLong(bytes: Uint8Array, line: number): void {
  if (bytes.length > EXPORT_LINE_BYTES_MAX)
    throw tooLarge(`line ${line} is longer than ${EXPORT_LINE_BYTES_MAX} bytes`);
}

function tooLarge(problem: string): AppError {
  return new AppError("too_large", `cannot import: ${problem}`, {
    hint: "Give a file that cadre db export has written.",
  });
}

/** Writes lines beside `path` and brings them into place when all are there; nothing is written over. */
export class LineWriter {
  readonly #path: string;
  readonly #part: string;
  readonly #file: number;
  #isOpen = true;
  #lines = 0;
  #bytes = 0;

  constructor(path: string) {
    if (existsSync(path)) {
      throw new AppError("conflict", `cannot write ${path}: there is such a file already`, {
        hint: "Choose another name, or delete that file first.",
      });
    }
    this.#path = path;
    this.#part = `${path}.part`;
    try {
      // A new file, always: in a folder that somebody else filled, a link of this name would lead elsewhere.
      rmSync(this.#part, { force: true });
      this.#file = openSync(this.#part, "wx", FILE_MODE);
    } catch (cause) {
      throw fileError(cause, `write ${path}`);
    }
  }

  write(line: Record<string, unknown>): void {
    const bytes = Buffer.from(`${JSON.stringify(line)}\n`);
    this.#lines++;
    this.#bytes += bytes.length;
    if (this.#lines > EXPORT_LINES_MAX) throw tooMuch(`${EXPORT_LINES_MAX} lines`);
    if (this.#bytes > EXPORT_BYTES_MAX) throw tooMuch(formatBytes(EXPORT_BYTES_MAX));
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(this.#file, bytes, at);
    } catch (cause) {
      throw fileError(cause, `write ${this.#path}`);
    }
  }

  /** `check` is shown where the lines are, and throws when they should not come into place. */
  finish(check: (path: string) => void): void {
    try {
      fsyncSync(this.#file);
    } catch (cause) {
      throw fileError(cause, `write ${this.#path}`);
    }
    this.#close();
    check(this.#part);
    renameDurably(this.#part, this.#path);
  }

  discard(): void {
    this.#close();
    rmSync(this.#part, { force: true });
  }

  #close(): void {
    if (this.#isOpen) closeSync(this.#file);
    this.#isOpen = false;
  }
}

/** What cannot be imported again is no export. */
function tooMuch(bound: string): AppError {
  return new AppError("too_large", `cannot export: the workspace needs more than ${bound}`, {
    hint: "Let old events go with the setting keep_events, or take the whole database with cadre db backup.",
  });
}
