// Files of a project as they change. What the system tells is only a reason to look: what has changed is what differs.
import { type FSWatcher, watch } from "node:fs";
import { join } from "node:path";
import type { Clock } from "../base/clock.ts";
import { realOf } from "./path-in-project.ts";
import { projectFiles } from "./project-files.ts";

/** Whoever saves writes several files, one after the other. */
const SETTLE_MS = 150;
/** Systems forget to tell now and then. */
const LOOK_MS = 30_000;
/** Where folders cannot be watched, as there are too many or they lie on another machine. */
const LOOK_UNTOLD_MS = 2_000;

/** Those that are new or differ, each time that there are any, until the signal aborts. */
export async function* changedFiles(
  project: string,
  under: string,
  clock: Clock,
  signal: AbortSignal,
): AsyncGenerator<readonly string[]> {
  const root = realOf(project) ?? project;
  using folders = new WatchedFolders(root);
  let known = look(root, under, folders);
  while (!signal.aborted) {
    const asleep = new AbortController();
    const wake = () => asleep.abort();
    signal.addEventListener("abort", wake, { once: true });
    folders.onChange(wake);
    await clock.sleep(folders.areWatched ? LOOK_MS : LOOK_UNTOLD_MS, asleep.signal);
    signal.removeEventListener("abort", wake);
    await clock.sleep(SETTLE_MS, signal);
    if (signal.aborted) return;
    const now = look(root, under, folders);
    const changed = [...now].filter(([path, state]) => known.get(path) !== state).map(([path]) => path);
    known = now;
    if (changed.length > 0) yield changed;
  }
}

function look(root: string, under: string, folders: WatchedFolders): ReadonlyMap<string, string> {
  const seen = new Set<string>();
  const states = new Map<string, string>();
  for (const { path, bytes, changed_ms } of projectFiles(root, under, (folder) => seen.add(folder)))
    states.set(path, `${changed_ms} ${bytes}`);
  folders.follow(seen);
  return states;
}

class WatchedFolders implements Disposable {
  readonly #root: string;
  readonly #watchers = new Map<string, FSWatcher>();
  #hasChanged = false;
  #tell: () => void = () => {};
  areWatched = true;

  constructor(root: string) {
    this.#root = root;
  }

  /** At once, where something has changed since it was told last. */
  onChange(tell: () => void): void {
    this.#tell = tell;
    if (this.#hasChanged) tell();
    this.#hasChanged = false;
  }

  follow(folders: ReadonlySet<string>): void {
    this.areWatched = true;
    for (const [folder, watcher] of this.#watchers) if (!folders.has(folder)) this.#leave(folder, watcher);
    for (const folder of folders) if (!this.#watchers.has(folder)) this.#watch(folder);
  }

  #watch(folder: string): void {
    try {
      const watcher = watch(join(this.#root, folder), () => {
        this.#hasChanged = true;
        this.#tell();
      });
      watcher.on("error", () => this.#leave(folder, watcher));
      this.#watchers.set(folder, watcher);
    } catch {
      this.areWatched = false;
    }
  }

  #leave(folder: string, watcher: FSWatcher): void {
    watcher.close();
    this.#watchers.delete(folder);
  }

  [Symbol.dispose](): void {
    for (const watcher of this.#watchers.values()) watcher.close();
  }
}
