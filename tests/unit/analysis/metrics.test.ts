import { describe, expect, test } from "bun:test";
import { countLines } from "../../../src/analysis/metrics/count-lines.ts";
import { halsteadOf } from "../../../src/analysis/metrics/halstead.ts";
import { measureFunctions } from "../../../src/analysis/metrics/measure-functions.ts";
import { parseText } from "../../../src/analysis/syntax/parser.ts";
import type { Syntax } from "../../../src/analysis/syntax/syntax.ts";

async function treeOf(text: string, syntax: Syntax) {
  const tree = await parseText(text, syntax, { nodes: 100_000, isOver: () => false });
  if (typeof tree === "string") throw new Error(`no tree: ${tree}`);
  return tree;
}

async function functionOf(text: string, syntax: Syntax) {
  const [first] = measureFunctions(await treeOf(text, syntax), syntax).functions;
  if (!first) throw new Error("no function");
  return first;
}

describe("Python, as radon counts", () => {
  test.each<[string, string, number, number]>([
    ["nothing", "pass", 1, 0],
    ["if, elif, else", "if a: x()\n  elif b: y()\n  else: z()", 3, 3],
    ["an else of a loop", "for i in a:\n    x()\n  else:\n    y()", 3, 2],
    ["handlers and their else", "try: x()\n  except A: y()\n  except B: z()\n  else: w()\n  finally: v()", 4, 3],
    ["a row of operators", "return a and b and c or d", 4, 2],
    ["an assertion, whatever it holds", "assert a and b", 2, 1],
    ["comprehensions with their conditions", "return [x for y in a if y for x in y if x]", 5, 1],
    ["cases without the one that fits all", "match a:\n    case 1: x()\n    case 2: y()\n    case _: z()", 3, 1],
    ["a condition in an expression", "return a if b else c", 2, 1],
    ["blocks in blocks", "if a:\n    for b in a:\n      while b: x()", 4, 6],
    ["a lambda", "return lambda x: x if x else 1", 2, 2],
  ])("%s", async (_what, body, cyclomatic, cognitive) => {
    const found = await functionOf(`def f(a, b=1, *c):\n  ${body}\n`, "python");

    expect({ ...found, reasons: undefined }).toMatchObject({ name: "f", parameters: 3, cyclomatic, cognitive });
  });

  test("a function in a function counts for itself, and costs the outer one its effort", async () => {
    const text = "def outer():\n  if a: x()\n  def inner():\n    if b: y()\n  return inner\n";
    const { functions } = measureFunctions(await treeOf(text, "python"), "python");

    expect(functions.map(({ name, cyclomatic, cognitive }) => [name, cyclomatic, cognitive])).toEqual([
      ["outer", 2, 3],
      ["inner", 2, 1],
    ]);
  });
});

describe("JavaScript, as ESLint counts", () => {
  test.each<[string, string, number, number]>([
    ["nothing", "", 1, 0],
    ["if, else if, else", "if (a) x(); else if (b) y(); else z();", 3, 3],
    ["cases without the default", "switch (a) { case 1: case 2: x(); break; default: y(); }", 3, 1],
    ["loops and a handler", "for (;;) {} for (const a in b) {} while (a) {} do {} while (a); try {} catch {}", 6, 5],
    ["logical operators and assignments", "a ||= b && c; d = e ?? f;", 4, 1],
    ["chains that may end", "return a?.b?.(c)?.[d];", 4, 0],
    ["values by themselves", "const { g = 1, h: [i = 2] } = a;", 3, 0],
    ["a label", "out: for (;;) { if (a) continue out; }", 3, 4],
    ["what a class holds is apart", "class C { x = a ? 1 : 2; static { if (a) y(); } }", 1, 2],
  ])("%s", async (_what, body, cyclomatic, cognitive) => {
    const found = await functionOf(`const f = function (a, { b }) { ${body} };\n`, "javascript");

    expect({ ...found, reasons: undefined }).toMatchObject({ name: "f", parameters: 2, cyclomatic, cognitive });
  });

  test("TypeScript and TSX are the same with types", async () => {
    const text = "export const f = <T,>(a: T[], b?: number): T | undefined => (b ? a[b] : a?.[0]);\n";

    for (const syntax of ["typescript", "tsx"] as const)
      expect(await functionOf(text, syntax)).toMatchObject({ name: "f", parameters: 2, cyclomatic: 3, cognitive: 1 });
  });
});

test("each point says where it comes from", async () => {
  const found = await functionOf("def f(a):\n  if a:\n    while a:\n      a = a and f(a)\n", "python");

  expect([...found.reasons.cyclomatic]).toEqual([
    { line: 2, what: "if_statement", points: 1 },
    { line: 3, what: "while_statement", points: 1 },
    { line: 4, what: "boolean_operator", points: 1 },
  ]);
  expect([...found.reasons.cognitive]).toEqual([
    { line: 2, what: "if_statement", points: 1 },
    { line: 3, what: "while_statement", points: 2 },
    { line: 4, what: "boolean_operator", points: 1 },
    { line: 4, what: "identifier", points: 1 },
  ]);
});

test.each<[string, Syntax, object]>([
  ["", "python", { lines: 0, code: 0, comment: 0, blank: 0 }],
  ["# a\n\nx = 1  # b\n", "python", { lines: 3, code: 1, comment: 1, blank: 1 }],
  ['"""Says\n\nwhat."""\nx = """a\nb"""', "python", { lines: 5, code: 2, comment: 3, blank: 0 }],
  ["/* a\n b */\nlet x; // c\r\n\r\n", "javascript", { lines: 4, code: 1, comment: 2, blank: 1 }],
  ["#!/bin/sh\necho a\n", "bash", { lines: 2, code: 1, comment: 1, blank: 0 }],
])("lines of %p", async (text, syntax, counts) => {
  expect(countLines(await treeOf(text, syntax), syntax)).toEqual(counts as never);
});

test("Halstead's numbers are radon's", async () => {
  // By hand: + twice, = is none; < once; and once with three operands.
  const text = "def f(a, b):\n  c = a + b + 1\n  return a < b and c and not a\n";

  const { operators, operands, distinct_operators, distinct_operands } = halsteadOf(await treeOf(text, "python"));

  expect({ operators, operands, distinct_operators, distinct_operands }).toEqual({
    operators: 5,
    operands: 10,
    distinct_operators: 4,
    distinct_operands: 7,
  });
});
