// TOML: an entry is a table of its own at the end of the file, or one more member where the map is an inline table.
// Whatever form an entry has when it is changed or taken away, nothing but its own lines is touched.
import { type AST, getStaticTOMLValue, ParseError, parseTOML } from "toml-eslint-parser";
import { isRecord, type Json, stableJson } from "../../base/json.ts";
import { type ConfigEditor, type Entry, type Leaf, Unreadable, unreadableAt } from "./config-editor.ts";
import { afterBreak, lineBreakOf, lineEnd, lineStart } from "./layout.ts";
import { joinSplices, type Splice, splice } from "./splice.ts";
import { tomlKey, tomlValue } from "./toml-text.ts";

export const tomlEditor: ConfigEditor = {
  entries: (text, path) => entriesAt(text, path),
  put: (text, path, name, entry) => put(text, path, name, entry),
  change: (text, path, name, leaves) => change(text, [...path, name], leaves),
  remove: (text, path, name) => remove(text, [...path, name]),
  rest: (text, path, name) => restOf(text, path, name),
};

/** A key with its value, wherever it stands, under its whole name. */
interface Place {
  readonly keys: readonly string[];
  readonly node: AST.TOMLKeyValue;
  readonly owner: AST.TOMLTable | AST.TOMLInlineTable | AST.TOMLTopLevelTable;
}

function read(text: string): AST.TOMLTopLevelTable {
  try {
    // Codex itself writes inline tables over several lines, which TOML knows since 1.1.
    return parseTOML(text.replace(/^\uFEFF/, " "), { tomlVersion: "1.1" }).body[0];
  } catch (cause) {
    if (!(cause instanceof ParseError)) throw cause;
    const place = { line: cause.lineNumber, column: cause.column + 1 };
    throw new Unreadable(`not valid TOML (${cause.message.toLowerCase()})`, place);
  }
}

function staticValue(text: string): Record<string, unknown> {
  return getStaticTOMLValue(read(text)) as Record<string, unknown>;
}

function entriesAt(text: string, path: readonly string[]): Map<string, Json> {
  let value: unknown = staticValue(text);
  for (const [at, key] of path.entries()) {
    value = isRecord(value) && Object.hasOwn(value, key) ? value[key] : undefined;
    if (value === undefined) return new Map();
    if (!isRecord(value)) {
      const kind = Array.isArray(value) ? "a list" : `a ${typeof value}`;
      throw new Unreadable(`${path.slice(0, at + 1).join(".")} is not a table but ${kind}`);
    }
  }
  return new Map(Object.entries(value as Record<string, Json>));
}

/** All places at and below a name. */
function placesIn(top: AST.TOMLTopLevelTable, name: readonly string[]): Place[] {
  const found: Place[] = [];
  const walk = (owner: Place["owner"], node: AST.TOMLKeyValue, before: readonly string[]) => {
    const keys = [...before, ...getStaticTOMLValue(node.key)];
    if (startsWith(keys, name)) found.push({ keys, node, owner });
    else if (startsWith(name, keys) && node.value.type === "TOMLInlineTable") {
      for (const inner of node.value.body) walk(node.value, inner, keys);
    }
  };
  for (const node of top.body) {
    if (node.type === "TOMLKeyValue") walk(top, node, []);
    else for (const inner of node.body) walk(node, inner, node.resolvedKey.map(String));
  }
  return found;
}

function tablesIn(top: AST.TOMLTopLevelTable, name: readonly string[]): AST.TOMLTable[] {
  return top.body.filter(
    (node): node is AST.TOMLTable => node.type === "TOMLTable" && startsWith(node.resolvedKey.map(String), name),
  );
}

function startsWith(keys: readonly string[], start: readonly string[]): boolean {
  return start.every((key, at) => keys[at] === key);
}

function put(text: string, path: readonly string[], name: string, entry: Entry): Splice {
  const top = read(text);
  const map = placesIn(top, path).find(({ keys }) => keys.length === path.length);
  if (map?.node.value.type === "TOMLInlineTable") {
    return intoInlineTable(text, map.node.value, [[name, entry as Json]]);
  }
  const lineBreak = lineBreakOf(text);
  const lines = Object.entries(entry).map(([key, value]) => `${tomlKey(key)} = ${tomlValue(value)}`);
  const block = [`[${[...path, name].map(tomlKey).join(".")}]`, ...lines, ""].join(lineBreak);
  const isBlank = text.replace(/^\uFEFF/, "").trim() === "";
  const gap = isBlank ? "" : /[\n]$/.test(text) ? lineBreak : lineBreak + lineBreak;
  return splice(text, text.length, text.length, gap + block);
}

function intoInlineTable(text: string, table: AST.TOMLInlineTable, members: readonly [string, Json][]): Splice {
  const said = members.map(([key, value]) => `${tomlKey(key)} = ${tomlValue(value)}`).join(", ");
  const last = table.body.at(-1);
  const [from, to] = table.range;
  if (last) return splice(text, last.range[1], last.range[1], `, ${said}`);
  const inside = text.slice(from + 1, to - 1);
  return inside.trim() === "" ? splice(text, from + 1, to - 1, ` ${said} `) : splice(text, to - 1, to - 1, `${said} `);
}

