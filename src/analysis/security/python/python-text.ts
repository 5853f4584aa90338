import type { Node, SyntaxTree } from "../../syntax/syntax-tree.ts";

const ESCAPES: Readonly<Record<string, string>> = {
  n: "\n",
  t: "\t",
  r: "\r",
  "\\": "\\",
  "'": "'",
  '"': '"',
  "0": "\0",
};

/** What a text says that holds nothing but letters; undefined for one with something put in. */
export function pythonText(tree: SyntaxTree, node: Node): string | undefined {
  const end = tree.after(node);
  let text = "";
  let isRaw = false;
  for (let part = node + 1; part < end; part++) {
    const kind = tree.kind(part);
    if (kind === "interpolation") return undefined;
    if (kind === "string_start") isRaw = /r/i.test(tree.textOf(part));
    if (kind === "string_content") text += isRaw ? tree.textOf(part) : unescaped(tree.textOf(part));
  }
  return text;
}

function unescaped(text: string): string {
  return text.replace(/\\(.)/g, (all, letter: string) => ESCAPES[letter] ?? all);
}
