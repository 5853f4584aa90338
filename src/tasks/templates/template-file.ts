// What a template file says: parameters, and a plan whose texts are filled with their values.
import { z } from "zod";
import {
  PLAN_TASKS_MAX,
  SUMMARY_CHARS_MAX,
  TEMPLATE_ENTRIES_MAX,
  TEMPLATE_PARAMETERS_MAX,
  TEMPLATE_VALUE_CHARS_MAX,
  TITLE_CHARS_MAX,
  WORD_CHARS_MAX,
} from "../../base/limits.ts";
import { PlanItem } from "../plan-item.ts";
import { Task } from "../task.ts";

export const PARAMETER_TYPES = ["text", "number", "boolean", "choice", "list"] as const;
/** A name that stands between {{ and }}. */
const NAME = /^[a-z][a-z0-9_]*$/;
/** In a task with `each`, the entry that this copy is for. */
export const ITEM = "item";

const Line = z.string().trim().min(1).max(SUMMARY_CHARS_MAX);
const Text = z.string().trim().max(TEMPLATE_VALUE_CHARS_MAX);
const ParameterName = z
  .string()
  .max(WORD_CHARS_MAX)
  .regex(NAME, "a parameter's name is of small letters, digits and _, a letter first")
  .refine((name) => name !== ITEM, `${ITEM} is the name of an entry in a task with each`);

export const TemplateParameter = z.strictObject({
  type: z.enum(PARAMETER_TYPES),
  description: Line,
  default: z
    .union([Text, z.number(), z.boolean(), z.array(Text.min(1)).max(TEMPLATE_ENTRIES_MAX)], {
      error: "expected a text, a number, true, false or a list of texts",
    })
    .optional(),
  required: z.boolean().optional().describe("Without a default it is true, unless this says false."),
  choices: z.array(Text.min(1)).min(1).max(TEMPLATE_ENTRIES_MAX).optional(),
  min: z.number().optional().describe("Of a number its size, of a text its characters, of a list its entries."),
  max: z.number().optional(),
});
export type TemplateParameter = z.infer<typeof TemplateParameter>;

/** A task of a plan that may be left out, or be there once for each entry of a list. */
const TemplateTask = PlanItem.extend({
  when: z.string().trim().max(TITLE_CHARS_MAX).optional().describe("It is left out unless: flag, x=value, x!=value."),
  each: z.string().trim().max(WORD_CHARS_MAX).optional().describe("A list: one copy per entry, its text is {{item}}."),
});
export type TemplateTask = z.infer<typeof TemplateTask>;

/** What a template file may say: a misspelled key is an error, not a silence. */
export const TemplateFile = z.strictObject({
  name: z.string().trim().min(1).max(TITLE_CHARS_MAX),
  description: Line.describe("What kind of work it is for."),
  parameters: z
    .record(ParameterName, TemplateParameter)
    .refine((parameters) => Object.keys(parameters).length <= TEMPLATE_PARAMETERS_MAX, {
      error: `more than ${TEMPLATE_PARAMETERS_MAX} parameters`,
    })
    .default({}),
  title: z.string().trim().min(1).max(TITLE_CHARS_MAX).describe("The title of the plan."),
  goal: Task.shape.description.describe("What the plan is to reach."),
  tasks: z.array(TemplateTask).min(1).max(PLAN_TASKS_MAX),
});
export type TemplateFile = z.infer<typeof TemplateFile>;

export function isRequired({ default: value, required }: Pick<TemplateParameter, "required"> & { default?: unknown }) {
  return required ?? value === undefined;
}

/** What each part of a file may say, for whoever misspells a key. */
export const TEMPLATE_SHAPES = {
  file: TemplateFile.shape,
  parameter: TemplateParameter.shape,
  task: TemplateTask.shape,
} as const;
