import { NONE, type Node, type SyntaxTree } from "../../syntax/syntax-tree.ts";
import { scriptText } from "./script-text.ts";

/** `node:fs` is `fs`, and `lodash/merge.js` is `lodash/merge`. */
function moduleName(specifier: string): string {
  return specifier.replace(/^(?:node|npm|jsr):/, "").replace(/\.[cm]?[jt]s$/, "");
}

/** What is known of under another name; `npm:request` is the package, where `request` is what a server is asked. */
export function moduleRef(specifier: string, aliases: ReadonlyMap<string, string>): string {
  const name = moduleName(specifier);
  return aliases.get(`npm:${name}`) ?? aliases.get(name) ?? name;
}

/** The names that an import makes, and what each is where it comes from. */
export function importedNames(
  tree: SyntaxTree,
  node: Node,
  aliases: ReadonlyMap<string, string>,
): { readonly name: string; readonly ref: string }[] {
  const found: { name: string; ref: string }[] = [];
  const end = tree.after(node);
  const said = sourceIn(tree, node, end);
  if (said === undefined) return found;
  const source = moduleRef(said, aliases);
  for (let at = node + 1; at < end; at++) {
    const kind = tree.kind(at);
    if (kind === "import_specifier") {
      const alias = tree.child(at, "alias");
      const name = tree.textOf(tree.child(at, "name"));
      const ref = name === "default" ? source : `${source}.${name}`;
      found.push({ name: alias === NONE ? name : tree.textOf(alias), ref: aliases.get(ref) ?? ref });
      at = tree.after(at) - 1;
    } else if (kind === "identifier") found.push({ name: tree.textOf(at), ref: source });
  }
  return found;
}

function sourceIn(tree: SyntaxTree, node: Node, end: Node): string | undefined {
  for (let at = node + 1; at < end; at++) {
    if (tree.kind(at) !== "string") continue;
    const text = scriptText(tree, at);
    return text;
  }
  return undefined;
}
