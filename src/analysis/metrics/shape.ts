// What counts in the functions of a language. Tools disagree by definition, so each number is counted as one tool does:
// cyclomatic complexity of Python as radon, of JavaScript as ESLint; cognitive complexity as its authors define it.

import type { Syntax } from "../syntax/syntax.ts";
import { NONE, type Node, type SyntaxTree } from "../syntax/syntax-tree.ts";

export interface Shape {
  /** Whose way of counting it is. */
  readonly flavour: "radon" | "eslint" | "cadre";
  readonly functions: ReadonlySet<string>;
  /** What belongs to no function around it, and is none itself. */
  readonly apart: ReadonlySet<string>;
  /** What is in them does not count for cyclomatic complexity. */
  readonly closed: ReadonlySet<string>;
  /** Ways more that a node brings. */
  readonly ways: Readonly<Record<string, Points>>;
  /** Effort that a node costs who reads it: `nests` costs more the deeper it stands. */
  readonly effort: Readonly<Record<string, Effort>>;
  /** Children, by kind and field, in which one stands a level deeper. */
  readonly deeper: Readonly<Record<string, readonly string[]>>;
  /** Comments and what is read as one. */
  isComment(tree: SyntaxTree, node: Node): boolean;
}

type Points = number | ((tree: SyntaxTree, node: Node) => number);
type Effort = "nests" | "flat" | ((tree: SyntaxTree, node: Node) => "nests" | "flat" | undefined);

const has = (tree: SyntaxTree, node: Node, field: string) => tree.child(node, field) !== NONE;

function childrenOf(tree: SyntaxTree, node: Node, kind: string): Node[] {
  return [...tree.children(node)].filter((child) => tree.kind(child) === kind);
}

/** A row of the same operators is one thing to understand. */
function beginsRow(kind: string, operators: ReadonlySet<string>) {
  return (tree: SyntaxTree, node: Node): "flat" | undefined => {
    const operator = tree.textOf(tree.child(node, "operator"));
    if (!operators.has(operator)) return undefined;
    let parent = tree.parent(node);
    while (tree.kind(parent) === "parenthesized_expression") parent = tree.parent(parent);
    const isSame = tree.kind(parent) === kind && tree.textOf(tree.child(parent, "operator")) === operator;
    return isSame ? undefined : "flat";
  };
}

// --- Python --------------------------------------------------------------------------------------------------------

/** A pattern that fits everything is no way of its own. */
function casesOf(tree: SyntaxTree, node: Node): number {
  const body = tree.child(node, "body");
  const cases = childrenOf(tree, body, "case_clause");
  const fitsAll = cases.some((one) => {
    const patterns = childrenOf(tree, one, "case_pattern");
    const [pattern] = patterns;
    if (patterns.length !== 1 || pattern === undefined || tree.textOf(one).startsWith("case (")) return false;
    return /^[A-Za-z_]\w*$/.test(tree.textOf(pattern));
  });
  return Math.max(0, cases.length - (fitsAll ? 1 : 0));
}

function handlersOf(tree: SyntaxTree, node: Node): number {
  let count = 0;
  for (const child of tree.children(node)) {
    const kind = tree.kind(child);
    if (kind === "except_clause" || kind === "except_group_clause" || kind === "else_clause") count++;
  }
  return count;
}

const loopWithElse = (tree: SyntaxTree, node: Node) => (has(tree, node, "alternative") ? 2 : 1);

const PYTHON: Shape = {
  flavour: "radon",
  functions: new Set(["function_definition"]),
  apart: new Set(["class_definition"]),
  closed: new Set(["assert_statement"]),
  ways: {
    if_statement: 1,
    elif_clause: 1,
    conditional_expression: 1,
    for_statement: loopWithElse,
    while_statement: loopWithElse,
    try_statement: handlersOf,
    match_statement: casesOf,
    boolean_operator: 1,
    for_in_clause: 1,
    if_clause: (tree, node) => (tree.kind(tree.parent(node)) === "case_clause" ? 0 : 1),
    assert_statement: 1,
  },
  effort: {
    if_statement: "nests",
    elif_clause: "flat",
    else_clause: "flat",
    conditional_expression: "nests",
    for_statement: "nests",
    while_statement: "nests",
    except_clause: "nests",
    except_group_clause: "nests",
    match_statement: "nests",
    boolean_operator: beginsRow("boolean_operator", new Set(["and", "or"])),
    list_comprehension: "nests",
    set_comprehension: "nests",
    dictionary_comprehension: "nests",
    generator_expression: "nests",
  },
  deeper: {
    if_statement: ["consequence"],
    elif_clause: ["consequence"],
    else_clause: ["body"],
    for_statement: ["body"],
    while_statement: ["body"],
    except_clause: ["*block"],
    except_group_clause: ["*block"],
    match_statement: ["body"],
    conditional_expression: ["*"],
    lambda: ["body"],
    function_definition: ["body"],
    list_comprehension: ["body"],
    set_comprehension: ["body"],
    dictionary_comprehension: ["body"],
    generator_expression: ["body"],
  },
  isComment: (tree, node) => tree.kind(node) === "comment" || isDocstring(tree, node),
};

