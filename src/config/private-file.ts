// Files that only their user may read or write: the token, and what the user trusts. In a folder where others
// may write, they could be put there by somebody else; then they are refused instead of believed.
import { randomBytes } from "node:crypto";
import {
  closeSync,
  constants,
  fstatSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { platform } from "node:os";
import { dirname } from "node:path";
import { AppError } from "../base/errors.ts";

const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;
const READ_BY_OTHERS = 0o077;
const WRITTEN_BY_OTHERS = 0o022;
/** In such a folder, others may add files but not replace ours. */
const STICKY = 0o1000;
const FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
/** Windows has no such modes; there the user's folder is the user's by its access list. */
const hasModes = platform() !== "win32";

/** The text of the file; undefined when there is none. */
export function readPrivateFile(path: string): string | undefined {
  let file: number;
  try {
    file = openSync(path, FLAGS);
  } catch (cause) {
    const { code } = cause as { code?: string };
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw cannotUse(path, code === "ELOOP" ? "it is a link" : `it cannot be read (${code ?? "unknown failure"})`);
  }
  try {
    const status = fstatSync(file);
    if (!status.isFile()) throw cannotUse(path, "it is no plain file");
    if (hasModes && (status.mode & READ_BY_OTHERS) !== 0) throw cannotUse(path, "other accounts may read or write it");
    refuseSharedFolder(dirname(path));
    return readFileSync(file, "utf8");
  } finally {
    closeSync(file);
  }
}

/** Writes the whole file or nothing, readable by its user alone whatever stood there before. */
export function writePrivateFile(path: string, text: string): void {
  withDraft(path, text, (draft) => renameSync(draft, path));
}

/** The same, unless another process has made the file in the meantime: then that one counts. */
export function makePrivateFile(path: string, text: string): void {
  withDraft(path, text, (draft) => {
    try {
      linkSync(draft, path);
    } catch (cause) {
      const { code } = cause as { code?: string };
      // Some file systems know no second names; there the last one wins.
      if (code !== "EEXIST") renameSync(draft, path);
    }
  });
}

function withDraft(path: string, text: string, putInPlace: (draft: string) => void): void {
  const folder = dirname(path);
  mkdirSync(folder, { recursive: true, mode: FOLDER_MODE });
  refuseSharedFolder(folder);
  const draft = `${path}.${randomBytes(6).toString("hex")}.new`;
  try {
    writeFileSync(draft, text, { mode: FILE_MODE, flag: "wx" });
    putInPlace(draft);
  } finally {
    rmSync(draft, { force: true });
  }
}

function refuseSharedFolder(folder: string): void {
  const { mode } = statSync(folder);
  if (!hasModes || (mode & WRITTEN_BY_OTHERS) === 0 || (mode & STICKY) !== 0) return;
  throw new AppError("forbidden", `cannot keep secrets in ${folder}: other accounts may write there`, {
    hint: `Take that right from them with chmod 700 ${folder}, choose another folder with --home, or give the token in CADRE_TOKEN.`,
  });
}

function cannotUse(path: string, why: string): AppError {
  return new AppError("forbidden", `cannot use ${path}: ${why}`, {
    hint: "It is made by cadre, for you alone. Remove it, and cadre makes a new one when it needs it.",
  });
}
