// Specialists, in YAML: the built-in ones, and a project's own, which stand in for them. A project's files are read
// at every call, so that an edit counts at once; one that is broken is reported, the others work.
import { dirname, join } from "node:path";
import { AppError } from "../../base/errors.ts";
import { BUILT_IN, type Role, type RoleProblem } from "./role.ts";
import { type RolesRead, readRoles } from "./role-file.ts";
import { type RoleFileRead, readRoleFiles, roleIdOf } from "./role-folder.ts";
import { noSuchRole, rolesCalled, roleWord } from "./role-lookup.ts";
import { ROLE_TEXTS } from "./role-texts.ts";

/** Files that are kept as they were read, of all projects. */
const PARSED_MAX = 1_000;

export class Roles {
  #builtIn: Promise<Role[]> | undefined;
  readonly #parsed = new Map<string, { readonly text: string; readonly read: RolesRead }>();

  /** Every role of a workspace, by id, and what is wrong with its role files. */
  async list(workspace: string): Promise<RolesRead> {
    this.#builtIn ??= readBuiltIn();
    const own = new Map<string, Role>();
    const problems: RoleProblem[] = [];
    for (const file of readRoleFiles(workspace)) {
      const read = await this.#read(workspace, file);
      problems.push(...read.problems);
      for (const role of read.roles) {
        const first = own.get(roleWord(role.id));
        if (!first) own.set(roleWord(role.id), role);
        else if (dirname(first.source) === dirname(role.source)) problems.push(second(role, first));
      }
    }
    if (own.size === 0) return { roles: await this.#builtIn, problems };
    // Whoever asks for a role by its name means the project's: a built-in one of that name would only be in the way.
    const taken = new Set([...own.values()].flatMap(({ id, name }) => [roleWord(id), roleWord(name)]));
    return { roles: sorted([...(await this.#builtIn).filter(({ id }) => !taken.has(id)), ...own.values()]), problems };
  }

  /**
   * The role that a task names: by id, by name, or by the old word for a project's own. To whoever works on a task,
   * a role whose file is broken is one that is not there, so that the work can go on without it.
   */
  find(workspace: string, word: string): Promise<Role> {
    return this.#only(workspace, word, "not_found");
  }

  /** The same, for whoever wants to see the role: a broken file is an input to mend. */
  show(workspace: string, word: string): Promise<Role> {
    return this.#only(workspace, word, "invalid_input");
  }

  async #only(workspace: string, word: string, codeOfBroken: "not_found" | "invalid_input"): Promise<Role> {
    const { roles, problems } = await this.list(workspace);
    const called = rolesCalled(roles, word);
    const [role] = called;
    if (role && called.length === 1) return role;
    const isAbout = ({ role: id, file }: RoleProblem) => roleWord(id ?? roleIdOf(file)) === roleWord(word);
    const broken = role ? undefined : problems.find((problem) => !problem.ignored && isAbout(problem));
    throw broken ? brokenRole(codeOfBroken, word, broken) : noSuchRole(word, roles, called);
  }

  /** Reading a file costs little, and an edit counts at once; parsing one that somebody made for it costs much. */
  async #read(workspace: string, { file, isOld, content }: RoleFileRead): Promise<RolesRead> {
    const id = roleIdOf(file);
    if ("problem" in content) return { roles: [], problems: [{ file, message: content.problem }] };
    const path = join(workspace, file);
    const known = this.#parsed.get(path);
    if (known?.text === content.text) return known.read;
    const read = await readRoles({ file, id, text: content.text, isOld });
    if (this.#parsed.size >= PARSED_MAX) this.#parsed.clear();
    this.#parsed.set(path, { text: content.text, read });
    return read;
  }
}

function brokenRole(code: "not_found" | "invalid_input", word: string, { file, line, message }: RoleProblem): AppError {
  return new AppError(code, `cannot use role ${word}: ${file}: ${message}`, {
    hint: `Mend line ${line ?? 1} of ${file}.`,
  });
}

function second({ id, source }: Role, first: Role): RoleProblem {
  return { file: source, role: id, message: `${first.source} holds role ${first.id} too, and counts`, ignored: true };
}

async function readBuiltIn(): Promise<Role[]> {
  const read = await Promise.all([...ROLE_TEXTS].map(([id, text]) => readRoles({ file: BUILT_IN, id, text })));
  const roles = read.flatMap(({ roles, problems: [problem] }) => {
    if (problem) throw new Error(`built-in role: ${problem.message}`);
    return roles;
  });
  return sorted(roles);
}

function sorted(roles: readonly Role[]): Role[] {
  return roles.toSorted((a, b) => (a.id < b.id ? -1 : 1));
}
