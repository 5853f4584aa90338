// A project's folder that a program works in holds what others run or read later with more rights: cadre's own folder,
// and what git runs. Those stay as they are.
import { existsSync, lstatSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { AppError } from "../base/errors.ts";
import { CADRE_FOLDER, GIT_FOLDER, realOf } from "../project/path-in-project.ts";

export interface Protected {
  /** Cannot be moved out of the way. */
  readonly pinned: readonly string[];
  readonly readOnly: readonly string[];
}

/** Hooks, and settings that name programs. */
const GIT_RUNS = ["hooks", "config", "config.worktree"] as const;

/** What must stay as it is in a folder that is to be written; its own `.cadre` is made, so that nobody else makes it. */
export function protectedIn(folder: string): Protected {
  const own = join(folder, CADRE_FOLDER);
  mkdirSync(own, { recursive: true });
  const git = join(folder, GIT_FOLDER);
  if (!existsSync(git)) return { pinned: [], readOnly: [own] };
  const runs = GIT_RUNS.map((name) => join(git, name)).filter((path) => existsSync(path));
  // A file that names another folder, or a repository in the making: nothing of it is to be changed.
  if (!lstatSync(git).isDirectory() || runs.length < 2) return { pinned: [], readOnly: [own, git] };
  return { pinned: [git], readOnly: [own, ...runs] };
}

/** Without mount namespaces nothing inside a folder can be kept as it is. */
export function refuseUnprotected(folder: string, workspace: string): void {
  const holds = [CADRE_FOLDER, GIT_FOLDER].some((name) => existsSync(join(folder, name)));
  if (!holds && folder !== realOf(workspace)) return;
  throw new AppError("forbidden", `cannot work in ${folder} here: its .cadre and .git could not be protected`, {
    hint: "Name a folder below as working_directory; or allow namespaces on this machine.",
  });
}
