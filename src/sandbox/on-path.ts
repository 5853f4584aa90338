import { accessSync, constants } from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";
import type { Host } from "../runtime/runtime.ts";

/** Every program of this name on the PATH, the first first. */
export function onPath({ env }: Pick<Host, "env">, name: string): string[] {
  const folders = (env["PATH"] ?? "/usr/local/bin:/usr/bin:/bin").split(delimiter).filter((path) => isAbsolute(path));
  return [...new Set(folders.map((folder) => join(folder, name)))].filter(isExecutable);
}

export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
