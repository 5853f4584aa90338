import { mkdirSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { AppError } from "../base/errors.ts";
import { TEMPLATE_FILE_BYTES_MAX } from "../base/limits.ts";
import { readProjectFile } from "../config/project-file.ts";
import { writeNewTemplate } from "../tasks/templates/template-new.ts";
import { placeOf, readTemplate } from "../tasks/templates/template-read.ts";
import { TEMPLATE_FOLDER, templateId } from "../tasks/templates/template-sources.ts";
import { type TemplateProblem, Templates } from "../tasks/templates/templates.ts";
import { type CliContext, type Command, isSet } from "./command.ts";

const templateNew: Command = {
  words: ["template", "new"],
  summary: "Writes a template file to start from, .cadre/templates/ID.yaml; never over one that is there.",
  positional: ["id"],
  flags: {
    from: { kind: "text", help: "Begin with the text of this template." },
    user: { kind: "boolean", help: "For all your projects: in the folder of your own settings." },
  },
  run: async (context, input) => {
    const { id } = input.values;
    if (!id) {
      throw new AppError("invalid_input", "cannot write a template: no id was given", {
        hint: "Write it like: cadre template new release-train",
      });
    }
    const from = input.flags["from"]?.at(-1);
    const text = from === undefined ? undefined : templatesOf(context).text(context.workspace, from);
    const isUsers = isSet(input, "user");
    const [root, folder] = isUsers
      ? [context.config.folders.config, USER_FOLDER]
      : [context.workspace, TEMPLATE_FOLDER];
    // Whoever has no settings of their own yet has no folder for them.
    if (isUsers) mkdirSync(root, { recursive: true, mode: USER_FOLDER_MODE });
    return { id, file: join(root, writeNewTemplate(root, folder, { id, text })) };
  },
};

const templateValidate: Command = {
  words: ["template", "validate"],
  summary: "Looks for mistakes in your templates and the project's, or in one file, and says in which line they are.",
  positional: ["file?"],
  run: async (context, input) => {
    const { file } = input.values;
    const { valid, problems } = file === undefined ? await validateAll(context) : await validateFile(context, file);
    if (problems.length > 0) throw mistaken(problems);
    return { valid: valid.length, ...(valid.length > 0 ? { templates: valid } : {}) };
  },
};

interface Validated {
  readonly valid: readonly { readonly id: string; readonly name: string; readonly source: string }[];
  readonly problems: readonly TemplateProblem[];
}

async function validateAll(context: CliContext): Promise<Validated> {
  const { templates, problems } = await templatesOf(context).list(context.workspace);
  const own = templates.filter(({ source }) => source !== "built-in");
  return { valid: own.map(({ id, name, source }) => ({ id, name, source })), problems };
}

/** A file that somebody names may lie anywhere, like one that is still being written. */
async function validateFile({ runtime }: CliContext, source: string): Promise<Validated> {
  const path = resolve(runtime.host.cwd, source);
  const file = readProjectFile(dirname(path), [basename(path)], TEMPLATE_FILE_BYTES_MAX) ?? {
    problem: "it is not there",
  };
  if ("problem" in file) return { valid: [], problems: [{ file: source, message: file.problem }] };
  const read = await readTemplate(file.text);
  if ("problems" in read)
    return { valid: [], problems: read.problems.map((problem) => ({ file: source, ...problem })) };
  return { valid: [{ id: templateId(path), name: read.template.name, source }], problems: [] };
}

/** Below the folder of the user's settings. */
const USER_FOLDER = ["templates"] as const;
const USER_FOLDER_MODE = 0o700;

function templatesOf({ config }: CliContext): Templates {
  return new Templates(join(config.folders.config, ...USER_FOLDER));
}

function mistaken(problems: readonly TemplateProblem[]): AppError {
  const files = [...new Set(problems.map(({ file }) => file))];
  const what = files.length === 1 ? files[0] : `${files.length} template files`;
  const fields = problems.map((problem) => ({ path: placeOf(problem), message: problem.message }));
  const lines = fields.map(({ path, message }) => `\n  ${path}  ${message}`).join("");
  const count = `${problems.length} ${problems.length === 1 ? "mistake" : "mistakes"}`;
  return new AppError("invalid_input", `cannot use ${what}: ${count}${lines}`, {
    hint: "Mend the lines, then look again. What a template may say: cadre template new ID writes an example.",
    fields,
  });
}

export const templateCommands: readonly Command[] = [templateNew, templateValidate];
