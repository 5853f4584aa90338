import { expect, test } from "bun:test";
import { GRAPH_TASKS_MAX, ROW_TITLE_CHARS_MAX } from "../../../src/base/limits.ts";
import { TASK_NEXT, TASK_STATUSES, type TaskStatus } from "../../../src/base/transitions.ts";
import { openTestApp, type TestApp } from "../../harness/app.ts";
import { fakeClock } from "../../harness/clock.ts";
import { refusalOf } from "../../harness/errors.ts";

const W = "/w";

/** What the log says of a task: types and data, oldest first. */
async function told(app: Pick<TestApp<never>, "sql">, subject: string): Promise<[string, unknown][]> {
  const rows = await app.sql.all<{ type: string; data: string }>(
    "SELECT type, data FROM event WHERE subject = ?1 ORDER BY seq",
    [subject],
  );
  return rows.map(({ type, data }) => [type, JSON.parse(data)]);
}

/** How a new task gets to a status. */
const WAY: Record<TaskStatus, readonly TaskStatus[]> = {
  pending: [],
  active: ["active"],
  blocked: ["active", "blocked"],
  completed: ["active", "completed"],
  failed: ["active", "failed"],
  cancelled: ["cancelled"],
};

async function taskAt(app: Pick<TestApp<never>, "tasks">, status: TaskStatus) {
  let task = await app.tasks.create(W, { title: status });
  for (const step of WAY[status]) task = await app.tasks.update(task.id, { status: step });
  return task;
}

test("create() answers what the next change needs", async () => {
  await using app = await openTestApp();

  const task = await app.tasks.create(W, { title: "x".repeat(200) });

  expect(task).toEqual({
    id: "task_000000000001",
    title: `${"x".repeat(ROW_TITLE_CHARS_MAX - 1)}…`,
    status: "pending",
    revision: 1,
  });
});

test("create() tells the log of itself", async () => {
  await using app = await openTestApp();

  const { id } = await app.tasks.create(W, { title: "a" });

  expect(await told(app, id)).toEqual([["task.created", { title: "a", status: "pending", revision: 1 }]]);
});

test("create() refuses needs that are not there, deleted, or of another workspace, and names them", async () => {
  await using app = await openTestApp();
  const here = await app.tasks.create(W, { title: "here" });
  const deleted = await app.tasks.create(W, { title: "deleted" });
  await app.tasks.archive(deleted.id);
  const elsewhere = await app.tasks.create("/elsewhere", { title: "elsewhere" });
  const needs = [here.id, deleted.id, elsewhere.id, "task_ffffffffffff"];

  const refused = await refusalOf(() => app.tasks.create(W, { title: "a", needs }));

  expect(refused.code).toBe("not_found");
  expect(refused.message).toContain(`cannot depend on ${needs.slice(1).join(", ")}:`);
  expect((await app.tasks.list(W, { limit: 20 })).tasks).toHaveLength(1);
});

test("show() leaves out what is empty", async () => {
  const clock = fakeClock();
  await using app = await openTestApp({ clock });
  const { id } = await app.tasks.create(W, { title: "a", description: "", tags: [], needs: [] });

  clock.advance(1_000);
  await app.tasks.update(id, { title: "b" });

  expect(await app.tasks.show(id)).toEqual({
    id,
    title: "b",
    status: "pending",
    priority: 5,
    revision: 2,
    created_ms: clock.now() - 1_000,
    updated_ms: clock.now(),
  });
});

test("update() changes what is given, keeps the rest, and tells the log what", async () => {
  await using app = await openTestApp();
  const { id } = await app.tasks.create(W, { title: "a", role: "tester", priority: 2, tags: ["x"], language: "sql" });

  const changed = await app.tasks.update(id, { description: "long text", tags: [], status: "active", note: "begun" });

  expect(changed).toEqual({ id, title: "a", status: "active", revision: 2 });
  expect(await app.tasks.show(id)).toMatchObject({
    role: "tester",
    priority: 2,
    language: "sql",
    description: "long text",
  });
  expect((await told(app, id)).at(-1)).toEqual([
    "task.updated",
    { status: "active", from: "pending", tags: [], description: { chars: 9 }, note: "begun", revision: 2 },
  ]);
});

