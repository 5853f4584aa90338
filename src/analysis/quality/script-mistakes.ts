// What in JavaScript and TypeScript is nearly never meant so.
import { NONE, type Node, type SyntaxTree } from "../syntax/syntax-tree.ts";
import { ENDS, goesOn } from "./goes-on.ts";
import { about, COMPARED_CHARS_MAX, namedChildren, plainText, type QualityRule, withoutPiece } from "./quality-rule.ts";

const operatorOf = (tree: SyntaxTree, node: Node) => tree.textOf(tree.child(node, "operator"));
const FUNCTIONS = new Set(["function_declaration", "function_expression", "arrow_function", "method_definition"]);
const SAME = new Set(["===", "!==", "==", "!=", "<", ">", "<=", ">=", "&&", "||", "-", "/", "%"]);
const TYPES = /^(?:undefined|object|boolean|number|string|function|symbol|bigint)$/;
const ANSWERED = new Set(["map", "filter", "some", "every", "find", "findIndex", "reduce", "flatMap", "sort"]);

function isSameText(tree: SyntaxTree, one: Node, other: Node): boolean {
  if (one === NONE || other === NONE) return false;
  const size = tree.end(one) - tree.start(one);
  return size <= COMPARED_CHARS_MAX && plainText(tree, one) === plainText(tree, other);
}

function firstTwice(tree: SyntaxTree, nodes: readonly Node[]): Node | undefined {
  const seen = new Set<string>();
  return nodes.find((node) => {
    const text = plainText(tree, node);
    if (seen.has(text)) return true;
    seen.add(text);
    return false;
  });
}

/** Whether nothing in a function answers anything; what is in functions in it does not count. */
function answersNothing(tree: SyntaxTree, body: Node): boolean {
  const end = tree.after(body);
  for (let at = body + 1; at < end; ) {
    const kind = tree.kind(at);
    if (FUNCTIONS.has(kind)) at = tree.after(at);
    else if (kind === "return_statement" || kind === "throw_statement") return false;
    else at++;
  }
  return true;
}

function hasComment(tree: SyntaxTree, node: Node): boolean {
  return [...tree.children(node)].some((one) => tree.kind(one) === "comment");
}

function conditionsOf(tree: SyntaxTree, node: Node): Node[] {
  const found: Node[] = [];
  for (let at = node; tree.kind(at) === "if_statement"; ) {
    found.push(tree.child(at, "condition"));
    const [otherwise = NONE] = namedChildren(tree, tree.child(at, "alternative"));
    at = otherwise;
  }
  return found;
}

const isElseIf = (tree: SyntaxTree, node: Node) => tree.kind(tree.parent(node)) === "else_clause";

