import { AppError } from "../base/errors.ts";

/** SQLite's primary result codes that cadre answers in its own words. */
const BUSY = 5;
const LOCKED = 6;
const READONLY = 8;
const IOERR = 10;
const CORRUPT = 11;
const FULL = 13;
const CANTOPEN = 14;
const AUTH = 23;
const NOTADB = 26;

/** The primary code; bun:sqlite and node:sqlite keep it in fields of different names. */
export function sqliteCode(thrown: unknown): number | undefined {
  if (typeof thrown !== "object" || thrown === null) return undefined;
  const { errno, errcode } = thrown as { errno?: unknown; errcode?: unknown };
  const code = typeof errcode === "number" ? errcode : errno;
  return typeof code === "number" && code > 0 ? code & 0xff : undefined;
}

export function isBusy(thrown: unknown): boolean {
  const code = sqliteCode(thrown);
  return code === BUSY || code === LOCKED;
}

export function isDamage(thrown: unknown): boolean {
  const code = sqliteCode(thrown);
  return code === CORRUPT || code === NOTADB;
}

/** What SQLite threw, in cadre's words. An unknown failure keeps its text for the log, as the cause. */
export function storeError(cause: unknown, doing: "open" | "read" | "write"): AppError {
  if (cause instanceof AppError) return cause;
  const sentence = `cannot ${doing} the database`;
  switch (sqliteCode(cause)) {
    case BUSY:
    case LOCKED:
      return new AppError("unavailable", `${sentence}: another process holds its lock`, {
        hint: "Try again; if it goes on, see who has it open with cadre db info.",
        retryAfterMs: 1_000,
        cause,
      });
    case FULL:
      return new AppError("storage_full", `${sentence}: the disk is full`, {
        hint: "Free some space and try again; nothing that was acknowledged is lost.",
        retryAfterMs: 10_000,
        cause,
      });
    case READONLY:
    case CANTOPEN:
    case AUTH:
      return new AppError("unavailable", `${sentence}: it cannot be opened for writing`, {
        hint: "Give your user the right to write to the file and its folder, or choose another with --db PATH.",
        cause,
      });
    case CORRUPT:
    case NOTADB:
      return new AppError("damaged", `${sentence}: the file is damaged`, {
        hint: "Look at it with cadre db check; cadre db restore brings the last verified backup back.",
        cause,
      });
    case IOERR:
      return new AppError("unavailable", `${sentence}: the disk answered with an error`, {
        hint: "Check the disk and its free space, then try again.",
        cause,
      });
    default:
      return new AppError("internal", `${sentence}: unexpected failure`, {
        hint: "Look for this request id in cadre's log, and report what it says.",
        cause,
      });
  }
}