function isDocstring(tree: SyntaxTree, node: Node): boolean {
  return tree.kind(node) === "string" && tree.kind(tree.parent(node)) === "expression_statement";
}

// --- JavaScript and TypeScript --------------------------------------------------------------------------------------

const LOGICAL = new Set(["&&", "||", "??"]);
const LOGICAL_ASSIGNMENT = new Set(["&&=", "||=", "??="]);
const operatorIn = (operators: ReadonlySet<string>) => (tree: SyntaxTree, node: Node) =>
  operators.has(tree.textOf(tree.child(node, "operator"))) ? 1 : 0;

function isElseIf(tree: SyntaxTree, node: Node): boolean {
  return tree.kind(tree.parent(node)) === "else_clause";
}

const JAVASCRIPT: Shape = {
  flavour: "eslint",
  functions: new Set([
    "function_declaration",
    "function_expression",
    "generator_function",
    "generator_function_declaration",
    "arrow_function",
    "method_definition",
  ]),
  apart: new Set(["field_definition", "public_field_definition", "class_static_block"]),
  closed: new Set(),
  ways: {
    if_statement: 1,
    ternary_expression: 1,
    for_statement: 1,
    for_in_statement: 1,
    while_statement: 1,
    do_statement: 1,
    switch_case: 1,
    catch_clause: 1,
    binary_expression: operatorIn(LOGICAL),
    augmented_assignment_expression: operatorIn(LOGICAL_ASSIGNMENT),
    optional_chain: 1,
    assignment_pattern: 1,
    object_assignment_pattern: 1,
  },
  effort: {
    if_statement: (tree, node) => (isElseIf(tree, node) ? "flat" : "nests"),
    else_clause: (tree, node) => (tree.kind(node + 2) === "if_statement" ? undefined : "flat"),
    ternary_expression: "nests",
    for_statement: "nests",
    for_in_statement: "nests",
    while_statement: "nests",
    do_statement: "nests",
    switch_statement: "nests",
    catch_clause: "nests",
    binary_expression: beginsRow("binary_expression", new Set(["&&", "||"])),
    break_statement: (tree, node) => (has(tree, node, "label") ? "flat" : undefined),
    continue_statement: (tree, node) => (has(tree, node, "label") ? "flat" : undefined),
  },
  deeper: {
    if_statement: ["consequence"],
    else_clause: ["*statement_block"],
    ternary_expression: ["consequence", "alternative"],
    for_statement: ["body"],
    for_in_statement: ["body"],
    while_statement: ["body"],
    do_statement: ["body"],
    switch_statement: ["body"],
    catch_clause: ["body"],
    function_declaration: ["body"],
    function_expression: ["body"],
    generator_function: ["body"],
    generator_function_declaration: ["body"],
    arrow_function: ["body"],
    method_definition: ["body"],
  },
  isComment: (tree, node) => tree.kind(node) === "comment" || tree.kind(node) === "html_comment",
};

// --- Bash -----------------------------------------------------------------------------------------------------------

const BASH: Shape = {
  flavour: "cadre",
  functions: new Set(["function_definition"]),
  apart: new Set(),
  closed: new Set(),
  ways: {
    if_statement: 1,
    elif_clause: 1,
    for_statement: 1,
    c_style_for_statement: 1,
    while_statement: 1,
    case_item: 1,
    list: 1,
    ternary_expression: 1,
  },
  effort: {
    if_statement: "nests",
    elif_clause: "flat",
    else_clause: "flat",
    for_statement: "nests",
    c_style_for_statement: "nests",
    while_statement: "nests",
    case_statement: "nests",
    list: "flat",
  },
  deeper: {
    for_statement: ["body"],
    c_style_for_statement: ["body"],
    while_statement: ["body"],
    case_item: ["*"],
    if_statement: ["*"],
    elif_clause: ["*"],
    else_clause: ["*"],
    function_definition: ["body"],
  },
  isComment: (tree, node) => tree.kind(node) === "comment",
};

const SHAPES: Readonly<Record<Syntax, Shape>> = {
  python: PYTHON,
  javascript: JAVASCRIPT,
  typescript: JAVASCRIPT,
  tsx: JAVASCRIPT,
  bash: BASH,
};

export function shapeOf(syntax: Syntax): Shape {
  return SHAPES[syntax];
}
