import type { Syntax } from "../syntax/syntax.ts";
import type { Node, SyntaxTree } from "../syntax/syntax-tree.ts";
import { shapeOf } from "./shape.ts";

export interface LineCounts {
  readonly lines: number;
  /** Lines with code in them. */
  readonly code: number;
  /** Lines with nothing but comment, Python's docstrings among them. */
  readonly comment: number;
  readonly blank: number;
}

const CODE = 1;
const COMMENT = 2;

/** Every line once: code, else comment, else blank. */
export function countLines(tree: SyntaxTree, syntax: Syntax): LineCounts {
  const { text, lines } = tree;
  // What follows the last line break is no line when nothing is there.
  const count = text.endsWith("\n") ? lines.length - 1 : text === "" ? 0 : lines.length;
  const marks = marksOf(tree, shapeOf(syntax).isComment);
  let code = 0;
  let comment = 0;
  for (let at = 0; at < count; at++) {
    const mark = marks[at] ?? 0;
    if (mark & CODE) code++;
    else if (mark & COMMENT) comment++;
  }
  return { lines: count, code, comment, blank: count - code - comment };
}

function marksOf(tree: SyntaxTree, isComment: (tree: SyntaxTree, node: Node) => boolean): Uint8Array {
  const { lines } = tree;
  const marks = new Uint8Array(lines.length);
  // They stand in order, so that the line is never looked for from the beginning.
  let line = 0;
  for (const { node, mark } of words(tree, isComment)) {
    while (line + 1 < lines.length && (lines[line + 1] ?? 0) <= tree.start(node)) line++;
    const end = tree.end(node);
    for (let at = line; at < lines.length && (at === line || (lines[at] ?? 0) < end); at++)
      marks[at] = (marks[at] ?? 0) | mark;
  }
  return marks;
}

/** The words of the code, and its comments. */
function* words(tree: SyntaxTree, isComment: (tree: SyntaxTree, node: Node) => boolean) {
  for (let node = 0; node < tree.count; ) {
    const isNote = isComment(tree, node);
    if ((isNote || tree.isLeaf(node)) && tree.end(node) > tree.start(node))
      yield { node, mark: isNote ? COMMENT : CODE };
    node = isNote ? tree.after(node) : node + 1;
  }
}
