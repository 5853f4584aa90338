// Plans with parameters, in YAML: the built-in ones, the user's own, and a project's. Of two with the same id the
// later one counts, and says where it comes from. A project's template needs no trust although somebody else may
// have written it: it is only text for a plan, whose tasks are worked under the same rules as all others. So what
// holds for every file of a project is enough: it is bounded, and never read through a link.

import { z } from "zod";
import { AppError } from "../../base/errors.ts";
import { WORD_CHARS_MAX } from "../../base/limits.ts";
import { clip, didYouMean, printable } from "../../base/text.ts";
import { BUILT_IN_TEMPLATES, readHead, type TemplateHead } from "./template-built-in.ts";
import { TemplateFile } from "./template-file.ts";
import { planOf, type TemplatePlan } from "./template-plan.ts";
import { brokenTemplate, type ReadTemplate, readTemplate } from "./template-read.ts";
import { type TemplateSource, templateSources } from "./template-sources.ts";

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

/** Files that are kept as they were read, of all projects. */
const PARSED_MAX = 300;
const NAMES_SHOWN_CHARS_MAX = 500;

export class Templates {
  readonly #userFolder: string | undefined;
  #heads: Promise<ReadonlyMap<string, TemplateHead>> | undefined;
  readonly #parsed = new Map<string, { readonly text: string; readonly read: ReadTemplate }>();

  /** `userFolder` holds the user's own templates. */
  constructor(userFolder: string | undefined) {
    this.#userFolder = userFolder;
  }

  /** Every template, by id. A broken file is a problem, and hides what it stands in for: nobody gets another plan than they wrote. */
  async list(workspace: string): Promise<TemplateSet> {
    const { sources, problems: skipped } = templateSources(workspace, this.#userFolder);
    const problems: TemplateProblem[] = [...skipped];
    const templates: TemplateBrief[] = [];
    for (const source of sources.values()) {
      const { id, name: file } = source;
      const head = source.isBuiltIn ? (await this.#builtIn()).get(id) : await this.#head(source);
      if (head && "problems" in head) problems.push(...head.problems.map((problem) => ({ file, ...problem })));
      else if (head) templates.push({ id, source: file, ...head });
    }
    return { templates: templates.sort((a, b) => (a.id < b.id ? -1 : 1)), problems };
  }

  async show(workspace: string, id: string): Promise<Template> {
    const source = this.#find(workspace, id);
    return { id, source: source.name, ...(await this.#use(source)) };
  }

  /** The file of a template as it stands, to begin an own one from. */
  text(workspace: string, id: string): string {
    const source = this.#find(workspace, id);
    const read = source.read();
    if ("text" in read) return read.text;
    throw brokenTemplate(source.name, [{ message: read.problem }]);
  }

  /** The plan that a template makes of these values. */
  async plan(workspace: string, id: string, values: Readonly<Record<string, unknown>>): Promise<TemplatePlan> {
    return planOf(id, await this.#use(this.#find(workspace, id)), values);
  }

  #builtIn(): Promise<ReadonlyMap<string, TemplateHead>> {
    const heads = () => [...BUILT_IN_TEMPLATES].map(async ([id, text]) => [id, await readHead(text)] as const);
    this.#heads ??= Promise.all(heads()).then((read) => new Map(read));
    return this.#heads;
  }

  async #head(source: TemplateSource): Promise<TemplateHead | Extract<ReadTemplate, { problems: unknown }>> {
    const read = await this.#read(source);
    if ("problems" in read) return read;
    const { name, description, parameters, tasks } = read.template;
    return { name, description, parameters, tasks: tasks.length };
  }

  #find(workspace: string, id: string): TemplateSource {
    const { sources } = templateSources(workspace, this.#userFolder);
    const source = sources.get(id);
    if (source) return source;
    const names = [...sources.keys()].sort();
    throw new AppError("not_found", `no template ${printable(clip(id, WORD_CHARS_MAX))}`, {
      hint: didYouMean(id, names, `There are ${clip(names.join(", "), NAMES_SHOWN_CHARS_MAX)}.`),
    });
  }

  async #use(source: TemplateSource): Promise<TemplateFile> {
    const read = await this.#read(source);
    if ("template" in read) return read.template;
    throw brokenTemplate(source.name, read.problems);
  }

  /** An edit counts at the next call: the file is read each time, and parsed when its text is another one. */
  async #read(source: TemplateSource): Promise<ReadTemplate> {
    const file = source.read();
    if ("problem" in file) return { problems: [{ message: file.problem }] };
    const known = this.#parsed.get(source.key);
    if (known?.text === file.text) return known.read;
    const read = await readTemplate(file.text);
    if (this.#parsed.size >= PARSED_MAX) this.#parsed.clear();
    this.#parsed.set(source.key, { text: file.text, read });
    return read;
  }
}
