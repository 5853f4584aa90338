import { z } from "zod";
import { parseJson } from "../base/json.ts";
import type { Tool } from "./tool.ts";

interface TextKey {
  readonly key: string;
  readonly kind: "text" | "number" | "boolean" | "list" | "json";
  readonly description: string;
  readonly choices: readonly string[];
  readonly isRequired: boolean;
  /** Set for a rare input, which callers of text faces give by its own name. */
  readonly isOption: boolean;
}

/** The inputs of a tool as names for texts: query parameters and command-line flags. Options stand beside the others. */
export function textKeys(tool: Tool): TextKey[] {
  const schema = z.toJSONSchema(tool.input, { io: "input" }) as ObjectSchema;
  const keys = describe(schema, false);
  const options = schema.properties?.["options"];
  return options ? [...keys.filter(({ key }) => key !== "options"), ...describe(options, true)] : keys;
}

interface ObjectSchema {
  readonly type?: string;
  readonly description?: string;
  readonly enum?: readonly string[];
  readonly properties?: Readonly<Record<string, ObjectSchema>>;
  readonly items?: ObjectSchema;
  readonly required?: readonly string[];
}

function describe(schema: ObjectSchema, isOption: boolean): TextKey[] {
  return Object.entries(schema.properties ?? {}).map(([key, property]) => ({
    key,
    kind: kindOf(property),
    description: property.description ?? "",
    choices: property.enum ?? [],
    isRequired: !isOption && (schema.required?.includes(key) ?? false),
    isOption,
  }));
}

function kindOf({ type, items, ...more }: ObjectSchema): TextKey["kind"] {
  if (type === undefined && Object.keys(more).every((key) => key === "description")) return "json"; // Whatever it is.
  if (type === "integer" || type === "number") return "number";
  if (type === "boolean") return "boolean";
  if (type === "array") return items?.type === "object" ? "json" : "list";
  return type === "object" ? "json" : "text";
}

/** Texts → the value that the tool's schema then checks. What cannot be read stays text, so that the schema refuses it by name. */
export function fromText(tool: Tool, texts: Readonly<Record<string, readonly string[]>>): Record<string, unknown> {
  const keys = new Map(textKeys(tool).map((one) => [one.key, one]));
  const entries = Object.entries(texts).map(([name, values]) => {
    const known = keys.get(name);
    return { name, value: known ? readValue(known.kind, values) : values[0], isOption: known?.isOption === true };
  });
  // Made of entries: a name like __proto__ stays a name.
  const of = (isOption: boolean) =>
    Object.fromEntries(entries.filter((one) => one.isOption === isOption).map(({ name, value }) => [name, value]));
  const options = of(true);
  return Object.keys(options).length > 0 ? { ...of(false), options } : of(false);
}

function readValue(kind: TextKey["kind"], values: readonly string[]): unknown {
  const text = values.at(-1) ?? "";
  // A list whose entries hold commas is given as JSON.
  if (kind === "list" && values.length === 1 && text.startsWith("[")) return jsonOr(text);
  if (kind === "list") return values.flatMap((value) => value.split(",")).filter((value) => value !== "");
  if (kind === "number") return text.trim() !== "" && Number.isFinite(Number(text)) ? Number(text) : text;
  if (kind === "boolean") return BOOLEANS.get(text.toLowerCase()) ?? text;
  if (kind === "json") return jsonOr(text);
  return text;
}

const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ["", true],
  ["true", true],
  ["1", true],
  ["yes", true],
  ["false", false],
  ["0", false],
  ["no", false],
]);

function jsonOr(text: string): unknown {
  try {
    return parseJson(text, "it");
  } catch {
    return text;
  }
}
