import { expect, test } from "bun:test";
import { z } from "zod";
import { defineTool, type Tool } from "../../../src/tools/tool.ts";
import { openTestApp } from "../../harness/app.ts";
import { fakeClock } from "../../harness/clock.ts";
import { until } from "../../harness/condition.ts";
import { refusalOf } from "../../harness/errors.ts";
import { parseMetrics } from "../../harness/prometheus.ts";

/** A tool that does what the test says. */
function toolThat(run: Tool["run"], output: z.ZodObject = z.object({ ok: z.boolean() })): Tool {
  return defineTool({
    name: "test_do",
    title: "Do a test",
    summary: "Does what the test says.",
    effect: "write",
    toolset: "task",
    input: z.object({}),
    output,
    run: run as never,
  });
}

test("call() answers what the tool answers", async () => {
  await using app = await openTestApp();

  const made = await app.call("task_create", { title: "  a  " });

  expect(made).toEqual({ id: "task_000000000001", title: "a", status: "pending", revision: 1 });
  expect(await app.call("task_show", { id: made["id"] })).toMatchObject({ title: "a" });
});

test.each<[string, string, unknown, string, string]>([
  ["no object", "task_list", [], "its input is not an object", "status, role"],
  ["null", "task_list", null, "its input is not an object", "Send an object"],
  ["a missing input", "task_create", {}, "title", "task_create takes title"],
  ["a wrong type", "task_create", { title: 5 }, "title: ", "tools/list"],
  [
    "a misspelled key",
    "task_create",
    { title: "a", describtion: "x" },
    "describtion: no such input",
    "Did you mean description?",
  ],
  ["a key where there is none", "cluster_status", { x: 1 }, "x: no such input", "cluster_status takes nothing."],
  ["an unknown key", "task_create", { title: "a", bananas: 1 }, "bananas: no such input", "task_create takes title"],
  [
    "a key that only looks like one",
    "task_create",
    JSON.parse('{"title": "a", "__proto__": 1}'),
    "__proto__",
    "takes title",
  ],
  [
    "an option outside options",
    "task_create",
    { title: "a", language: "sql" },
    "language: no such input",
    "inside options",
  ],
  [
    "a misspelled option",
    "task_create",
    { title: "a", options: { langauge: "sql" } },
    "langauge",
    "Did you mean language?",
  ],
  [
    "an unknown option",
    "task_create",
    { title: "a", options: { x: 1 } },
    "options",
    "options takes parent, acceptance, complexity",
  ],
  ["a value out of range", "task_list", { limit: 201 }, "limit: ", "task_list takes"],
  ["a choice that is none", "task_list", { status: "done" }, "pending", "task_list takes"],
  ["a bad id", "task_show", { id: "1" }, "expected an id like task_0123456789ab", "Ids stand in task_list"],
  ["a title for an id", "task_start", { id: "Build it" }, "expected an id", "a few words of the title as text"],
  ["a list that is no JSON", "task_plan", { title: "a", tasks: "nonsense" }, "expected array", "task_plan takes title"],
])("call() with %s is refused with what is wrong and what to do", async (_what, name, input, message, hint) => {
  await using app = await openTestApp();

  const refused = await refusalOf(() => app.call(name, input));

  expect(refused.code).toBe("invalid_input");
  expect(refused.message).toStartWith(`cannot call ${name}: `);
  expect(refused.message).toContain(message);
  expect(refused.hint).toContain(hint);
});

test("call() names every field that is wrong, a bounded number of them", async () => {
  await using app = await openTestApp();
  const input = Object.fromEntries(Array.from({ length: 1_000 }, (_, at) => [`key_${at}`, at]));

  const two = await refusalOf(() => app.call("task_create", { title: "", priority: 99 }));
  const many = await refusalOf(() => app.call("task_create", { ...input, ["x".repeat(10_000)]: 1 }));

  expect(two.fields.map(({ path }) => path)).toEqual(["title", "priority"]);
  expect(many.fields.length).toBeLessThanOrEqual(20);
  expect(many.message.length).toBeLessThan(5_000);
});

test("call() shows control characters of a key instead of passing them on", async () => {
  await using app = await openTestApp();

  const refused = await refusalOf(() => app.call("task_list", { "a\u001b[31m\n": 1 }));

  expect(JSON.stringify(refused.toJSON())).not.toContain("\u001b");
  expect(refused.message).toContain("a\\x1b[31m");
});

test("call() keeps what cannot be stored out of the database", async () => {
  await using app = await openTestApp();

  const { id } = await app.call("task_create", { title: "half \ud83d nul \0 end" });

  expect(await app.call("task_show", { id })).toMatchObject({ title: "half \ufffd nul \ufffd end" });
});

test("find() suggests the name that was meant, among those that may be called", async () => {
  await using app = await openTestApp({ filters: [{ toolsets: ["task"] }] });

  const near = await refusalOf(() => app.toolbox.find("task_crate"));
  const far = await refusalOf(() => app.toolbox.find("x".repeat(10_000)));
  const off = await refusalOf(() => app.toolbox.find("role_list"));

  expect(near).toMatchObject({ code: "not_found", hint: "Did you mean task_create?" });
  expect(far.message.length).toBeLessThan(200);
  expect(off).toMatchObject({ code: "forbidden", hint: expect.stringContaining("--toolsets") });
});

