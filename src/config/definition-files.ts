// Files of one kind that people write in YAML, like templates: the built-in ones, the user's own, and a project's. Of
// two with the same id the later one counts, and says where it comes from.
import { type Dirent, lstatSync, readdirSync, realpathSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { formatBytes } from "../base/bytes.ts";
import { AppError } from "../base/errors.ts";
import { WORD_CHARS_MAX } from "../base/limits.ts";
import { clip, didYouMean, printable } from "../base/text.ts";
import { brokenDefinition, type ReadDefinition } from "./definition-text.ts";
import { readProjectFile } from "./project-file.ts";

/** Of a definition, and of the name of its file. */
export const DEFINITION_ID = /^[a-z0-9][a-z0-9_-]{0,63}$/;

export interface DefinitionKind<T> {
  /** What one is called. */
  readonly noun: string;
  /** Texts by id. */
  readonly builtIn: ReadonlyMap<string, string>;
  /** Where a project has its own. */
  readonly folder: readonly string[];
  readonly filesMax: number;
  readonly fileBytesMax: number;
  /** Of all of a project's together. */
  readonly projectBytesMax: number;
  read(text: string): Promise<ReadDefinition<T>>;
}

export type DefinitionText = { readonly text: string } | { readonly problem: string };
export type DefinitionOrigin = "built-in" | "user" | "project";

export interface DefinitionSource {
  readonly id: string;
  /** As it is shown. */
  readonly name: string;
  readonly origin: DefinitionOrigin;
  /** No other source of any project has it. */
  readonly key: string;
  /** The text as it is now. */
  text(): DefinitionText;
}

interface Skipped {
  readonly file: string;
  readonly message: string;
}

interface Sources {
  readonly sources: ReadonlyMap<string, DefinitionSource>;
  /** Files that cannot be one, whatever they hold. */
  readonly problems: readonly Skipped[];
}

/** Files that are kept as they were read, of all projects. */
const PARSED_MAX = 300;
const NAMES_SHOWN_CHARS_MAX = 500;
const NO_ID = "its name is no id: small letters, digits, - and _, at most 64";

export class DefinitionFiles<T> {
  readonly #kind: DefinitionKind<T>;
  readonly #userFolder: string | undefined;
  readonly #parsed = new Map<string, { readonly text: string; readonly read: ReadDefinition<T> }>();

  /** `userFolder` holds the user's own. */
  constructor(kind: DefinitionKind<T>, userFolder: string | undefined) {
    this.#kind = kind;
    this.#userFolder = userFolder;
  }

  /** Of each id the source that counts. */
  sources(workspace: string): Sources {
    const { builtIn, folder } = this.#kind;
    const sources = new Map<string, DefinitionSource>();
    for (const [id, text] of builtIn)
      sources.set(id, { id, name: "built-in", origin: "built-in", key: `built-in ${id}`, text: () => ({ text }) });
    const problems: Skipped[] = [];
    const add = (file: string, source: (id: string) => DefinitionSource) => {
      const id = definitionId(file);
      const before = sources.get(id);
      if (!DEFINITION_ID.test(id)) problems.push({ file: printable(file), message: NO_ID });
      else sources.set(id, source(id));
      if (before && dirname(before.name) === dirname(file)) {
        problems.push({ file: before.name, message: `${basename(file)} is ${this.#kind.noun} ${id} too, and counts` });
      }
    };
    const user = this.#userFolder;
    for (const name of user === undefined ? [] : this.#yamlFiles(user, problems)) {
      const path = join(user ?? "", name);
      add(path, (id) => ({ id, name: path, origin: "user", key: path, text: () => this.#userText(path) }));
    }
    const budget = { bytesLeft: this.#kind.projectBytesMax };
    for (const name of isPlainFolder(workspace, folder) ? this.#yamlFiles(join(workspace, ...folder), problems) : []) {
      const path = join(...folder, name);
      add(path, (id) => ({
        id,
        name: path,
        origin: "project",
        key: join(workspace, path),
        text: () => this.#projectText(workspace, name, budget),
      }));
    }
    return { sources, problems };
  }

  has(workspace: string, id: string): boolean {
    return this.sources(workspace).sources.has(id);
  }

  find(workspace: string, id: string): DefinitionSource {
    const { sources } = this.sources(workspace);
    const source = sources.get(id);
    if (source) return source;
    const names = [...sources.keys()].sort();
    throw new AppError("not_found", `no ${this.#kind.noun} ${printable(clip(id, WORD_CHARS_MAX))}`, {
      hint: didYouMean(id, names, `There are ${clip(names.join(", "), NAMES_SHOWN_CHARS_MAX)}.`),
    });
  }

  /** The file as it stands, whatever it holds. */
  text(source: DefinitionSource): string {
    const read = source.text();
    if ("text" in read) return read.text;
    throw brokenDefinition(this.#kind.noun, source.name, [{ message: read.problem }]);
  }

  async use(source: DefinitionSource): Promise<T> {
    const read = await this.read(source);
    if ("definition" in read) return read.definition;
    throw brokenDefinition(this.#kind.noun, source.name, read.problems);
  }

  /** An edit counts at the next call: the file is read each time, and parsed when its text is another one. */
  async read(source: DefinitionSource): Promise<ReadDefinition<T>> {
    const file = source.text();
    if ("problem" in file) return { problems: [{ message: file.problem }] };
    const known = this.#parsed.get(source.key);
    if (known?.text === file.text) return known.read;
    const read = await this.#kind.read(file.text);
    if (this.#parsed.size >= PARSED_MAX) this.#parsed.clear();
    this.#parsed.set(source.key, { text: file.text, read });
    return read;
  }

  /** Only a bounded number of files. What is no plain file is among them, so that its reader says what it is. */
  #yamlFiles(folder: string, problems: Skipped[]): string[] {
    const { filesMax, noun } = this.#kind;
    let entries: Dirent[];
    try {
      entries = readdirSync(folder, { withFileTypes: true });
    } catch {
      return []; // Most have none of their own.
    }
    const names = entries.filter((entry) => /\.ya?ml$/.test(entry.name)).map(({ name }) => name);
    if (names.length > filesMax) {
      problems.push({ file: folder, message: `it holds more than ${filesMax} ${noun}s: the others are not read` });
    }
    return names.sort().slice(0, filesMax);
  }

  /** Users keep their settings where they like: their own links are followed. */
  #userText(path: string): DefinitionText {
    try {
      const real = realpathSync(path);
      return readProjectFile(dirname(real), [basename(real)], this.#kind.fileBytesMax) ?? { problem: "it is gone" };
    } catch (cause) {
      return { problem: `it cannot be read (${(cause as { code?: string }).code ?? "unknown failure"})` };
    }
  }

  #projectText(workspace: string, name: string, budget: { bytesLeft: number }): DefinitionText {
    const { folder, fileBytesMax, projectBytesMax, noun } = this.#kind;
    if (budget.bytesLeft <= 0) {
      return { problem: `this project's ${noun}s are larger than ${formatBytes(projectBytesMax)} together` };
    }
    const file = readProjectFile(workspace, [...folder, name], fileBytesMax);
    if (!file) return { problem: "it is gone" };
    if ("text" in file) budget.bytesLeft -= Buffer.byteLength(file.text);
    return file;
  }
}

/** Where a user's own lie, beside their settings. */
export function userDefinitions(configFolder: string, noun: string): string {
  return join(configFolder, `${noun}s`);
}

export function definitionId(file: string): string {
  return basename(file).replace(/\.ya?ml$/, "");
}

/** A project's folder that is a link leads to somebody else's files. */
function isPlainFolder(workspace: string, folder: readonly string[]): boolean {
  try {
    const folders = folder.map((_name, at) => join(workspace, ...folder.slice(0, at + 1)));
    return folders.every((path) => lstatSync(path).isDirectory());
  } catch {
    return false;
  }
}
