// The values that fill a template. The command line and REST give texts, and models often do: a text that says
// a number, a boolean or a list is one.
import { AppError, type FieldProblem } from "../../base/errors.ts";
import { parseJson } from "../../base/json.ts";
import { TEMPLATE_ENTRIES_MAX, TEMPLATE_VALUE_CHARS_MAX } from "../../base/limits.ts";
import { clip, closest } from "../../base/text.ts";
import { isRequired, type TemplateParameter } from "./template-file.ts";
import { shown, unknownParameter } from "./template-text.ts";

export type TemplateValue = string | number | boolean | readonly string[];
export type Read<V> = { readonly value: V } | { readonly problem: string };
type ReadValue = Read<TemplateValue>;

/** What there is to say of every kind of parameter. */
interface Described {
  readonly type: string;
  readonly description: string;
  readonly default?: unknown;
  readonly required?: boolean | undefined;
  readonly choices?: readonly string[] | undefined;
}

interface Asked<P extends Described, V> {
  readonly doing: string;
  readonly parameters: Readonly<Record<string, P>>;
  /** What they are called where they are asked for; by itself a parameter. */
  readonly noun?: string;
  read(parameter: P, given: unknown): Read<V>;
}

export interface ValueSizes {
  readonly chars: number;
  readonly entries: number;
}

const TEMPLATE_SIZES: ValueSizes = { chars: TEMPLATE_VALUE_CHARS_MAX, entries: TEMPLATE_ENTRIES_MAX };

/** A value for each parameter that has one. Everything that is wrong is said at once. */
export function readValues<P extends Described, V>(
  { doing, parameters, noun, read }: Asked<P, V>,
  given: Readonly<Record<string, unknown>>,
): Map<string, V> {
  const values = new Map<string, V>();
  const names = Object.keys(parameters);
  const problems = Object.keys(given)
    .filter((name) => !Object.hasOwn(parameters, name))
    .map((name): FieldProblem => ({ path: shown(name), message: unknownParameter(name, names, noun) }));
  for (const [name, parameter] of Object.entries(parameters)) {
    const own = Object.hasOwn(given, name) ? given[name] : undefined;
    const value = isBlank(own) ? parameter.default : own;
    if (value === undefined) {
      if (isRequired(parameter)) problems.push({ path: name, message: "no value was given" });
      continue;
    }
    const found = read(parameter, value);
    if ("value" in found) values.set(name, found.value);
    else problems.push({ path: name, message: found.problem });
  }
  if (problems.length === 0) return values;
  const fields = problems.slice(0, PROBLEMS_SHOWN_MAX);
  const list = fields.map(({ path, message }) => `${path}: ${message}`).join("; ");
  throw new AppError("invalid_input", `cannot ${doing}: ${list}`, { hint: explain(parameters), fields });
}

export function readValue(parameter: TemplateParameter, given: unknown, sizes = TEMPLATE_SIZES): ReadValue {
  switch (parameter.type) {
    case "text":
      return readText(parameter, given, sizes);
    case "number":
      return readNumber(parameter, given);
    case "boolean":
      return readBoolean(given);
    case "choice":
      return readChoice(parameter, given);
    case "list":
      return readList(parameter, given, sizes);
  }
}

/** How a value reads in a text. */
export function textOf(value: TemplateValue): string {
  if (typeof value === "boolean") return value ? "yes" : "no";
  return typeof value === "object" ? value.join(", ") : String(value);
}

/** Nothing was said: then the default counts. An empty list says something. */
function isBlank(given: unknown): boolean {
  return given === undefined || given === null || (typeof given === "string" && given.trim() === "");
}

