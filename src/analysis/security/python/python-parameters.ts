import { NONE, type Node, type SyntaxTree } from "../../syntax/syntax-tree.ts";

export interface Parameter {
  readonly name: string;
  readonly node: Node;
  readonly type: string;
  /** What it is when nothing is given. */
  readonly value: Node;
}

/** Of a function, or of a lambda. */
export function pythonParameters(tree: SyntaxTree, node: Node): Parameter[] {
  const list = tree.child(node, "parameters");
  if (list === NONE) return [];
  return [...tree.children(list)].flatMap((one) => {
    if (!tree.isNamed(one) || tree.kind(one).endsWith("separator") || tree.kind(one) === "comment") return [];
    const named = tree.child(one, "name");
    const inner = named === NONE ? (tree.kind(one) === "identifier" ? one : one + 1) : named;
    const type = tree.child(one, "type");
    const name = tree.textOf(inner).replace(/^\*+/, "");
    return [{ name, node: one, type: type === NONE ? "" : tree.textOf(type), value: tree.child(one, "value") }];
  });
}
