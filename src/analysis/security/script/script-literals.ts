import type { Node } from "../../syntax/syntax-tree.ts";
import type { Scope, Value } from "../value.ts";
import { mergeInto } from "./script-collections.ts";
import type { Expressions } from "./script-language.ts";

/** An object that is written out. */
export function objectValue(on: Expressions, node: Node, scope: Scope): Value {
  const { tree } = on;
  const parts = new Map<string, Value>();
  let isWhole = true;
  const self: Value = { parts };
  const end = tree.after(node);
  for (let child = node + 1; child < end; child = tree.after(child)) {
    const kind = tree.kind(child);
    if (kind === "pair") {
      const key = on.keyOf(tree.child(child, "key"), scope);
      isWhole &&= key !== undefined;
      parts.set(key ?? `?${parts.size}`, on.value(tree.child(child, "value"), scope));
    } else if (kind === "shorthand_property_identifier") parts.set(tree.textOf(child), on.value(child, scope));
    else if (kind === "method_definition") {
      const name = tree.textOf(tree.child(child, "name"));
      parts.set(name, { fn: on.functions.define(child, scope, name, self) });
    } else if (kind === "spread_element") {
      const spread = on.value(child, scope);
      isWhole &&= spread.isWhole === true;
      mergeInto(self, spread);
    }
  }
  return { parts, isWhole };
}

/** A list that is written out. */
export function listValue(on: Expressions, node: Node, scope: Scope): Value {
  const { tree } = on;
  const parts = new Map<string, Value>();
  let isWhole = true;
  const end = tree.after(node);
  for (let child = node + 1; child < end; child = tree.after(child)) {
    if (!tree.isNamed(child) || tree.kind(child) === "comment") continue;
    const value = on.value(child, scope);
    if (tree.kind(child) !== "spread_element") {
      parts.set(String(parts.size), value);
      continue;
    }
    isWhole &&= value.isWhole === true;
    for (const one of value.parts?.values() ?? [{ taint: value.taint }]) parts.set(String(parts.size), one);
  }
  return { parts, isWhole };
}
