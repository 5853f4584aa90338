// Specialists, in YAML: the built-in ones, and a project's own, which override them by id. A project's
// files are read at every call, so that an edit counts at once; one that is broken is reported, the others work.
import { type Dirent, lstatSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { z } from "zod";
import architect from "../../roles/architect.yaml" with { type: "text" };
import debuggerRole from "../../roles/debugger.yaml" with { type: "text" };
import documenter from "../../roles/documenter.yaml" with { type: "text" };
import implementer from "../../roles/implementer.yaml" with { type: "text" };
import { AppError } from "../base/errors.ts";
import {
  DESCRIPTION_CHARS_MAX,
  ROLE_FILE_BYTES_MAX,
  ROLE_LINES_MAX,
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
const FOLDER = [".cadre", "roles"] as const;

export interface RoleSet {
  readonly roles: Role[];
  readonly problems: RoleProblem[];
}

export class Roles {
  #builtIn: Promise<Role[]> | undefined;

  /** Every role of a workspace, by id, and what is wrong with files that could not be read. */
  async list(workspace: string): Promise<RoleSet> {
    this.#builtIn ??= readBuiltIn();
    const byId = new Map((await this.#builtIn).map((role) => [role.id, role]));
    const problems: RoleProblem[] = [];
    for (const path of roleFiles(workspace)) {
      const read = await readRoleFile(workspace, path);
      if ("role" in read) byId.set(read.role.id, read.role);
      else problems.push(read.problem);
    }
    return { roles: [...byId.values()].sort((a, b) => (a.id < b.id ? -1 : 1)), problems };
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
    throw new AppError("not_found", `no role ${id}`, { hint: didYouMean(id, names, `There are ${names.join(", ")}.`) });
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

type ReadRole = { readonly role: Role } | { readonly problem: RoleProblem };

async function readRoleFile(workspace: string, file: string): Promise<ReadRole> {
  const id = idOf(file);
  if (id.length > WORD_CHARS_MAX) {
    return { problem: { file, message: `its name is longer than ${WORD_CHARS_MAX} characters` } };
  }
  const read = readProjectFile(workspace, [...FOLDER, basename(file)], ROLE_FILE_BYTES_MAX);
  if (!read) return { problem: { file, message: "it is gone" } };
  return "problem" in read ? { problem: { file, message: read.problem } } : readRole(id, read.text, file);
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
