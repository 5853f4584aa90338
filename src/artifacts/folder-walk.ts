// The way from one folder of a project down to a name in it, looked at step by step. Invariants: no link on the way is
// followed; whoever comes back to a place later can make sure that the way is still the same.
import { join } from "node:path";
import { AppError } from "../base/errors.ts";
import { type Disk, isCode, type Looked } from "./disk.ts";
import { foldName } from "./mirrored-path.ts";

/** The parts of a path below the folder. */
export type Parts = readonly string[];

interface Step {
  readonly path: string;
  readonly identity: string;
}

/** A folder that was reached. */
export interface Place {
  readonly path: string;
  readonly way: readonly Step[];
}

/** A name in a folder, and what has it. */
export interface Spot {
  readonly place: Place;
  readonly path: string;
  readonly found: Looked | undefined;
}

export interface WalkOptions {
  readonly root: string;
  /** Where below the root everything lies. */
  readonly below: Parts;
  readonly disk: Disk;
  /** Of folders that are made. */
  readonly mode: number;
}

/** `task/artifact.md` and `task/mirrored` are our own names; what lies deeper is named by others. */
const OWN_PARTS = 2;

export class FolderWalk {
  readonly #root: string;
  readonly #below: Parts;
  readonly #disk: Disk;
  readonly #mode: number;

  constructor({ root, below, disk, mode }: WalkOptions) {
    this.#root = root;
    this.#below = below;
    this.#disk = disk;
    this.#mode = mode;
  }

  /** The folder of these parts; undefined when there is none. */
  enter(parts: Parts): Promise<Place | undefined> {
    return this.#walk([...this.#below, ...parts], false);
  }

  /** The last of these parts in its folder; undefined when there is no such folder. */
  async find(parts: Parts): Promise<Spot | undefined> {
    const place = await this.enter(parts.slice(0, -1));
    return place && this.#spot(place, [...this.#below, ...parts]);
  }

  /** The same; folders that are missing are made. */
  async reach(parts: Parts): Promise<Spot> {
    const names = [...this.#below, ...parts];
    const place = await this.#walk(names.slice(0, -1), true);
    return this.#spot(place, names);
  }

  /** What was looked at may have been put in another's place since. */
  async confirm({ way }: Place, parts: Parts): Promise<void> {
    for (const { path, identity } of way) {
      const found = await this.#disk.look(path);
      if (found?.kind === "folder" && found.identity === identity) continue;
      throw new AppError(
        "conflict",
        `cannot use ${this.shown(parts)}: a folder on its way was put in another's place`,
        { hint: "See who else changes the project's .cadre folder, then try again." },
      );
    }
  }

  shown(parts: Parts): string {
    return [...this.#below, ...parts].join("/");
  }

  isOwn(parts: Parts): boolean {
    return parts.length <= OWN_PARTS;
  }

  async #walk(names: Parts, make: true): Promise<Place>;
  async #walk(names: Parts, make: false): Promise<Place | undefined>;
  async #walk(names: Parts, make: boolean): Promise<Place | undefined> {
    let place = step({ path: this.#root, way: [] }, this.#root, await this.#disk.look(this.#root), this.#root);
    for (let length = 1; length <= names.length; length++) {
      const upTo = names.slice(0, length);
      const { path, found } = await this.#spot(place, upTo);
      const isFree = !found || (found.kind === "file" && !this.#isOwnName(upTo));
      if (isFree && !make) return undefined;
      const folder = isFree ? await this.#makeFolder(place.path, path, found) : found;
      place = step(place, path, folder, upTo.join("/"));
    }
    return place;
  }

  async #spot(place: Place, names: Parts): Promise<Spot> {
    const name = names.at(-1) ?? "";
    const path = join(place.path, name);
    const found = await this.#disk.look(path);
    if (found || this.#isOwnName(names)) return { place, path, found };
    // It may be written there in other letters: elsewhere the two would be one file.
    const folded = foldName(name);
    const spelled = (await this.#namesIn(place.path)).find((known) => foldName(known) === folded);
    if (spelled === undefined) return { place, path, found: undefined };
    return { place, path: join(place.path, spelled), found: await this.#disk.look(join(place.path, spelled)) };
  }

  #isOwnName(names: Parts): boolean {
    return names.length <= this.#below.length + OWN_PARTS;
  }

  async #namesIn(folder: string): Promise<string[]> {
    return this.#disk.names(folder).catch((cause: unknown) => {
      if (isCode(cause, "ENOENT", "ENOTDIR")) return [];
      throw cause;
    });
  }

  /** Below our own names everything is a copy: a file that a folder must give way to can be had again. */
  async #makeFolder(above: string, path: string, found: Looked | undefined): Promise<Looked | undefined> {
    if (found) await this.#disk.remove(path);
    await this.#disk.makeFolder(path, this.#mode);
    await this.#disk.flushFolder(above);
    return this.#disk.look(path);
  }
}

function step({ way }: Place, path: string, found: Looked | undefined, shown: string): Place {
  if (found?.kind === "folder") return { path, way: [...way, { path, identity: found.identity }] };
  if (!found) {
    throw new AppError("conflict", `cannot use ${shown}: it was taken away in this moment`, { hint: "Try again." });
  }
  throw new AppError("forbidden", `cannot use ${shown}: it is ${found.kind === "link" ? "a link" : "no folder"}`, {
    hint: "Take it away; cadre makes a folder of its own there when it needs one.",
  });
}
