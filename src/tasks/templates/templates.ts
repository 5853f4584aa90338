// Plans with parameters, in YAML: the built-in ones, the user's own, and a project's. A project's template needs no
// trust although somebody else may have written it: it is only text for a plan, whose tasks are worked under the same
// rules as all others. So what holds for every file of a project is enough: it is bounded, and never read through a
// link.

import { z } from "zod";
import { TEMPLATE_FILE_BYTES_MAX, TEMPLATES_BYTES_MAX, TEMPLATES_MAX, WORD_CHARS_MAX } from "../../base/limits.ts";
import { DefinitionFiles, type DefinitionKind, type DefinitionSource } from "../../config/definition-files.ts";
import type { ReadDefinition } from "../../config/definition-text.ts";
import { BUILT_IN_TEMPLATES, readHead, type TemplateHead } from "./template-built-in.ts";
import { TemplateFile } from "./template-file.ts";
import { planOf, type TemplatePlan } from "./template-plan.ts";
import { readTemplate } from "./template-read.ts";

/** A template as it is shown. */
export const Template = z.object({
  id: z.string().max(WORD_CHARS_MAX),
  source: z.string().describe('"built-in", or the file that it comes from.'),
  ...TemplateFile.shape,
});
export type Template = z.infer<typeof Template>;

/** A template as one row of a list. Of its tasks it says how many are written down. */
export type TemplateBrief = Pick<Template, "id" | "source"> & TemplateHead;

export const TemplateProblem = z.object({
  file: z.string(),
  line: z.number().int().optional(),
  column: z.number().int().optional(),
  message: z.string(),
});
export type TemplateProblem = z.infer<typeof TemplateProblem>;

export interface TemplateSet {
  readonly templates: TemplateBrief[];
  readonly problems: TemplateProblem[];
}

export const TEMPLATES: DefinitionKind<TemplateFile> = {
  noun: "template",
  builtIn: BUILT_IN_TEMPLATES,
  folder: [".cadre", "templates"],
  filesMax: TEMPLATES_MAX,
  fileBytesMax: TEMPLATE_FILE_BYTES_MAX,
  projectBytesMax: TEMPLATES_BYTES_MAX,
  read: readTemplate,
};

export class Templates {
  readonly #files: DefinitionFiles<TemplateFile>;
  #heads: Promise<ReadonlyMap<string, TemplateHead>> | undefined;

  /** `userFolder` holds the user's own templates. */
  constructor(userFolder: string | undefined) {
    this.#files = new DefinitionFiles(TEMPLATES, userFolder);
  }

  /** Every template, by id. A broken file is a problem, and hides what it stands in for: nobody gets another plan than they wrote. */
  async list(workspace: string): Promise<TemplateSet> {
    const { sources, problems: skipped } = this.#files.sources(workspace);
    const problems: TemplateProblem[] = [...skipped];
    const templates: TemplateBrief[] = [];
    for (const source of sources.values()) {
      const { id, name: file } = source;
      const head = source.origin === "built-in" ? (await this.#builtIn()).get(id) : await this.#head(source);
      if (head && "problems" in head) problems.push(...head.problems.map((problem) => ({ file, ...problem })));
      else if (head) templates.push({ id, source: file, ...head });
    }
    return { templates: templates.sort((a, b) => (a.id < b.id ? -1 : 1)), problems };
  }

  async show(workspace: string, id: string): Promise<Template> {
    const source = this.#files.find(workspace, id);
    return { id, source: source.name, ...(await this.#files.use(source)) };
  }

  /** The plan that a template makes of these values. */
  async plan(workspace: string, id: string, values: Readonly<Record<string, unknown>>): Promise<TemplatePlan> {
    return planOf(id, await this.#files.use(this.#files.find(workspace, id)), values);
  }

  #builtIn(): Promise<ReadonlyMap<string, TemplateHead>> {
    const heads = () => [...BUILT_IN_TEMPLATES].map(async ([id, text]) => [id, await readHead(text)] as const);
    this.#heads ??= Promise.all(heads()).then((read) => new Map(read));
    return this.#heads;
  }

  async #head(
    source: DefinitionSource,
  ): Promise<TemplateHead | Extract<ReadDefinition<unknown>, { problems: unknown }>> {
    const read = await this.#files.read(source);
    if ("problems" in read) return read;
    const { name, description, parameters, tasks } = read.definition;
    return { name, description, parameters, tasks: tasks.length };
  }
}
