// Halstead's numbers. Python is counted as radon counts it: what computes, joins and compares are operators, what stands
// beside them operands; an operand that is no plain name or value is one of its own. Others are counted by the same rule.
import { NONE, type Node, type SyntaxTree } from "../syntax/syntax-tree.ts";

export interface Halstead {
  readonly operators: number;
  readonly operands: number;
  readonly distinct_operators: number;
  readonly distinct_operands: number;
  readonly volume: number;
  readonly difficulty: number;
  readonly effort: number;
}

const BINARY = new Set([
  "binary_operator",
  "binary_expression",
  "augmented_assignment",
  "augmented_assignment_expression",
  "boolean_operator",
]);
const UNARY = new Set(["unary_operator", "unary_expression", "not_operator", "update_expression"]);
const PLAIN = new Set([
  "identifier",
  "property_identifier",
  "integer",
  "float",
  "number",
  "string",
  "true",
  "false",
  "none",
  "null",
  "undefined",
  "this",
]);

class Counted {
  operators = 0;
  operands = 0;
  readonly seenOperators = new Set<string>();
  readonly seenOperands = new Set<string>();

  operator(name: string): void {
    this.operators++;
    this.seenOperators.add(name);
  }

  operand(tree: SyntaxTree, node: Node): void {
    this.operands++;
    this.seenOperands.add(operandName(tree, node));
  }
}

export function halsteadOf(tree: SyntaxTree): Halstead {
  const counted = new Counted();
  for (let node = 0; node < tree.count; node++) {
    if (!tree.isNamed(node)) continue;
    const kind = tree.kind(node);
    if (BINARY.has(kind)) countBinary(tree, node, kind, counted);
    else if (UNARY.has(kind)) countUnary(tree, node, kind, counted);
    else if (kind === "comparison_operator") countComparison(tree, node, counted);
  }
  const { operators, operands, seenOperators, seenOperands } = counted;
  const [n1, n2] = [seenOperators.size, seenOperands.size];
  const volume = n1 + n2 === 0 ? 0 : (operators + operands) * Math.log2(n1 + n2);
  const difficulty = n2 === 0 ? 0 : ((n1 / 2) * operands) / n2;
  return {
    operators,
    operands,
    distinct_operators: n1,
    distinct_operands: n2,
    volume,
    difficulty,
    effort: difficulty * volume,
  };
}

function countBinary(tree: SyntaxTree, node: Node, kind: string, counted: Counted): void {
  const operator = tree.textOf(tree.child(node, "operator"));
  const [left, right] = [tree.child(node, "left"), tree.child(node, "right")];
  const isLogical = kind === "boolean_operator" || operator === "&&" || operator === "||";
  // A row of the same logical operators is one of them with many operands.
  const goesOn = (side: Node) =>
    isLogical && tree.kind(side) === kind && tree.textOf(tree.child(side, "operator")) === operator;
  const isPart = isLogical && goesOn(tree.parent(node));
  if (!isPart) counted.operator(operator);
  for (const side of [left, right]) if (side !== NONE && !goesOn(side)) counted.operand(tree, side);
}

function countUnary(tree: SyntaxTree, node: Node, kind: string, counted: Counted): void {
  const operator = tree.child(node, "operator");
  counted.operator(operator === NONE ? kind : `${kind} ${tree.textOf(operator)}`);
  const argument = tree.child(node, "argument");
  if (argument !== NONE) counted.operand(tree, argument);
}

function countComparison(tree: SyntaxTree, node: Node, counted: Counted): void {
  let words = "";
  for (const child of tree.children(node)) {
    if (!tree.isNamed(child)) {
      words += ` ${tree.textOf(child)}`;
      continue;
    }
    if (words !== "") counted.operator(words.trim());
    words = "";
    if (tree.kind(child) !== "comment") counted.operand(tree, child);
  }
}

function operandName(tree: SyntaxTree, node: Node): string {
  const kind = tree.kind(node);
  if (PLAIN.has(kind)) return tree.textOf(node);
  if (kind === "attribute") return tree.textOf(tree.child(node, "attribute"));
  if (kind === "member_expression") return tree.textOf(tree.child(node, "property"));
  return `#${node}`;
}
