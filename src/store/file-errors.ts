import { AppError } from "../base/errors.ts";
import { storeError } from "./sqlite-errors.ts";

const FULL = ["ENOSPC", "EDQUOT"];
const REASONS: Readonly<Record<string, string>> = {
  EACCES: "no right to write there",
  EPERM: "no right to write there",
  EROFS: "the disk is read-only",
  EISDIR: "it is a folder",
  ENOTDIR: "a part of its path is a file",
  EEXIST: "a part of its path is a file",
  ENOENT: "a part of its path is missing",
  EBUSY: "another program has it open",
};

/** What the file system or SQLite threw while we did `doing`, in cadre's words. */
export function fileError(cause: unknown, doing: string): AppError {
  if (cause instanceof AppError) return cause;
  const { code } = cause as { code?: unknown };
  if (typeof code !== "string" || !/^E[A-Z0-9]+$/.test(code)) return storeError(cause, "write");
  if (FULL.includes(code)) {
    return new AppError("storage_full", `cannot ${doing}: the disk is full`, {
      hint: "Free some space and try again; nothing that was acknowledged is lost.",
      retryAfterMs: 10_000,
      cause,
    });
  }
  return new AppError("unavailable", `cannot ${doing}: ${REASONS[code] ?? `the system answered ${code}`}`, {
    hint: "Give your user the right to read and write there, or choose another place with --home FOLDER.",
    cause,
  });
}
