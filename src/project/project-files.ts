// The files of a project that people work on: what git ignores, what was installed and what is linked is none of them.
import { type Dirent, readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative, sep } from "node:path";
import ignore, { type Ignore } from "ignore";
import { CADRE_FOLDER, GIT_FOLDER, pathInProject, realOf } from "./path-in-project.ts";

export interface ProjectFile {
  /** In the project, with `/` between folders. */
  readonly path: string;
  readonly bytes: number;
}

/** Rules of one folder, for what lies below it. */
interface Rules {
  readonly folder: string;
  readonly says: Ignore;
}

const NEVER = new Set([CADRE_FOLDER, GIT_FOLDER, "node_modules", ".hg", ".svn"]);
const IGNORE_BYTES_MAX = 1_048_576;

/** In an order that is always the same: the files of a folder, then what is in its folders. */
export function* projectFiles(project: string, under = "."): Generator<ProjectFile> {
  const root = realOf(project) ?? project;
  const start = pathInProject(root, under, "a file or folder");
  const begin = relative(root, start).split(sep).filter(Boolean);
  const rules: Rules[] = [rulesIn(root, "", join(GIT_FOLDER, "info", "exclude"))].flat();
  // Rules of the folders above say what is left out below.
  for (let depth = 0; depth <= begin.length; depth++) rules.push(...rulesIn(root, begin.slice(0, depth).join("/")));
  if (statSync(start).isFile()) {
    yield { path: begin.join("/"), bytes: statSync(start).size };
    return;
  }
  yield* filesIn(root, begin.join("/"), rules);
}

function* filesIn(root: string, folder: string, rules: readonly Rules[]): Generator<ProjectFile> {
  const folders: string[] = [];
  for (const entry of entriesOf(join(root, folder))) {
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    if (NEVER.has(entry.name) || isIgnored(path, entry.isDirectory(), rules)) continue;
    if (entry.isDirectory()) folders.push(path);
    if (entry.isFile()) {
      const bytes = sizeOf(join(root, path));
      if (bytes !== undefined) yield { path, bytes };
    }
  }
  for (const path of folders) yield* filesIn(root, path, [...rules, ...rulesIn(root, path)]);
}

/** One that cannot be read, or has just gone, has none. */
function entriesOf(folder: string): Dirent[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true });
    return entries.sort((one, other) => (one.name < other.name ? -1 : 1));
  } catch {
    return [];
  }
}

function sizeOf(path: string): number | undefined {
  try {
    return statSync(path).size;
  } catch {
    return undefined;
  }
}

function rulesIn(root: string, folder: string, name = ".gitignore"): Rules[] {
  const path = join(root, folder, name);
  const bytes = sizeOf(path);
  if (bytes === undefined || bytes > IGNORE_BYTES_MAX) return [];
  try {
    return [{ folder, says: ignore({ allowRelativePaths: true }).add(readFileSync(path, "utf8")) }];
  } catch {
    return [];
  }
}

/** The rules of the nearest folder that say anything decide, as with git. */
function isIgnored(path: string, isFolder: boolean, rules: readonly Rules[]): boolean {
  for (const { folder, says } of rules.toReversed()) {
    const inner = folder === "" ? path : path.slice(folder.length + 1);
    const { ignored, unignored } = says.test(isFolder ? `${inner}/` : inner);
    if (ignored || unignored) return ignored;
  }
  return false;
}

/** Chooses paths by patterns as `.gitignore` has them: `*.ts`, `src/**`, `!*.test.ts`. */
export function pathPattern(pattern: string): (path: string) => boolean {
  const says = ignore().add(pattern.split(","));
  return (path) => says.ignores(path);
}