test("update() with nothing to change is refused", async () => {
  await using app = await openTestApp();
  const { id } = await app.tasks.create(W, { title: "a" });

  const refused = await refusalOf(() => app.tasks.update(id, { revision: 1 }));

  expect(refused.code).toBe("invalid_input");
  expect((await app.tasks.show(id)).revision).toBe(1);
});

test("update() of a note alone is told to the log", async () => {
  await using app = await openTestApp();
  const { id } = await app.tasks.create(W, { title: "a" });

  await app.tasks.update(id, { note: "still waiting" });

  expect((await told(app, id)).at(-1)).toEqual(["task.updated", { note: "still waiting", revision: 2 }]);
});

test("update() with an old revision is refused, changes nothing and says what is newer", async () => {
  await using app = await openTestApp();
  const { id } = await app.tasks.create(W, { title: "a" });
  await app.tasks.update(id, { title: "b", revision: 1 });

  const refused = await refusalOf(() => app.tasks.update(id, { title: "c", revision: 1 }));

  expect(refused).toMatchObject({
    code: "conflict",
    message: `cannot change ${id}: it is at revision 2, not 1`,
    hint: expect.stringContaining("task_show"),
  });
  expect((await app.tasks.show(id)).title).toBe("b");
  expect(await told(app, id)).toHaveLength(2);
});

for (const from of TASK_STATUSES) {
  for (const to of TASK_STATUSES) {
    const isAllowed = (TASK_NEXT[from] as readonly TaskStatus[]).includes(to);
    test(`update() ${isAllowed ? "moves" : "refuses to move"} a task from ${from} to ${to}`, async () => {
      await using app = await openTestApp();
      const { id } = await taskAt(app, from);

      const move = app.tasks.update(id, { status: to, title: "moved" });

      if (isAllowed) {
        expect(await move).toMatchObject({ status: to });
        return;
      }
      const refused = await refusalOf(() => move);
      expect(refused).toMatchObject({ code: "conflict", message: `cannot set ${id} to ${to}: it is ${from}` });
      for (const next of TASK_NEXT[from]) expect(refused.hint).toContain(next);
      expect(await app.tasks.show(id)).toMatchObject({ status: from, title: from });
    });
  }
}

test("update() refuses a cycle by name, however long, and leaves the needs as they were", async () => {
  await using app = await openTestApp();
  const a = await app.tasks.create(W, { title: "a" });
  const b = await app.tasks.create(W, { title: "b", needs: [a.id] });
  const c = await app.tasks.create(W, { title: "c", needs: [b.id] });

  const long = await refusalOf(() => app.tasks.update(a.id, { needs: [c.id] }));
  const self = await refusalOf(() => app.tasks.update(a.id, { needs: [a.id] }));

  expect(long).toMatchObject({
    code: "conflict",
    message: `cannot depend on itself: ${a.id} → ${c.id} → ${b.id} → ${a.id}`,
  });
  expect(self.message).toBe(`cannot depend on itself: ${a.id} → ${a.id}`);
  expect((await app.tasks.show(a.id)).needs).toBeUndefined();
});

test("update() may turn an arrow round, since what was needed is replaced", async () => {
  await using app = await openTestApp();
  const a = await app.tasks.create(W, { title: "a" });
  const b = await app.tasks.create(W, { title: "b", needs: [a.id] });

  await app.tasks.update(b.id, { needs: [] });
  await app.tasks.update(a.id, { needs: [b.id, b.id] });

  expect((await app.tasks.show(a.id)).needs).toEqual([b.id]);
  expect((await app.tasks.show(b.id)).needs).toBeUndefined();
});

test("list() counts what a task still waits for: neither completed nor deleted ones", async () => {
  await using app = await openTestApp();
  const done = await taskAt(app, "completed");
  const open = await taskAt(app, "active");
  const gone = await taskAt(app, "pending");
  const { id } = await app.tasks.create(W, { title: "waits", needs: [done.id, open.id, gone.id] });
  await app.tasks.archive(gone.id);

  const before = (await app.tasks.list(W, { limit: 20, status: "pending" })).tasks;
  await app.tasks.update(open.id, { status: "completed" });
  const after = (await app.tasks.list(W, { limit: 20, status: "pending" })).tasks;

  expect(before).toEqual([{ id, title: "waits", status: "pending", waits_for: 1 }]);
  expect(after).toEqual([{ id, title: "waits", status: "pending" }]);
});

