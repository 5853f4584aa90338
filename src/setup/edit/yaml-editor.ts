// YAML by the positions of its nodes. The document is never printed: that changes lines nobody asked about.
import {
  type Document,
  isAlias,
  isCollection,
  isMap,
  isPair,
  isScalar,
  LineCounter,
  type Pair,
  parseAllDocuments,
  type YAMLMap,
} from "yaml";
import { isRecord, type Json, stableJson } from "../../base/json.ts";
import { type ConfigEditor, type Entry, type Leaf, Unreadable, unreadableAt } from "./config-editor.ts";
import { afterBreak, type LineBreak, lineBreakOf, lineEnd, lineStart } from "./layout.ts";
import { joinSplices, type Splice, splice } from "./splice.ts";
import { yamlKey, yamlLines, yamlValue } from "./yaml-text.ts";

export const yamlEditor: ConfigEditor = {
  entries: (text, path) => entriesAt(text, path),
  put: (text, path, name, entry) => put(text, path, name, entry),
  change: (text, path, name, leaves) => change(text, path, name, leaves),
  remove: (text, path, name) => remove(text, path, name),
  rest: (text, path, name) => restOf(text, path, name),
};

const UNIT_DEFAULT = 2;

/** Undefined for a file that says nothing. */
function read(text: string): Document.Parsed | undefined {
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter: lines, merge: true });
  if (!Array.isArray(documents)) return undefined;
  const [document, another] = documents as Document.Parsed[];
  if (another) throw unreadableAt(text, another.range[0], "more than one document");
  const [problem] = document?.errors ?? [];
  if (problem) {
    const { line, col } = lines.linePos(problem.pos[0]);
    const [said = ""] = problem.message.split(/ at line |\n/);
    throw new Unreadable(`not valid YAML (${said.toLowerCase()})`, { line, column: col });
  }
  return document;
}

type Block = { readonly map: YAMLMap; readonly pair: Pair | undefined };
type Missing = {
  readonly parent: Block | undefined;
  readonly empty: Pair | undefined;
  readonly missing: readonly string[];
};

/** The block maps at the path as far as they are there. */
function descend(text: string, path: readonly string[]): Missing {
  const document = read(text);
  let node: unknown = document?.contents;
  if (node === null || node === undefined || (isScalar(node) && node.value === null)) {
    return { parent: undefined, empty: undefined, missing: path };
  }
  let parent = blockMap(text, node, [], undefined);
  for (const [at, key] of path.entries()) {
    const pair = parent.map.items.findLast((one) => isScalar(one.key) && one.key.value === key);
    if (!pair) return { parent, empty: undefined, missing: path.slice(at) };
    node = pair.value;
    if (isNothing(node)) return { parent, empty: pair, missing: path.slice(at) };
    parent = blockMap(text, node, path.slice(0, at + 1), pair);
  }
  return { parent, empty: undefined, missing: [] };
}

/** No value, or a map that says in braces that nothing is in it. */
function isNothing(node: unknown): boolean {
  if (node === null || node === undefined) return true;
  return isScalar(node) ? node.value === null : isMap(node) && node.flow === true && node.items.length === 0;
}

function blockMap(text: string, node: unknown, path: readonly string[], pair: Pair | undefined): Block {
  const what = path.length === 0 ? "the file" : path.join(".");
  const [offset = 0] = (node as { range?: [number, number, number] }).range ?? [];
  if (isAlias(node)) throw unreadableAt(text, offset, `${what} stands somewhere else, under an anchor`);
  if (!isMap(node)) throw unreadableAt(text, offset, `${what} is not a map`);
  if (node.flow) throw unreadableAt(text, offset, `${what} is written in braces, which is not edited`);
  return { map: node, pair };
}

function entriesAt(text: string, path: readonly string[]): Map<string, Json> {
  const { parent, missing } = descend(text, path);
  if (!parent || missing.length > 0) return new Map();
  const document = read(text);
  return new Map(
    parent.map.items.flatMap((pair) => {
      if (!isScalar(pair.key) || !document) return [];
      const value = pair.value as { toJS?: (document: Document) => Json } | null;
      return [[String(pair.key.value), value?.toJS?.(document) ?? null]];
    }),
  );
}

