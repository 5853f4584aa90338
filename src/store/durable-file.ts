// Files that are whole or not there: written beside their place, flushed, then renamed.
import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";

export const FOLDER_MODE = 0o700;
export const FILE_MODE = 0o600;

/** The name's own folder is not flushed: `syncFolder` does it once for many files. */
export function writeWhole(path: string, content: string | Uint8Array): void {
  const beside = `${path}.new`;
  const file = openSync(beside, "w", FILE_MODE);
  try {
    writeFileSync(file, content);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(beside, path);
}

export function syncFile(path: string): void {
  const file = openSync(path, "r+");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Makes the names in a folder durable. */
export function syncFolder(path: string): void {
  try {
    const folder = openSync(path, "r");
    try {
      fsyncSync(folder);
    } finally {
      closeSync(folder);
    }
  } catch (cause) {
    // Windows has no such call; its renames are in the journal already.
    if (!["EPERM", "EISDIR", "EACCES", "EINVAL"].includes(String((cause as { code?: unknown }).code))) throw cause;
  }
}

export function renameDurably(from: string, to: string): void {
  renameSync(from, to);
  syncFolder(dirname(to));
}

export function makePrivateFolder(path: string): void {
  if (existsSync(path)) return;
  mkdirSync(path, { recursive: true, mode: FOLDER_MODE });
  chmodSync(path, FOLDER_MODE);
}

/** The files that SQLite keeps beside a database. */
export const SIDECARS = ["-wal", "-shm", "-journal"] as const;

/** Only for a database that nobody has open. */
export function removeDatabase(path: string): void {
  for (const ending of ["", ...SIDECARS]) rmSync(`${path}${ending}`, { force: true });
}
