import { NONE, type Node, type SyntaxTree } from "../syntax/syntax-tree.ts";

/** Where whoever holds a function without a name says what it is called, by the kind of the holder. */
const NAMES: Readonly<Record<string, string>> = {
  variable_declarator: "name",
  assignment_expression: "left",
  assignment: "left",
  pair: "key",
  field_definition: "property",
  public_field_definition: "property",
};

const NAME_CHARS_MAX = 120;

/** What people call it. */
export function functionName(tree: SyntaxTree, node: Node): string {
  const own = tree.child(node, "name");
  if (own !== NONE) return shown(tree, own);
  const holder = tree.parent(node);
  const field = NAMES[tree.kind(holder)];
  const name = field === undefined ? NONE : tree.child(holder, field);
  return name === NONE ? "(anonymous)" : shown(tree, name);
}

function shown(tree: SyntaxTree, node: Node): string {
  return tree.textOf(node).slice(0, NAME_CHARS_MAX);
}
