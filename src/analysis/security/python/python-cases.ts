import type { Node, SyntaxTree } from "../../syntax/syntax-tree.ts";
import type { Literal } from "../value.ts";

/** The cases that may be taken, and whether one of them surely is. */
export function casesFor(
  tree: SyntaxTree,
  node: Node,
  literal: Literal | undefined,
): { readonly clauses: readonly Node[]; readonly isSure: boolean } {
  const clauses: Node[] = [];
  for (const clause of tree.children(tree.child(node, "body"))) {
    if (tree.kind(clause) !== "case_clause") continue;
    const fits = literal === undefined ? undefined : fitsCase(tree, clause, literal);
    if (fits === false) continue;
    clauses.push(clause);
    if (fits || tree.textOf(clause).startsWith("case _")) return { clauses, isSure: true };
  }
  return { clauses, isSure: false };
}

/** Whether a value that is known is one of a case's; undefined when nobody can tell. */
function fitsCase(tree: SyntaxTree, clause: Node, literal: Literal): boolean | undefined {
  const pattern = [...tree.children(clause)].find((one) => tree.kind(one) === "case_pattern");
  if (pattern === undefined) return undefined;
  const said = tree.textOf(pattern);
  if (said === "_") return true;
  const values = said.split("|").map((one) => one.trim());
  if (!values.every((one) => /^(['"]).*\1$|^-?\d+$/.test(one))) return undefined;
  return values.some((one) => (typeof literal === "string" ? one.slice(1, -1) === literal : Number(one) === literal));
}