export const SCRIPT_MISTAKES: readonly QualityRule[] = [
  {
    id: "compared-with-itself",
    kinds: ["binary_expression"],
    severity: "medium",
    message: "Both sides are the same.",
    help: "One of them was meant to be another; for NaN there is Number.isNaN.",
    find: about(
      (tree, node) =>
        SAME.has(operatorOf(tree, node)) &&
        !/[(+]|\+\+|--/.test(tree.textOf(tree.child(node, "left"))) &&
        isSameText(tree, tree.child(node, "left"), tree.child(node, "right")),
    ),
  },
  {
    id: "compared-with-nan",
    kinds: ["binary_expression"],
    severity: "medium",
    message: "Nothing is NaN, not even NaN.",
    help: "Use Number.isNaN.",
    find: about((tree, node) => {
      if (!/^[!=]==?$/.test(operatorOf(tree, node))) return false;
      return [tree.child(node, "left"), tree.child(node, "right")].some((one) => tree.textOf(one) === "NaN");
    }),
  },
  {
    id: "not-before-in",
    kinds: ["binary_expression"],
    severity: "medium",
    message: "The ! is about the left side alone.",
    help: "Put what it is about in brackets: !(key in object).",
    find: about((tree, node) => {
      const left = tree.child(node, "left");
      return (
        /^(?:in|instanceof)$/.test(operatorOf(tree, node)) &&
        /^!(?!!)/.test(tree.textOf(left)) &&
        tree.kind(left) === "unary_expression"
      );
    }),
  },
  {
    id: "no-such-type",
    kinds: ["binary_expression"],
    severity: "medium",
    message: "typeof never says that.",
    help: "It says undefined, object, boolean, number, string, function, symbol or bigint.",
    find: about((tree, node) => {
      const right = tree.child(node, "right");
      return (
        /^[!=]==?$/.test(operatorOf(tree, node)) &&
        tree.textOf(tree.child(node, "left")).startsWith("typeof ") &&
        tree.kind(right) === "string" &&
        !TYPES.test(tree.textOf(right).slice(1, -1))
      );
    }),
  },
  {
    id: "assigned-to-itself",
    kinds: ["assignment_expression"],
    severity: "low",
    message: "It is given the value that it has.",
    help: "One of both names was meant to be another.",
    find: about(
      (tree, node) =>
        isSameText(tree, tree.child(node, "left"), tree.child(node, "right")) && !tree.textOf(node).includes("("),
    ),
  },
  {
    id: "assigned-in-condition",
    kinds: ["if_statement", "while_statement", "do_statement"],
    severity: "medium",
    message: "Here something is assigned, where a comparison was likely meant.",
    help: "Write === , or put the assignment in brackets of its own.",
    find: (tree, node) => {
      const [inner = NONE] = namedChildren(tree, tree.child(node, "condition"));
      return tree.kind(inner) === "assignment_expression" ? inner : undefined;
    },
  },
  {
    id: "key-twice",
    kinds: ["object"],
    severity: "medium",
    message: "An earlier value of the same key is lost.",
    help: "Take one of them out.",
    find: (tree, node) =>
      firstTwice(
        tree,
        namedChildren(tree, node).flatMap((one) => {
          const key = tree.kind(one) === "pair" ? tree.child(one, "key") : NONE;
          return key === NONE || tree.kind(key) === "computed_property_name" ? [] : key;
        }),
      ),
  },
  {
    id: "case-twice",
    kinds: ["switch_body"],
    severity: "medium",
    message: "An earlier case is the same: this one is never reached.",
    help: "Take one of them out.",
    find: (tree, node) =>
      firstTwice(
        tree,
        namedChildren(tree, node).flatMap((one) => (tree.kind(one) === "switch_case" ? tree.child(one, "value") : [])),
      ),
  },
  {
    id: "condition-twice",
    kinds: ["if_statement"],
    severity: "medium",
    message: "An earlier condition is the same: this one never holds here.",
    help: "One of them was meant to be another.",
    find: (tree, node) => (isElseIf(tree, node) ? undefined : firstTwice(tree, conditionsOf(tree, node))),
  },
  {
    id: "same-either-way",
    kinds: ["if_statement", "ternary_expression"],
    severity: "low",
    message: "The same is done either way.",
    help: "Take the condition out, or do what was meant.",
    find: about((tree, node) => {
      const no = tree.child(node, "alternative");
      const other = tree.kind(no) === "else_clause" ? (namedChildren(tree, no)[0] ?? NONE) : no;
      const yes = tree.child(node, "consequence");
      return isSameText(tree, yes, other) && plainText(tree, yes) !== "{}";
    }),
  },
  {
    id: "never-reached",
    kinds: ["statement_block", "program"],
    severity: "medium",
    message: "This is never reached.",
    help: "Take it out, or what stands before it.",
    find: (tree, node) => {
      const statements = namedChildren(tree, node);
      const at = statements.findIndex((one) => ENDS.has(tree.kind(one)));
      if (at < 0) return undefined;
      const left = statements
        .slice(at + 1)
        .filter(
          (one) =>
            !/^(?:function_declaration|empty_statement|class_declaration|interface_declaration|type_alias_declaration)$/.test(
              tree.kind(one),
            ),
        );
      return left.find((one) => tree.kind(one) !== "variable_declaration" || tree.textOf(one).includes("="));
    },
  },
  {
    id: "failure-lost",
    kinds: ["catch_clause"],
    severity: "low",
    message: "What goes wrong here nobody hears of.",
    help: "Tell it, or say in a comment why it may be lost.",
    find: about((tree, node) => {
      const body = tree.child(node, "body");
      return namedChildren(tree, body).length === 0 && !hasComment(tree, body);
    }),
  },
  {
    id: "left-in-finally",
    kinds: ["finally_clause"],
    severity: "medium",
    message: "Leaving here loses what was answered or went wrong before.",
    help: "Leave after it.",
    find: (tree, node) => namedChildren(tree, tree.child(node, "body")).find((one) => ENDS.has(tree.kind(one))),
  },
  {
    id: "caught-and-thrown",
    kinds: ["catch_clause"],
    severity: "info",
    message: "What is caught is thrown again, and nothing else is done.",
    help: "Take the catch out.",
    find: about((tree, node) => {
      const [only, more] = namedChildren(tree, tree.child(node, "body"));
      const name = tree.textOf(tree.child(node, "parameter"));
      return only !== undefined && more === undefined && plainText(tree, only).replace(/;$/, "") === `throw${name}`;
    }),
  },
  {
    id: "debugger-left",
    kinds: ["debugger_statement"],
    severity: "medium",
    message: "A debugger stops here.",
    help: "Take it out.",
    find: about(() => true),
    fix: (tree, node) => [withoutPiece(tree.text, tree.start(node), tree.end(node))],
  },
  {
    id: "async-executor",
    kinds: ["new_expression"],
    severity: "medium",
    message: "What goes wrong in an async function that a Promise is made with is lost.",
    help: "Await before it, and make the Promise of what is left.",
    find: about((tree, node) => {
      const [first = NONE] = namedChildren(tree, tree.child(node, "arguments"));
      return (
        tree.textOf(tree.child(node, "constructor")) === "Promise" && /^async\b/.test(tree.textOf(first).slice(0, 6))
      );
    }),
  },
  {
    id: "not-waited-for",
    kinds: ["call_expression"],
    severity: "medium",
    message: "forEach does not wait for what an async function does, and loses what goes wrong in it.",
    help: "Use for … of with await, or Promise.all with map.",
    find: about((tree, node) => {
      const property = tree.child(tree.child(node, "function"), "property");
      const [first = NONE] = namedChildren(tree, tree.child(node, "arguments"));
      return (
        property !== NONE && tree.textOf(property) === "forEach" && /^async\b/.test(tree.textOf(first).slice(0, 6))
      );
    }),
  },
  {
    id: "nothing-answered",
    kinds: ["call_expression"],
    severity: "medium",
    message: "The function is asked for an answer and gives none.",
    help: "Return something, or use forEach.",
    find: (tree, node) => {
      const callee = tree.child(node, "function");
      const property = tree.child(callee, "property");
      if (property === NONE || !ANSWERED.has(tree.textOf(property))) return undefined;
      const [first = NONE] = namedChildren(tree, tree.child(node, "arguments"));
      const body = tree.child(first, "body");
      // An async function answers that it is done.
      if (tree.textOf(first).startsWith("async")) return undefined;
      const isFunction = FUNCTIONS.has(tree.kind(first)) && tree.kind(body) === "statement_block";
      return isFunction && namedChildren(tree, body).length > 0 && answersNothing(tree, body) ? property : undefined;
    },
  },
  {
    id: "text-thrown",
    kinds: ["throw_statement"],
    severity: "low",
    message: "What is thrown does not say where.",
    help: "Throw an Error.",
    find: about((tree, node) =>
      /^(?:string|template_string|number|true|false|null|undefined)$/.test(
        tree.kind(namedChildren(tree, node)[0] ?? NONE),
      ),
    ),
  },
  {
    id: "no-super",
    kinds: ["class_declaration", "class"],
    severity: "high",
    message: "The constructor does not call that of its parent, and fails.",
    help: "Call super() first.",
    find: (tree, node) => {
      const parts = [...tree.children(node)];
      const isDerived = parts.some(
        (one) => tree.kind(one) === "class_heritage" && /^\s*extends\s/.test(tree.textOf(one)),
      );
      const made = isDerived
        ? namedChildren(tree, tree.child(node, "body")).find(
            (one) =>
              tree.kind(one) === "method_definition" &&
              tree.textOf(tree.child(one, "name")) === "constructor" &&
              tree.child(one, "body") !== NONE,
          )
        : undefined;
      return made !== undefined && !/\bsuper\s*\(|\breturn\b/.test(tree.textOf(made)) ? made : undefined;
    },
  },
  {
    id: "template-in-text",
    kinds: ["string"],
    severity: "low",
    confidence: "medium",
    message: "Between these quotes nothing is put in.",
    help: "Write it between backticks.",
    find: about((tree, node) => {
      if (!/\$\{[A-Za-z_$][\w$]*(?:\.[\w$]+)*\}/.test(tree.textOf(node))) return false;
      // Templates of other programs are passed through as texts.
      return /^(?:arguments|variable_declarator|return_statement|binary_expression|assignment_expression)$/.test(
        tree.kind(tree.parent(node)),
      );
    }),
  },
  {
    id: "holes-in-list",
    kinds: ["array"],
    severity: "low",
    message: "Between two commas there is nothing.",
    help: "Write undefined where that is meant.",
    find: about((tree, node) => {
      const plain = plainText(tree, node).replaceAll(/(["'`]).*?\1|\/.*?\//g, "0");
      return /^\[,|,,/.test(plain);
    }),
  },
  {
    id: "falls-through",
    kinds: ["switch_case"],
    severity: "low",
    message: "This goes on with the next case.",
    help: "End it with break, or say in a comment that it is meant.",
    find: about((tree, node) => {
      const body = [...tree.children(node)].filter((one) => tree.field(one) === "body" && tree.kind(one) !== "comment");
      const last = body.at(-1);
      const next = tree.after(node);
      if (last === undefined || next >= tree.after(tree.parent(node)) || !tree.kind(next).startsWith("switch_"))
        return false;
      if (/fall|comes? through|no ?break/i.test(tree.text.slice(tree.start(last), tree.start(next) + 80))) return false;
      return goesOn(tree, last);
    }),
  },
  {
    id: "always-so",
    kinds: ["if_statement", "ternary_expression"],
    severity: "low",
    message: "The condition is always the same.",
    help: "Take it out.",
    find: (tree, node) => {
      const condition = tree.child(node, "condition");
      const inner =
        tree.kind(condition) === "parenthesized_expression" ? (namedChildren(tree, condition)[0] ?? NONE) : condition;
      return /^(?:true|false|number|string|null|object|array|arrow_function)$/.test(tree.kind(inner))
        ? condition
        : undefined;
    },
  },
  {
    id: "number-not-exact",
    kinds: ["number"],
    severity: "medium",
    message: "A number of so many digits is not kept exactly.",
    help: "Write it as BigInt or as text.",
    find: about((tree, node) => {
      const text = tree.textOf(node).replaceAll("_", "");
      return /^\d{16,}$/.test(text) && BigInt(text) !== BigInt(Number(text));
    }),
  },
];