function change(text: string, name: readonly string[], leaves: readonly Leaf[]): Splice {
  const top = read(text);
  const splices: Splice[] = [];
  const missing = new Map<string, Leaf[]>();
  for (const leaf of leaves) {
    const keys = [...name, ...leaf.keys];
    const place = placesIn(top, keys).find((one) => one.keys.length === keys.length);
    if (place) splices.push(splice(text, ...place.node.value.range, tomlValue(leaf.value)));
    else {
      const map = leaf.keys.slice(0, -1).join("\0");
      missing.set(map, [...(missing.get(map) ?? []), leaf]);
    }
  }
  for (const added of missing.values()) splices.push(...add(text, top, name, added));
  const from = Math.min(...splices.map(({ offset }) => offset), ...startsOf(top, name));
  const to = Math.max(...splices.map(({ offset, removed }) => offset + removed.length));
  return joinSplices(text, splices, from, to);
}

function startsOf(top: AST.TOMLTopLevelTable, name: readonly string[]): number[] {
  return [...tablesIn(top, name), ...placesIn(top, name).map(({ node }) => node)].map(({ range }) => range[0]);
}

/** Values of one map that are not there yet. */
function add(text: string, top: AST.TOMLTopLevelTable, name: readonly string[], leaves: readonly Leaf[]): Splice[] {
  const inner = leaves[0]?.keys.slice(0, -1) ?? [];
  const map = [...name, ...inner];
  const members = leaves.map(({ keys, value }): [string, Json] => [keys.at(-1) ?? "", value]);
  const inline = placesIn(top, map).find(({ keys }) => keys.length === map.length)?.node.value;
  if (inline?.type === "TOMLInlineTable") return [intoInlineTable(text, inline, members)];
  const table = tablesIn(top, map).find(({ resolvedKey }) => resolvedKey.length === map.length);
  const line = lineBreakOf(text);
  if (table) {
    const at = lineEnd(text, (table.body.at(-1) ?? table.key).range[1]);
    return [
      splice(text, at, at, members.map(([key, value]) => `${line}${tomlKey(key)} = ${tomlValue(value)}`).join("")),
    ];
  }
  // Dotted keys: one more line behind the last of them, under the same name.
  const last = placesIn(top, map).at(-1);
  if (!last) return add(text, top, name, [{ keys: inner, value: Object.fromEntries(members) }]);
  const at = lineEnd(text, last.node.range[1]);
  const before = text.slice(lineStart(text, last.node.range[0]), last.node.range[0]);
  const depth = last.keys.length - getStaticTOMLValue(last.node.key).length;
  const said = members.map(([key, value]) => {
    const dotted = [...map, key].slice(depth).map(tomlKey).join(".");
    return `${line}${before}${dotted} = ${tomlValue(value)}`;
  });
  return [splice(text, at, at, said.join(""))];
}

function remove(text: string, name: readonly string[]): Splice {
  const top = read(text);
  const tables = tablesIn(top, name);
  const inTables = new Set<unknown>(tables);
  const places = placesIn(top, name).filter(({ owner }) => !inTables.has(owner));
  const splices = [
    ...tables.map((table) => ownLines(text, table.range[0], (table.body.at(-1) ?? table).range[1])),
    ...places.map((place) => withoutPlace(text, place)),
  ];
  if (splices.length === 0) throw unreadableAt(text, 0, `no ${name.join(".")}`);
  const from = Math.min(...splices.map(({ offset }) => offset));
  const to = Math.max(...splices.map(({ offset, removed }) => offset + removed.length));
  return joinSplices(text, splices, from, to);
}

/** Whole lines, with one empty line before them. */
function ownLines(text: string, from: number, to: number): Splice {
  const start = lineStart(text, from);
  const end = afterBreak(text, lineEnd(text, to));
  const above = /(\r?\n)(\r?\n)$/.exec(text.slice(0, start));
  return splice(text, above ? start - (above[2]?.length ?? 0) : start, end, "");
}

function withoutPlace(text: string, { node, owner }: Place): Splice {
  if (owner.type !== "TOMLInlineTable") {
    return splice(text, lineStart(text, node.range[0]), afterBreak(text, lineEnd(text, node.range[1])), "");
  }
  const at = owner.body.indexOf(node);
  const next = owner.body[at + 1];
  const previous = owner.body[at - 1];
  if (next) return splice(text, node.range[0], next.range[0], "");
  if (previous) return splice(text, previous.range[1], node.range[1], "");
  return splice(text, node.range[0], node.range[1], "");
}

function restOf(text: string, path: readonly string[], name: string): string {
  const without = (value: unknown, left: readonly string[]): unknown => {
    if (!isRecord(value)) return value;
    const [key, ...others] = left;
    if (key === undefined) return Object.fromEntries(Object.entries(value).filter(([member]) => member !== name));
    if (!Object.hasOwn(value, key)) return value;
    const { [key]: inner, ...rest } = value;
    const shown = without(inner, others);
    return isRecord(shown) && Object.keys(shown).length === 0 ? rest : { ...rest, [key]: shown };
  };
  return stableJson(plain(without(staticValue(text), path)));
}

/** Numbers that are no number in JSON, and dates, as texts. */
function plain(value: unknown): unknown {
  if (value instanceof Date) return `date ${value.getTime()}`;
  if (typeof value === "number" && !Number.isFinite(value)) return `number ${value}`;
  if (typeof value === "bigint") return `integer ${value}`;
  if (Array.isArray(value)) return value.map(plain);
  if (isRecord(value)) return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
  return value;
}
