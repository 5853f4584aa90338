// Inside a mount namespace of its own a process changes its view of the files, and nobody else's.
import { AT_FDCWD, type Kernel, words64 } from "./kernel.ts";
import type { LaunchPolicy, Revealed } from "./launch-policy.ts";

const MS_NOSUID = 2;
const MS_NODEV = 4;
const MS_BIND = 0x1000;
const MS_REC = 0x4000;
const RECURSIVE = 0x8000;
const READ_ONLY = 1n;
const NO_SUID = 2n;
const ATTRIBUTES_BYTES = 32;
const FOLDER_MODE = 0o755;
const CREATE = 0o100;
const CLOSE_ON_EXEC = 0o2000000;

/** The whole tree read-only, what is writable as it was. */
export function arrangeMounts(kernel: Kernel, { writable, mounts }: Pick<LaunchPolicy, "writable" | "mounts">): void {
  if (!mounts) return;
  // Named before anything is covered.
  const handles = new Map<string, number>();
  for (const path of [...writable, ...mounts.reveal.flatMap(({ paths, files }) => [...paths, ...files])])
    handles.set(path, kernel.pathHandle(path));
  for (const revealed of mounts.reveal) cover(kernel, revealed, handles);
  for (const path of writable) bind(kernel, path, handles.get(path) ?? -1);
  // What something is mounted on cannot be moved. Named only now: what was there before lies under the mounts above.
  for (const path of [...mounts.pinned, ...mounts.readOnly]) bind(kernel, path, kernel.pathHandle(path));
  // Where shared memory and named semaphores lie: nobody else's are seen here. A machine may have no such folder.
  kernel.try("mount", "tmpfs", "/dev/shm", "tmpfs", MS_NOSUID | MS_NODEV, "size=64m,mode=1777");
  kernel.call("mount_setattr", AT_FDCWD, "/", RECURSIVE, words64(READ_ONLY | NO_SUID, 0n, 0n, 0n), ATTRIBUTES_BYTES);
  kernel.try("mount_setattr", AT_FDCWD, "/dev/shm", 0, words64(0n, READ_ONLY, 0n, 0n), ATTRIBUTES_BYTES);
  for (const path of writable)
    kernel.call("mount_setattr", AT_FDCWD, path, 0, words64(0n, READ_ONLY, 0n, 0n), ATTRIBUTES_BYTES);
  for (const path of mounts.pinned)
    kernel.call("mount_setattr", AT_FDCWD, path, 0, words64(0n, READ_ONLY, 0n, 0n), ATTRIBUTES_BYTES);
}

/** An empty folder lies over it, in which only the named paths appear. */
function cover(kernel: Kernel, { folder, paths, files }: Revealed, handles: ReadonlyMap<string, number>): void {
  kernel.call("mount", "tmpfs", folder, "tmpfs", MS_NOSUID | MS_NODEV, `size=1m,mode=${FOLDER_MODE.toString(8)}`);
  for (const path of paths) {
    const handle = handles.get(path) ?? -1;
    if (handle < 0) continue;
    makeFolders(kernel, folder, path);
    bind(kernel, path, handle);
  }
  for (const path of files) {
    const handle = handles.get(path) ?? -1;
    if (handle < 0) continue;
    makeFolders(kernel, folder, path.slice(0, path.lastIndexOf("/")));
    // Something must be there to be mounted on.
    const place = kernel.try("openat", AT_FDCWD, path, CREATE | CLOSE_ON_EXEC, 0o444);
    if (place >= 0) kernel.call("close", place);
    bind(kernel, path, handle);
  }
}

function bind(kernel: Kernel, path: string, handle: number): void {
  kernel.call("mount", `/proc/self/fd/${handle}`, path, 0, MS_BIND | MS_REC, 0);
}

function makeFolders(kernel: Kernel, from: string, path: string): void {
  let folder = from === "/" ? "" : from;
  for (const name of path.slice(folder.length).split("/").filter(Boolean)) {
    folder += `/${name}`;
    kernel.try("mkdirat", AT_FDCWD, folder, FOLDER_MODE);
  }
}