test("an answer that does not fit its schema is a failure of ours, told only to the log", async () => {
  const wrong = toolThat(async () => ({ ok: "/home/me/secret" }) as never);
  await using app = await openTestApp({ table: [wrong] });

  const refused = await refusalOf(() => app.call("test_do", {}));

  expect(refused.toJSON()).toMatchObject({ code: "internal", message: "unexpected failure" });
  expect(app.logged.join("")).toContain('"event":"tool failed"');
});

test("an answer holds only what its schema names", async () => {
  const chatty = toolThat(async () => ({ ok: true, secret: 1 }) as never);
  await using app = await openTestApp({ table: [chatty] });

  expect(await app.call("test_do", {})).toEqual({ ok: true });
});

test("an unknown failure is logged with the request's id and cause, and not shown", async () => {
  const failing = toolThat(async () => {
    throw new Error("no such file /home/me/secret");
  });
  await using app = await openTestApp({ table: [failing] });

  const refused = await refusalOf(() => app.call("test_do", {}, { requestId: "req_7" }));

  expect(JSON.stringify(refused)).not.toContain("secret");
  const line = JSON.parse(app.logged.find((text) => text.includes("tool failed")) ?? "{}");
  expect(line).toMatchObject({ level: "error", request_id: "req_7", cause: "Error: no such file /home/me/secret" });
});

test("call() ends with a timeout when its time is over, and aborts the work", async () => {
  const clock = fakeClock();
  let seen: AbortSignal | undefined;
  const endless = toolThat((_app, _input, { signal }) => {
    seen = signal;
    return new Promise(() => {});
  });
  await using app = await openTestApp({ clock, table: [endless], timeoutMs: 30_000 });
  const calling = refusalOf(() => app.call("test_do", {}));
  await until(() => clock.sleepers > 0, "the deadline runs");

  clock.advance(29_999);
  const isEarly = seen?.aborted;
  clock.advance(1);

  expect(isEarly).toBe(false);
  expect(await calling).toMatchObject({ code: "timeout", hint: expect.stringContaining("call_timeout") });
  expect(seen?.aborted).toBe(true);
});

test("call() leaves no timer behind", async () => {
  const clock = fakeClock();
  await using app = await openTestApp({ clock, table: [toolThat(async () => ({ ok: true }))] });

  await app.call("test_do", {});

  expect(clock.sleepers).toBe(0);
});

test.each<[string, unknown]>([
  ["no reason", undefined],
  ["a text, as the protocol's library gives it", "the user lost patience"],
  ["an error", new Error("gone")],
])("call() that is cancelled with %s ends as cancelled, and aborts the work", async (_what, reason) => {
  const caller = new AbortController();
  let seen: AbortSignal | undefined;
  const endless = toolThat((_app, _input, { signal }) => {
    seen = signal;
    return new Promise(() => {});
  });
  await using app = await openTestApp({ table: [endless] });
  const calling = refusalOf(() => app.call("test_do", {}, { signal: caller.signal }));
  await until(() => seen !== undefined, "the work has begun");

  caller.abort(reason);

  expect((await calling).code).toBe("cancelled");
  expect(seen?.aborted).toBe(true);
  expect(app.logged.join("")).not.toContain('"level":"error"');
});

test("call() of a caller who is gone already does nothing", async () => {
  let runs = 0;
  const counting = toolThat(async () => {
    runs++;
    return { ok: true };
  });
  await using app = await openTestApp({ table: [counting] });

  const refused = await refusalOf(() => app.call("test_do", {}, { signal: AbortSignal.abort("gone") }));

  expect(refused.code).toBe("cancelled");
  expect(runs).toBe(0);
});

test("call() counts by tool, face and outcome", async () => {
  await using app = await openTestApp();
  await app.call("task_list", {});
  await app.call("task_list", {}, { face: "cli" });
  await refusalOf(() => app.call("task_show", { id: "task_ffffffffffff" }, { face: "rest" }));

  const samples = parseMetrics(app.metrics.text()).get("cadre_tool_calls_total")?.samples;

  expect(samples?.map(({ labels, value }) => [labels["tool"], labels["face"], labels["outcome"], value])).toEqual([
    ["task_list", "mcp", "ok", 1],
    ["task_list", "cli", "ok", 1],
    ["task_show", "rest", "not_found", 1],
  ]);
});

test("an old name takes old parameters and answers the old fields beside the new", async () => {
  await using app = await openTestApp();

  const made = await app.call("create_task", { title: "a", priority: "critical", code_language: "sql" });
  const refused = await refusalOf(() => app.call("create_task", { title: "" }));

  expect(made).toMatchObject({ id: "task_000000000001", task_id: "task_000000000001" });
  expect(await app.call("get_task", { task_id: made["id"] })).toMatchObject({
    priority: 1,
    code_language: "sql",
    dependencies: [],
  });
  expect(refused).toMatchObject({ code: "invalid_input", message: expect.stringContaining("create_task") });
});
