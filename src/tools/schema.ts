import { z } from "zod";
import type { Tool } from "./tool.ts";

export type JsonSchema = Record<string, unknown>;

/** Bounds that zod adds to every whole number say nothing to a reader. */
const SAFE_INTEGERS = [Number.MAX_SAFE_INTEGER, -Number.MAX_SAFE_INTEGER];

/** The input as a caller of REST or a reader of the docs sees it: everything. */
export function inputSchema(tool: Tool): JsonSchema {
  return plain(z.toJSONSchema(tool.input, { io: "input", target: "draft-2020-12" }));
}

export function outputSchema(tool: Tool): JsonSchema {
  return plain(z.toJSONSchema(tool.output, { io: "output", target: "draft-2020-12" }));
}

/** The input as a model sees it: rare inputs are only named, because each schema costs every conversation. */
export function compactInputSchema(tool: Tool): JsonSchema {
  const schema = inputSchema(tool);
  const properties = Object.entries((schema["properties"] ?? {}) as Record<string, JsonSchema>);
  const compact = properties.map(([name, property]) => [
    name,
    name === "options" ? { type: "object", description: property["description"] } : brief(property),
  ]);
  return { ...schema, properties: Object.fromEntries(compact) as JsonSchema };
}

/** Bounds of texts and lists that a caller hardly ever meets; whoever does is told by the error. */
const UNSAID: readonly string[] = [
  "pattern",
  "minLength",
  "maxLength",
  "minItems",
  "maxItems",
  "minimum",
  "maximum",
  "propertyNames",
];

/** The parts of an object inside a list, or of any value by name, are named in the description: it says which matter. */
function brief(schema: JsonSchema): JsonSchema {
  if (schema["type"] === "object")
    return leaveOut(schema, [...UNSAID, "properties", "required", "additionalProperties"]);
  const said = leaveOut(schema, schema["default"] === false ? [...UNSAID, "default"] : UNSAID);
  return "items" in said ? { ...said, items: brief(said["items"] as JsonSchema) } : said;
}

function leaveOut(schema: JsonSchema, keys: readonly string[]): JsonSchema {
  return Object.fromEntries(Object.entries(schema).filter(([key]) => !keys.includes(key)));
}

function plain(schema: JsonSchema): JsonSchema {
  const walk = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(walk);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(
      Object.entries(value)
        .filter(([key, inner]) => !(isBound(key) && SAFE_INTEGERS.includes(inner as number)))
        .filter(([key, inner]) => !(key === "additionalProperties" && typeof inner !== "object"))
        .map(([key, inner]) => [key, walk(inner)]),
    );
  };
  const { $schema: _dialect, ...rest } = schema;
  return walk(rest) as JsonSchema;
}

function isBound(key: string): boolean {
  return key === "minimum" || key === "maximum";
}
