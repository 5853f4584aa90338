// The files of a project that people work on: what git ignores, what was installed and what is linked is none of them.
import { type Dirent, readdirSync, readFileSync, type Stats, statSync } from "node:fs";
import { join, relative, sep } from "node:path";
import ignore, { type Ignore } from "ignore";
import { CADRE_FOLDER, GIT_FOLDER, pathInProject, realOf } from "./path-in-project.ts";

export interface ProjectFile {
  /** In the project, with `/` between folders. */
  readonly path: string;
  readonly bytes: number;
  /** When it was written to last. */
  readonly changed_ms: number;
}

/** Rules of one folder, for what lies below it. */
interface Rules {
  readonly folder: string;
  readonly says: Ignore;
}

const NEVER = new Set([CADRE_FOLDER, GIT_FOLDER, "node_modules", ".hg", ".svn"]);
const IGNORE_BYTES_MAX = 1_048_576;

/** In an order that is always the same: the files of a folder, then what is in its folders. */
export function* projectFiles(
  project: string,
  under = ".",
  onFolder: (path: string) => void = () => {},
): Generator<ProjectFile> {
  const root = realOf(project) ?? project;
  const start = pathInProject(root, under, "a file or folder");
  const begin = relative(root, start).split(sep).filter(Boolean);
  const rules: Rules[] = [rulesIn(root, "", join(GIT_FOLDER, "info", "exclude"))].flat();
  // Rules of the folders above say what is left out below.
  for (let depth = 0; depth <= begin.length; depth++) rules.push(...rulesIn(root, begin.slice(0, depth).join("/")));
  const stat = statSync(start);
  if (stat.isFile()) {
    onFolder(begin.slice(0, -1).join("/"));
    yield { path: begin.join("/"), bytes: stat.size, changed_ms: stat.mtimeMs };
    return;
  }
  yield* filesIn(root, begin.join("/"), rules, onFolder);
}

function* filesIn(
  root: string,
  folder: string,
  rules: readonly Rules[],
  onFolder: (path: string) => void,
): Generator<ProjectFile> {
  onFolder(folder);
  const folders: string[] = [];
  for (const entry of entriesOf(join(root, folder))) {
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    if (NEVER.has(entry.name) || isIgnored(path, entry.isDirectory(), rules)) continue;
    if (entry.isDirectory()) folders.push(path);
    if (entry.isFile()) {
      const stat = statOf(join(root, path));
      if (stat) yield { path, bytes: stat.size, changed_ms: stat.mtimeMs };
    }
  }
  for (const path of folders) yield* filesIn(root, path, [...rules, ...rulesIn(root, path)], onFolder);
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

function statOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}

function rulesIn(root: string, folder: string, name = ".gitignore"): Rules[] {
  const path = join(root, folder, name);
  const bytes = statOf(path)?.size;
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
