// Specialists, in YAML: the built-in ones, and a project's own, which override them by id. A project's
// files are read at every call, so that an edit counts at once; one that is broken is reported, the others work.
import { type Dirent, lstatSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { z } from "zod";
import architect from "../../roles/architect.yaml" with { type: "text" };
import debuggerRole from "../../roles/debugger.yaml" with { type: "text" };
import documenter from "../../roles/documenter.yaml" with { type: "text" };
import implementer from "../../roles/implementer.yaml" with { type: "text" };
import { formatBytes } from "../base/bytes.ts";
import { AppError } from "../base/errors.ts";
import {
  DESCRIPTION_CHARS_MAX,
  ROLE_FILE_BYTES_MAX,
  ROLE_LINES_MAX,
  ROLES_BYTES_MAX,
  ROLES_MAX,
  WORD_CHARS_MAX,
} from "../base/limits.ts";
import { clip, didYouMean, printable } from "../base/text.ts";
import { readProjectFile } from "../config/project-file.ts";
import { readYaml } from "../config/yaml.ts";

const Line = z.string().trim().min(1).max(DESCRIPTION_CHARS_MAX);

/** What a role file may say: a misspelled key is an error, not a silence. */
const RoleFile = z.strictObject({
  name: Line,
  description: Line,
  expertise: z.array(Line).max(ROLE_LINES_MAX).default([]),
  approach: z.array(Line).max(ROLE_LINES_MAX).default([]),
  output_format: Line.optional(),
});

/** A role as it is shown, whole or in part. */
export const Role = z.object({
  ...RoleFile.shape,
  id: z.string().max(WORD_CHARS_MAX),
  source: z.string().describe('"built-in", or the file of the project that it comes from.'),
});
export type Role = z.infer<typeof Role>;

export const RoleProblem = z.object({
  file: z.string(),
  line: z.number().int().optional(),
  column: z.number().int().optional(),
  message: z.string(),
});
export type RoleProblem = z.infer<typeof RoleProblem>;

const BUILT_IN: Readonly<Record<string, string>> = { architect, debugger: debuggerRole, documenter, implementer };
/** Files that are kept as they were read, of all projects. */
const PARSED_MAX = 1_000;
const FOLDER = [".cadre", "roles"] as const;

export interface RoleSet {
  readonly roles: Role[];
  readonly problems: RoleProblem[];
}

export class Roles {
  #builtIn: Promise<Role[]> | undefined;
  readonly #parsed = new Map<string, { readonly text: string; readonly read: ReadRole }>();

  /** Every role of a workspace, by id, and what is wrong with files that could not be read. */
  async list(workspace: string): Promise<RoleSet> {
    this.#builtIn ??= readBuiltIn();
    const byId = new Map((await this.#builtIn).map((role) => [role.id, role]));
    const problems: RoleProblem[] = [];
    let bytesLeft = ROLES_BYTES_MAX;
    for (const path of roleFiles(workspace)) {
      const file = readRoleFile(workspace, path, bytesLeft);
      bytesLeft -= "text" in file ? Buffer.byteLength(file.text) : 0;
      const read = "problem" in file ? file : await this.#parse(join(workspace, path), path, file.text);
      if ("role" in read) byId.set(read.role.id, read.role);
      else problems.push(read.problem);
    }
    return { roles: [...byId.values()].sort((a, b) => (a.id < b.id ? -1 : 1)), problems };
  }

  /** Reading a file costs little, and an edit counts at once; parsing one that somebody made for it costs much. */
  async #parse(path: string, source: string, text: string): Promise<ReadRole> {
    const known = this.#parsed.get(path);
    if (known?.text === text) return known.read;
    const read = await readRole(idOf(source), text, source);
    if (this.#parsed.size >= PARSED_MAX) this.#parsed.clear();
    this.#parsed.set(path, { text, read });
    return read;
  }

  async show(workspace: string, id: string): Promise<Role> {
    const { roles, problems } = await this.list(workspace);
    const role = roles.find((known) => known.id === id);
    if (role) return role;
    const broken = problems.find(({ file }) => idOf(file) === id);
    if (broken) {
      throw new AppError("invalid_input", `cannot use role ${id}: ${broken.file}: ${broken.message}`, {
        hint: `Mend line ${broken.line ?? 1} of ${broken.file}.`,
      });
    }
    const names = roles.map((known) => known.id);
    throw new AppError("not_found", `no role ${id}`, {
      hint: didYouMean(id, names, `There are ${clip(names.join(", "), NAMES_SHOWN_CHARS_MAX)}.`),
    });
  }
}

async function readBuiltIn(): Promise<Role[]> {
  const read = await Promise.all(Object.entries(BUILT_IN).map(([id, text]) => readRole(id, text, "built-in")));
  return read.map((one) => {
    if ("role" in one) return one.role;
    throw new Error(`built-in role: ${one.problem.message}`);
  });
}

/** A project is untrusted: only a bounded number of files, and never in a folder that is a link. */
function roleFiles(workspace: string): string[] {
  let entries: Dirent[];
  try {
    const folders = FOLDER.map((_name, at) => join(workspace, ...FOLDER.slice(0, at + 1)));
    const isPlain = folders.every((folder) => lstatSync(folder).isDirectory());
    entries = isPlain ? readdirSync(join(workspace, ...FOLDER), { withFileTypes: true }) : [];
  } catch {
    return []; // Most projects have no roles of their own.
  }
  return entries
    .filter((entry) => entry.isFile() && /\.ya?ml$/.test(entry.name))
    .map((entry) => join(...FOLDER, entry.name))
    .sort()
    .slice(0, ROLES_MAX);
}

function idOf(path: string): string {
  return basename(path).replace(/\.ya?ml$/, "");
}

type RoleText = { readonly text: string } | { readonly problem: RoleProblem };
type ReadRole = { readonly role: Role } | { readonly problem: RoleProblem };

function readRoleFile(workspace: string, file: string, bytesLeft: number): RoleText {
  const problem = (message: string) => ({ problem: { file, message } });
  if (idOf(file).length > WORD_CHARS_MAX) return problem(`its name is longer than ${WORD_CHARS_MAX} characters`);
  if (bytesLeft <= 0) return problem(`this project's roles are larger than ${formatBytes(ROLES_BYTES_MAX)} together`);
  const read = readProjectFile(workspace, [...FOLDER, basename(file)], ROLE_FILE_BYTES_MAX);
  if (!read) return problem("it is gone");
  return "problem" in read ? problem(read.problem) : read;
}

async function readRole(id: string, text: string, source: string): Promise<ReadRole> {
  const read = await readYaml(text);
  if ("problem" in read) return { problem: { file: source, ...read.problem } };
  const file = RoleFile.safeParse(read.value);
  if (file.success) return { role: { id, ...file.data, source } };
  const [issue] = file.error.issues;
  const message = `${issue?.path.join(".") || "file"}: ${issue?.message}`;
  return { problem: { file: source, message: printable(clip(message, PROBLEM_CHARS_MAX)) } };
}

const PROBLEM_CHARS_MAX = 200;
const NAMES_SHOWN_CHARS_MAX = 500;
