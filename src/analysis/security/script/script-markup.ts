import type { Node } from "../../syntax/syntax-tree.ts";
import { oneArgument } from "../arguments.ts";
import type { Scope, Value } from "../value.ts";
import type { Expressions } from "./script-language.ts";

/** Of `<a href={x}>` the attribute is a call; what stands between the tags is escaped. */
export function markupValue(on: Expressions, node: Node, scope: Scope): Value {
  const { tree } = on;
  const end = tree.after(node);
  let tag = "";
  for (let at = node + 1; at < end; ) {
    const kind = tree.kind(at);
    if (kind === "jsx_attribute") {
      attribute(on, tag, at, scope);
      at = tree.after(at);
    } else if (kind === "jsx_expression") {
      on.value(at, scope);
      at = tree.after(at);
    } else {
      if (tree.field(at) === "name") tag = tree.textOf(at);
      at++;
    }
  }
  return { ref: "jsx" };
}

function attribute(on: Expressions, tag: string, node: Node, scope: Scope): void {
  const { tree } = on;
  const name = tree.textOf(node + 1);
  const given = tree.after(node + 1) + 1;
  const value = given < tree.after(node) ? on.value(given, scope) : { literal: true };
  if (value.fn) on.functions.later(value.fn, [{ ref: "event" }], undefined);
  on.engine.called({ ref: `jsx.${tag}.${name}`, receiver: undefined, args: oneArgument(value), node });
}
