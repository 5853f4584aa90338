import type { Json } from "../../base/json.ts";
import type { Entry } from "./config-editor.ts";
import type { LineBreak } from "./layout.ts";

/** Plain words stand as they are; everything else in quotes, with JSON's escapes, which are YAML's too. */
export function yamlKey(key: string): string {
  const isPlain = /^[A-Za-z_][A-Za-z0-9_-]*$/.test(key) && !/^(true|false|null|yes|no|on|off|y|n)$/i.test(key);
  return isPlain ? key : JSON.stringify(key);
}

/** A value on one line: what is in it lies in brackets and braces. */
export function yamlValue(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(yamlValue).join(", ")}]`;
  if (typeof value === "object" && value !== null) {
    const members = Object.entries(value).map(([key, inner]) => `${yamlKey(key)}: ${yamlValue(inner)}`);
    return members.length === 0 ? "{}" : `{ ${members.join(", ")} }`;
  }
  return JSON.stringify(value);
}

/** The members of an entry, one on each line. */
export function yamlLines(entry: Entry, column: number, lineBreak: LineBreak): string {
  return Object.entries(entry)
    .map(([key, value]) => `${" ".repeat(column)}${yamlKey(key)}: ${yamlValue(value)}${lineBreak}`)
    .join("");
}
