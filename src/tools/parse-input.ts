import { z } from "zod";
import { AppError, type FieldProblem } from "../base/errors.ts";
import { isRecord, parseJson, wellFormed } from "../base/json.ts";
import { closest, didYouMean, printable } from "../base/text.ts";

const NAME_SHOWN_MAX = 100;
const FIELDS_SHOWN_MAX = 10;

interface Named {
  readonly name: string;
  readonly input: z.ZodObject;
}

/** Checks what a caller gave. An old name's translated input is `checked` by the tool that it stands for, and refused in its own words. */
export function parseInput(tool: Named, raw: unknown, checked = tool.input): Record<string, unknown> {
  if (!isRecord(raw)) {
    throw new AppError("invalid_input", `cannot call ${tool.name}: its input is not an object`, {
      hint: `Send an object with ${Object.keys(tool.input.shape).join(", ") || "no keys"}.`,
    });
  }
  const value = unwrapped(checked, wellFormed(raw));
  const problems = unknownKeys(checked, value);
  const parsed = parse(checked, value, tool);
  if (parsed.success && problems.length === 0) return parsed.data;
  problems.push(...(parsed.error?.issues ?? []).slice(0, FIELDS_SHOWN_MAX).map(toProblem));
  const list = problems.map(({ path, message }) => (path ? `${path}: ${message}` : message)).join("; ");
  throw new AppError("invalid_input", `cannot call ${tool.name}: ${list}`, {
    hint: [idHint(list), inputHint(tool, value)].filter((part) => part !== undefined).join(" "),
    fields: problems,
  });
}

/**
 * Models put lists and objects into texts, and one where a list belongs: what was meant is plain, so it is taken.
 * Whatever cannot be read stays a text, which the schema then refuses.
 */
function unwrapped({ shape }: z.ZodObject, value: Record<string, unknown>): Record<string, unknown> {
  let changed: Record<string, unknown> | undefined;
  for (const [key, inner] of Object.entries(value)) {
    if (typeof inner !== "string") continue;
    const schema = plain(Object.hasOwn(shape, key) ? shape[key] : undefined);
    const isList = schema instanceof z.ZodArray;
    if (!isList && !(schema instanceof z.ZodObject) && !(schema instanceof z.ZodRecord)) continue;
    changed ??= { ...value };
    changed[key] = readText(inner, isList, isList && schema.element instanceof z.ZodString);
  }
  return changed ?? value;
}

/** A schema without what makes it optional. */
function plain(schema: unknown): unknown {
  let inner = schema;
  while (inner instanceof z.ZodOptional || inner instanceof z.ZodDefault) inner = inner.unwrap();
  return inner;
}

function readText(text: string, isList: boolean, isOfTexts: boolean): unknown {
  if (/^\s*[[{]/.test(text)) {
    try {
      const value = wellFormed(parseJson(text, "it"));
      return isList && !Array.isArray(value) ? [value] : value;
    } catch {
      return text;
    }
  }
  return isOfTexts && text !== "" ? [text] : text;
}

/** zod compares the length of values that are no text, too: {"length": {"toString": 1}} cannot be compared, and throws. */
function parse(
  schema: z.ZodObject,
  value: Record<string, unknown>,
  tool: Named,
): z.ZodSafeParseResult<Record<string, unknown>> {
  try {
    return schema.safeParse(value);
  } catch (cause) {
    throw new AppError("invalid_input", `cannot call ${tool.name}: a value is of the wrong kind`, {
      hint: inputHint(tool, value),
      cause,
    });
  }
}

function unknownKeys({ shape }: z.ZodObject, value: Record<string, unknown>): FieldProblem[] {
  const known = Object.keys(shape);
  return Object.keys(value)
    .filter((key) => !known.includes(key))
    .slice(0, FIELDS_SHOWN_MAX)
    .map((key) => ({ path: printable(key.slice(0, NAME_SHOWN_MAX)), message: "no such input" }));
}

function toProblem(issue: z.core.$ZodIssue): FieldProblem {
  return { path: issue.path.map(String).join("."), message: printable(issue.message.slice(0, MESSAGE_SHOWN_MAX)) };
}

const MESSAGE_SHOWN_MAX = 300;

/** Models give a title, or what they remember of an id: the hint says where the id is. */
function idHint(problems: string): string | undefined {
  const [, noun = ""] = /expected an id like ([a-z]+)_/.exec(problems) ?? [];
  if (noun === "lease") return "The lease stands in the answer of task_start; leave it out to use your own hold.";
  if (!LISTED.includes(noun)) return undefined;
  return `Ids stand in ${noun}_list; give it a few words of the title as text to find one.`;
}

const LISTED: readonly string[] = ["task", "session", "artifact"];

function inputHint(tool: Named, value: Record<string, unknown>): string {
  const known = Object.keys(tool.input.shape);
  const rare = optionKeys(tool);
  const unknown = Object.keys(value).find((key) => !known.includes(key));
  if (unknown !== undefined && rare.includes(unknown)) return `Give ${unknown} inside options.`;
  if (unknown !== undefined) return meantHint(tool, unknown, value);
  const given = value["options"];
  const unknownOption = isRecord(given) ? Object.keys(given).find((key) => !rare.includes(key)) : undefined;
  if (unknownOption !== undefined) return didYouMean(unknownOption, rare, `options takes ${rare.join(", ")}.`);
  return `${tool.name} takes ${known.join(", ")}; --help and tools/list say how.`;
}

/** What an unknown input stands for, among those that are not given and could have its value. */
function meantHint(tool: Named, unknown: string, value: Record<string, unknown>): string {
  const { shape } = tool.input;
  const names = Object.keys(shape);
  const free = names.filter((name) => !(name in value) && shape[name]?.safeParse(value[unknown]).success);
  const missing = free.filter((name) => !shape[name]?.safeParse(undefined).success);
  const meant =
    free.find((name) => unknown.endsWith(`_${name}`)) ??
    only(missing) ??
    closest(unknown, [...free, ...optionKeys(tool)]) ??
    // Models call the one text that a tool takes by many names.
    (typeof value[unknown] === "string" ? only(free) : undefined);
  return meant === undefined ? `${tool.name} takes ${names.join(", ") || "nothing"}.` : `Did you mean ${meant}?`;
}

function only(names: readonly string[]): string | undefined {
  return names.length === 1 ? names[0] : undefined;
}

/** The names of the rare inputs, which stand together under `options`. */
function optionKeys({ input }: Named): string[] {
  const inner = plain(input.shape["options"]);
  return inner instanceof z.ZodObject ? Object.keys(inner.shape) : [];
}
