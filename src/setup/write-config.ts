// Puts a new text in the place of a file of another program. Invariant: whatever happens on the way, a full disk and
// the end of this process included, the old file or the new one is there, whole. Only where a file cannot be replaced,
// because it is mounted by itself or its folder is not ours, it is written over; then a copy of it lies in the ledger.
import { randomBytes } from "node:crypto";
import {
  chmodSync,
  chownSync,
  closeSync,
  copyFileSync,
  existsSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { syncFolder } from "../store/durable-file.ts";
import { type ConfigFile, readConfigFile } from "./config-file.ts";

/** Says that the file is no longer what was read: the edit must begin again. */
export class ChangedMeanwhile extends Error {
  override readonly name = "ChangedMeanwhile";
}

const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;
/** Where a file cannot be replaced by another one: it is mounted by itself, or its folder is not ours to change. */
const CANNOT_REPLACE: ReadonlySet<string> = new Set(["EBUSY", "EXDEV", "EACCES", "EPERM", "EROFS"]);

/** Folders that were made on the way, the outermost first. */
export function makeFolders(folder: string): string[] {
  if (existsSync(folder)) return [];
  const made = makeFolders(dirname(folder));
  mkdirSync(folder, { mode: FOLDER_MODE });
  return [...made, folder];
}

/** Writes where `before` was read from, or makes the file; throws `ChangedMeanwhile`. */
export function writeConfig(path: string, before: ConfigFile | undefined, text: string): void {
  const bytes = new TextEncoder().encode(text);
  const target = before?.path ?? path;
  const draft = join(dirname(target), `.${basename(target)}.${randomBytes(6).toString("hex")}.cadre`);
  try {
    try {
      writeDraft(draft, bytes, before?.path);
    } catch (cause) {
      if (!before || !CANNOT_REPLACE.has(codeOf(cause))) throw cause;
      refuseChanged(path, before);
      return writeInPlace(before, bytes);
    }
    refuseChanged(path, before);
    try {
      renameSync(draft, target);
    } catch (cause) {
      if (!before || !CANNOT_REPLACE.has(codeOf(cause))) throw cause;
      return writeInPlace(before, bytes);
    }
    syncFolder(dirname(target));
  } finally {
    rmSync(draft, { force: true });
  }
}

/** The last look before the rename: an editor, or the client itself, may have saved. */
function refuseChanged(path: string, before: ConfigFile | undefined): void {
  const now = readConfigFile(path);
  if (now?.sha !== before?.sha || now?.path !== before?.path) throw new ChangedMeanwhile(path);
}

function writeDraft(draft: string, bytes: Uint8Array, original: string | undefined): void {
  const file = openSync(draft, "wx", FILE_MODE);
  try {
    writeAll(file, bytes);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  if (original === undefined) return;
  const { mode, uid, gid } = statSync(original);
  chmodSync(draft, mode & 0o7777);
  try {
    chownSync(draft, uid, gid);
  } catch {
    // Only root may give files away; everybody else's are their own.
  }
}

/** What fails is put back: the old text fits where it stood. */
function writeInPlace({ path, text }: ConfigFile, bytes: Uint8Array): void {
  const file = openSync(path, "r+");
  try {
    writeAll(file, bytes);
    ftruncateSync(file, bytes.length);
    fsyncSync(file);
  } catch (cause) {
    const old = new TextEncoder().encode(text);
    writeAll(file, old);
    ftruncateSync(file, old.length);
    fsyncSync(file);
    throw cause;
  } finally {
    closeSync(file);
  }
}

function writeAll(file: number, bytes: Uint8Array): void {
  let at = 0;
  while (at < bytes.length) at += writeSync(file, bytes, at, bytes.length - at, at);
}

/** A copy that only its user may read. */
export function backUp(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true, mode: FOLDER_MODE });
  copyFileSync(from, to);
  chmodSync(to, FILE_MODE);
  const file = openSync(to, "r+");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function codeOf(cause: unknown): string {
  return String((cause as { code?: unknown }).code ?? "");
}
