// The project that a folder belongs to, found without running git. Invariant: a `.git` file leads to another folder
// only where the repository that it names lists this very file among its worktrees; it may have come with
// somebody else's archive.
import { lstatSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { GIT_FILE_BYTES_MAX } from "../base/limits.ts";
import { readProjectFile } from "./project-file.ts";

/** Everybody may put a file there, as in /tmp: others may write, and only its owner may remove what is in it. */
const SHARED_MODE = 0o1002;

/**
 * The main working tree of the repository that `cwd` lies in, so that all its worktrees are one project; a
 * submodule is a project of its own. Undefined outside of any.
 *
 * The search ends below the home folder and below the root. Many keep their dotfiles in a repository there, and it
 * would make one project of everything that they own and that has no repository itself.
 */
export function gitWorkspace(cwd: string, homeDir: string): string | undefined {
  const home = idOf(homeDir);
  const isEnd = (folder: string) => dirname(folder) === folder || (home !== undefined && idOf(folder) === home);
  for (let folder = cwd; !isEnd(folder); folder = dirname(folder)) {
    const status = statusOf(join(folder, ".git"));
    if (!status || isShared(folder)) continue;
    const main = status.isFile() ? mainWorkingTree(folder) : undefined;
    return main !== undefined && !isEnd(main) && !isShared(main) ? main : folder;
  }
  return undefined;
}

/** Of a worktree that its repository knows; undefined for everything else that has a `.git` file. */
function mainWorkingTree(folder: string): string | undefined {
  const gitdir = pathIn(folder, ".git", "gitdir: ");
  if (gitdir === undefined || basename(dirname(gitdir)) !== "worktrees") return undefined;
  const common = dirname(dirname(gitdir));
  // Otherwise the repository lies beside what is worked on, and nothing says where its main working tree is.
  if (basename(common) !== ".git" || pathIn(gitdir, "commondir") !== common) return undefined;
  const own = idOf(join(folder, ".git"));
  const back = pathIn(gitdir, "gitdir");
  if (own === undefined || back === undefined || idOf(back) !== own || isBare(common)) return undefined;
  try {
    return realpathSync(dirname(common));
  } catch {
    return undefined;
  }
}

/** A repository without a working tree of its own: its worktrees have nothing but themselves. */
function isBare(common: string): boolean {
  return ["config", "config.worktree"].some((name) => {
    const file = readProjectFile(common, [name], GIT_FILE_BYTES_MAX);
    return file !== undefined && ("problem" in file || /^\s*bare\s*(=\s*(true|yes|on|1)\s*)?$/im.test(file.text));
  });
}

/** The path that a file of git holds, whole. One on another machine is left alone: asking for it would log in there. */
function pathIn(folder: string, name: string, prefix = ""): string | undefined {
  const file = readProjectFile(folder, [name], GIT_FILE_BYTES_MAX);
  if (!file || "problem" in file || !file.text.startsWith(prefix)) return undefined;
  const path = file.text.slice(prefix.length).replace(/[\r\n]+$/, "");
  return path === "" || /^[\\/]{2}/.test(path) ? undefined : resolve(folder, path);
}

function isShared(folder: string): boolean {
  return ((statusOf(folder)?.mode ?? 0) & SHARED_MODE) === SHARED_MODE;
}

function statusOf(path: string) {
  try {
    return lstatSync(path);
  } catch {
    return undefined; // Not there, or not for us to see.
  }
}

/** The same for every spelling of a path; undefined when nothing is there. */
function idOf(path: string): string | undefined {
  try {
    const { dev, ino } = statSync(path, { bigint: true });
    return `${dev}:${ino}`;
  } catch {
    return undefined;
  }
}
