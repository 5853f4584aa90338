import { readdirSync } from "node:fs";
import type { PathPattern, System } from "./clients/client.ts";

/** The system whose files are meant: from WSL, those of the Windows around it are in reach too. */
export interface World {
  readonly system: System;
  readonly home: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** The paths that a pattern stands for: none when it needs a variable that is not set, several for a *. */
export function expandPath(pattern: PathPattern, world: World): string[] {
  const filled = fill(pattern, world.env);
  if (filled === undefined) return [];
  const path = filled.startsWith("~") ? world.home + filled.slice(1) : filled;
  const native = world.system === "win32" && /^[A-Za-z]:/.test(path) ? path.replaceAll("/", "\\") : path;
  return native.includes("*") ? expandStar(native) : [native];
}

/** `${NAME}`, or `${NAME:-otherwise}` where the rest may hold variables again. */
function fill(pattern: string, env: World["env"]): string | undefined {
  const start = pattern.indexOf("${");
  if (start < 0) return pattern;
  const end = closing(pattern, start);
  const [name = "", ...others] = pattern.slice(start + 2, end).split(":-");
  const value = env[name] || (others.length > 0 ? fill(others.join(":-"), env) : undefined);
  const rest = fill(pattern.slice(end + 1), env);
  return value === undefined || rest === undefined ? undefined : pattern.slice(0, start) + value + rest;
}

function closing(pattern: string, start: number): number {
  let depth = 0;
  for (let at = start; at < pattern.length; at += 1) {
    if (pattern.startsWith("${", at)) depth += 1;
    if (pattern[at] === "}") depth -= 1;
    if (depth === 0 && at > start + 1) return at;
  }
  throw new Error(`a variable without an end in ${pattern}`);
}

/** One name of the path is a pattern; what matches is there, the rest of the path may not be. */
function expandStar(path: string): string[] {
  const parts = path.split(/([\\/])/);
  const at = parts.findIndex((part) => part.includes("*"));
  const folder = parts.slice(0, at).join("");
  const [before = "", after = ""] = (parts[at] ?? "").split("*");
  try {
    return readdirSync(folder)
      .filter((name) => name.length >= before.length + after.length && name.startsWith(before) && name.endsWith(after))
      .sort()
      .map((name) => folder + name + parts.slice(at + 1).join(""));
  } catch {
    return []; // No such folder.
  }
}
