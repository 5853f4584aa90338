// What in JavaScript and TypeScript works, and costs whoever reads or changes it.
import { NONE, type Node, type SyntaxTree } from "../syntax/syntax-tree.ts";
import { about, namedChildren, type QualityRule } from "./quality-rule.ts";
import { unusedImports, withoutImport } from "./unused-imports.ts";

const LOOPS = new Set(["for_statement", "for_in_statement", "while_statement", "do_statement"]);
const FUNCTIONS = /function|arrow|method_definition/;

function isInLoop(tree: SyntaxTree, node: Node): boolean {
  for (let at = tree.parent(node); at > 0; at = tree.parent(at)) {
    if (FUNCTIONS.test(tree.kind(at))) return false;
    if (LOOPS.has(tree.kind(at))) return !tree.textOf(at).startsWith("for await");
  }
  return false;
}

export const SCRIPT_HABITS: readonly QualityRule[] = [
  {
    id: "loose-equality",
    kinds: ["binary_expression"],
    severity: "low",
    message: '== finds things equal that are not: 0 and "".',
    help: "Write === ; with null, == is fine.",
    find: about((tree, node) => {
      if (!/^[!=]=$/.test(tree.textOf(tree.child(node, "operator")))) return false;
      const sides = [tree.child(node, "left"), tree.child(node, "right")];
      return !sides.some(
        (one) => /^(?:null|undefined)$/.test(tree.textOf(one)) || tree.textOf(one).startsWith("typeof "),
      );
    }),
  },
  {
    id: "choice-in-choice",
    kinds: ["ternary_expression"],
    severity: "info",
    message: "A choice in a choice in a choice is hard to read.",
    help: "Use if, or a table.",
    find: about((tree, node) => {
      const kindOf = (one: Node) => tree.kind(tree.kind(one) === "parenthesized_expression" ? one + 2 : one);
      const inner = [tree.child(node, "consequence"), tree.child(node, "alternative")].find(
        (one) => kindOf(one) === "ternary_expression",
      );
      if (inner === undefined || tree.kind(tree.parent(node)) === "ternary_expression") return false;
      return [tree.child(inner, "consequence"), tree.child(inner, "alternative")].some(
        (one) => one !== NONE && kindOf(one) === "ternary_expression",
      );
    }),
  },
  {
    id: "old-declaration",
    kinds: ["variable_declaration"],
    severity: "info",
    message: "var is seen in the whole function, also before it.",
    help: "Use const, or let.",
    find: about(() => true),
  },
  {
    id: "one-after-the-other",
    kinds: ["await_expression"],
    severity: "info",
    confidence: "low",
    message: "Each round waits for the one before.",
    help: "Where they do not need one another, begin all and await Promise.all.",
    find: about(isInLoop),
  },
  {
    id: "anything",
    kinds: ["predefined_type"],
    severity: "info",
    message: "any turns off the checks for whatever it reaches.",
    help: "Say what it is; unknown where nobody knows.",
    find: about((tree, node) => tree.textOf(node) === "any"),
  },
  {
    id: "check-turned-off",
    kinds: ["comment"],
    severity: "low",
    message: "The checks of the next line are off, and nobody says why.",
    help: "Use @ts-expect-error, and say why behind it.",
    find: about((tree, node) => /@ts-(?:ignore|nocheck)\s*(?:\*\/)?$/.test(tree.textOf(node).trim())),
  },
  {
    id: "nothing-done",
    kinds: ["if_statement", "else_clause", "for_statement", "for_in_statement", "while_statement"],
    severity: "low",
    message: "Nothing is done here.",
    help: "Take it out, or say in a comment why it is there.",
    find: (tree, node) => {
      const kind = tree.kind(node);
      const body =
        kind === "if_statement"
          ? tree.child(node, "consequence")
          : kind === "else_clause"
            ? (namedChildren(tree, node)[0] ?? NONE)
            : tree.child(node, "body");
      // A condition that does something is what a loop is for.
      const isDoing = kind === "while_statement" && tree.textOf(tree.child(node, "condition")).slice(1).includes("(");
      return body !== NONE && !isDoing && /^\{\s*\}$/.test(tree.textOf(body)) ? body : undefined;
    },
  },
  {
    id: "with",
    kinds: ["with_statement"],
    severity: "medium",
    message: "Nobody can tell where a name in here comes from.",
    help: "Name the object each time.",
    find: about(() => true),
  },
  {
    id: "old-octal",
    kinds: ["number"],
    severity: "low",
    message: "A number that begins with 0 is octal, or not, depending on its digits.",
    help: "Write 0o.",
    find: about((tree, node) => /^0\d+$/.test(tree.textOf(node))),
    fix: (tree, node) => {
      const digits = tree.textOf(node).replace(/^0+/, "");
      const text = /[89]/.test(digits) ? digits : `0o${digits || "0"}`;
      return [{ start: tree.start(node), end: tree.end(node), text }];
    },
  },
  {
    id: "twice-not",
    kinds: ["if_statement", "while_statement"],
    severity: "info",
    message: "A condition is true or false without !!.",
    help: "Take them out.",
    find: about(
      (tree, node) =>
        /^\(\s*!!/.test(tree.textOf(tree.child(node, "condition"))) &&
        !/&&|\|\||[=<>]/.test(tree.textOf(tree.child(node, "condition"))),
    ),
    fix: (tree, node) => {
      const condition = tree.child(node, "condition");
      const start = tree.start(condition) + tree.textOf(condition).indexOf("!!");
      return [{ start, end: start + 2, text: "" }];
    },
  },
  {
    id: "unused",
    kinds: ["program"],
    severity: "low",
    message: "Nothing uses it.",
    help: "Take it out.",
    find: unusedImports,
    fix: withoutImport,
  },
];
