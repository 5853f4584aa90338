// A project's folder that a program works in holds what others run or read later with more rights: cadre's own folder,
// and what git runs. Those stay as they are.
import { existsSync, lstatSync, mkdirSync, realpathSync } from "node:fs";
import { isAbsolute, join, relative, resolve, sep } from "node:path";
import { AppError } from "../base/errors.ts";

export interface Protected {
  /** Cannot be moved out of the way. */
  readonly pinned: readonly string[];
  readonly readOnly: readonly string[];
}

const CADRE_FOLDER = ".cadre";
const GIT_FOLDER = ".git";
/** Hooks, and settings that name programs. */
const GIT_RUNS = ["hooks", "config", "config.worktree"] as const;

/** A path of the project by its real name; what lies outside, or belongs to cadre or git, is refused. */
export function pathInProject(workspace: string, given: string, what: string): string {
  const wanted = resolve(workspace, given);
  const real = realOf(wanted);
  if (real === undefined)
    throw new AppError("not_found", `cannot use ${given} as ${what}: it is not there`, {
      hint: "Name what is there, by its path in the project.",
    });
  const inner = relative(realOf(workspace) ?? workspace, real);
  if (inner.startsWith("..") || isAbsolute(inner))
    throw new AppError("forbidden", `cannot use ${given} as ${what}: it lies outside the project`, {
      hint: "Copy what is needed into the project, or give it as files.",
    });
  if (inner.split(sep).some((name) => name === CADRE_FOLDER || name === GIT_FOLDER))
    throw new AppError("forbidden", `cannot use ${given} as ${what}: it belongs to cadre or to git`, {
      hint: "Name another folder of the project.",
    });
  return real;
}

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

function realOf(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}
