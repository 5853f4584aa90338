// What a workflow asks of whoever starts it: what a template asks, and besides whatever JSON can say, in a form.
import { z } from "zod";
import { type Json, jsonIn } from "../base/json.ts";
import { formProblem, misfits } from "../base/json-form.ts";
import { WORD_CHARS_MAX, WORKFLOW_INPUT_CHARS_MAX, WORKFLOW_INPUT_ENTRIES_MAX } from "../base/limits.ts";
import { parameterProblem } from "../tasks/templates/template-check.ts";
import { isRequired, PARAMETER_TYPES, TemplateParameter } from "../tasks/templates/template-file.ts";
import { type Read, readValue } from "../tasks/templates/template-values.ts";

const VALUE = "value";
const AnyJson = z.json() as z.ZodType<Json>;

export const WorkflowInput = TemplateParameter.extend({
  type: z.enum([...PARAMETER_TYPES, VALUE]).describe("value: whatever JSON can say."),
  default: AnyJson.optional(),
  schema: z
    .record(z.string().max(WORD_CHARS_MAX), AnyJson)
    .optional()
    .describe("Of a value: its form, as a JSON schema."),
});
export type WorkflowInput = z.infer<typeof WorkflowInput>;

const SIZES = { chars: WORKFLOW_INPUT_CHARS_MAX, entries: WORKFLOW_INPUT_ENTRIES_MAX };

/** What is wrong with how an input is declared, if something is. */
export function inputProblem(input: WorkflowInput): string | undefined {
  if (input.type !== VALUE) {
    if (input.schema !== undefined) return "a schema belongs to the type value, and to no other";
    const { success, data, error } = TemplateParameter.safeParse(withoutSchema(input));
    if (success) return parameterProblem(data);
    const [issue] = error.issues;
    return `its ${issue?.path.join(".")}: ${issue?.message}`;
  }
  const { schema = {}, choices, min, max, default: value, required } = input;
  if ([choices, min, max].some((one) => one !== undefined)) return "what a value may be, its schema says";
  const wrong = formProblem(schema);
  if (wrong !== undefined) return `its schema: ${wrong}`;
  if (value === undefined) return undefined;
  if (required) return "it has a default: nobody is required to give it";
  const read = readJson(input, value);
  return "problem" in read ? `its default: ${read.problem}` : undefined;
}

export function readInput(input: WorkflowInput, given: unknown): Read<Json> {
  if (input.type === VALUE) return readJson(input, given);
  return readValue(withoutSchema(input) as TemplateParameter, given, SIZES) as Read<Json>;
}

/** The form of all inputs together, for whoever asks for them. */
export function inputsForm(inputs: Readonly<Record<string, WorkflowInput>>): Record<string, Json> {
  const entries = Object.entries(inputs);
  return {
    type: "object",
    properties: Object.fromEntries(entries.map(([name, input]) => [name, formOf(input)])),
    required: entries.filter(([, input]) => isRequired(input)).map(([name]) => name),
    additionalProperties: false,
  };
}

function formOf(input: WorkflowInput): Json {
  const { description, default: value } = input;
  return { ...kindOf(input), description, ...(value === undefined ? {} : { default: value }) };
}

function kindOf({ type, choices = [], min, max, schema = {} }: WorkflowInput): Record<string, Json> {
  const bounds = (least: string, most: string) => ({
    ...(min === undefined ? {} : { [least]: min }),
    ...(max === undefined ? {} : { [most]: max }),
  });
  switch (type) {
    case "text":
      return { type: "string", ...bounds("minLength", "maxLength") };
    case "number":
      return { type: "number", ...bounds("minimum", "maximum") };
    case "boolean":
      return { type: "boolean" };
    case "choice":
      return { type: "string", enum: choices };
    case "list":
      return { type: "array", items: { type: "string" }, uniqueItems: true, ...bounds("minItems", "maxItems") };
    case "value":
      return schema;
  }
}

/** A command line gives texts: one that does not fit as it is may be JSON. */
function readJson({ schema = {} }: WorkflowInput, given: unknown): Read<Json> {
  const json = JSON.stringify(given);
  if (json === undefined) return { problem: "expected what JSON can say" };
  if (json.length > SIZES.chars) return { problem: `it has more than ${SIZES.chars} characters` };
  const said = typeof given === "string" ? jsonIn(given) : undefined;
  const hasForm = Object.keys(schema).length > 0;
  if (!hasForm) return { value: (typeof said === "object" && said !== null ? said : given) as Json };
  for (const one of [given, said])
    if (one !== undefined && misfits(schema, one).length === 0) return { value: one as Json };
  return { problem: misfits(schema, said ?? given).join(", ") };
}

function withoutSchema({ schema: _, ...parameter }: WorkflowInput): Omit<WorkflowInput, "schema"> {
  return parameter;
}
