// JSON as the clients read it: some take comments and trailing commas, some do not. What a client could not read is
// refused here as well, and what is written is in the strict form, which all of them take.
import { createScanner, type Node, type ParseError, parseTree, printParseErrorCode } from "jsonc-parser";
import type { Json } from "../../base/json.ts";
import { type ConfigEditor, type Entry, type Leaf, type Unreadable, unreadableAt } from "./config-editor.ts";
import { insertMembers, jsonText, layoutAt } from "./json-insertion.ts";
import { jsonRemoval } from "./json-removal.ts";
import { lineBreakOf } from "./layout.ts";
import { joinSplices, type Splice, splice } from "./splice.ts";

/** What a client's parser takes beyond JSON. */
export interface JsonTolerance {
  readonly comments: boolean;
  readonly trailingComma: boolean;
}

/** The numbers that the scanner gives to comments. */
const COMMENTS = new Set([12, 13]);
const END_OF_FILE = 17;

export function jsonEditor(tolerance: JsonTolerance): ConfigEditor {
  const read = (text: string) => readTree(text, tolerance);
  return {
    entries: (text, path) => entriesAt(text, read(text), path),
    put: (text, path, name, entry) => put(text, read(text), path, name, entry),
    change: (text, path, name, leaves) => change(text, theEntry(text, read(text), path, name), leaves),
    remove: (text, path, name) => jsonRemoval(text, theEntry(text, read(text), path, name)),
    rest: (text, path, name) => restOf(text, read(text), path, name),
  };
}

/** Undefined for a file without a value in it. */
function readTree(text: string, tolerance: JsonTolerance): Node | undefined {
  const errors: ParseError[] = [];
  const shown = text.replace(/^\uFEFF/, " ");
  refuseComments(shown, tolerance);
  let tree: Node | undefined;
  try {
    tree = parseTree(shown, errors, { allowTrailingComma: tolerance.trailingComma, allowEmptyContent: true });
  } catch (cause) {
    if (cause instanceof RangeError) throw unreadableAt(text, 0, "too deeply nested"); // The parser ran out of stack.
    throw cause;
  }
  const [first] = errors;
  if (first) throw unreadableAt(text, first.offset, `not valid JSON (${sayError(first)})`);
  if (tree && tree.type !== "object") throw unreadableAt(text, tree.offset, `not an object but ${aKind(tree)}`);
  return tree;
}

