// Sets of packages, each installed once. Invariant: a set that stands here is whole: it is made elsewhere, and takes
// its name in one step, whoever else makes the same at the same time or dies while doing so.
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { chmod, cp, lstat, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../../base/clock.ts";
import { CODE_PACKAGES_KEPT_BYTES } from "../../base/limits.ts";
import type { Host } from "../../runtime/runtime.ts";

const LOOK_MS = 100;
/** Somebody may still use what was used so lately. */
const IN_USE_MS = 24 * 3_600_000;
const FOLDER_MODE = 0o755;
const FILE_MODE = 0o644;
const EXECUTABLE = 0o111;
const ABOUT = "about.json";

export class PackageStore {
  readonly #folder: string;
  readonly #host: Pick<Host, "pid" | "signalProcess">;
  readonly #clock: Clock;
  readonly #making = new Map<string, Promise<string>>();

  constructor(folder: string, host: Pick<Host, "pid" | "signalProcess">, clock: Clock) {
    this.#folder = folder;
    this.#host = host;
    this.#clock = clock;
  }

  /** `make` installs the set somewhere, and hands over that place. */
  async folderOf(
    key: string,
    about: unknown,
    make: (keep: (place: string) => Promise<void>) => Promise<void>,
  ): Promise<string> {
    const path = join(this.#folder, key);
    if (existsSync(path)) return this.#used(path);
    const making = this.#making.get(key) ?? this.#make(path, about, make).finally(() => this.#making.delete(key));
    this.#making.set(key, making);
    return making;
  }

  async #make(
    path: string,
    about: unknown,
    make: (keep: (place: string) => Promise<void>) => Promise<void>,
  ): Promise<string> {
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    const unlock = await this.#lock(`${path}.lock`, path);
    try {
      if (!existsSync(path)) await make((place) => this.#keep(place, path, about));
      await this.#forgetOld();
      return this.#used(path);
    } finally {
      unlock();
    }
  }

  async #keep(place: string, path: string, about: unknown): Promise<void> {
    const draft = await mkdtemp(join(this.#folder, "draft-"));
    try {
      await cp(place, draft, { recursive: true, verbatimSymlinks: true });
      const bytes = await openUp(draft);
      writeFileSync(join(draft, ABOUT), `${JSON.stringify({ ...(about as object), bytes })}\n`);
      await rename(draft, path);
    } catch (cause) {
      await rm(draft, { recursive: true, force: true });
      if (!existsSync(path)) throw cause;
    }
  }

  #used(path: string): string {
    const now = this.#clock.now() / 1_000;
    utimesSync(path, now, now);
    return path;
  }

  /** One process installs, the others wait for what it makes. */
  async #lock(lock: string, path: string): Promise<() => void> {
    for (;;) {
      try {
        const file = openSync(lock, "wx");
        writeSync(file, String(this.#host.pid));
        closeSync(file);
        return () => rmSync(lock, { force: true });
      } catch (cause) {
        if ((cause as { code?: string }).code !== "EEXIST") throw cause;
      }
      if (existsSync(path)) return () => {};
      if (this.#isAbandoned(lock)) rmSync(lock, { force: true });
      else await this.#clock.sleep(LOOK_MS);
    }
  }

  #isAbandoned(lock: string): boolean {
    try {
      const pid = Number(readFileSync(lock, "utf8"));
      return pid > 0 && !this.#host.signalProcess(pid, 0);
    } catch {
      return false; // It has just gone.
    }
  }

  /** The sets that were not used for longest go first. */
  async #forgetOld(): Promise<void> {
    const names = (await readdir(this.#folder)).filter((name) => /^[0-9a-f]{64}$/.test(name));
    const sets = names.map((name) => this.#look(join(this.#folder, name))).toSorted((a, b) => a.usedMs - b.usedMs);
    let bytes = sets.reduce((sum, one) => sum + one.bytes, 0);
    for (const set of sets) {
      if (bytes <= CODE_PACKAGES_KEPT_BYTES || this.#clock.now() - set.usedMs < IN_USE_MS) return;
      await rm(set.path, { recursive: true, force: true });
      bytes -= set.bytes;
    }
  }

  #look(path: string): { path: string; bytes: number; usedMs: number } {
    try {
      const { bytes } = JSON.parse(readFileSync(join(path, ABOUT), "utf8")) as { bytes: number };
      return { path, bytes, usedMs: statSync(path).mtimeMs };
    } catch {
      return { path, bytes: 0, usedMs: 0 };
    }
  }
}

/** Programs run as other users read it. Answers how large it is. */
async function openUp(path: string): Promise<number> {
  const status = await lstat(path);
  if (status.isSymbolicLink()) return 0;
  if (!status.isDirectory()) {
    await chmod(path, FILE_MODE | (status.mode & EXECUTABLE));
    return status.size;
  }
  await chmod(path, FOLDER_MODE);
  let bytes = 0;
  for (const name of await readdir(path)) bytes += await openUp(join(path, name));
  return bytes;
}
