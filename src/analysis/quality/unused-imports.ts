import type { Replacement } from "../file-findings.ts";
import { NONE, type Node, type SyntaxTree } from "../syntax/syntax-tree.ts";
import { namedChildren, withoutPiece } from "./quality-rule.ts";

const NAMES = new Set([
  "identifier",
  "type_identifier",
  "shorthand_property_identifier",
  "shorthand_property_identifier_pattern",
  "jsx_identifier",
  "nested_identifier",
]);

/** Names that are imported and never used: by counting how often each stands in the file. */
export function unusedImports(tree: SyntaxTree): Node[] {
  const counts = new Map<string, number>();
  const declared: Node[] = [];
  for (let node = 0; node < tree.count; node++) {
    const kind = tree.kind(node);
    if (kind === "import_specifier" || kind === "import_clause" || kind === "namespace_import")
      declared.push(...importedIn(tree, node, kind));
    if (!NAMES.has(kind)) continue;
    const name = tree.textOf(node);
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return declared.filter((node) => counts.get(tree.textOf(node)) === 1 && tree.textOf(node) !== "React");
}

function importedIn(tree: SyntaxTree, node: Node, kind: string): Node[] {
  if (kind === "import_specifier") {
    const alias = tree.child(node, "alias");
    return [alias === NONE ? tree.child(node, "name") : alias];
  }
  return namedChildren(tree, node).filter((one) => tree.kind(one) === "identifier");
}

/** A module does something when it is loaded: its last import stays, unless it brings types alone. */
export function withoutImport(tree: SyntaxTree, name: Node): readonly Replacement[] | undefined {
  const specifier = tree.parent(name);
  const list = tree.parent(specifier);
  if (tree.kind(specifier) !== "import_specifier" || tree.kind(list) !== "named_imports") return undefined;
  const all = namedChildren(tree, list);
  if (all.length === 1) {
    const statement = tree.parent(tree.parent(list));
    const isOfTypes = /^import\s+type\b/.test(tree.textOf(statement));
    return isOfTypes ? [withoutPiece(tree.text, tree.start(statement), tree.end(statement))] : undefined;
  }
  const at = all.indexOf(specifier);
  const [before, after] = [all[at - 1], all[at + 1]];
  if (after !== undefined) return [{ start: tree.start(specifier), end: tree.start(after), text: "" }];
  return [{ start: tree.end(before ?? specifier), end: tree.end(specifier), text: "" }];
}
