// Inside a mount namespace of its own a process changes its view of the files, and nobody else's.
import type { LaunchPolicy, Revealed } from "./launch-policy.ts";
import { type Steps, words64 } from "./steps.ts";
import { AT_FDCWD, CLOSE_ON_EXEC, CREATE, PATH_ONLY } from "./syscalls.ts";

const MS_NOSUID = 2;
const MS_NODEV = 4;
const MS_BIND = 0x1000;
const MS_REC = 0x4000;
const NEW_MOUNTS = 0x20000;
const RECURSIVE = 0x8000;
const READ_ONLY = 1;
const NO_SUID = 2;
const ATTRIBUTES_BYTES = 32;
const FOLDER_MODE = 0o755;
const GET_HANDLE_FLAGS = 1;
/** Handles that are kept have numbers from here on. */
const KEPT_FROM = 64;

/** The whole tree read-only, what is writable as it was. Handles from `free` on are not in use. */
export function arrangeMounts(
  steps: Steps,
  { writable, mounts }: Pick<LaunchPolicy, "writable" | "mounts">,
  free: number,
): void {
  if (!mounts) return;
  // Whatever stands before the program in its namespace may hold files open to write, which keeps its own view writable.
  steps.call("unshare", NEW_MOUNTS);
  const handles = new Handles(steps, free);
  // Named before anything is covered.
  for (const path of [...writable, ...mounts.reveal.flatMap(({ paths, files }) => [...paths, ...files])])
    handles.keep(path);
  for (const revealed of mounts.reveal) cover(steps, revealed, handles);
  for (const path of writable) bind(steps, path, handles.of(path));
  // What something is mounted on cannot be moved. Named only now: what was there before lies under the mounts above.
  for (const path of [...mounts.pinned, ...mounts.readOnly]) bind(steps, path, handles.keep(path));
  // Where shared memory and named semaphores lie: nobody else's are seen here. A machine may have no such folder.
  steps.try("mount", "tmpfs", "/dev/shm", "tmpfs", MS_NOSUID | MS_NODEV, "size=64m,mode=1777");
  steps.call("mount_setattr", AT_FDCWD, "/", RECURSIVE, words64(READ_ONLY | NO_SUID, 0, 0, 0), ATTRIBUTES_BYTES);
  steps.try("mount_setattr", AT_FDCWD, "/dev/shm", 0, words64(0, READ_ONLY, 0, 0), ATTRIBUTES_BYTES);
  for (const path of [...writable, ...mounts.pinned])
    steps.call("mount_setattr", AT_FDCWD, path, 0, words64(0, READ_ONLY, 0, 0), ATTRIBUTES_BYTES);
}

/** Handles with numbers that are known before they are opened. */
class Handles {
  readonly #steps: Steps;
  readonly #free: number;
  readonly #numbers = new Map<string, number>();
  #next = KEPT_FROM;

  constructor(steps: Steps, free: number) {
    this.#steps = steps;
    this.#free = free;
  }

  /** What is there now at this path; where nothing is, its number stands for nothing. */
  keep(path: string): number {
    const number = this.#next++;
    this.#steps.when("openat", [AT_FDCWD, path, PATH_ONLY | CLOSE_ON_EXEC, 0], () => {
      this.#steps.call("dup3", this.#free, number, CLOSE_ON_EXEC);
      this.#steps.call("close", this.#free);
    });
    this.#numbers.set(path, number);
    return number;
  }

  of(path: string): number {
    return this.#numbers.get(path) ?? -1;
  }

  whenThere(path: string, then: (number: number) => void): void {
    const number = this.of(path);
    this.#steps.when("fcntl", [number, GET_HANDLE_FLAGS], () => then(number));
  }

  /** Something must be there to be mounted on. */
  makeFile(path: string): void {
    this.#steps.when("openat", [AT_FDCWD, path, CREATE | CLOSE_ON_EXEC, 0o444], () =>
      this.#steps.call("close", this.#free),
    );
  }
}

/** An empty folder lies over it, in which only the named paths appear. */
function cover(steps: Steps, { folder, paths, files }: Revealed, handles: Handles): void {
  steps.call("mount", "tmpfs", folder, "tmpfs", MS_NOSUID | MS_NODEV, `size=1m,mode=${FOLDER_MODE.toString(8)}`);
  for (const path of paths) {
    handles.whenThere(path, (handle) => {
      makeFolders(steps, folder, path);
      bind(steps, path, handle);
    });
  }
  for (const path of files) {
    handles.whenThere(path, (handle) => {
      makeFolders(steps, folder, path.slice(0, path.lastIndexOf("/")));
      handles.makeFile(path);
      bind(steps, path, handle);
    });
  }
}

function bind(steps: Steps, path: string, handle: number): void {
  steps.call("mount", `/proc/self/fd/${handle}`, path, 0, MS_BIND | MS_REC, 0);
}

function makeFolders(steps: Steps, from: string, path: string): void {
  let folder = from === "/" ? "" : from;
  for (const name of path.slice(folder.length).split("/").filter(Boolean)) {
    folder += `/${name}`;
    steps.try("mkdirat", AT_FDCWD, folder, FOLDER_MODE);
  }
}
