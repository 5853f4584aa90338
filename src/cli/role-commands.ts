import { basename, dirname, join, resolve } from "node:path";
import { AppError } from "../base/errors.ts";
import { BUILT_IN, type RoleProblem } from "../tasks/roles/role.ts";
import { type RolesRead, readRoles } from "../tasks/roles/role-file.ts";
import { OLD_ROLE_FOLDER, readRoleFile, roleIdOf } from "../tasks/roles/role-folder.ts";
import { writeNewRole } from "../tasks/roles/role-new.ts";
import { Roles } from "../tasks/roles/roles.ts";
import type { Command } from "./command.ts";

const roleNew: Command = {
  words: ["role", "new"],
  summary: "Writes a role file to start from, .cadre/roles/ID.yaml; never over one that is there.",
  positional: ["id"],
  run: async ({ workspace }, input) => {
    const { id } = input.values;
    if (!id) {
      throw new AppError("invalid_input", "cannot write a role: no id was given", {
        hint: "Write it like: cadre role new release_manager",
      });
    }
    return { id, file: writeNewRole(workspace, id), workspace };
  },
};

const roleValidate: Command = {
  words: ["role", "validate"],
  summary: "Looks for mistakes in the project's role files, or in one file, and says in which line they are.",
  positional: ["file?"],
  run: async ({ workspace, runtime }, input) => {
    const { file } = input.values;
    const { roles, problems } =
      file === undefined ? await new Roles().list(workspace) : await readOne(resolve(runtime.host.cwd, file), file);
    const mistakes = problems.filter(({ ignored }) => !ignored);
    if (mistakes.length > 0) throw mistaken(mistakes);
    const rows = roles
      .filter(({ source }) => source !== BUILT_IN)
      .map(({ id, name, source }) => ({ id, name, source }));
    return { valid: rows.length, ...(rows.length > 0 ? { roles: rows } : {}), ...ignoredOf(problems) };
  },
};

/** A file that somebody names may lie anywhere, like one that is still being written. */
async function readOne(path: string, file: string): Promise<RolesRead> {
  const content = readRoleFile(dirname(path), [basename(path)]);
  if ("problem" in content) return { roles: [], problems: [{ file, message: content.problem }] };
  const isOld = path.endsWith(join(...OLD_ROLE_FOLDER, basename(path)));
  return readRoles({ file, id: roleIdOf(file), text: content.text, isOld });
}

function ignoredOf(problems: readonly RoleProblem[]): { ignored?: { place: string; message: string }[] } {
  if (problems.length === 0) return {};
  return { ignored: problems.map((problem) => ({ place: placeOf(problem), message: problem.message })) };
}

function mistaken(mistakes: readonly RoleProblem[]): AppError {
  const files = [...new Set(mistakes.map(({ file }) => file))];
  const what = files.length === 1 ? files[0] : `${files.length} role files`;
  const lines = mistakes.map((problem) => `\n  ${placeOf(problem)}  ${problem.message}`);
  const count = `${mistakes.length} ${mistakes.length === 1 ? "mistake" : "mistakes"}`;
  return new AppError("invalid_input", `cannot use ${what}: ${count}${lines.join("")}`, {
    hint: "Mend the lines, then look again. What a role file may say: cadre role new ID writes an example.",
    fields: mistakes.map((problem) => ({ path: placeOf(problem), message: problem.message })),
  });
}

/** As editors and terminals link it: file, line, column. */
function placeOf({ file, line, column }: RoleProblem): string {
  return [file, line, column].filter((part) => part !== undefined).join(":");
}

export const roleCommands: readonly Command[] = [roleNew, roleValidate];
