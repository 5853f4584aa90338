// What a program left in its folder, taken with care: it may be a link to what only we may read, a pipe that never
// ends, or a hole of a terabyte. No process of the program lives any more, so nothing changes while we look.
import { constants, existsSync } from "node:fs";
import { lstat, open, readdir, readlink, realpath } from "node:fs/promises";
import { join } from "node:path";
import { formatBytes } from "../base/bytes.ts";
import { ARTIFACT_BYTES_MAX, CODE_FILES_BYTES_MAX, CODE_FILES_KEPT_MAX, CODE_FILES_SEEN_MAX } from "../base/limits.ts";
import { printable } from "../base/text.ts";
import type { LeftFile } from "./program.ts";

interface Left {
  readonly files: readonly LeftFile[];
  readonly refused: readonly string[];
}

const FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** Files below `folder` that were not given, or are no longer what was given. */
export async function leftFiles(place: string, given: Readonly<Record<string, string | Uint8Array>>): Promise<Left> {
  const folder = await realpath(place);
  const files: LeftFile[] = [];
  const refused: string[] = [];
  let bytes = 0;
  for await (const path of pathsBelow(folder)) {
    const found = await readPlain(join(folder, path), CODE_FILES_BYTES_MAX - bytes);
    if (typeof found === "string") {
      refused.push(`${printable(path)}: ${found}`);
      continue;
    }
    const before = given[path];
    if (before !== undefined && Buffer.from(before as string).equals(found)) continue;
    if (files.length >= CODE_FILES_KEPT_MAX) {
      refused.push(`more than ${CODE_FILES_KEPT_MAX} files`);
      break;
    }
    bytes += found.length;
    files.push({ path, bytes: found });
  }
  return { files, refused: refused.slice(0, CODE_FILES_KEPT_MAX) };
}

/** Bytes on the disk of all below a folder; a folder that cannot be read counts as nothing. */
export async function diskUse(folder: string): Promise<number> {
  let bytes = 0;
  for await (const path of pathsBelow(folder)) {
    try {
      bytes += (await lstat(join(folder, path))).blocks * BLOCK_BYTES;
    } catch {} // It has just gone.
  }
  return bytes;
}

const BLOCK_BYTES = 512;

/** In turns of the event loop: a program may leave more names than can be looked at in one. */
async function* pathsBelow(folder: string): AsyncGenerator<string> {
  const folders = [""];
  let seen = 0;
  for (let below = folders.pop(); below !== undefined; below = folders.pop()) {
    for (const entry of await entriesOf(join(folder, below))) {
      if (++seen > CODE_FILES_SEEN_MAX) return;
      const path = below === "" ? entry.name : `${below}/${entry.name}`;
      if (!entry.isDirectory()) yield path;
      else if (!SKIPPED.has(entry.name)) folders.push(path);
    }
  }
}

/** What tools leave for themselves. */
const SKIPPED = new Set(["__pycache__", ".cache", "node_modules", ".git"]);

async function entriesOf(folder: string) {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch {
    return [];
  }
}

/** The bytes, or why they are not taken. */
async function readPlain(path: string, bytesMax: number): Promise<Buffer | string> {
  try {
    const seen = await lstat(path);
    if (seen.isSymbolicLink()) return "it is a link";
    if (!seen.isFile()) return "it is no plain file";
    if (seen.nlink > 1) return "it has other names";
    if (seen.size > ARTIFACT_BYTES_MAX) return `it is larger than ${formatBytes(ARTIFACT_BYTES_MAX)}`;
    if (seen.size > bytesMax) return "there is too much of all files together";
    return await readOpened(path, seen.ino, seen.size);
  } catch (cause) {
    return `it cannot be read (${(cause as { code?: string }).code ?? "unknown failure"})`;
  }
}

/** Where what was opened really lies. Of a program that goes on, a folder on the way may have become a link meanwhile. */
async function realPathOf(handle: number): Promise<string | undefined> {
  return readlink(`/proc/self/fd/${handle}`).catch(() => undefined);
}

async function readOpened(path: string, inode: number, size: number): Promise<Buffer | string> {
  const file = await open(path, FLAGS);
  try {
    const opened = await file.stat();
    if (existsSync("/proc/self/fd") && (await realPathOf(file.fd)) !== path) return "it was put in another's place";
    if (!opened.isFile() || opened.ino !== inode) return "it was put in another's place";
    const bytes = Buffer.alloc(size);
    let length = 0;
    while (length < size) {
      const { bytesRead } = await file.read(bytes, length, size - length, length);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    return bytes.subarray(0, length);
  } finally {
    await file.close();
  }
}
