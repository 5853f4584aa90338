import { createScanner, type Node } from "jsonc-parser";
import type { Json } from "../../base/json.ts";
import { hasLineBreak, indentOf, isFirstOnLine, type LineBreak, lineBreakOf } from "./layout.ts";
import { type Splice, splice } from "./splice.ts";

interface Layout {
  /** What one level is indented by. */
  readonly unit: string;
  /** What the line begins with on which the value stands. */
  readonly indent: string;
  readonly lineBreak: LineBreak;
  /** All on one line, with or without spaces. */
  readonly oneLine?: "spaced" | "compact" | undefined;
}

const UNIT_DEFAULT = "  ";
const COMMA = 5;
const COMMENTS = new Set([12, 13]);
const LINE_BREAK = 14;

export function jsonText(value: Json, { unit, indent, lineBreak, oneLine }: Layout): string {
  if (oneLine === "compact") return JSON.stringify(value);
  if (oneLine === "spaced") return spaced(value);
  return JSON.stringify(value, null, unit).replaceAll("\n", `${lineBreak}${indent}`);
}

function spaced(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(spaced).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const members = Object.entries(value).map(([key, inner]) => `${JSON.stringify(key)}: ${spaced(inner)}`);
  return members.length === 0 ? "{}" : `{ ${members.join(", ")} }`;
}

/** Members at the end of an object, in the layout of its neighbours. */
export function insertMembers(text: string, object: Node, members: readonly [string, Json][]): Splice {
  const last = object.children?.at(-1);
  return last ? behind(text, object, last, members) : intoEmpty(text, object, members);
}

/** The layout of a value that replaces the one at this node. */
export function layoutAt(text: string, node: Node): Layout {
  const inside = text.slice(node.offset, node.offset + node.length);
  const isSpread = hasLineBreak(inside);
  const oneLine = isSpread ? undefined : /[:,]\S/.test(withoutStrings(inside)) ? "compact" : "spaced";
  return { ...styleOf(text, node), indent: indentOf(text, node.offset), oneLine };
}

function withoutStrings(text: string): string {
  return text.replaceAll(/"(?:[^"\\]|\\.)*"/g, " ");
}

/** Unit and line break of the whole text. */
function styleOf(text: string, node: Node): Pick<Layout, "unit" | "lineBreak"> {
  let root = node;
  while (root.parent) root = root.parent;
  const indents = (root.children ?? []).filter(({ offset }) => isFirstOnLine(text, offset));
  const first = indents.map(({ offset }) => indentOf(text, offset)).find((indent) => indent !== "");
  return { unit: first ?? UNIT_DEFAULT, lineBreak: lineBreakOf(text) };
}

function behind(text: string, object: Node, last: Node, members: readonly [string, Json][]): Splice {
  const lastEnd = last.offset + last.length;
  const style = styleOf(text, object);
  const inside = text.slice(object.offset, object.offset + object.length);
  if (!hasLineBreak(inside)) {
    const isCompact = /[:,][^\s]/.test(withoutStrings(inside).replaceAll(/:\s*[[{]/g, ": "));
    const oneLine = isCompact ? "compact" : "spaced";
    const said = members.map((member) => sayMember(member, { ...style, indent: "", oneLine }));
    const separator = isCompact ? "," : ", ";
    const { commaEnd } = tailOf(text, lastEnd, object);
    if (commaEnd !== undefined)
      return splice(text, commaEnd, commaEnd, `${isCompact ? "" : " "}${said.join(separator)},`);
    return splice(text, lastEnd, lastEnd, `${separator}${said.join(separator)}`);
  }
  const indent = isFirstOnLine(text, last.offset)
    ? indentOf(text, last.offset)
    : indentOf(text, object.offset) + style.unit;
  const said = members.map((member) => `${style.lineBreak}${indent}${sayMember(member, { ...style, indent })}`);
  const { commaEnd, end } = tailOf(text, lastEnd, object);
  if (commaEnd !== undefined) return splice(text, end, end, `${said.join(",")},`);
  return splice(text, lastEnd, end, `,${text.slice(lastEnd, end)}${said.join(",")}`);
}

function sayMember([key, value]: readonly [string, Json], layout: Layout): string {
  const colon = layout.oneLine === "compact" ? ":" : ": ";
  return `${JSON.stringify(key)}${colon}${jsonText(value, layout)}`;
}

/** What follows the last member: a comma, maybe, and comments on the same line, which stay with it. */
function tailOf(text: string, lastEnd: number, object: Node): { commaEnd: number | undefined; end: number } {
  const close = object.offset + object.length - 1;
  const scanner = createScanner(text.slice(lastEnd, close), false);
  let commaEnd: number | undefined;
  let end = lastEnd;
  let isSameLine = true;
  for (let token: number = scanner.scan(); scanner.getTokenLength() > 0; token = scanner.scan()) {
    const tokenEnd = lastEnd + scanner.getTokenOffset() + scanner.getTokenLength();
    if (token === COMMA) {
      commaEnd = tokenEnd;
      end = tokenEnd;
      isSameLine = true;
    } else if (token === LINE_BREAK) {
      isSameLine = false;
    } else if (COMMENTS.has(token) && isSameLine) {
      end = tokenEnd;
    }
  }
  return { commaEnd, end };
}

function intoEmpty(text: string, object: Node, members: readonly [string, Json][]): Splice {
  const open = object.offset + 1;
  const close = object.offset + object.length - 1;
  const inside = text.slice(open, close);
  const style = styleOf(text, object);
  const isWholeFileOnOneLine = !hasLineBreak(text.trim()) && object.parent !== undefined;
  if (isWholeFileOnOneLine) {
    const oneLine = /[:,]\S/.test(withoutStrings(text)) ? "compact" : "spaced";
    const said = members.map((member) => sayMember(member, { ...style, indent: "", oneLine }));
    if (inside.trim() !== "") return splice(text, close, close, `${said.join(", ")} `);
    return splice(text, open, close, oneLine === "compact" ? said.join(",") : ` ${said.join(", ")} `);
  }
  const base = indentOf(text, object.offset);
  const indent = base + style.unit;
  const said = members.map((member) => `${style.lineBreak}${indent}${sayMember(member, { ...style, indent })}`);
  const from = inside.trim() === "" ? open : open + inside.trimEnd().length;
  return splice(text, from, close, `${said.join(",")}${style.lineBreak}${base}`);
}
