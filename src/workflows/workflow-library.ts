// Workflows in YAML: the built-in ones, the user's own, and a project's. What a project's say is done on its user's
// behalf, so they run once the user has said that this very text may.
import type { RunTools } from "../base/call-tool.ts";
import { AppError } from "../base/errors.ts";
import { digest } from "../base/ids.ts";
import { isRecord, type Json } from "../base/json.ts";
import { WORKFLOW_FILE_BYTES_MAX, WORKFLOWS_BYTES_MAX, WORKFLOWS_MAX } from "../base/limits.ts";
import { didYouMean } from "../base/text.ts";
import { DefinitionFiles, type DefinitionKind, type DefinitionSource } from "../config/definition-files.ts";
import { brokenDefinition, type KeyProblem, placeProblems, type ReadDefinition } from "../config/definition-text.ts";
import { WORKFLOW_FOLDER } from "../config/trust.ts";
import type { YamlProblem } from "../config/yaml.ts";
import { isRequired } from "../tasks/templates/template-file.ts";
import { codesIn, type Expressions } from "./expressions.ts";
import { isOthers } from "./others-tool.ts";
import { BUILT_IN_WORKFLOWS } from "./workflow-built-in.ts";
import { walk } from "./workflow-check.ts";
import { kindOf, type WorkflowFile } from "./workflow-file.ts";
import { drawWorkflow } from "./workflow-graph.ts";
import { readWorkflow } from "./workflow-read.ts";
import type { WorkflowBrief, WorkflowProblem } from "./workflow-shown.ts";

export const WORKFLOWS: DefinitionKind<WorkflowFile> = {
  noun: "workflow",
  builtIn: BUILT_IN_WORKFLOWS,
  folder: WORKFLOW_FOLDER,
  filesMax: WORKFLOWS_MAX,
  fileBytesMax: WORKFLOW_FILE_BYTES_MAX,
  projectBytesMax: WORKFLOWS_BYTES_MAX,
  read: readWorkflow,
};

/** A workflow as it is now. */
export interface FoundWorkflow {
  readonly id: string;
  readonly source: string;
  readonly text: string;
  readonly digest: string;
  readonly file: WorkflowFile;
  readonly isTrusted: boolean;
}

interface LibraryParts {
  /** Where the user's own lie. */
  readonly userFolder: string | undefined;
  readonly expressions: Expressions;
  readonly tools: RunTools;
  /** Whether the user trusts this text of the project's. */
  isTrusted(workspace: string, file: { readonly path: string; readonly text: string }): boolean;
}

export class WorkflowLibrary {
  readonly #files: DefinitionFiles<WorkflowFile>;
  readonly #parts: LibraryParts;
  /** By the digest of the text, as it was found. */
  readonly #checked = new Map<string, readonly YamlProblem[]>();

  constructor(parts: LibraryParts) {
    this.#parts = parts;
    this.#files = new DefinitionFiles(WORKFLOWS, parts.userFolder);
  }

  /** By id. A broken file is a problem, and hides what it stands in for. */
  async list(workspace: string): Promise<{ workflows: WorkflowBrief[]; problems: WorkflowProblem[] }> {
    const { sources, problems: skipped } = this.#files.sources(workspace);
    const problems: WorkflowProblem[] = [...skipped];
    const workflows: WorkflowBrief[] = [];
    for (const source of [...sources.values()].sort((a, b) => (a.id < b.id ? -1 : 1))) {
      const read = await this.#files.read(source);
      if ("definition" in read) workflows.push(this.#brief(workspace, source, read.definition));
      else problems.push(...read.problems.map((problem) => ({ file: source.name, ...problem })));
    }
    return { workflows, problems };
  }

  async show(workspace: string, id: string): Promise<FoundWorkflow> {
    const source = this.#files.find(workspace, this.#files.has(workspace, id) ? id : ((await aliases()).get(id) ?? id));
    const text = this.#files.text(source);
    const file = await this.#files.use(source);
    const isTrusted = this.#isTrusted(workspace, source, text);
    return { id: source.id, source: source.name, text, digest: digest(text), file, isTrusted };
  }

  /** Its steps in the order in which they are written, those inside others after them. */
  outline({ steps }: WorkflowFile): { id: string; kind: string; title?: string }[] {
    return [...walk(steps, [])].map(({ step }) => ({
      id: step.id,
      kind: kindOf(step),
      ...(step.title === undefined ? {} : { title: step.title }),
    }));
  }

  async graph(workspace: string, id: string): Promise<string> {
    return drawWorkflow((await this.show(workspace, id)).file);
  }

  /** One that may be run: without a mistake, and trusted. */
  async use(workspace: string, id: string): Promise<FoundWorkflow> {
    const found = await this.show(workspace, id);
    if (!found.isTrusted) {
      throw new AppError("forbidden", `cannot run ${id}: ${found.source} is the project's, and not trusted`, {
        hint: "Look at it with workflow_show; whoever trusts it says: cadre trust",
      });
    }
    const problems = await this.#problems(found);
    if (problems.length > 0) throw brokenDefinition("workflow", found.source, problems);
    return found;
  }

  /** Everything that can be known to be wrong with a text before it runs. */
  async validate(text: string): Promise<ReadDefinition<WorkflowFile>> {
    const read = await readWorkflow(text);
    if ("problems" in read) return read;
    const problems = await this.#problems({ text, digest: digest(text), file: read.definition });
    return problems.length > 0 ? { problems } : read;
  }

  #brief(workspace: string, source: DefinitionSource, file: WorkflowFile): WorkflowBrief {
    const inputs = Object.entries(file.inputs);
    const needed = inputs.filter(([, one]) => isRequired(one)).map(([name]) => name);
    return {
      id: source.id,
      name: file.name,
      description: file.description,
      source: source.name,
      steps: [...walk(file.steps, [])].length,
      required: needed,
      optional: inputs.map(([name]) => name).filter((name) => !needed.includes(name)),
      ...(this.#isTrusted(workspace, source, this.#files.text(source)) ? {} : { trusted: false }),
    };
  }

  #isTrusted(workspace: string, { origin, name }: DefinitionSource, text: string): boolean {
    return origin !== "project" || this.#parts.isTrusted(workspace, { path: name, text });
  }

