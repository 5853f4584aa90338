// Files below one folder of a project, which somebody else may have filled: a cloned repository is untrusted, and may
// be changed while we write. Invariants: no link is followed below the folder; a file is whole or not there, and stays
// what it was when writing fails; nothing outside is read, written or made.
import { randomBytes } from "node:crypto";
import { realpath, stat } from "node:fs/promises";
import { platform } from "node:os";
import { join } from "node:path";
import { AppError } from "../base/errors.ts";
import { digest } from "../base/ids.ts";
import { type Disk, isCode, type Looked, realDisk } from "./disk.ts";
import { foldName, UNFINISHED } from "./mirrored-path.ts";

/** The parts of a path below the folder. */
export type Parts = readonly string[];

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

interface Step {
  readonly path: string;
  readonly identity: string;
}

/** A folder and the way to it. */
interface Place {
  readonly path: string;
  readonly way: readonly Step[];
}

interface Found {
  readonly path: string;
  readonly place: Place;
  readonly size_bytes: number;
}

const FILE_RIGHTS = 0o666;
const OWNER_RIGHTS = 0o700;
/** `task/artifact.md` and `task/mirrored` are our own names; what lies deeper is named by others. */
const OWN_PARTS = 2;

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
  readonly #below: Parts;
  readonly #disk: Disk;
  readonly #mode: number;

  /** What is written is as open as the folder that it lies in, and never more than the user's own files are. */
  constructor(root: string, mode: number, { below = [], disk = realDisk }: SafeFolderOptions) {
    this.#root = root;
    this.#below = below;
    this.#disk = disk;
    this.#mode = (mode & 0o777) | OWNER_RIGHTS;
  }

  /** The same for the same folder, whatever path leads to it. */
  async identity(): Promise<string> {
    return (await this.#step(this.#root, this.#root)).identity;
  }

  /** Writes the whole file or nothing. Where a folder of this name lies, nothing is written. */
  async write(parts: Parts, bytes: Uint8Array): Promise<void> {
    await this.#put(parts, bytes, async (beside, target) => {
      if ((await this.#disk.look(target))?.kind === "folder") return this.#disk.remove(beside);
      await this.#disk.rename(beside, target);
    });
  }

  /** The same, unless there is anything of this name: then that one counts. */
  async writeNew(parts: Parts, bytes: Uint8Array): Promise<void> {
    const place = await this.#enter(parts.slice(0, -1), false);
    if (place && (await this.#disk.look(join(place.path, parts.at(-1) ?? "")))) return;
    await this.#put(parts, bytes, (beside, target) => this.#disk.renameNew(beside, target));
  }

  /** What is there: as expected, something else, or nothing. */
  async compare(parts: Parts, expected: Expected): Promise<"same" | "other" | "none"> {
    const found = await this.#find(parts);
    if (!found) return "none";
    if (found.size_bytes !== expected.size_bytes) return "other";
    const bytes = await this.#disk.read(found.path, expected.size_bytes);
    return bytes && digest(bytes) === expected.hash ? "same" : "other";
  }

  /** Undefined when there is no plain file of this name; one that is larger is refused. */
  async read(parts: Parts, bytesMax: number): Promise<Uint8Array | undefined> {
    const found = await this.#find(parts);
    if (!found) return undefined;
    if (found.size_bytes > bytesMax) throw tooLarge(this.#shown(parts), bytesMax);
    const bytes = await this.#disk.read(found.path, bytesMax);
    await this.#confirm(found.place, parts);
    return bytes;
  }

  /** What is of this name; undefined when there is nothing. */
  async kind(parts: Parts): Promise<Looked["kind"] | undefined> {
    const place = await this.#enter(parts.slice(0, -1), false);
    if (!place) return undefined;
    return (await this.#disk.look(join(place.path, await this.#spelling(place, parts))))?.kind;
  }

  /** What lies in a folder; nothing when there is none. */
  async names(parts: Parts): Promise<string[]> {
    const place = await this.#enter(parts, false);
    return place ? this.#disk.names(place.path) : [];
  }

  async remove(parts: Parts): Promise<void> {
    const found = await this.#find(parts);
    if (found) await this.#disk.remove(found.path);
  }

  /** Takes away a folder and those above it, up to this one, as long as nothing is in them. */
  async removeEmpty(parts: Parts): Promise<void> {
    for (let length = parts.length; length >= 0; length--) {
      const place = await this.#enter(parts.slice(0, length), false);
      if (!place || place.path === this.#root) continue;
      if (!(await this.#disk.removeFolder(place.path))) return;
    }
  }

  /** Takes away what a crash has left half written in a folder before a time; answers how many. */
  async removeUnfinished(parts: Parts, beforeMs: number): Promise<number> {
    const place = await this.#enter(parts, false);
    if (!place) return 0;
    let removed = 0;
    for (const name of (await this.#disk.names(place.path)).filter((name) => UNFINISHED.test(name))) {
      const found = await this.#disk.look(join(place.path, name));
      if (found?.kind !== "file" || found.changed_ms >= beforeMs) continue;
      await this.#disk.remove(join(place.path, name));
      removed++;
    }
    return removed;
  }

  async #put(
    parts: Parts,
    bytes: Uint8Array,
    bringIntoPlace: (beside: string, target: string) => Promise<void>,
  ): Promise<void> {
    const place = await this.#enter(parts.slice(0, -1), true);
    if (!place) throw isGone(this.#shown(parts));
    const target = join(place.path, await this.#spelling(place, parts));
    const beside = join(place.path, `.cadre-${randomBytes(6).toString("hex")}.part`);
    try {
      const file = await this.#disk.create(beside, this.#mode & FILE_RIGHTS);
      try {
        // What was looked at may have been put in another's place since: nothing is written before it is sure.
        await this.#confirm(place, parts);
        await file.write(bytes);
        await file.flush();
      } finally {
        await file.close();
      }
      await bringIntoPlace(beside, target);
    } catch (cause) {
      await this.#disk.remove(beside).catch(() => {}); // It may be what could not be made.
      throw cause;
    }
    await this.#disk.flushFolder(place.path);
  }

  /** The folder of these parts, each looked at on the way; with `make`, what is missing is made. */
  async #enter(parts: Parts, make: boolean): Promise<Place | undefined> {
    const names = [...this.#below, ...parts];
    let place: Place = { path: this.#root, way: [await this.#step(this.#root, this.#root)] };
    for (const [at, name] of names.entries()) {
      const isOwn = at < this.#below.length + OWN_PARTS;
      const path = join(place.path, isOwn ? name : await this.#knownSpelling(place.path, name));
      if (await this.#isFree(path, isOwn)) {
        if (!make) return undefined;
        await this.#makeFolder(place.path, path);
      }
      place = { path, way: [...place.way, await this.#step(path, names.slice(0, at + 1).join("/"))] };
    }
    return place;
  }

  /** Below our own names everything is a copy: a file that a folder must give way to can be had again. */
  async #isFree(path: string, isOwn: boolean): Promise<boolean> {
    const found = await this.#disk.look(path);
    return !found || (found.kind === "file" && !isOwn);
  }

  async #makeFolder(above: string, path: string): Promise<void> {
    if (await this.#disk.look(path)) await this.#disk.remove(path);
    await this.#disk.makeFolder(path, this.#mode);
    await this.#disk.flushFolder(above);
  }

  async #step(path: string, shown: string): Promise<Step> {
    const found = await this.#disk.look(path);
    if (found?.kind === "folder") return { path, identity: found.identity };
    if (!found) throw isGone(shown);
    throw new AppError("forbidden", `cannot use ${shown}: it is ${found.kind === "link" ? "a link" : "no folder"}`, {
      hint: "Take it away; cadre makes a folder of its own there when it needs one.",
    });
  }

  async #confirm({ way }: Place, parts: Parts): Promise<void> {
    for (const { path, identity } of way) {
      const found = await this.#disk.look(path);
      if (found?.kind !== "folder" || found.identity !== identity) {
        throw new AppError(
          "conflict",
          `cannot use ${this.#shown(parts)}: a folder on its way was put in another's place`,
          {
            hint: "See who else changes the project's .cadre folder, then try again.",
          },
        );
      }
    }
  }

  async #find(parts: Parts): Promise<Found | undefined> {
    const place = await this.#enter(parts.slice(0, -1), false);
    if (!place) return undefined;
    const path = join(place.path, await this.#spelling(place, parts));
    const found = await this.#disk.look(path);
    return found?.kind === "file" ? { path, place, size_bytes: found.size_bytes } : undefined;
  }

  async #spelling(place: Place, parts: Parts): Promise<string> {
    const name = parts.at(-1) ?? "";
    return parts.length <= OWN_PARTS ? name : this.#knownSpelling(place.path, name);
  }

  /** As it is written there already, if in other letters: elsewhere the two would be one file. */
  async #knownSpelling(folder: string, name: string): Promise<string> {
    if (await this.#disk.look(join(folder, name))) return name;
    const folded = foldName(name);
    const names = await this.#disk.names(folder).catch((cause: unknown) => {
      if (isCode(cause, "ENOENT", "ENOTDIR")) return [];
      throw cause;
    });
    return names.find((known) => foldName(known) === folded) ?? name;
  }

  #shown(parts: Parts): string {
    return [...this.#below, ...parts].join("/");
  }
}

function noFolder(path: string, why: string): AppError {
  return new AppError("not_found", `cannot write into ${path}: ${why}`, {
    hint: "Work on the computer that has this folder, or say where it is now with cadre workspace move.",
  });
}

function isGone(shown: string): AppError {
  return new AppError("conflict", `cannot use ${shown}: it was taken away in this moment`, { hint: "Try again." });
}

function tooLarge(shown: string, bytesMax: number): AppError {
  return new AppError("too_large", `cannot read ${shown}: it is larger than ${bytesMax} bytes`, {
    hint: "Take it away, or make it smaller.",
  });
}
