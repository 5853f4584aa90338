import type { Node, SyntaxTree } from "../syntax/syntax-tree.ts";
import { either, UNKNOWN, type Value } from "./value.ts";

/** Whatever stands in a node. */
export function mergedChildren(tree: SyntaxTree, node: Node, look: (child: Node) => Value): Value {
  const end = tree.after(node);
  let merged: Value | undefined;
  for (let child = node + 1; child < end; child = tree.after(child)) {
    if (!tree.isNamed(child)) continue;
    const value = look(child);
    merged = merged ? either(merged, value) : value;
  }
  return merged ?? UNKNOWN;
}
