import { z } from "zod";
import { TEMPLATE_ROW_CHARS_MAX } from "../base/limits.ts";
import { clip } from "../base/text.ts";
import { isRequired } from "../tasks/templates/template-file.ts";
import { Template, TemplateProblem } from "../tasks/templates/templates.ts";
import { workspace } from "./inputs.ts";
import { defineTool } from "./tool.ts";

const Names = z.array(z.string());

export const templateList = defineTool({
  name: "template_list",
  title: "List templates",
  summary: "Plans with parameters for usual kinds of projects: built-in ones, the user's own and the project's.",
  effect: "read",
  toolset: "admin",
  input: z.object({ workspace }),
  output: z.object({
    templates: z.array(
      Template.pick({ id: true, name: true, description: true, source: true }).extend({
        tasks: z.number().int().describe("Before lists repeat some and conditions leave some out."),
        required: Names.describe("Parameters that must have a value."),
        optional: Names,
      }),
    ),
    problems: z.array(TemplateProblem).optional().describe("Template files that cannot be used, one mistake each."),
  }),
  run: async (app, input, call) => {
    const { templates, problems } = await app.templates.list(input.workspace ?? call.workspace);
    const rows = templates.map(({ parameters, ...brief }) => {
      const names = Map.groupBy(Object.entries(parameters), ([, one]) => isRequired(one));
      const of = (required: boolean) => (names.get(required) ?? []).map(([name]) => name);
      const description = clip(brief.description, TEMPLATE_ROW_CHARS_MAX);
      return { ...brief, description, required: of(true), optional: of(false) };
    });
    const firsts = problems.filter(({ file }, at) => problems.findIndex((one) => one.file === file) === at);
    return { templates: rows, ...(firsts.length > 0 ? { problems: firsts } : {}) };
  },
});

export const templateShow = defineTool({
  name: "template_show",
  title: "Show a template",
  summary: "The parameters of a template and the tasks that it makes. With whole, also what each task says.",
  effect: "read",
  toolset: "admin",
  input: z.object({
    id: Template.shape.id,
    whole: z.boolean().optional().describe("With descriptions and acceptance points."),
    workspace,
  }),
  output: Template,
  positional: ["id"],
  run: async (app, input, call) => {
    const template = await app.templates.show(input.workspace ?? call.workspace, input.id);
    if (input.whole) return template;
    return { ...template, tasks: template.tasks.map(({ description: _d, acceptance: _a, ...task }) => task) };
  },
});
