import type { Node } from "../../syntax/syntax-tree.ts";
import type { Literal, Scope } from "../value.ts";
import type { Expressions } from "./script-language.ts";

/** The cases that may be taken, and whether each surely is one of them. */
export function* casesFor(
  on: Expressions,
  node: Node,
  literal: Literal | undefined,
  scope: Scope,
): Generator<{ readonly clause: Node; readonly isIt: boolean }> {
  for (const clause of on.tree.children(on.tree.child(node, "body"))) {
    if (!on.tree.kind(clause).startsWith("switch_")) continue;
    const fits = fitsCase(on, clause, literal, scope);
    if (fits !== false) yield { clause, isIt: fits === true };
  }
}

/** Whether a value that is known is a case's; undefined when nobody can tell. */
function fitsCase(on: Expressions, clause: Node, literal: Literal | undefined, scope: Scope): boolean | undefined {
  if (on.tree.kind(clause) === "switch_default") return true;
  const wanted = on.value(on.tree.child(clause, "value"), scope).literal;
  return literal === undefined || wanted === undefined ? undefined : literal === wanted;
}
