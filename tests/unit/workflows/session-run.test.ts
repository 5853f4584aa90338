// A plan that runs itself: code, tools and gates are done in the order of what they need; the rest is the model's.
import { expect, test } from "bun:test";
import type { Clock } from "../../../src/base/clock.ts";
import { openTestApp, type TestApp } from "../../harness/app.ts";
import { refusalOf } from "../../harness/errors.ts";
import { mockModels } from "../../harness/models.ts";

async function house(): Promise<TestApp<Clock>> {
  const app = await openTestApp();
  app.worker.start();
  return app;
}

const code = (text: string) => `\`\`\`js\n${text}\n\`\`\``;

async function plan(app: TestApp<Clock>, tasks: readonly Record<string, unknown>[]) {
  const made = await app.call("task_plan", { title: "Goal", tasks });
  const ids = new Map((made["tasks"] as { id: string; title: string }[]).map(({ id, title }) => [title, id]));
  return { plan: (made["plan"] as { id: string }).id, of: (title: string) => ids.get(title) ?? "" };
}

const statusOf = async (app: TestApp<Clock>, id: string) => (await app.call("task_show", { id }))["status"];

test("each task is worked by whom it names, after what it needs, and its work is kept as its result", async () => {
  await using app = await house();
  const { plan: id, of } = await plan(app, [
    { title: "Count", worker: "code", description: code("console.log(6 * 7)") },
    {
      title: "List",
      worker: "tool",
      description: '```json\n{"tool": "task_list", "input": {}}\n```',
      needs: ["Count"],
    },
    { title: "Write", description: "The model's." },
    { title: "Approve", worker: "gate", needs: ["List", "Write"] },
  ]);

  const started = await app.call("session_run", { plan: id, wait: "20s" });
  await app.call("task_start", { id: of("Write") });
  await app.call("task_complete", { id: of("Write"), summary: "Written." });
  const asked = await app.call("run_show", { id: started["id"], wait: "20s" });
  await app.call("run_signal", { id: started["id"], name: of("Approve"), data: { approved: true, note: "Good." } });
  const ended = await app.call("run_show", { id: started["id"], wait: "20s" });

  expect(started).toMatchObject({
    workflow: "session",
    status: "waiting",
    waits_for: [{ kind: "task", task: of("Write") }],
  });
  expect(asked).toMatchObject({ waits_for: [{ kind: "gate", message: "Approve", signal: of("Approve") }] });
  expect(ended).toMatchObject({ status: "completed", output: { tasks: 4, completed: 4 } });
  expect(await app.call("task_show", { id: of("Count") })).toMatchObject({
    status: "completed",
    summary: "code_run: done",
    artifacts: [{ name: "result" }],
  });
  expect(await app.call("task_show", { id: of("Approve") })).toMatchObject({ status: "completed", summary: "Good." });
});

test("an agent works its task on what it needs, and what it says is kept as its result", async () => {
  await using models = await mockModels();
  await using app = await house();
  models.writeFile(app.modelsFile);
  models.mock.onMessage(/Weigh/, { content: "Pears win.\n\nThey are lighter." });
  const { plan: id, of } = await plan(app, [
    { title: "Count", worker: "code", description: code("console.log('3 pears')") },
    { title: "Weigh", worker: "agent", role: "analyst", description: "Which fruit wins?", needs: ["Count"] },
  ]);

  const ended = await app.call("session_run", { plan: id, wait: "60s" });

  expect({ ...ended }).toMatchObject({ status: "completed", output: { tasks: 2, completed: 2 } });
  expect(await app.call("task_show", { id: of("Weigh") })).toMatchObject({
    status: "completed",
    summary: "Pears win.",
    artifacts: [{ name: "result" }],
  });
  const asked = JSON.stringify(models.mock.getRequests().at(-1)?.body);
  expect(asked).toContain("3 pears");
  expect(asked).toContain("<untrusted source=");
});

