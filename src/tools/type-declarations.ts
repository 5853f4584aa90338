// The tools as TypeScript sees them, for whoever writes a program that calls them.
import { inputSchema, type JsonSchema, outputSchema } from "./schema.ts";
import type { Tool } from "./tool.ts";

export function typeDeclarations(tools: readonly Tool[]): string {
  const members = tools.map((tool) => {
    const input = typeOf(inputSchema(tool), 2);
    const mark = input === "{}" || !/^ {4}"?\w+"?: /m.test(input) ? "?" : "";
    return `  /** ${tool.summary.replaceAll("*/", "* /")} */\n  ${tool.name}(input${mark}: ${input}): Promise<${typeOf(outputSchema(tool), 2)}>;`;
  });
  return [
    "// What a program in the engine quickjs finds as `tools`. Tools that write have to be named in options.tools.",
    "// A call that fails throws a ToolError with code, message and hint.",
    "declare const tools: {",
    members.join("\n"),
    "};",
    "/** Given as the input of the call. */",
    "declare const input: unknown;",
    "declare const args: readonly string[];",
    "",
  ].join("\n");
}

interface Described {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly items?: JsonSchema;
}

function typeOf(schema: JsonSchema, depth: number): string {
  const { type, enum: choices, const: only, items } = schema as Described;
  if (only !== undefined) return JSON.stringify(only);
  if (Array.isArray(choices)) return choices.map((choice) => JSON.stringify(choice)).join(" | ");
  const either = schema["anyOf"] ?? schema["oneOf"];
  if (Array.isArray(either)) return either.map((one: JsonSchema) => typeOf(one, depth)).join(" | ");
  if (type === "array") return `readonly (${items ? typeOf(items, depth) : "unknown"})[]`;
  if (type === "object") return objectType(schema, depth);
  return PLAIN[String(type)] ?? "unknown";
}

const PLAIN: Readonly<Record<string, string>> = {
  string: "string",
  integer: "number",
  number: "number",
  boolean: "boolean",
  null: "null",
};

function objectType(schema: JsonSchema, depth: number): string {
  const properties = Object.entries((schema["properties"] ?? {}) as Record<string, JsonSchema>);
  const more = schema["additionalProperties"];
  if (properties.length === 0) {
    const inner = typeof more === "object" && more !== null ? typeOf(more as JsonSchema, depth) : "unknown";
    return more === false ? "{}" : `Record<string, ${inner}>`;
  }
  const required = (schema["required"] ?? []) as readonly string[];
  const indent = " ".repeat(depth + 2);
  const lines = properties.map(([name, property]) => {
    const says = property["description"];
    const comment = typeof says === "string" ? ` // ${says.replaceAll("\n", " ")}` : "";
    return `${indent}${name}${required.includes(name) ? "" : "?"}: ${typeOf(property, depth + 2)};${comment}`;
  });
  return `{\n${lines.join("\n")}\n${" ".repeat(depth)}}`;
}