  async #problems(found: Pick<FoundWorkflow, "text" | "digest" | "file">): Promise<readonly YamlProblem[]> {
    const known = this.#checked.get(found.digest);
    if (known) return known;
    const problems = [...this.#toolProblems(found.file), ...(await this.#grammarProblems(found.file))];
    const placed = await placeProblems(found.text, problems);
    if (this.#checked.size >= CHECKED_MAX) this.#checked.clear();
    this.#checked.set(found.digest, placed);
    return placed;
  }

  *#toolProblems({ steps }: WorkflowFile): Generator<KeyProblem> {
    const { tools } = this.#parts;
    for (const { path, step } of walk(steps, ["steps"])) {
      const used = [step.agent?.tools ?? []].flat().filter((one) => !one.includes("${") && !isOthers(one));
      for (const name of used.filter((one) => !tools.facts(one))) {
        const hint = didYouMean(name, [...tools.names()], "cadre --help lists them.");
        yield { path: [...path, "agent", "tools"], message: `there is no tool ${name} for an agent. ${hint}` };
      }
      if (!step.tool || isOthers(step.tool.name)) continue;
      const { name, input = {} } = step.tool;
      const facts = tools.facts(name);
      if (!facts) {
        const hint = didYouMean(name, [...tools.names()], "cadre --help lists them.");
        yield { path: [...path, "tool", "name"], message: `there is no tool ${name} for a workflow. ${hint}` };
        continue;
      }
      for (const key of Object.keys(input).filter((one) => !facts.inputs.includes(one))) {
        const hint = didYouMean(key, [...facts.inputs], `There are ${facts.inputs.join(", ")}.`);
        yield { path: [...path, "tool", "input", key], message: `${name} takes no ${key}. ${hint}` };
      }
    }
  }

  async #grammarProblems({ steps, output, concurrency }: WorkflowFile): Promise<KeyProblem[]> {
    const texts = [
      ...textsIn(steps as Json, ["steps"]),
      ...textsIn(output ?? null, ["output"]),
      ...textsIn(concurrency?.key ?? null, ["concurrency", "key"]),
    ];
    const codes = texts.flatMap(({ path, text }) => codesIn(text).map((code) => ({ path, code })));
    const found = await this.#parts.expressions.problems(
      codes.map(({ code }) => code),
      new AbortController().signal,
    );
    return codes.flatMap(({ path }, at) => {
      const message = found[at];
      return message === undefined ? [] : [{ path, message: `an expression is not JavaScript: ${message}` }];
    });
  }
}

let ofBuiltIn: Promise<ReadonlyMap<string, string>> | undefined;

/** Other names of the workflows that come with cadre. */
function aliases(): Promise<ReadonlyMap<string, string>> {
  ofBuiltIn ??= readAliases();
  return ofBuiltIn;
}

async function readAliases(): Promise<ReadonlyMap<string, string>> {
  const pairs: [string, string][] = [];
  for (const [id, text] of BUILT_IN_WORKFLOWS) {
    const read = await readWorkflow(text);
    if ("definition" in read)
      pairs.push(...(read.definition.aliases ?? []).map((name): [string, string] => [name, id]));
  }
  return new Map(pairs);
}

const CHECKED_MAX = 1_000;

/** Every text of a value in which expressions are worked out: a program's own is left as it is. */
function textsIn(value: Json, path: readonly PropertyKey[]): { path: readonly PropertyKey[]; text: string }[] {
  if (typeof value === "string") return [{ path, text: value }];
  if (Array.isArray(value)) return value.flatMap((inner, at) => textsIn(inner, [...path, at]));
  if (!isRecord(value)) return [];
  const isProgram = path.at(-1) === "code" && typeof value["code"] === "string";
  const isForm = path.at(-1) === "agent";
  return Object.entries(value).flatMap(([key, inner]) =>
    (isProgram && key === "code") || (isForm && key === "output") ? [] : textsIn(inner as Json, [...path, key]),
  );
}
