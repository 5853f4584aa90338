import { execFileSync } from "node:child_process";
import { tempFolder } from "../harness/folder.ts";

interface SmallDisk extends Disposable {
  readonly path: string;
  /** From now on nothing can be written to it. */
  makeReadOnly(): void;
}

/** A disk of a few megabytes; undefined where this user may not mount one. */
export function smallDisk(megabytes: number): SmallDisk | undefined {
  const folder = tempFolder();
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${megabytes}m,mode=0700`, "tmpfs", folder.path], {
      stdio: "ignore",
    });
  } catch {
    folder[Symbol.dispose]();
    return undefined;
  }
  return {
    path: folder.path,
    makeReadOnly: () => execFileSync("mount", ["-o", "remount,ro", folder.path]),
    [Symbol.dispose]: () => {
      execFileSync("umount", ["--lazy", folder.path]);
      folder[Symbol.dispose]();
    },
  };
}
