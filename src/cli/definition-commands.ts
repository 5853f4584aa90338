// Files that people write in YAML, from a terminal: a first one to begin from, and what is wrong with those that are
// there.
import { mkdirSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { AppError } from "../base/errors.ts";
import { DefinitionFiles, type DefinitionKind, definitionId, userDefinitions } from "../config/definition-files.ts";
import { placeOf } from "../config/definition-text.ts";
import { writeNewDefinition } from "../config/new-definition.ts";
import { readProjectFile } from "../config/project-file.ts";
import type { YamlProblem } from "../config/yaml.ts";
import { type CliContext, type Command, isSet } from "./command.ts";

interface CommandsFor<T> {
  readonly kind: DefinitionKind<T>;
  /** An id for an example. */
  readonly example: string;
  /** The text that a new one begins with: one that shows what it can do. */
  readonly starter: string;
  /** Mistakes that only show in the context of a call. */
  problems?(context: CliContext, text: string, definition: T): Promise<readonly YamlProblem[]>;
}

interface FileProblem extends YamlProblem {
  readonly file: string;
}

interface Validated {
  readonly valid: readonly { readonly id: string; readonly name: string; readonly source: string }[];
  readonly problems: readonly FileProblem[];
}

export function definitionCommands<T extends { readonly name: string }>(of: CommandsFor<T>): Command[] {
  const { noun } = of.kind;
  return [
    {
      words: [noun, "new"],
      summary: `Writes a ${noun} file to start from, ${of.kind.folder.join("/")}/ID.yaml; never over one that is there.`,
      positional: ["id"],
      flags: {
        from: { kind: "text", help: `Begin with the text of this ${noun}.` },
        user: { kind: "boolean", help: "For all your projects: in the folder of your own settings." },
      },
      run: async (context, input) => {
        const { id } = input.values;
        if (!id) {
          throw new AppError("invalid_input", `cannot write a ${noun}: no id was given`, {
            hint: `Write it like: cadre ${noun} new ${of.example}`,
          });
        }
        const from = input.flags["from"]?.at(-1);
        const files = filesOf(context, of);
        const text = from === undefined ? of.starter : files.text(files.find(context.workspace, from));
        const isUsers = isSet(input, "user");
        const [root, folder] = isUsers
          ? [context.config.folders.config, [`${noun}s`]]
          : [context.workspace, of.kind.folder];
        // Whoever has no settings of their own yet has no folder for them.
        if (isUsers) mkdirSync(root, { recursive: true, mode: USER_FOLDER_MODE });
        return { id, file: join(root, writeNewDefinition(root, folder, { noun, example: of.example, id, text })) };
      },
    },
    {
      words: [noun, "validate"],
      summary: `Looks for mistakes in your ${noun}s and the project's, or in one file, and says in which line they are.`,
      positional: ["file?"],
      run: async (context, input) => {
        const { file } = input.values;
        const { valid, problems } =
          file === undefined ? await validateAll(context, of) : await validateFile(context, of, file);
        if (problems.length > 0) throw mistaken(noun, problems);
        return { valid: valid.length, ...(valid.length > 0 ? { [`${noun}s`]: valid } : {}) };
      },
    },
  ];
}

const USER_FOLDER_MODE = 0o700;

function filesOf<T>(context: CliContext, { kind }: CommandsFor<T>): DefinitionFiles<T> {
  return new DefinitionFiles(kind, userDefinitions(context.config.folders.config, kind.noun));
}

async function validateAll<T extends { readonly name: string }>(
  context: CliContext,
  of: CommandsFor<T>,
): Promise<Validated> {
  const { sources, problems: skipped } = filesOf(context, of).sources(context.workspace);
  const own = [...sources.values()].filter(({ origin }) => origin !== "built-in");
  const looked = await Promise.all(own.map(({ name, text }) => validateText(context, of, name, text())));
  return {
    valid: looked.flatMap(({ valid }) => valid),
    problems: [...skipped, ...looked.flatMap(({ problems }) => problems)],
  };
}

/** A file that somebody names may lie anywhere, like one that is still being written. */
function validateFile<T extends { readonly name: string }>(
  context: CliContext,
  of: CommandsFor<T>,
  source: string,
): Promise<Validated> {
  const path = resolve(context.runtime.host.cwd, source);
  const file = readProjectFile(dirname(path), [basename(path)], of.kind.fileBytesMax);
  return validateText(context, of, source, file ?? { problem: "it is not there" });
}

async function validateText<T extends { readonly name: string }>(
  context: CliContext,
  of: CommandsFor<T>,
  source: string,
  file: { readonly text: string } | { readonly problem: string },
): Promise<Validated> {
  const broken = (problems: readonly YamlProblem[]) => ({
    valid: [],
    problems: problems.map((problem) => ({ file: source, ...problem })),
  });
  if ("problem" in file) return broken([{ message: file.problem }]);
  const read = await of.kind.read(file.text);
  if ("problems" in read) return broken(read.problems);
  const more = (await of.problems?.(context, file.text, read.definition)) ?? [];
  if (more.length > 0) return broken(more);
  return { valid: [{ id: definitionId(source), name: read.definition.name, source }], problems: [] };
}

function mistaken(noun: string, problems: readonly FileProblem[]): AppError {
  const files = [...new Set(problems.map(({ file }) => file))];
  const what = files.length === 1 ? files[0] : `${files.length} ${noun} files`;
  const fields = problems.map((problem) => ({ path: placeOf(problem), message: problem.message }));
  const lines = fields.map(({ path, message }) => `\n  ${path}  ${message}`).join("");
  const count = `${problems.length} ${problems.length === 1 ? "mistake" : "mistakes"}`;
  return new AppError("invalid_input", `cannot use ${what}: ${count}${lines}`, {
    hint: `Mend the lines, then look again. What a ${noun} may say: cadre ${noun} new ID writes an example.`,
    fields,
  });
}