test("an agent that comes to nothing fails its task, as often as it is tried again", async () => {
  await using models = await mockModels();
  await using app = await house();
  models.writeFile(app.modelsFile);
  models.mock.on({ sequenceIndex: 0 }, { error: { message: "who are you" }, status: 401 });
  models.mock.on({ sequenceIndex: 1 }, { error: { message: "who are you" }, status: 401 });
  models.mock.on({}, { content: "Pears win." });
  const { plan: id, of } = await plan(app, [
    { title: "Weigh", worker: "agent", description: "Which fruit wins?" },
    { title: "Write", worker: "code", description: code("1"), needs: ["Weigh"] },
  ]);

  const ended = await app.call("session_run", { plan: id, wait: "60s" });

  expect(ended["status"]).toBe("failed");
  expect(await statusOf(app, of("Weigh"))).toBe("failed");
  expect(await statusOf(app, of("Write"))).toBe("pending");
  await app.call("run_retry", { id: ended["id"] });
  const again = await app.call("run_show", { id: ended["id"], wait: "60s" });
  expect(again["status"]).toBe("failed");
  expect(await statusOf(app, of("Weigh"))).toBe("failed");
  await app.call("run_retry", { id: ended["id"] });
  await app.call("run_show", { id: ended["id"], wait: "60s" });
  expect(await statusOf(app, of("Weigh"))).toBe("completed");
  expect(await statusOf(app, of("Write"))).toBe("completed");
});

test("a task that fails keeps back those that need it, and no others; a retry goes on with it", async () => {
  await using app = await house();
  const { plan: id, of } = await plan(app, [
    { title: "Breaks", worker: "code", description: code("throw new Error('no')") },
    { title: "After", worker: "code", description: code("console.log(1)"), needs: ["Breaks"] },
    { title: "Other", worker: "code", description: code("console.log(2)") },
  ]);

  const failed = await app.call("session_run", { plan: id, wait: "20s" });
  const before = await Promise.all(["Breaks", "After", "Other"].map((title) => statusOf(app, of(title))));
  await app.call("task_update", { id: of("Breaks"), description: code("console.log('mended')") });
  await app.call("run_retry", { id: failed["id"] });
  const ended = await app.call("run_show", { id: failed["id"], wait: "20s" });

  expect(failed).toMatchObject({ status: "failed", failure: { message: expect.stringContaining("2 of 3 tasks") } });
  expect(before).toEqual(["failed", "pending", "completed"]);
  // It goes on with what the plan said when it began.
  expect(ended).toMatchObject({ status: "failed" });
  const anew = await app.call("session_run", { plan: id, wait: "20s" });
  expect(anew).toMatchObject({ status: "completed", output: { tasks: 2, completed: 2 } });
});

test("cancelling the run leaves its plan as it is", async () => {
  await using app = await house();
  const { plan: id, of } = await plan(app, [{ title: "Write" }]);
  const { id: run } = await app.call("session_run", { plan: id, wait: "20s" });

  await app.call("run_cancel", { id: run });

  expect(await statusOf(app, of("Write"))).toBe("pending");
});

test("a task belongs to one run at a time", async () => {
  await using app = await house();
  const { plan: id } = await plan(app, [{ title: "Write" }]);
  await app.call("session_run", { plan: id, wait: "20s" });

  const other = await app.call("session_run", { plan: id, wait: "20s" });

  expect(other).toMatchObject({ status: "failed" });
});

test.each([
  ["code without a block", { worker: "code", description: "echo hello" }, /no block of code/],
  ["code in a language that there is not", { worker: "code", description: "```cobol\nx\n```" }, /no block of code/],
  ["a tool without a block", { worker: "tool", description: "task_list" }, /no block with a tool/],
])("session_run refuses %s before anything runs", async (_what, task, message) => {
  await using app = await house();
  const { plan: id } = await plan(app, [{ title: "One", ...task }]);

  const refused = await refusalOf(() => app.call("session_run", { plan: id }));

  expect(refused.message).toMatch(message);
  expect(await app.call("run_list", {})).toEqual({ runs: [] });
});

test("session_run with nothing to do says so", async () => {
  await using app = await house();

  expect((await refusalOf(() => app.call("session_run", {}))).message).toContain("nothing to run");
});
