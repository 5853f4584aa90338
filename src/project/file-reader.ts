// A project's files for models, which read and never write. Refused are files that lie elsewhere, that are made to hold
// keys, that are too large, and that are no text.
import { readFileSync, statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { AppError } from "../base/errors.ts";
import {
  FILE_BYTES_MAX,
  FILE_LINE_CHARS_MAX,
  FILE_MATCHES_MAX,
  FILES_LISTED_MAX,
  FILES_SEARCHED_MAX,
} from "../base/limits.ts";
import { clip } from "../base/text.ts";
import { pathInProject, realOf } from "./path-in-project.ts";
import { type ProjectFile, pathPattern, projectFiles } from "./project-files.ts";
import { holdsSecrets } from "./secret-files.ts";
import { textOf } from "./text-of.ts";

interface Chosen {
  readonly folder: string;
  /** As `.gitignore` has them; all files, if it is not given. */
  readonly pattern: string | undefined;
}

export interface FoundLine {
  readonly path: string;
  readonly line: number;
  readonly text: string;
}

export interface FoundLines {
  readonly matches: FoundLine[];
  readonly files: number;
  /** There may be more. */
  readonly isCut: boolean;
}

/** The paths that begin after another, in their order. */
export function listFiles(
  project: string,
  { folder, pattern, after }: Chosen & { readonly after: string | undefined },
): { readonly files: ProjectFile[]; readonly more: string | undefined } {
  const files: ProjectFile[] = [];
  let isThere = after === undefined;
  for (const file of chosenFiles(project, { folder, pattern })) {
    if (files.length >= FILES_LISTED_MAX) return { files, more: files.at(-1)?.path };
    if (isThere) files.push(file);
    else isThere = file.path === after;
  }
  if (isThere) return { files, more: undefined };
  throw new AppError("not_found", `cannot go on after ${after}: it is not there`, { hint: "List from the beginning." });
}

/** A file as text. */
export function readText(project: string, given: string): { readonly path: string; readonly text: string } {
  const real = pathInProject(project, given, "a file");
  const path = relative(realOf(project) ?? project, real)
    .split(sep)
    .join("/");
  if (holdsSecrets(path))
    throw new AppError("forbidden", `cannot show ${path}: such files hold keys`, {
      hint: "Say what it is needed for to whoever runs this.",
    });
  const about = statSync(real);
  if (!about.isFile())
    throw new AppError("invalid_input", `cannot read ${path}: it is no file`, {
      hint: "file_list shows what is in it.",
    });
  if (about.size > FILE_BYTES_MAX)
    throw new AppError("too_large", `cannot read ${path}: it has ${about.size} bytes`, {
      hint: `At most ${FILE_BYTES_MAX} are read.`,
    });
  const decoded = textOf(readFileSync(real));
  if (decoded) return { path, text: decoded.text };
  throw new AppError("unsupported_media", `cannot read ${path}: it is no text`, { hint: "Read another file." });
}

/** The lines that hold these letters, whatever their case unless they are told apart. */
export async function searchFiles(
  project: string,
  { text, isExact, ...chosen }: Chosen & { readonly text: string; readonly isExact: boolean },
  signal: AbortSignal,
): Promise<FoundLines> {
  const wanted = isExact ? text : text.toLowerCase();
  const matches: FoundLine[] = [];
  const root = realOf(project) ?? project;
  let files = 0;
  for (const { path, bytes } of chosenFiles(root, chosen)) {
    signal.throwIfAborted();
    if (files >= FILES_SEARCHED_MAX) return { matches, files, isCut: true };
    if (bytes > FILE_BYTES_MAX) continue;
    files++;
    for (const found of linesWith(await contentOf(join(root, path)), wanted, isExact)) {
      if (matches.length >= FILE_MATCHES_MAX) return { matches, files, isCut: true };
      matches.push({ path, ...found });
    }
  }
  return { matches, files, isCut: false };
}

function* chosenFiles(project: string, { folder, pattern }: Chosen): Generator<ProjectFile> {
  const isWanted = pattern === undefined ? () => true : pathPattern(pattern);
  for (const file of projectFiles(project, folder)) if (isWanted(file.path) && !holdsSecrets(file.path)) yield file;
}

/** Nothing of one that has just gone, cannot be read, or is no text. */
async function contentOf(path: string): Promise<string> {
  const bytes = await readFile(path).catch(() => undefined);
  return (bytes && textOf(bytes)?.text) ?? "";
}

function* linesWith(content: string, wanted: string, isExact: boolean): Generator<Omit<FoundLine, "path">> {
  const looked = isExact ? content : content.toLowerCase();
  let line = 1;
  let from = 0;
  for (let at = looked.indexOf(wanted); at >= 0; at = looked.indexOf(wanted, from)) {
    line += countLines(looked, from, at);
    const begin = looked.lastIndexOf("\n", at - 1) + 1;
    const newline = looked.indexOf("\n", at);
    const end = newline < 0 ? looked.length : newline;
    yield { line, text: clip(content.slice(begin, end).trim(), FILE_LINE_CHARS_MAX) };
    if (newline < 0) return;
    line++;
    from = newline + 1;
  }
}

function countLines(text: string, from: number, to: number): number {
  let lines = 0;
  for (let at = text.indexOf("\n", from); at >= 0 && at < to; at = text.indexOf("\n", at + 1)) lines++;
  return lines;
}
