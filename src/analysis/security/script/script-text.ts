import type { Node, SyntaxTree } from "../../syntax/syntax-tree.ts";

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", "0": "\0", b: "\b", f: "\f", v: "\v" };

/** What a text says that holds nothing but letters; undefined for one with something put in. */
export function scriptText(tree: SyntaxTree, node: Node): string | undefined {
  const end = tree.after(node);
  let text = "";
  for (let part = node + 1; part < end; part = tree.after(part)) {
    const kind = tree.kind(part);
    if (kind === "template_substitution") return undefined;
    if (kind === "string_fragment") text += tree.textOf(part);
    if (kind === "escape_sequence") text += unescaped(tree.textOf(part));
  }
  return text;
}

export function unescaped(sequence: string): string {
  const code = /^\\(?:x([\da-f]{2})|u([\da-f]{4})|u\{([\da-f]{1,6})\})$/i.exec(sequence);
  const hex = code?.[1] ?? code?.[2] ?? code?.[3];
  if (hex !== undefined) {
    const point = Number.parseInt(hex, 16);
    return point <= 0x10ffff ? String.fromCodePoint(point) : "";
  }
  const letter = sequence.slice(1);
  return ESCAPES[letter] ?? letter;
}