function refuseComments(text: string, { comments }: JsonTolerance): void {
  if (comments || !/\/[/*]/.test(text)) return;
  const scanner = createScanner(text, false);
  for (let token: number = scanner.scan(); token !== END_OF_FILE; token = scanner.scan()) {
    if (COMMENTS.has(token)) throw unreadableAt(text, scanner.getTokenOffset(), "a comment, which this client refuses");
  }
}

/** `ValueExpected` as words. */
function sayError({ error }: ParseError): string {
  return printParseErrorCode(error)
    .replaceAll(/([A-Z])/g, " $1")
    .trim()
    .toLowerCase();
}

function aKind({ type }: Node): string {
  return type === "array" ? "a list" : `a ${type}`;
}

const keyOf = (property: Node) => String(property.children?.[0]?.value);
const valueIn = (property: Node | undefined) => property?.children?.[1];

/** Of two members with one name, parsers take the last. */
function memberOf(object: Node | undefined, name: string): Node | undefined {
  return object?.children?.findLast((property) => keyOf(property) === name);
}

/** The object at the path as far as it is there, and the names that are not. */
function descend(text: string, tree: Node | undefined, path: readonly string[]) {
  let object = tree;
  for (const [at, key] of path.entries()) {
    const value = valueIn(memberOf(object, key));
    if (!value) return { object, missing: path.slice(at) };
    if (value.type !== "object") throw notAnObject(text, value, path.slice(0, at + 1));
    object = value;
  }
  return { object, missing: [] };
}

function notAnObject(text: string, value: Node, path: readonly string[]): Unreadable {
  return unreadableAt(text, value.offset, `${path.join(".")} is not an object but ${aKind(value)}`);
}

function entriesAt(text: string, tree: Node | undefined, path: readonly string[]): Map<string, Json> {
  const { object, missing } = descend(text, tree, path);
  if (missing.length > 0) return new Map();
  return new Map(object?.children?.map((property) => [keyOf(property), jsonOf(text, valueIn(property))]));
}

function jsonOf(text: string, value: Node | undefined): Json {
  // Nodes of the parser hold members of one name twice, and JSON.parse takes the last: as the clients do.
  if (!value) return null;
  if (value.type === "object") {
    return Object.fromEntries(value.children?.map((one) => [keyOf(one), jsonOf(text, valueIn(one))]) ?? []);
  }
  if (value.type === "array") return value.children?.map((one) => jsonOf(text, one)) ?? [];
  return value.value as Json;
}

function put(text: string, tree: Node | undefined, path: readonly string[], name: string, entry: Entry): Splice {
  const { object, missing } = descend(text, tree, path);
  const [first = name, ...others] = [...missing, name];
  const value = others.reduceRight<Json>((inner, key) => ({ [key]: inner }), entry as Json);
  if (object) return insertMembers(text, object, [[first, value]]);
  // A file without a value: what comments it has stay where they are.
  const lineBreak = lineBreakOf(text);
  const whole = jsonText({ [first]: value }, { unit: "  ", indent: "", lineBreak });
  const start = text.trim() === "" || text === "\uFEFF" ? (text.startsWith("\uFEFF") ? 1 : 0) : text.length;
  const gap = start === 0 || /[\n\uFEFF]$/.test(text) ? "" : lineBreak;
  return splice(text, start, text.length, `${gap}${whole}${lineBreak}`);
}

function theEntry(text: string, tree: Node | undefined, path: readonly string[], name: string): Node {
  const { object, missing } = descend(text, tree, path);
  const member = missing.length === 0 ? memberOf(object, name) : undefined;
  if (!member) throw unreadableAt(text, 0, `no ${[...path, name].join(".")}`);
  return member;
}

function change(text: string, entry: Node, leaves: readonly Leaf[]): Splice {
  const splices: Splice[] = [];
  const added = new Map<Node, [string, Json][]>();
  for (const { keys, value } of leaves) {
    const { object, missing } = descend(text, valueIn(entry), keys.slice(0, -1));
    const last = keys.at(-1) ?? "";
    const old = missing.length === 0 ? valueIn(memberOf(object, last)) : undefined;
    if (old && object) {
      splices.push(splice(text, old.offset, old.offset + old.length, jsonText(value, layoutAt(text, old))));
    } else if (object) {
      const [first = last, ...others] = [...missing, last];
      const whole = others.reduceRight<Json>((inner, key) => ({ [key]: inner }), value);
      added.set(object, [...(added.get(object) ?? []), [first, whole]]);
    }
  }
  for (const [object, members] of added) splices.push(insertMembers(text, object, mergeMembers(members)));
  return joinSplices(text, splices, entry.offset, entry.offset + entry.length);
}

/** Two values that lie in one map which is not there yet are added with it, together. */
function mergeMembers(members: readonly [string, Json][]): [string, Json][] {
  const merged = new Map<string, Json>();
  for (const [key, value] of members) {
    const before = merged.get(key);
    const isBoth = typeof before === "object" && before !== null && typeof value === "object" && value !== null;
    merged.set(key, isBoth ? ({ ...before, ...value } as Json) : value);
  }
  return [...merged];
}

/** Every member with its place, numbers as they are written, members of one name each. Maps around the entry count only when something else is in them. */
function restOf(text: string, tree: Node | undefined, path: readonly string[], name: string): string {
  const [entry, around] = findEntry(tree, path, name);
  const say = (node: Node): string => {
    if (node.type === "object") return `{${sayMembers(node).join()}}`;
    if (node.type === "array") return `[${(node.children ?? []).map(say).join()}]`;
    return text.slice(node.offset, node.offset + node.length);
  };
  const sayMembers = (node: Node): string[] =>
    (node.children ?? []).flatMap((property) => {
      const value = valueIn(property);
      if (property === entry || !value) return [];
      if (around.has(property) && sayMembers(value).length === 0) return [];
      return [`${JSON.stringify(keyOf(property))}:${say(value)}`];
    });
  return tree ? say(tree) : "{}";
}

function findEntry(tree: Node | undefined, path: readonly string[], name: string): [Node | undefined, Set<Node>] {
  const around = new Set<Node>();
  let object = tree;
  for (const key of path) {
    const member = memberOf(object, key);
    if (member) around.add(member);
    object = valueIn(member);
  }
  return [memberOf(object, name), around];
}
