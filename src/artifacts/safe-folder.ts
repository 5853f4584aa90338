// Files below one folder of a project, which somebody else may have filled: a cloned repository is untrusted, and may
// be changed while we write. Invariants: no link is followed below the folder; a file is whole or not there, and stays
// what it was when writing fails; nothing outside is read, written or made.
import { randomBytes } from "node:crypto";
import { realpath, stat } from "node:fs/promises";
import { platform } from "node:os";
import { join } from "node:path";
import { formatBytes } from "../base/bytes.ts";
import { AppError } from "../base/errors.ts";
import { digest } from "../base/ids.ts";
import { type Disk, isCode, type Looked, realDisk } from "./disk.ts";
import { FolderWalk, type Parts, type Spot } from "./folder-walk.ts";
import { UNFINISHED } from "./mirrored-path.ts";

/** What a file should hold. */
export interface Expected {
  readonly hash: string;
  readonly size_bytes: number;
}

export interface SafeFolderOptions {
  readonly disk?: Disk | undefined;
  /** Where in the folder everything lies. */
  readonly below?: Parts | undefined;
}

const RIGHTS = 0o777;
const FILE_RIGHTS = 0o666;
const OWNER_RIGHTS = 0o700;

/** The folder itself is never made, and may be reached through links: it is what the user named. */
export async function openSafeFolder(path: string, options: SafeFolderOptions = {}): Promise<SafeFolder> {
  if (!isPathHere(path)) throw noFolder(path, "it is a path of another system");
  try {
    const status = await stat(path);
    if (!status.isDirectory()) throw noFolder(path, "it is no folder");
    return new SafeFolder(await realpath(path), status.mode, options);
  } catch (cause) {
    if (isCode(cause, "ENOENT", "ENOTDIR")) throw noFolder(path, "there is no such folder");
    throw cause;
  }
}

/** Whether a workspace's path can be one of this computer's: work of Windows may be looked at on Linux. */
export function isPathHere(path: string, system: string = platform()): boolean {
  if (path.includes("\0")) return false;
  return system === "win32" ? /^([A-Za-z]:[\\/]|[\\/]{2}[^\\/])/.test(path) : /^\/(?!\/)/.test(path);
}

export class SafeFolder {
  readonly #root: string;
  readonly #walk: FolderWalk;
  readonly #disk: Disk;
  readonly #fileMode: number;

  /** What is written is as open as the folder that it lies in, and never more than the user's own files are. */
  constructor(root: string, rights: number, { below = [], disk = realDisk }: SafeFolderOptions) {
    const mode = (rights & RIGHTS) | OWNER_RIGHTS;
    this.#root = root;
    this.#disk = disk;
    this.#fileMode = mode & FILE_RIGHTS;
    this.#walk = new FolderWalk({ root, below, disk, mode });
  }

