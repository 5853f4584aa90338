// Where templates come from.
import { type Dirent, lstatSync, readdirSync, realpathSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { formatBytes } from "../../base/bytes.ts";
import { TEMPLATE_FILE_BYTES_MAX, TEMPLATES_BYTES_MAX, TEMPLATES_MAX } from "../../base/limits.ts";
import { printable } from "../../base/text.ts";
import { readProjectFile } from "../../config/project-file.ts";
import { BUILT_IN_TEMPLATES } from "./template-built-in.ts";

/** Of a template, and of the name of its file. */
export const TEMPLATE_ID = /^[a-z0-9][a-z0-9_-]{0,63}$/;
export const TEMPLATE_FOLDER = [".cadre", "templates"] as const;

export interface TemplateSource {
  readonly id: string;
  /** As it is shown. */
  readonly name: string;
  readonly isBuiltIn?: true;
  /** No other source of any project has it. */
  readonly key: string;
  /** The text as it is now. */
  read(): { readonly text: string } | { readonly problem: string };
}

const NO_ID = "its name is no id: small letters, digits, - and _, at most 64";

interface Skipped {
  readonly file: string;
  readonly message: string;
}

interface Sources {
  readonly sources: ReadonlyMap<string, TemplateSource>;
  /** Files that cannot be a template's, whatever they hold. */
  readonly problems: readonly Skipped[];
}

/** Of each id the source that counts. */
export function templateSources(workspace: string, userFolder: string | undefined): Sources {
  const sources = new Map([...BUILT_IN_TEMPLATES].map(([id, text]) => [id, builtIn(id, text)]));
  const problems: Skipped[] = [];
  const add = (file: string, source: (id: string) => TemplateSource) => {
    const id = templateId(file);
    const before = sources.get(id);
    if (!TEMPLATE_ID.test(id)) problems.push({ file: printable(file), message: NO_ID });
    else sources.set(id, source(id));
    if (before && dirname(before.name) === dirname(file)) {
      problems.push({ file: before.name, message: `${basename(file)} is template ${id} too, and counts` });
    }
  };
  for (const name of userFolder === undefined ? [] : yamlFiles(userFolder, problems)) {
    const path = join(userFolder ?? "", name);
    add(path, (id) => ({ id, name: path, key: path, read: () => readUserFile(path) }));
  }
  const budget = { bytesLeft: TEMPLATES_BYTES_MAX };
  for (const name of isPlainFolder(workspace) ? yamlFiles(join(workspace, ...TEMPLATE_FOLDER), problems) : []) {
    const path = join(...TEMPLATE_FOLDER, name);
    add(path, (id) => ({
      id,
      name: path,
      key: join(workspace, path),
      read: () => readBounded(workspace, name, budget),
    }));
  }
  return { sources, problems };
}

export function templateId(file: string): string {
  return basename(file).replace(/\.ya?ml$/, "");
}

function builtIn(id: string, text: string): TemplateSource {
  return { id, name: "built-in", isBuiltIn: true, key: `built-in ${id}`, read: () => ({ text }) };
}

/** Only a bounded number of files. What is no plain file is among them, so that its reader says what it is. */
function yamlFiles(folder: string, problems: Skipped[]): string[] {
  let entries: Dirent[];
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch {
    return []; // Most have no templates of their own.
  }
  const names = entries.filter((entry) => /\.ya?ml$/.test(entry.name)).map(({ name }) => name);
  if (names.length > TEMPLATES_MAX) {
    problems.push({ file: folder, message: `it holds more than ${TEMPLATES_MAX} templates: the others are not read` });
  }
  return names.sort().slice(0, TEMPLATES_MAX);
}

/** A project's folder that is a link leads to somebody else's files. */
function isPlainFolder(workspace: string): boolean {
  try {
    const folders = TEMPLATE_FOLDER.map((_name, at) => join(workspace, ...TEMPLATE_FOLDER.slice(0, at + 1)));
    return folders.every((folder) => lstatSync(folder).isDirectory());
  } catch {
    return false;
  }
}

type FileText = ReturnType<TemplateSource["read"]>;

/** Users keep their settings where they like: their own links are followed. */
function readUserFile(path: string): FileText {
  try {
    const real = realpathSync(path);
    return readProjectFile(dirname(real), [basename(real)], TEMPLATE_FILE_BYTES_MAX) ?? { problem: "it is gone" };
  } catch (cause) {
    return { problem: `it cannot be read (${(cause as { code?: string }).code ?? "unknown failure"})` };
  }
}

function readBounded(workspace: string, name: string, budget: { bytesLeft: number }): FileText {
  if (budget.bytesLeft <= 0) {
    return { problem: `this project's templates are larger than ${formatBytes(TEMPLATES_BYTES_MAX)} together` };
  }
  const file = readProjectFile(workspace, [...TEMPLATE_FOLDER, name], TEMPLATE_FILE_BYTES_MAX);
  if (!file) return { problem: "it is gone" };
  if ("text" in file) budget.bytesLeft -= Buffer.byteLength(file.text);
  return file;
}
