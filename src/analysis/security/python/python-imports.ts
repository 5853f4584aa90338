import { NONE, type Node, type SyntaxTree } from "../../syntax/syntax-tree.ts";

/** The names that an import makes, and what each is where it comes from. */
export function* importedNames(
  tree: SyntaxTree,
  node: Node,
): Generator<{ readonly name: string; readonly ref: string }> {
  const from = tree.child(node, "module_name");
  const module = from === NONE ? "" : `${tree.textOf(from).replace(/^\.+/, "")}.`;
  for (const child of tree.children(node)) {
    if (tree.field(child) !== "name") continue;
    const alias = tree.child(child, "alias");
    const said = tree.textOf(alias === NONE ? child : tree.child(child, "name"));
    // `import a.b` makes the name a; `import a.b as c` and `from a import b` make what they say.
    const [first = said] = from === NONE ? said.split(".") : [];
    const name = alias === NONE ? first : tree.textOf(alias);
    yield { name, ref: module + (alias === NONE ? first : said) };
  }
}