  /** The same for the same folder, whatever path leads to it. */
  async identity(): Promise<string | undefined> {
    return (await this.#disk.look(this.#root))?.identity;
  }

  /**
   * Writes the whole file or nothing, unless it holds what is expected already; answers whether it wrote. A copy is
   * not written where a folder of its name lies.
   */
  async write(parts: Parts, expected: Expected, content: () => Promise<Uint8Array>): Promise<boolean> {
    const spot = await this.#walk.reach(parts);
    if (spot.found?.kind === "folder" && !this.#walk.isOwn(parts)) return false;
    if (await this.#holds(spot, expected)) return false;
    await this.#put(spot, parts, await content(), (beside) => this.#disk.rename(beside, spot.path));
    return true;
  }

  /** Writes a file unless there is anything of this name: then that one counts. */
  async writeNew(parts: Parts, bytes: Uint8Array): Promise<void> {
    const spot = await this.#walk.reach(parts);
    if (!spot.found) await this.#put(spot, parts, bytes, (beside) => this.#disk.renameNew(beside, spot.path));
  }

  /** What is there: as expected, something else, or nothing. */
  async compare(parts: Parts, expected: Expected): Promise<"same" | "other" | "none"> {
    const spot = await this.#walk.find(parts);
    if (spot?.found?.kind !== "file") return "none";
    return (await this.#holds(spot, expected)) ? "same" : "other";
  }

  /** Undefined when there is no plain file of this name; one that is larger is refused. */
  async read(parts: Parts, bytesMax: number): Promise<Uint8Array | undefined> {
    const spot = await this.#walk.find(parts);
    if (spot?.found?.kind !== "file") return undefined;
    if (spot.found.size_bytes > bytesMax) throw tooLarge(this.#walk.shown(parts), bytesMax);
    const bytes = await this.#disk.read(spot.path, bytesMax);
    await this.#walk.confirm(spot.place, parts);
    return bytes;
  }

  /** What is of this name; undefined when there is nothing. */
  async kind(parts: Parts): Promise<Looked["kind"] | undefined> {
    return (await this.#walk.find(parts))?.found?.kind;
  }

  /** What lies in a folder; nothing when there is none. */
  async names(parts: Parts): Promise<string[]> {
    const place = await this.#walk.enter(parts);
    return place ? this.#disk.names(place.path) : [];
  }

  async remove(parts: Parts): Promise<void> {
    const spot = await this.#walk.find(parts);
    if (spot?.found?.kind === "file") await this.#disk.remove(spot.path);
  }

  /** Takes away a folder and those above it, up to this one, as long as nothing is in them. */
  async removeEmpty(parts: Parts): Promise<void> {
    for (let length = parts.length; length >= 0; length--) {
      const place = await this.#walk.enter(parts.slice(0, length));
      if (!place || place.path === this.#root) continue;
      if (!(await this.#disk.removeFolder(place.path))) return;
    }
  }

  /** Takes away what a crash has left half written in a folder before a time; answers how many. */
  async removeUnfinished(parts: Parts, beforeMs: number): Promise<number> {
    let removed = 0;
    for (const name of (await this.names(parts)).filter((name) => UNFINISHED.test(name))) {
      const found = (await this.#walk.find([...parts, name]))?.found;
      if (found?.kind !== "file" || found.changed_ms >= beforeMs) continue;
      await this.remove([...parts, name]);
      removed++;
    }
    return removed;
  }

  async #holds({ found, path }: Spot, { hash, size_bytes }: Expected): Promise<boolean> {
    if (found?.kind !== "file" || found.size_bytes !== size_bytes) return false;
    const bytes = await this.#disk.read(path, size_bytes);
    return bytes !== undefined && digest(bytes) === hash;
  }

  async #put(
    { place }: Spot,
    parts: Parts,
    bytes: Uint8Array,
    bringIntoPlace: (beside: string) => Promise<void>,
  ): Promise<void> {
    const beside = join(place.path, `.cadre-${randomBytes(6).toString("hex")}.part`);
    try {
      const file = await this.#disk.create(beside, this.#fileMode);
      try {
        // Somebody may have put a link on the way since it was looked at: nothing is written before it is sure.
        await this.#walk.confirm(place, parts);
        await file.write(bytes);
        await file.flush();
      } finally {
        await file.close();
      }
      await bringIntoPlace(beside);
    } catch (cause) {
      await this.#disk.remove(beside).catch(() => {}); // It may be what could not be made.
      throw cause;
    }
    await this.#disk.flushFolder(place.path);
  }
}

function noFolder(path: string, why: string): AppError {
  return new AppError("not_found", `cannot write into ${path}: ${why}`, {
    hint: "Work on the computer that has this folder, or say where it is now with cadre workspace move.",
  });
}

function tooLarge(shown: string, bytesMax: number): AppError {
  return new AppError("too_large", `cannot read ${shown}: it is larger than ${formatBytes(bytesMax)}`, {
    hint: "Take it away, or make it smaller.",
  });
}
