import { expect, test } from "bun:test";
import { findCycle, mermaid } from "../../../src/tasks/graph.ts";

const edges = (...pairs: readonly string[]) =>
  pairs.map((pair) => {
    const [task_id = "", needs_id = ""] = pair.split(">");
    return { task_id, needs_id };
  });

test.each([
  ["nothing", [], undefined],
  ["a chain", ["a>b", "b>c"], undefined],
  ["a diamond", ["a>b", "a>c", "b>d", "c>d"], undefined],
  ["a cycle elsewhere", ["a>b", "b>c", "c>b"], undefined],
  ["itself", ["a>a"], ["a", "a"]],
  ["two", ["a>b", "b>a"], ["a", "b", "a"]],
  ["a long way", ["a>b", "b>c", "c>d", "d>a"], ["a", "b", "c", "d", "a"]],
  ["one way of several", ["a>x", "a>b", "x>y", "b>c", "c>a"], ["a", "b", "c", "a"]],
])("findCycle() in %s", (_what, pairs, cycle) => {
  expect(findCycle(edges(...pairs), "a")).toEqual(cycle);
});

test("findCycle() walks a graph of ten thousand without a stack of its size", () => {
  const chain = Array.from({ length: 10_000 }, (_, at) => `${at}>${at + 1}`);

  expect(findCycle(edges(...chain, "10000>0"), "0")).toHaveLength(10_002);
});

test("mermaid() draws an arrow from what is needed to what needs it, and colours by status", () => {
  const text = mermaid(
    [
      { id: "task_1", title: "Design", status: "completed" },
      { id: "task_2", title: "Build", status: "pending" },
    ],
    [
      { task_id: "task_2", needs_id: "task_1" },
      { task_id: "task_2", needs_id: "task_not_shown" },
    ],
  );

  expect(text.split("\n")).toEqual([
    "flowchart TD",
    '  task_1["Design"]:::completed',
    '  task_2["Build"]:::pending',
    "  task_1 --> task_2",
    expect.stringMatching(/^ {2}classDef pending fill:#/),
    expect.stringMatching(/^ {2}classDef completed fill:#/),
  ]);
});

test("mermaid() writes what would end a label, or be taken for markup, as a code", () => {
  const title = 'say "hi" #35; <b>&amp;</b> `code` a\\nb; end\nnext';
  const [, line] = mermaid([{ id: "t", title, status: "active" }], []).split("\n");

  const label = /^ {2}t\["(.*)"\]:::active$/.exec(line ?? "")?.[1] ?? "";

  expect(label).not.toMatch(/["<>&`\\]/);
  expect(label.replace(/#\d+;/g, "")).not.toMatch(/[#;]/);
  expect(label.replace(/#(\d+);/g, (_all, code) => String.fromCharCode(Number(code)))).toBe(title);
});