/** The parameters with what they take, for somebody who has never seen the template. */
function explain(parameters: Readonly<Record<string, Described>>): string {
  const list = Object.entries(parameters).map(([name, parameter]) => {
    const { type, choices, description } = parameter;
    const kind = choices ? choices.join(" | ") : type;
    return `${name} (${kind}${isRequired(parameter) ? ", required" : ""}): ${description.replace(/\.$/, "")}`;
  });
  return list.length === 0 ? "It takes no values." : clip(`It takes ${list.join("; ")}.`, HINT_MAX);
}

function readText(parameter: TemplateParameter, given: unknown, { chars }: ValueSizes): ReadValue {
  if (typeof given !== "string" && typeof given !== "number" && typeof given !== "boolean") {
    return { problem: "expected a text" };
  }
  const value = String(given).trim();
  const max = Math.min(parameter.max ?? chars, chars);
  return within(value, value.length, { ...parameter, max }, "character");
}

function readNumber(parameter: TemplateParameter, given: unknown): ReadValue {
  const value = typeof given === "string" ? Number(given) : given;
  if (typeof value !== "number" || !Number.isFinite(value)) {
    return { problem: `expected a number, not ${said(given)}` };
  }
  return within(value, value, parameter);
}

function readBoolean(given: unknown): ReadValue {
  if (typeof given === "boolean") return { value: given };
  const value = BOOLEANS.get(said(given).trim().toLowerCase());
  return value === undefined ? { problem: `expected true or false, not ${said(given)}` } : { value };
}

const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ["true", true],
  ["yes", true],
  ["1", true],
  ["false", false],
  ["no", false],
  ["0", false],
]);

function readChoice({ choices = [] }: TemplateParameter, given: unknown): ReadValue {
  const text = said(given).trim();
  const value = choices.find((choice) => choice.toLowerCase() === text.toLowerCase());
  if (value !== undefined) return { value };
  const near = closest(text, choices);
  return { problem: `${text} is not one of ${choices.join(", ")}${near ? `, did you mean ${near}?` : ""}` };
}

function readList(parameter: TemplateParameter, given: unknown, { chars, entries }: ValueSizes): ReadValue {
  const list = typeof given === "string" ? entriesOf(given) : given;
  if (!Array.isArray(list) || !list.every((entry) => typeof entry === "string" || typeof entry === "number")) {
    return { problem: "expected a list of texts" };
  }
  const value = list.map((entry) => String(entry).trim()).filter((entry) => entry !== "");
  const twice = value.find((entry, at) => value.indexOf(entry) !== at);
  if (twice !== undefined) return { problem: `${shown(twice)} is there twice` };
  const long = value.find((entry) => entry.length > chars);
  if (long !== undefined) return { problem: `an entry has more than ${chars} characters` };
  const max = Math.min(parameter.max ?? entries, entries);
  return within(value, value.length, { ...parameter, max }, "entry");
}

/** JSON, or entries with a comma or the end of a line between them. */
function entriesOf(text: string): unknown {
  if (!text.trimStart().startsWith("[")) return text.split(/[,\n]/);
  try {
    return parseJson(text, "it");
  } catch {
    return text.split(/[,\n]/);
  }
}

interface Bounds {
  readonly min?: number | undefined;
  readonly max?: number | undefined;
}

function within(value: TemplateValue, size: number, { min, max }: Bounds, unit?: keyof typeof UNITS): ReadValue {
  const said = (bound: number) => (unit ? `${bound} ${bound === 1 ? unit : UNITS[unit]}` : String(bound));
  if (min !== undefined && size < min) return { problem: `expected at least ${said(min)}, not ${size}` };
  if (max !== undefined && size > max) return { problem: `expected at most ${said(max)}, not ${size}` };
  return { value };
}

const UNITS = { character: "characters", entry: "entries" } as const;

/** A value that is refused, in few words. What is no plain value is not asked for its text: it may not have one. */
function said(given: unknown): string {
  if (typeof given === "object" || typeof given === "function") return Array.isArray(given) ? "a list" : "an object";
  return shown(String(given));
}

const PROBLEMS_SHOWN_MAX = 10;
const HINT_MAX = 1_500;