test("list() walks every task once, in the order they were made, also while tasks are added", async () => {
  await using app = await openTestApp();
  for (let at = 0; at < 45; at++) await app.tasks.create(W, { title: String(at) });
  await app.tasks.create("/elsewhere", { title: "not here" });
  const titles: string[] = [];
  const sizes: number[] = [];

  let cursor: string | undefined;
  do {
    const page = await app.tasks.list(W, { limit: 20, cursor });
    titles.push(...page.tasks.map(({ title }) => title));
    sizes.push(page.tasks.length);
    if (cursor === undefined) await app.tasks.create(W, { title: "45" });
    ({ cursor } = page);
  } while (cursor !== undefined);

  expect(sizes).toEqual([20, 20, 6]);
  expect(titles).toEqual(Array.from({ length: 46 }, (_, at) => String(at)));
});

test("list() gives no cursor when the page is the last, also when it is exactly full", async () => {
  await using app = await openTestApp();
  for (let at = 0; at < 3; at++) await app.tasks.create(W, { title: String(at) });

  expect((await app.tasks.list(W, { limit: 3 })).cursor).toBeUndefined();
  expect((await app.tasks.list(W, { limit: 2 })).cursor).toBeString();
});

test("list() counts by status on the first page only", async () => {
  await using app = await openTestApp();
  for (const status of TASK_STATUSES) await taskAt(app, status);
  await taskAt(app, "active");

  const first = await app.tasks.list(W, { limit: 2 });
  const second = await app.tasks.list(W, { limit: 2, cursor: first.cursor });

  expect(first.counts).toEqual({ pending: 1, active: 2, blocked: 1, completed: 1, failed: 1, cancelled: 1 });
  expect(second.counts).toBeUndefined();
});

test.each(["", "x", "-1", "1.5", "1e3", "9".repeat(16)])("list() refuses cursor %p", async (cursor) => {
  await using app = await openTestApp();

  const refused = await refusalOf(() => app.tasks.list(W, { limit: 20, cursor }));

  expect(refused.code).toBe("invalid_input");
});

test("list() of a workspace that nobody worked in is empty", async () => {
  await using app = await openTestApp();

  expect(await app.tasks.list("/new", { limit: 20 })).toEqual({ tasks: [], counts: {} });
});

test("graph() shows the tasks, what needs what, and a chart of both", async () => {
  await using app = await openTestApp();
  const a = await app.tasks.create(W, { title: 'a "quoted"' });
  const b = await app.tasks.create(W, { title: "b", needs: [a.id] });
  const deleted = await app.tasks.create(W, { title: "deleted", needs: [a.id] });
  await app.tasks.archive(deleted.id);

  const graph = await app.tasks.graph(W);

  expect(graph.tasks.map(({ id, waits_for }) => [id, waits_for])).toEqual([
    [a.id, undefined],
    [b.id, 1],
  ]);
  expect(graph.edges).toEqual([{ task_id: b.id, needs_id: a.id, kind: "completion" }]);
  expect(graph.critical_path).toEqual([a.id, b.id]);
  expect(graph.mermaid).toContain(`${a.id} --> ${b.id}`);
  expect(graph.mermaid).not.toContain('"quoted"');
  expect(graph.cut).toBe(false);
});

test("graph() shows a bounded number of tasks, and says so", async () => {
  await using app = await openTestApp();
  await Promise.all(Array.from({ length: GRAPH_TASKS_MAX + 1 }, (_, at) => app.tasks.create(W, { title: String(at) })));

  const graph = await app.tasks.graph(W);

  expect(graph.tasks).toHaveLength(GRAPH_TASKS_MAX);
  expect(graph.cut).toBe(true);
});

