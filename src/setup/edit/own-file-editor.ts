// A client that reads a folder of files gets a file of our own: there is nothing else in it that could be lost.
import { parseDocument } from "yaml";
import { isRecord, type Json } from "../../base/json.ts";
import { type ConfigEditor, type Entry, Unreadable } from "./config-editor.ts";
import { type Splice, splice } from "./splice.ts";
import { yamlKey, yamlValue } from "./yaml-text.ts";

export const ownFileEditor: ConfigEditor = {
  entries: (text, path) => entriesIn(text, path[0] ?? ""),
  put: (text, path, name, entry) => write(text, path[0] ?? "", name, entry),
  change: (text, path, name, leaves) => {
    const old = entriesIn(text, path[0] ?? "").get(name);
    const entry: Record<string, Json> = isRecord(old) ? { ...(old as Record<string, Json>) } : {};
    for (const { keys, value } of leaves) setLeaf(entry, keys, value);
    return write(text, path[0] ?? "", name, entry);
  },
  remove: (text) => splice(text, 0, text.length, ""),
  rest: () => "",
};

function setLeaf(entry: Record<string, Json>, [key = "", ...others]: readonly string[], value: Json): void {
  if (others.length === 0) entry[key] = value;
  else {
    const inner = entry[key];
    const copy: Record<string, Json> = isRecord(inner) ? { ...(inner as Record<string, Json>) } : {};
    setLeaf(copy, others, value);
    entry[key] = copy;
  }
}

function entriesIn(text: string, key: string): Map<string, Json> {
  const document = parseDocument(text);
  const [problem] = document.errors;
  if (problem) throw new Unreadable(`not valid YAML (${problem.message.split("\n")[0]})`);
  const value: unknown = document.toJS();
  const list: unknown = isRecord(value) ? value[key] : [];
  if (!Array.isArray(list)) return new Map();
  return new Map(list.filter(isRecord).map((one) => [String(one["name"]), one as Json]));
}

function write(text: string, key: string, name: string, entry: Entry): Splice {
  const [first, ...others] = Object.entries(entry).map(([member, value]) => `${yamlKey(member)}: ${yamlValue(value)}`);
  const lines = [`  - ${first}`, ...others.map((line) => `    ${line}`)];
  const whole = [`name: ${yamlKey(name)}`, "version: 1.0.0", "schema: v1", `${key}:`, ...lines, ""].join("\n");
  return splice(text, 0, text.length, whole);
}
