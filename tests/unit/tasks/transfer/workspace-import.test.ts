import { describe, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "../../../../src/base/clock.ts";
import { EXPORT_LINE_BYTES_MAX } from "../../../../src/base/limits.ts";
import { runtime } from "../../../../src/runtime/current.ts";
import { readAtOnce } from "../../../../src/store/snapshot.ts";
import { readWorkspace } from "../../../../src/store/workspaces.ts";
import { findCircular } from "../../../../src/tasks/circular.ts";
import { LineReader } from "../../../../src/tasks/transfer/line-file.ts";
import { type Entry, workspaceEntries } from "../../../../src/tasks/transfer/workspace-entries.ts";
import { exportWorkspace } from "../../../../src/tasks/transfer/workspace-export.ts";
import { importWorkspace } from "../../../../src/tasks/transfer/workspace-import.ts";
import { openTestApp, type TestApp } from "../../../harness/app.ts";
import { fakeClock } from "../../../harness/clock.ts";
import { refusalOf } from "../../../harness/errors.ts";
import { readEverything } from "../../../harness/everything.ts";
import { tempFolder } from "../../../harness/folder.ts";

const FOLDER = "/projects/carried";
const NOW = 1_800_000_000_000;

async function exported(app: TestApp<Clock>, path: string): Promise<string> {
  const workspace = await readWorkspace(app.sql, FOLDER);
  if (!workspace) throw new Error(`nothing was made in ${FOLDER}`);
  const file = join(path, `${crypto.randomUUID()}.jsonl`);
  await readAtOnce(runtime, { sql: app.sql, database: app.db }, (reader) =>
    exportWorkspace(reader, workspace, { path: file, version: "1.2.3", now: NOW }),
  );
  return file;
}

async function importFile(app: TestApp<Clock>, path: string) {
  using file = new LineReader(path);
  return await importWorkspace(app.sql, () => file.lines(), NOW);
}

function entriesOf(path: string): Entry[] {
  using file = new LineReader(path);
  return [...workspaceEntries(file.lines())];
}

/** An app with two tasks, one of which needs the other, with everything that a task can gather. */
async function filled() {
  const app = await openTestApp({ clock: fakeClock() });
  const first = await app.tasks.create(FOLDER, {
    title: "Write it – “quickly” 🚀",
    description: "One\nTwo\u2028Three",
    role: "implementer",
    tags: ["a", "b"],
  });
  const second = await app.tasks.create(FOLDER, { title: "Test it", needs: [first.id] });
  await app.tasks.update(first.id, { status: "active", note: "begun" });
  await app.tasks.archive(second.id);
  await app.tasks.create("/projects/other", { title: "not carried" });
  return app;
}

/** The same file with some of its lines changed. */
function changed(path: string, change: (lines: Record<string, unknown>[]) => unknown[]): string {
  const lines = readFileSync(path, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  const copy = `${path}.changed`;
  writeFileSync(
    copy,
    change(lines)
      .map((line) => `${JSON.stringify(line)}\n`)
      .join(""),
  );
  return copy;
}

describe("importWorkspace()", () => {
  test("brings everything of an exported workspace into an empty database", async () => {
    using folder = tempFolder();
    await using from = await filled();
    await using to = await openTestApp();
    const path = await exported(from, folder.path);

    const imported = await importFile(to, path);

    const [before, after] = [await readEverything(from, FOLDER), await readEverything(to, FOLDER)];
    expect(imported).toMatchObject({ path: FOLDER, tasks: 2, needs: 1, events: 4, skipped: 0 });
    expect(after.tasks).toEqual(before.tasks);
    const told = (events: typeof before.events) =>
      events.map(({ at_ms, subject, type, data }) => ({ at_ms, subject, type, data }));
    expect(told(after.events)).toEqual([
      ...told(before.events.filter(({ workspace_id }) => workspace_id === imported.workspace)),
      { at_ms: NOW, subject: imported.workspace, type: "workspace.imported", data: { tasks: 2, needs: 1, events: 4 } },
    ]);
  });

  test("leaves alone what is there already, and says how much that is", async () => {
    using folder = tempFolder();
    await using app = await filled();
    const path = await exported(app, folder.path);
    const before = await readEverything(app, FOLDER);

    const imported = await importFile(app, path);

    expect(imported).toMatchObject({ tasks: 0, needs: 0, events: 0, skipped: 7 });
    expect(await readEverything(app, FOLDER)).toEqual(before);
  });

  test("adds what has come since the last time", async () => {
    using folder = tempFolder();
    await using from = await filled();
    await using to = await openTestApp();
    await importFile(to, await exported(from, folder.path));
    await from.tasks.create(FOLDER, { title: "third" });

    const imported = await importFile(to, await exported(from, folder.path));

    expect(imported).toMatchObject({ tasks: 1, needs: 0, events: 1, skipped: 7 });
  });

  test("refuses a task that is another one here, by name, and writes nothing at all", async () => {
    using folder = tempFolder();
    await using from = await filled();
    await using to = await openTestApp();
    const path = await exported(from, folder.path);
    await importFile(to, path);
    const [task] = (await to.tasks.list(FOLDER, { limit: 1 })).tasks;
    await to.tasks.update(String(task?.id), { title: "changed here" });
    await from.tasks.create(FOLDER, { title: "third" });
    const before = await readEverything(to, FOLDER);

    const refusal = await refusalOf(async () => importFile(to, await exported(from, folder.path)));

    expect(refusal.code).toBe("conflict");
    expect(refusal.message).toContain(String(task?.id));
    expect(await readEverything(to, FOLDER)).toEqual(before);
  });

  test("refuses a folder that has work of its own here", async () => {
    using folder = tempFolder();
    await using from = await filled();
    await using to = await openTestApp();
    const path = changed(await exported(from, folder.path), ([header, workspace, ...rest]) => [
      header,
      { ...workspace, id: "workspace_0123456789ab" },
      ...rest,
    ]);
    await to.tasks.create(FOLDER, { title: "mine" });

    const refusal = await refusalOf(() => importFile(to, path));

    expect(refusal).toMatchObject({ code: "conflict", message: expect.stringContaining("work of its own here") });
  });

  test("refuses a workspace that has another folder here", async () => {
    using folder = tempFolder();
    await using app = await filled();
    const path = await exported(app, folder.path);
    await app.workspaces.move(FOLDER, "/projects/moved");

    const refusal = await refusalOf(() => importFile(app, path));

    expect(refusal).toMatchObject({ code: "conflict", message: expect.stringContaining("/projects/moved") });
  });

  test("refuses needs that would go round in a circle", async () => {
    using folder = tempFolder();
    await using from = await filled();
    await using to = await openTestApp();
    const path = changed(await exported(from, folder.path), (lines) => {
      const need = lines.find(({ kind }) => kind === "need") ?? {};
      const back = { ...need, task_id: need["needs_id"], needs_id: need["task_id"] };
      return lines.flatMap((line) => {
        if (line === need) return [need, back];
        return line["kind"] === "end" ? [{ ...line, needs: 2 }] : [line];
      });
    });

    const refusal = await refusalOf(() => importFile(to, path));

    expect(refusal.message).toContain("would wait for itself");
    expect(await to.workspaces.list()).toEqual([]);
  });
});

describe("findCircular()", () => {
  const need = (task_id: string, needs_id: string) => ({ task_id, needs_id });

  test("finds none where every task can be done after those that it needs", () => {
    expect(findCircular([need("d", "b"), need("d", "c"), need("b", "a"), need("c", "a")])).toBeUndefined();
  });

  test("finds one of those that wait for each other", () => {
    expect(findCircular([need("b", "a"), need("c", "b"), need("d", "c"), need("c", "d")])).toMatch(/^[cd]$/);
  });

  test("finds a task that needs itself", () => {
    expect(findCircular([need("a", "a")])).toBe("a");
  });
});

describe("workspaceEntries() refuses", () => {
  const cases: readonly [string, (lines: Record<string, unknown>[]) => unknown[], string, string][] = [
    ["a newer format", ([header, ...rest]) => [{ ...header, format: 3 }, ...rest], "outdated", "its format 3 is newer"],
    ["a file of something else", () => [{ hello: "world" }], "invalid_input", "not the first line"],
    ["a file that was cut off", (lines) => lines.slice(0, -1), "invalid_input", "not whole"],
    ["a file with a line too few", (lines) => lines.toSpliced(-2, 1), "invalid_input", "not whole"],
    [
      "two workspaces",
      ([header, workspace, ...rest]) => [header, workspace, workspace, ...rest],
      "invalid_input",
      "line 3",
    ],
    ["anything after the end", (lines) => [...lines, lines.at(-2)], "invalid_input", "does not belong here"],
    [
      "a key that it does not know",
      (lines) => lines.map((line, at) => (at === 2 ? { ...line, secret: 1 } : line)),
      "invalid_input",
      "line 3",
    ],
    [
      "a status that there is none of",
      (lines) => lines.map((line, at) => (at === 2 ? { ...line, status: "done" } : line)),
      "invalid_input",
      "line 3: status of a task",
    ],
    [
      "a description that is too long",
      (lines) => lines.map((line, at) => (at === 2 ? { ...line, description: "x".repeat(20_000) } : line)),
      "invalid_input",
      "line 3: description",
    ],
    [
      "an id of another kind",
      (lines) => lines.map((line, at) => (at === 2 ? { ...line, id: "task_1; DROP" } : line)),
      "invalid_input",
      "line 3: id",
    ],
  ];
  for (const [what, change, code, message] of cases) {
    test(what, async () => {
      using folder = tempFolder();
      await using from = await filled();
      const path = changed(await exported(from, folder.path), change);

      const refusal = await refusalOf(() => entriesOf(path));

      expect({ code: refusal.code, message: refusal.message }).toEqual({
        code: code as typeof refusal.code,
        message: expect.stringContaining(message),
      });
    });
  }

  test.each([
    ["a line without an end", new Uint8Array(EXPORT_LINE_BYTES_MAX * 2).fill(0x61), "too_large"],
    ["bytes that are no text", Uint8Array.of(0xff, 0xfe, 0x0a), "invalid_input"],
    ["a value that is nested too deeply", new TextEncoder().encode(`${"[".repeat(500)}\n`), "invalid_input"],
    ["an empty file", new Uint8Array(), "invalid_input"],
  ])("%s", async (_what, bytes, code) => {
    using folder = tempFolder();
    const path = join(folder.path, "file.jsonl");
    writeFileSync(path, bytes);

    const refusal = await refusalOf(() => entriesOf(path));

    expect(refusal.code).toBe(code as typeof refusal.code);
  });
});

describe("exportWorkspace()", () => {
  test("writes what was there at one moment, whatever is written meanwhile", async () => {
    using folder = tempFolder();
    await using app = await filled();
    const workspace = await readWorkspace(app.sql, FOLDER);
    const path = join(folder.path, "work.jsonl");

    await readAtOnce(runtime, { sql: app.sql, database: app.db }, async (reader) => {
      await reader.all("SELECT count(*) AS number FROM task");
      await app.tasks.create(FOLDER, { title: "meanwhile" });
      if (workspace) await exportWorkspace(reader, workspace, { path, version: "1.2.3", now: NOW });
    });

    const kinds = Map.groupBy(entriesOf(path), ({ kind }) => kind);
    expect([kinds.get("task")?.length, kinds.get("event")?.length]).toEqual([2, 4]);
  });
});