function put(text: string, path: readonly string[], name: string, entry: Entry): Splice {
  const { parent, empty, missing } = descend(text, path);
  const lineBreak = lineBreakOf(text);
  if (!parent) {
    // Nothing but comments, or nothing at all.
    const end = text.length;
    const gap = /^\uFEFF?$|\n$/.test(text) ? "" : lineBreak;
    return splice(text, end, end, gap + say(missing, name, entry, 0, UNIT_DEFAULT, lineBreak));
  }
  const column = columnOf(text, parent.map);
  const unit = unitOf(text, parent.map) ?? UNIT_DEFAULT;
  if (empty) return intoEmpty(text, empty, say(missing.slice(1), name, entry, column + unit, unit, lineBreak));
  return behind(text, parent.map, say(missing, name, entry, column, unit, lineBreak));
}

function say(
  maps: readonly string[],
  name: string,
  entry: Entry,
  column: number,
  unit: number,
  line: LineBreak,
): string {
  const heads = maps.map((key, depth) => `${" ".repeat(column + depth * unit)}${yamlKey(key)}:${line}`);
  const inner = column + maps.length * unit;
  const body = yamlLines(entry, inner + unit, line);
  return `${heads.join("")}${" ".repeat(inner)}${yamlKey(name)}:${line}${body}`;
}

/** Behind the last pair of a map, with what is commented behind its value on the same line. */
function behind(text: string, map: YAMLMap, said: string): Splice {
  const end = valueEnd(text, map.items.at(-1));
  const at = afterBreak(text, end);
  if (at > end) return splice(text, at, at, said);
  return splice(text, end, end, `${lineBreakOf(text)}${said.replace(/\r?\n$/, "")}`);
}

/** `extensions:` without anything below it. */
function intoEmpty(text: string, pair: Pair, said: string): Splice {
  const [, keyEnd = 0] = rangeOf(pair.key);
  const [from, to] = rangeOf(pair.value);
  if (to > from) {
    // A null, a tilde or a pair of braces that somebody wrote out; a comment behind it stays.
    const end = lineEnd(text, to);
    const comment = text.slice(to, end).trim();
    const start = comment === "" ? keyEnd + 1 : from;
    return splice(text, start, end, `${comment}${lineBreakOf(text)}${said.replace(/\r?\n$/, "")}`);
  }
  const end = lineEnd(text, keyEnd);
  const at = afterBreak(text, end);
  return at > end
    ? splice(text, at, at, said)
    : splice(text, end, end, `${lineBreakOf(text)}${said.replace(/\r?\n$/, "")}`);
}

function rangeOf(node: unknown): [number, number, number] {
  return (node as { range?: [number, number, number] } | null)?.range ?? [0, 0, 0];
}

/** Where the line ends on which the pair's value does. */
function valueEnd(text: string, pair: Pair | undefined): number {
  if (!pair) return text.length;
  const last = lastOf(pair);
  const [start, end] = rangeOf(last);
  // Of a block text, the end is behind its last line break.
  const isAtBreak = end > start && /[\r\n]/.test(text[end - 1] ?? "");
  const inside = isAtBreak ? end - (text.slice(0, end).endsWith("\r\n") ? 2 : 1) : end;
  return lineEnd(text, inside);
}

/** The node that the pair ends with. */
function lastOf(pair: Pair): unknown {
  const { value, key } = pair;
  const inner = isCollection(value) && !value.flow ? value.items.at(-1) : undefined;
  if (inner !== undefined) return lastIn(inner);
  const [start, end] = rangeOf(value);
  return end > start ? value : key;
}

function lastIn(item: unknown): unknown {
  if (isPair(item)) return lastOf(item);
  const inner = isCollection(item) && !item.flow ? item.items.at(-1) : undefined;
  return inner === undefined ? item : lastIn(inner);
}

function columnOf(text: string, map: YAMLMap): number {
  const [start] = rangeOf(map.items[0]?.key);
  return start - lineStart(text, start) - (text.startsWith("\uFEFF") && lineStart(text, start) === 0 ? 1 : 0);
}

/** By how much a map lies deeper than the one around it, for the first that does. */
function unitOf(text: string, map: YAMLMap): number | undefined {
  for (const pair of map.items) {
    if (isMap(pair.value) && !pair.value.flow && pair.value.items.length > 0) {
      return columnOf(text, pair.value) - columnOf(text, map);
    }
  }
  return undefined;
}

