// Old names: callable with their old parameters whether or not they are listed.
import { expect, test } from "bun:test";
import { toolsAndAliases } from "../../src/tools/index.ts";
import { openTestApp } from "../harness/app.ts";
import { refusalOf } from "../harness/errors.ts";
import { callMcp } from "../harness/faces.ts";
import { httpClient, stdioClient } from "../harness/mcp.ts";
import { startServer } from "../harness/server.ts";
import { OLD_NAMES } from "../harness/tool-names.ts";

async function namesOf(client: Awaited<ReturnType<typeof httpClient>>): Promise<string[]> {
  const { result } = await client.request("tools/list");
  return result.tools.map(({ name }: { name: string }) => name);
}

function answerOf(outcome: Awaited<ReturnType<typeof callMcp>>): Record<string, unknown> {
  if ("answer" in outcome) return outcome.answer;
  throw new Error(`refused: ${JSON.stringify(outcome.error)}`);
}

test("no old name is listed by default", async () => {
  await using server = await startServer();
  const client = await httpClient("modern", server.origin);

  const listed = await namesOf(client);
  expect(listed).toContain("task_create");
  expect(toolsAndAliases.filter(({ name, aliasOf }) => aliasOf && listed.includes(name))).toEqual([]);
});

test("--toolsets classic lists every old name, and nothing else", async () => {
  await using server = await startServer({ settings: { toolsets: "classic" } });
  const client = await httpClient("legacy", server.origin);

  expect(await namesOf(client)).toEqual(OLD_NAMES);
});

test("the old names take the old parameters and answer the old fields beside the new", async () => {
  await using server = await startServer({ settings: { open: "true" } });
  const client = await httpClient("modern", server.origin);

  const first = answerOf(
    await callMcp(client, "create_task", {
      title: "Old way",
      description: "As it was",
      priority: "high",
      tags: ["legacy"],
      execution_environment: "node",
      code_language: "python",
    }),
  );
  const id = String(first["task_id"]);
  const second = answerOf(await callMcp(client, "create_task", { title: "Follows", dependencies: [id] }));
  const moved = answerOf(await callMcp(client, "update_task_status", { task_id: id, status: "in_progress" }));
  const shown = answerOf(await callMcp(client, "get_task", { task_id: id, include_executions: true }));
  const listed = answerOf(await callMcp(client, "list_tasks", { status: "in_progress", include_metrics: true }));
  const drawn = answerOf(await callMcp(client, "get_task_graph", { format: "mermaid" }));
  const graph = answerOf(await callMcp(client, "get_task_graph", {}));
  const deleted = answerOf(await callMcp(client, "delete_task", { task_id: second["id"] }));

  expect(first).toEqual({ id, task_id: id, title: "Old way", status: "pending", revision: 1 });
  expect(moved).toMatchObject({ task_id: id, status: "active", revision: 2 });
  expect(shown).toMatchObject({
    id,
    task_id: id,
    description: "As it was",
    priority: 3,
    tags: ["legacy"],
    dependencies: [],
    execution_environment: "node",
    code_language: "python",
  });
  expect(listed).toMatchObject({ tasks: [{ id }], total: 1 });
  expect(drawn["graph"]).toStartWith("flowchart TD\n");
  expect(graph).toMatchObject({ nodes: [{ id }, {}], links: [{ task_id: second["id"], needs_id: id }] });
  expect(deleted).toMatchObject({ task_id: second["id"] });
});

test("an old name says what it takes, in its own words, when it is called wrongly", async () => {
  await using server = await startServer();
  const client = await httpClient("modern", server.origin);

  const outcome = await callMcp(client, "get_task", { id: "task_000000000000" });

  expect(outcome).toMatchObject({
    error: { code: "invalid_input", message: expect.stringContaining("cannot call get_task: id: no such input") },
  });
});

test("what the new tool refuses is refused by the same code under the old name", async () => {
  await using server = await startServer();
  const client = await httpClient("modern", server.origin);

  const badId = await callMcp(client, "get_task", { task_id: "42" });
  const unknown = await callMcp(client, "get_task", { task_id: "task_ffffffffffff" });

  expect(badId).toMatchObject({ error: { code: "invalid_input", hint: expect.stringContaining("task_id") } });
  expect(unknown).toMatchObject({ error: { code: "not_found" } });
});

test("old names work over stdio, where the clients that know them live", async () => {
  await using server = await startServer();
  await using client = await stdioClient("legacy", {
    cwd: server.workspace,
    env: { CADRE_HOME: server.home, CADRE_TOOLSETS: "task" },
  });

  const created = answerOf(await callMcp(client, "create_task", { title: "Unlisted" }));

  expect(created).toMatchObject({ task_id: created["id"], title: "Unlisted" });
});

test("the old names of what runs code take the old parameters, in the old units", async () => {
  await using app = await openTestApp();
  const { id: task_id } = await app.call("create_task", { title: "Run it" });

  expect(await app.call("execute_code", { language: "sql", code: "SELECT 1 AS a", task_id })).toMatchObject({
    success: true,
    execution_id: expect.stringMatching(/^execution_/),
    rows: [[1]],
  });
  expect(await app.call("execute_python_code", { code: "print(1)", task_id, sandbox_enabled: false })).toMatchObject({
    output: "1\n",
    isolation: { verified: true },
  });
  expect(
    await app.call("execute_javascript_code", { code: "const a: number = 2; a", typescript: true, task_id }),
  ).toMatchObject({ result: 2 });
  expect(await app.call("execute_bash_command", { command: "sleep 60", timeout: 1, task_id })).toMatchObject({
    status: "timeout",
    success: false,
  });
  expect(await app.call("execute_bash_command", { command: "sleep 60", timeout: 1_000, task_id })).toMatchObject({
    status: "timeout",
  });
  expect(
    await refusalOf(() => app.call("execute_bash_command", { command: "touch x", security_level: "high" })),
  ).toMatchObject({ code: "forbidden" });

  const history = await app.call("get_execution_history", { task_id });
  expect((history["history"] as { status: string }[]).map(({ status }) => status)).toEqual([
    "timeout",
    "timeout",
    "completed",
    "completed",
    "completed",
  ]);
  expect(await app.call("get_execution_history", { status: "failed" })).toMatchObject({
    executions: [{ status: "denied" }],
    history: [{ status: "failed" }],
  });
  expect((await app.call("get_task", { task_id, include_executions: true }))["executions"]).toHaveLength(5);
  expect(await app.call("get_task_graph", { format: "json", include_executions: true })).toMatchObject({
    nodes: [{ executions: 5 }],
  });
});
