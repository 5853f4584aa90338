// What Python's conditions say of names.
import { NONE, type Node, type SyntaxTree } from "../../syntax/syntax-tree.ts";
import { type Scope, taintOf } from "../value.ts";
import { bothOf, negated, oneOf, VOUCHES_FOR_NOBODY, type Vouched, vouchesWhenTrue } from "../vouched.ts";

/** Methods of a text that say that it holds nothing but letters and digits. */
const PLAIN = new Set(["isdigit", "isdecimal", "isnumeric", "isalnum", "isalpha", "isidentifier"]);
const MATCHES = /(?:^|\.)(?:match|fullmatch)$/;
/** What people call those that look whether something is in order. */
const CHECKS = /(?:^|[._])(?:is_?)?(?:valid|safe|allow|permit|whitelist|trusted|sane|authorized|url_has_allowed)/i;
const CONTAINS = new Set(["startswith", "is_relative_to"]);
const RESOLVED = /realpath|abspath|resolve|normpath|commonpath|commonprefix|urlparse|urlsplit|netloc|hostname/;

export class PythonGuards {
  readonly #tree: SyntaxTree;

  constructor(tree: SyntaxTree) {
    this.#tree = tree;
  }

  of(condition: Node, scope: Scope): Vouched {
    const tree = this.#tree;
    switch (tree.kind(condition)) {
      case "parenthesized_expression":
        return this.of(condition + 2, scope);
      case "not_operator":
        return negated(this.of(tree.child(condition, "argument"), scope));
      case "boolean_operator":
        return this.#both(condition, scope);
      case "comparison_operator":
        return this.#comparison(condition, scope);
      case "call":
        return vouchesWhenTrue(this.#call(condition, scope));
      case "identifier":
        return vouchesWhenTrue([scope.get(tree.textOf(condition))?.vouchesFor ?? ""]);
      default:
        return VOUCHES_FOR_NOBODY;
    }
  }

  /** The name that the answer of a call vouches for: `ok = re.fullmatch(…, name)`. */
  vouched(value: Node, scope: Scope): string | undefined {
    if (this.#tree.kind(value) !== "call") return undefined;
    return this.#call(value, scope)[0];
  }

  #both(condition: Node, scope: Scope): Vouched {
    const tree = this.#tree;
    const left = this.of(tree.child(condition, "left"), scope);
    const right = this.of(tree.child(condition, "right"), scope);
    return tree.textOf(tree.child(condition, "operator")) === "and" ? bothOf(left, right) : oneOf(left, right);
  }

  #comparison(condition: Node, scope: Scope): Vouched {
    const tree = this.#tree;
    const children = [...tree.children(condition)];
    const operands = children.filter((one) => tree.isNamed(one));
    const operator = children
      .filter((one) => !tree.isNamed(one))
      .map((one) => tree.textOf(one))
      .join(" ");
    const [left = NONE, right = NONE] = operands;
    const name = this.#nameIn(left);
    if (operands.length !== 2 || name === undefined || this.#isForeign(right, scope)) return VOUCHES_FOR_NOBODY;
    if (operator === "in" || operator === "==") return vouchesWhenTrue([name]);
    if (operator === "not in" || operator === "!=") return negated(vouchesWhenTrue([name]));
    return VOUCHES_FOR_NOBODY;
  }

  /** Whoever compares with what comes from outside has compared nothing. */
  #isForeign(node: Node, scope: Scope): boolean {
    const tree = this.#tree;
    if (tree.kind(node) === "none") return true;
    if (tree.kind(node) === "string") return tree.textOf(node).length <= 2;
    const known = tree.kind(node) === "identifier" ? scope.get(tree.textOf(node)) : undefined;
    return known !== undefined && taintOf(known) !== undefined;
  }

  #call(call: Node, scope: Scope): string[] {
    const tree = this.#tree;
    const callee = tree.child(call, "function");
    const name = tree.textOf(callee);
    const args = [...tree.children(tree.child(call, "arguments"))].filter((one) => tree.isNamed(one));
    const method = name.slice(name.lastIndexOf(".") + 1);
    const object = tree.child(callee, "object");
    if (PLAIN.has(method)) return this.#names(object);
    if (CONTAINS.has(method) && RESOLVED.test(tree.textOf(object))) return this.#names(object);
    if (CONTAINS.has(method) && this.#isResolved(object, args[0] ?? NONE, scope)) return this.#names(object);
    if (MATCHES.test(name)) return this.#names(args.at(args.length > 2 ? 1 : -1) ?? NONE);
    return CHECKS.test(name) ? args.flatMap((one) => this.#names(one)) : [];
  }

  /** Where a path begins says something once its dots are worked out, or where it is compared with a name. */
  #isResolved(object: Node, beginning: Node, scope: Scope): boolean {
    const tree = this.#tree;
    if (tree.kind(object) !== "identifier") return false;
    const steps = scope.get(tree.textOf(object))?.taint?.steps ?? [];
    return tree.kind(beginning) === "identifier" || steps.some(({ what }) => RESOLVED.test(what));
  }

  #names(node: Node): string[] {
    const name = this.#nameIn(node);
    return name === undefined ? [] : [name];
  }

  /** `name`, `name.lower()`, `urlparse(name).netloc`: it is the name that is looked at. */
  #nameIn(node: Node): string | undefined {
    const tree = this.#tree;
    if (node === NONE) return undefined;
    const end = tree.after(node);
    let name: string | undefined;
    for (let inner = node; inner < end; inner++) {
      if (tree.kind(inner) !== "identifier") continue;
      const field = tree.field(inner);
      if (field === "attribute" || field === "function" || field === "name") continue;
      // `os.path.realpath(name)` looks at the name and not at os.
      if (field === "object" && tree.kind(node) === "call" && inner < tree.child(node, "arguments")) {
        name ??= tree.textOf(inner);
        continue;
      }
      name = tree.textOf(inner);
    }
    return name;
  }
}
