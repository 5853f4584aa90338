import type { Replacement } from "../file-findings.ts";
import type { Area, Confidence, Finding } from "../finding.ts";
import type { Node, SyntaxTree } from "../syntax/syntax-tree.ts";

/** Something about a node that somebody should look at, told by looking at nodes alone. */
export interface QualityRule {
  readonly id: string;
  /** Nodes that it looks at. */
  readonly kinds: readonly string[];
  /** Reliability, unless it says otherwise. */
  readonly area?: Area;
  readonly severity: Finding["severity"];
  readonly confidence?: Confidence;
  readonly message: string;
  readonly help: string;
  readonly cwe?: readonly number[];
  /** The node that it is about, or all of them, where it holds. */
  find(tree: SyntaxTree, node: Node): Node | readonly Node[] | undefined;
  /** What may stand there instead, where the program then surely does the same; of the node that was found. */
  fix?(tree: SyntaxTree, found: Node): readonly Replacement[] | undefined;
}

/** What has a number as a weakness is one. */
export function areaOf(cwe: readonly number[] | undefined): Area {
  return cwe ? "security" : "reliability";
}

/** Takes a piece out, and its line where nothing else stands there. */
export function withoutPiece(text: string, start: number, end: number): Replacement {
  const begin = text.lastIndexOf("\n", start - 1) + 1;
  const newline = text.indexOf("\n", end);
  const isAlone = newline >= 0 && text.slice(begin, start).trim() === "" && text.slice(end, newline).trim() === "";
  return isAlone ? { start: begin, end: newline + 1, text: "" } : { start, end, text: "" };
}

/** A rule that is about the node that it looks at. */
export function about(is: (tree: SyntaxTree, node: Node) => boolean): QualityRule["find"] {
  return (tree, node) => (is(tree, node) ? node : undefined);
}

export function namedChildren(tree: SyntaxTree, node: Node): Node[] {
  const found: Node[] = [];
  if (node < 0) return found;
  const end = tree.after(node);
  for (let child = node + 1; child < end; child = tree.after(child))
    if (tree.isNamed(child) && tree.kind(child) !== "comment") found.push(child);
  return found;
}

/** Without its spaces and comments. */
export function plainText(tree: SyntaxTree, node: Node): string {
  return tree
    .textOf(node)
    .replaceAll(/\/\/.*|\/\*[\s\S]*?\*\//g, "")
    .replaceAll(/\s+/g, "");
}

/** A text longer than that is compared with nothing. */
export const COMPARED_CHARS_MAX = 2_000;
