import { expect, test } from "bun:test";
import { displayWidth } from "../../../src/base/text-width.ts";
import { bar, watchScreen } from "../../../src/cli/watch-screen.ts";
import type { EventRow } from "../../../src/store/events.ts";
import type { SessionTree, TreeTask } from "../../../src/tasks/session-tree.ts";

const NOW = 1_800_000_000_000;
const plain = (_colour: string, text: string) => text;
const wide = { window: { columns: 100 }, now: NOW, paint: plain };

const id = (at: number) => `task_${String(at).padStart(12, "0")}`;
const task = (at: number, more: Partial<TreeTask>): TreeTask => ({
  id: id(at),
  title: `Task ${at}`,
  status: "pending",
  depth: 0,
  ...more,
});
const held = { by: "ann", until_ms: NOW + 1, since_ms: NOW - 125_000 };

const TREE: SessionTree = {
  session: { id: "session_000000000001", title: "Scraper", status: "open" },
  counts: { active: 2, completed: 1, pending: 1, failed: 1 },
  tasks: [
    task(1, {
      title: "Build it",
      status: "active",
      progress: { id: id(1), title: "Build it", completed: 1, total: 4, percentage: 25 },
    }),
    task(2, { title: "Design", status: "completed", depth: 1 }),
    task(3, { title: "Code", status: "active", depth: 1, held, draft_chars: 12_345, attempts: 2 }),
    task(4, { title: "Test", depth: 1, waits_for: 1 }),
    task(5, { title: "Try", status: "failed", depth: 1 }),
  ],
  more: 0,
};

const EVENT: EventRow = {
  seq: 1,
  at_ms: Date.UTC(2027, 0, 1, 12, 30, 5),
  workspace_id: "workspace_000000000001",
  subject: id(3),
  type: "task.started",
  data: { status: "active", holder: "ann", revision: 2 },
};

test("watchScreen() shows the tree with states, who holds what, drafts, what waits, and what happened last", () => {
  expect(watchScreen(TREE, [EVENT], wide)).toEqual([
    "Scraper  open",
    "[####----------------] 1/5 20 %  active 2  completed 1  pending 1  failed 1",
    "",
    "[>] Build it  [#####---------------] 1/4 25 %",
    "  [x] Design  completed",
    "  [>] Code  active, ann for 2m, draft 12,345 characters, attempt 2",
    "  [ ] Test  pending, waits for 1",
    "  [!] Try  failed",
    "",
    `12:30:05 task.started ${id(3)} status active, holder ann`,
  ]);
});

test("watchScreen() says that a holder is gone", () => {
  const tree = { ...TREE, tasks: [task(1, { status: "active", held: { ...held, ended: true } })] };

  expect(watchScreen(tree, [], wide)).toContain("[>] Task 1  active, left by ann");
});

test("watchScreen() says what to do where nothing is planned", () => {
  expect(watchScreen({ counts: {}, tasks: [], more: 0 }, [], wide)).toEqual([
    "all sessions",
    "[--------------------] 0/0 0 %  nothing is planned: cadre task plan",
    "",
  ]);
});

test("watchScreen() fits into its window, begins with what is at work, and says how much it leaves out", () => {
  const tasks = [
    task(0, { title: "Plan", status: "active" }),
    ...Array.from({ length: 60 }, (_, at) =>
      task(at + 1, { depth: 1, title: "日本語 🎉 ".repeat(20), status: at < 40 ? "completed" : "active" }),
    ),
  ];
  const tree = { ...TREE, tasks, more: 7 };

  for (const rows of [1, 5, 12, 30]) {
    for (const columns of [12, 40, 100]) {
      const lines = watchScreen(tree, [EVENT], { ...wide, window: { columns, rows } });

      if (rows > 8) expect(lines.length).toBeLessThanOrEqual(rows);
      for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(columns);
    }
  }
  const lines = watchScreen(tree, [], { ...wide, window: { columns: 100, rows: 12 } });
  expect(lines[4]).toContain("active");
  expect(lines.at(-1)).toBe("… 60 more: cadre session status");
});

test("watchScreen() obeys no control character of a title, a holder or an event", () => {
  const evil = "\u001b[2J\u202eevil\u0007";
  const tree = { ...TREE, tasks: [task(1, { title: evil, status: "active", held: { ...held, by: evil } })] };
  const event = { ...EVENT, data: { title: evil } };

  const text = watchScreen(tree, [event], wide).join("\n");

  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that must not be there.
  expect(text).not.toMatch(/[\u001b\u0007\u202e]/);
});

test("bar() is full only when all is done", () => {
  expect(bar(99, 100)).toBe("[###################-] 99/100 99 %");
  expect(bar(3, 3)).toBe("[####################] 3/3 100 %");
});
