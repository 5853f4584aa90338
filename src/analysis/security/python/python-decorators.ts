import type { Node } from "../../syntax/syntax-tree.ts";
import type { Engine } from "../engine.ts";
import type { Scope } from "../value.ts";
import type { PythonExpressions } from "./python-expressions.ts";

/** What a function is decorated with: each is a call that is given the function. */
export function decoratorsOf(engine: Engine, expressions: PythonExpressions, node: Node, scope: Scope): string[] {
  const { tree } = engine;
  if (tree.kind(node) !== "decorated_definition") return [];
  const all = [...tree.children(node)].filter((one) => tree.kind(one) === "decorator");
  return all.flatMap((one) => {
    const ref = expressions.value(one + 2, scope).ref?.replace(/\(\)$/, "");
    if (ref === undefined) return [];
    const fn = { node: tree.child(node, "definition"), name: "", scope };
    const args = expressions.argumentsOf(one + 2, scope);
    // The function comes before what it was given itself, on as many decorators as there are.
    const given = { ...args, at: [{ fn }, ...args.at] };
    engine.called({ ref: `@${ref}`, receiver: { literal: all.length }, args: given, node: one });
    return ref;
  });
}