function theEntry(text: string, path: readonly string[], name: string): Pair {
  const { parent, missing } = descend(text, path);
  const pair =
    missing.length > 0 ? undefined : parent?.map.items.findLast((one) => isScalar(one.key) && one.key.value === name);
  if (!pair) throw unreadableAt(text, 0, `no ${[...path, name].join(".")}`);
  return pair;
}

function change(text: string, path: readonly string[], name: string, leaves: readonly Leaf[]): Splice {
  const entry = theEntry(text, path, name);
  const entryMap = blockMap(text, entry.value, [...path, name], entry).map;
  const column = columnOf(text, entryMap);
  const splices: Splice[] = [];
  const missing = new Map<string, [string, Json][]>();
  for (const { keys, value } of leaves) {
    const [first = "", ...others] = keys;
    const pair = entryMap.items.findLast((one) => isScalar(one.key) && one.key.value === first);
    if (pair?.value && others.length === 0) {
      const [from] = rangeOf(pair.value);
      splices.push(splice(text, from, contentEnd(text, pair), yamlValue(value)));
    } else {
      missing.set(first, [...(missing.get(first) ?? []), [others.at(-1) ?? "", value]]);
    }
  }
  for (const [key, members] of missing) splices.push(addLeaves(text, entryMap, column, key, members));
  const [from] = rangeOf(entry.key);
  const to = Math.max(valueEnd(text, entry), ...splices.map(({ offset, removed }) => offset + removed.length));
  return joinSplices(text, splices, from, to);
}

/** Where the value itself ends, without comments and line breaks behind it. */
function contentEnd(text: string, pair: Pair): number {
  const [, end] = rangeOf(lastOf(pair));
  return text.slice(0, end).trimEnd().length;
}

function addLeaves(
  text: string,
  entry: YAMLMap,
  column: number,
  key: string,
  members: readonly [string, Json][],
): Splice {
  const old = entry.items.findLast((one) => isScalar(one.key) && one.key.value === key);
  const isWhole = members.length === 1 && members[0]?.[0] === "";
  const value: Json = isWhole ? (members[0]?.[1] ?? null) : Object.fromEntries(members);
  if (!old) {
    const line = lineBreakOf(text);
    const end = valueEnd(text, entry.items.at(-1));
    return splice(text, end, end, `${line}${" ".repeat(column)}${yamlKey(key)}: ${yamlValue(value)}`);
  }
  // A map of texts, in whatever form: the values of ours are set and the others kept.
  const before = (old.value as { toJSON?: () => Json } | null)?.toJSON?.() ?? {};
  const merged = isRecord(before) && isRecord(value) ? ({ ...before, ...value } as Json) : value;
  const [, keyEnd] = rangeOf(old.key);
  return splice(text, keyEnd, Math.max(contentEnd(text, old), keyEnd + 1), `: ${yamlValue(merged)}`);
}

function remove(text: string, path: readonly string[], name: string): Splice {
  const entry = theEntry(text, path, name);
  const { parent } = descend(text, path);
  const [start] = rangeOf(entry.key);
  const from = lineStart(text, start);
  const end = afterBreak(text, valueEnd(text, entry));
  const isOnly = parent?.map.items.length === 1;
  if (!isOnly) return splice(text, from, end, "");
  // A map without pairs would be nothing at all: then its braces say that it is empty.
  const owner = parent?.pair;
  if (!owner) return splice(text, from, end, "");
  const [, keyEnd] = rangeOf(owner.key);
  const inner = [splice(text, keyEnd, keyEnd + 1, ": {}"), splice(text, from, end, "")];
  return joinSplices(text, inner, keyEnd, end);
}

function restOf(text: string, path: readonly string[], name: string): string {
  const document = read(text);
  const value: unknown = document?.toJS() ?? {};
  const without = (inner: unknown, left: readonly string[]): unknown => {
    if (!isRecord(inner)) return inner;
    const [key, ...others] = left;
    if (key === undefined) return Object.fromEntries(Object.entries(inner).filter(([member]) => member !== name));
    if (!Object.hasOwn(inner, key)) return inner;
    const { [key]: value, ...rest } = inner;
    const shown = without(value, others);
    const isEmpty = shown === null || (isRecord(shown) && Object.keys(shown).length === 0);
    return isEmpty ? rest : { ...rest, [key]: shown };
  };
  return stableJson(without(value, path));
}
