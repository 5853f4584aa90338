import { spawnSync } from "node:child_process";
import { tempFolder } from "./folder.ts";

interface Disk {
  readonly path: string;
  makeReadOnly(): void;
  [Symbol.dispose](): void;
}

/** Only root may mount; tests that need a disk of their own say loudly that they were skipped. */
export const mayMount = probe();

/** A file system of its own, small or with few files: `using disk = smallDisk("size=32m")`. */
export function smallDisk(options: string): Disk {
  const folder = tempFolder();
  if (!mount(folder.path, options)) throw new Error(`cannot mount a tmpfs with ${options}`);
  return {
    path: folder.path,
    makeReadOnly: () => mount(folder.path, "remount,ro"),
    [Symbol.dispose]: () => {
      spawnSync("umount", ["-l", folder.path]);
      folder[Symbol.dispose]();
    },
  };
}

function mount(path: string, options: string): boolean {
  try {
    return spawnSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", path]).status === 0;
  } catch {
    return false; // No such program on this system.
  }
}

function probe(): boolean {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return skipped();
  try {
    smallDisk("size=1m")[Symbol.dispose]();
    return true;
  } catch {
    return skipped();
  }
}

function skipped(): boolean {
  process.stderr.write("SKIPPED: tests on a disk of their own, which only root may mount\n");
  return false;
}
