import type { Node, SyntaxTree } from "../syntax/syntax-tree.ts";
import { namedChildren } from "./quality-rule.ts";

/** Statements after which the next one is not reached. */
export const ENDS: ReadonlySet<string> = new Set([
  "return_statement",
  "throw_statement",
  "break_statement",
  "continue_statement",
]);

/** Whether what comes after a statement is reached. */
export function goesOn(tree: SyntaxTree, node: Node): boolean {
  const kind = tree.kind(node);
  if (ENDS.has(kind)) return false;
  if (kind === "statement_block") {
    const last = namedChildren(tree, node).at(-1);
    return last === undefined || goesOn(tree, last);
  }
  if (kind === "if_statement") {
    const no = tree.child(node, "alternative");
    const other = namedChildren(tree, no)[0];
    return other === undefined || goesOn(tree, tree.child(node, "consequence")) || goesOn(tree, other);
  }
  if (kind === "try_statement" || kind === "switch_statement" || kind === "while_statement") return false;
  return !/\b(?:process\.exit|assertNever|fail|unreachable)\s*\(/.test(tree.textOf(node));
}
