import { expect, test } from "bun:test";
import { AppError } from "../../../src/base/errors.ts";
import { render, renderError } from "../../../src/cli/output.ts";

const terminal = (columns = 80, env: Record<string, string> = {}) => ({
  columns,
  env,
  isTerminal: { in: true, out: true, err: true },
});
const pipe = (columns = 80) => ({ columns, env: {}, isTerminal: { in: false, out: false, err: false } });

const ROWS = {
  tasks: [
    { id: "task_000000000001", title: "An active failure, completed", status: "pending" },
    { id: "task_000000000002", title: "Short", status: "completed", waits_for: 2 },
  ],
  counts: { pending: 1, completed: 1 },
};

test("render() gives the object itself with --json", () => {
  expect(JSON.parse(render(ROWS, true, terminal()))).toEqual(ROWS);
  expect(render(ROWS, true, terminal())).not.toContain("\u001b");
});

test("render() makes a table of rows and a line of everything else", () => {
  expect(render({ ...ROWS, cursor: undefined }, false, pipe())).toBe(
    [
      "id                 title                         status     waits_for",
      "task_000000000001  An active failure, completed  pending",
      "task_000000000002  Short                         completed  2",
      "counts       pending 1, completed 1",
      "",
    ].join("\n"),
  );
});

test("render() shortens the widest column when the terminal is narrow, and nothing when it is wide", () => {
  const narrow = render(ROWS, false, pipe(60));
  const wide = render(ROWS, false, pipe(300));

  expect(Math.max(...narrow.split("\n").map((line) => line.length))).toBeLessThanOrEqual(60);
  expect(narrow).toContain("An active failure,…");
  expect(wide).toContain("An active failure, completed");
});

test("render() colours the status of a row, and no word of its title", () => {
  const text = render(ROWS, false, terminal());

  expect(text).toContain("\u001b[32mcompleted\u001b[0m  2");
  expect(text).toContain("An active failure, completed  pending");
  expect(text).not.toContain("\u001b[34mactive");
});

test("render() colours nothing without a terminal, with NO_COLOR, or on a dumb one", () => {
  for (const host of [pipe(), terminal(80, { NO_COLOR: "1" }), terminal(80, { TERM: "dumb" })]) {
    expect(render(ROWS, false, host)).not.toContain("\u001b");
    expect(renderError(new AppError("conflict", "a: b", { hint: "C." }), host)).toBe("error a: b\n  → C.\n");
  }
  expect(render(ROWS, false, terminal(80, { NO_COLOR: "" }))).toContain("\u001b[");
});

test("render() keeps a row on its line, whatever its title holds", () => {
  const rows = { tasks: [{ title: "one\ntwo\tthree \u001b[2Jfour", status: "pending" }] };

  const text = render(rows, false, pipe());

  expect(text.split("\n").slice(1)).toEqual(["one two three \\x1b[2Jfour  pending", ""]);
});

test("render() shows a text of several lines as it is", () => {
  expect(render({ mermaid: "flowchart TD\n  a --> b" }, false, pipe())).toBe("flowchart TD\n  a --> b\n");
});

test("render() never cuts a character in two", () => {
  const rows = { tasks: [{ title: "🎉".repeat(40) }] };

  expect(render(rows, false, pipe(20)).isWellFormed()).toBe(true);
});

test("renderError() says what was wrong and what to do next, in red on a terminal", () => {
  const error = new AppError("not_found", "no task x", { hint: "List them." });

  expect(renderError(error, terminal())).toBe("\u001b[31merror\u001b[0m no task x\n  → List them.\n");
});

test("render() puts words beside each other, and sentences below each other", () => {
  const text = render({ roles: ["architect", "tester"], checklist: ["Is it fast, too?", "Short."] }, false, pipe());

  expect(text).toBe("roles        architect, tester\nchecklist\n  - Is it fast, too?\n  - Short.\n");
});

test("render() shows the words of a list in a cell without brackets", () => {
  const text = render({ rows: [{ id: "a", needs: ["one", "two"] }] }, false, pipe());

  expect(text).toBe("id  needs\na   one, two\n");
});