test("archive() takes a task out of every list, and restore() brings it back with what it needs", async () => {
  await using app = await openTestApp();
  const a = await app.tasks.create(W, { title: "a" });
  const b = await app.tasks.create(W, { title: "b", needs: [a.id] });

  await app.tasks.archive(b.id);
  const hidden = await app.tasks.list(W, { limit: 20 });
  const archived = await app.tasks.show(b.id);
  await app.tasks.restore(b.id);

  expect(hidden.tasks.map(({ id }) => id)).toEqual([a.id]);
  expect(archived.archived_ms).toBeNumber();
  expect(await app.tasks.show(b.id)).toMatchObject({ needs: [a.id], revision: 3 });
  expect((await told(app, b.id)).map(([type]) => type)).toEqual(["task.created", "task.archived", "task.restored"]);
});

test("archive() twice, restore() of a live task, and update() of a deleted one are refused", async () => {
  await using app = await openTestApp();
  const { id } = await app.tasks.create(W, { title: "a" });

  const live = await refusalOf(() => app.tasks.restore(id));
  await app.tasks.archive(id);
  const twice = await refusalOf(() => app.tasks.archive(id));
  const update = await refusalOf(() => app.tasks.update(id, { title: "b" }));

  expect([live.code, twice.code, update.code]).toEqual(["conflict", "conflict", "not_found"]);
  expect(twice.hint).toContain("task_restore");
});

test("purge() deletes the row and its arrows, and leaves the fact in the log", async () => {
  await using app = await openTestApp();
  const a = await app.tasks.create(W, { title: "a" });
  const b = await app.tasks.create(W, { title: "b", needs: [a.id] });

  await app.tasks.purge(a.id);

  expect((await refusalOf(() => app.tasks.show(a.id))).code).toBe("not_found");
  expect((await app.tasks.show(b.id)).needs).toBeUndefined();
  expect((await told(app, a.id)).at(-1)).toEqual(["task.purged", { title: "a", revision: 1 }]);
});

test("every verb refuses a task that is not there", async () => {
  await using app = await openTestApp();
  const id = "task_ffffffffffff";
  const verbs = [
    () => app.tasks.show(id),
    () => app.tasks.update(id, { title: "x" }),
    () => app.tasks.archive(id),
    () => app.tasks.restore(id),
    () => app.tasks.purge(id),
  ];

  const refusals = await Promise.all(verbs.map(refusalOf));

  expect(refusals.map(({ code, message }) => `${code}: ${message}`)).toEqual(
    verbs.map(() => `not_found: no task ${id}`),
  );
});

test("a change that is refused writes no event", async () => {
  await using app = await openTestApp();
  const { id } = await app.tasks.create(W, { title: "a" });
  const count = async () => (await app.sql.all<{ number: number }>("SELECT count(*) AS number FROM event"))[0]?.number;
  const before = await count();

  await refusalOf(() => app.tasks.update(id, { status: "completed" }));
  await refusalOf(() => app.tasks.update(id, { needs: [id] }));
  await refusalOf(() => app.tasks.update(id, { title: "b", revision: 9 }));
  await refusalOf(() => app.tasks.restore(id));
  await refusalOf(() => app.tasks.purge("task_ffffffffffff"));

  expect(await count()).toBe(before);
});

test("a hundred updates to one task at once are all counted, and none is lost", async () => {
  await using app = await openTestApp();
  const { id } = await app.tasks.create(W, { title: "a" });

  const answers = await Promise.all(
    Array.from({ length: 100 }, (_, at) => app.tasks.update(id, { title: String(at) })),
  );

  expect(new Set(answers.map(({ revision }) => revision)).size).toBe(100);
  expect((await app.tasks.show(id)).revision).toBe(101);
});

test("idsLike() completes from nothing, from the noun, and from the first digits, without deleted ones", async () => {
  await using app = await openTestApp();
  const [a, b] = [await app.tasks.create(W, { title: "a" }), await app.tasks.create(W, { title: "b" })];
  const gone = await app.tasks.create(W, { title: "gone" });
  await app.tasks.archive(gone.id);

  const ids = await Promise.all(["", "t", "task_", b.id, "role_"].map((typed) => app.tasks.idsLike(typed, 20)));

  expect(ids).toEqual([[a.id, b.id], [a.id, b.id], [a.id, b.id], [b.id], []]);
  expect(await app.tasks.idsLike("", 1)).toEqual([a.id]);
});
