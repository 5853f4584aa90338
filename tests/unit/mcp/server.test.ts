// What an MCP client sees, in both eras and over both transports.
import { describe, expect, jest, test } from "bun:test";
import { z } from "zod";
import { COMPLETIONS_MAX, PROGRESS_MS, SUBSCRIPTIONS_MAX } from "../../../src/base/limits.ts";
import { startProgress } from "../../../src/mcp/progress.ts";
import { toolsAndAliases } from "../../../src/tools/index.ts";
import { defineTool, type Tool } from "../../../src/tools/tool.ts";
import { until } from "../../harness/condition.ts";
import { callMcp } from "../../harness/faces.ts";
import {
  type Era,
  envelope,
  type HttpClient,
  httpClient,
  LEGACY_VERSION,
  MODERN_VERSION,
  type RpcMessage,
} from "../../harness/mcp.ts";
import { startServer, type TestServer } from "../../harness/server.ts";
import { openStdio } from "../../harness/stdio.ts";

const ERAS = ["legacy", "modern"] as const;
const UNKNOWN = "cadre://task/task_ffffffffffff";

/** A tool that does what its test says. */
function testTool(run: Tool["run"]): Tool {
  return defineTool({
    name: "test_run",
    title: "Test",
    summary: "Does what its test says.",
    effect: "read",
    toolset: "task",
    input: z.object({}),
    output: z.object({ done: z.boolean() }),
    run: run as never,
  });
}

describe.each([...ERAS])("%s era", (era: Era) => {
  test("tools/list is small, portable, and the same object for the same caller", async () => {
    await using server = await startServer();
    const client = await httpClient(era, server.origin);

    const { result } = await client.request("tools/list");

    expect(JSON.stringify(result.tools).length / 4).toBeLessThan(2_500);
    for (const tool of result.tools) {
      expect(tool.name).toMatch(/^[a-z]+_[a-z]+$/);
      expect(tool.annotations).toMatchObject({ openWorldHint: false });
      expect(tool.inputSchema.type).toBe("object");
      for (const key of ["anyOf", "oneOf", "allOf", "$schema"]) expect(tool.inputSchema).not.toHaveProperty(key);
      expect(JSON.stringify(tool.inputSchema)).not.toContain(":true");
    }
  });

  test("annotations follow from what a tool does to the world", async () => {
    await using server = await startServer({ settings: { toolsets: "task,admin" } });
    const client = await httpClient(era, server.origin);

    const { result } = await client.request("tools/list");

    const hints = Object.fromEntries(
      result.tools.map(({ name, annotations }: { name: string; annotations: unknown }) => [name, annotations]),
    );
    expect(hints).toMatchObject({
      task_list: { readOnlyHint: true },
      task_create: { destructiveHint: false },
      task_delete: { destructiveHint: true },
    });
    // What is not said is false.
    expect(hints["task_create"]).not.toHaveProperty("readOnlyHint");
  });

  test("a tool for programs answers structured, too", async () => {
    await using server = await startServer();
    const client = await httpClient(era, server.origin);

    const { result } = await client.request("tools/call", { name: "role_show", arguments: { id: "architect" } });

    expect(result.structuredContent).toEqual(JSON.parse(result.content[0].text));
  });

  test("an unknown tool is the protocol's error, with the right name as its hint", async () => {
    await using server = await startServer();
    const client = await httpClient(era, server.origin);

    const { error } = await client.request("tools/call", { name: "task_lst", arguments: {} });

    expect(error).toMatchObject({
      code: -32_602,
      message: "no tool task_lst. Did you mean task_list?",
      data: { code: "not_found", hint: "Did you mean task_list?" },
    });
  });

  test("resources list the roles, templates name the rest, and both are read by address", async () => {
    await using server = await startServer();
    const client = await httpClient(era, server.origin);
    const { id } = await server.app.tasks.create(server.workspace, { title: "Readable" });

    const list = await client.request("resources/list");
    const templates = await client.request("resources/templates/list");
    const task = await client.request("resources/read", { uri: `cadre://task/${id}` });
    const role = await client.request("resources/read", { uri: "cadre://role/architect" });

    expect(list.result.resources.map(({ uri }: { uri: string }) => uri)).toEqual([
      ...(await server.app.roles.list(server.workspace)).roles.map(({ id: name }) => `cadre://role/${name}`),
      "cadre://types/tools",
    ]);
    expect(templates.result.resourceTemplates).toMatchObject([
      { uriTemplate: "cadre://session/{id}", name: "session" },
      { uriTemplate: "cadre://task/{id}", name: "task" },
      { uriTemplate: "cadre://artifact/{id}", name: "artifact" },
      { uriTemplate: "cadre://draft/{id}", name: "draft" },
      { uriTemplate: "cadre://role/{id}", name: "role" },
      { uriTemplate: "cadre://execution/{id}", name: "execution" },
      { uriTemplate: "cadre://run/{id}", name: "run" },
      { uriTemplate: "cadre://types/{id}", name: "types" },
      { uriTemplate: "orchestrator://{id}", name: "orchestration" },
    ]);
    expect(task.result.contents).toMatchObject([{ uri: `cadre://task/${id}`, mimeType: "application/json" }]);
    expect(JSON.parse(task.result.contents[0].text)).toMatchObject({ id, title: "Readable" });
    expect(JSON.parse(role.result.contents[0].text)).toMatchObject({ id: "architect" });
  });

  test("a resource that there is not is -32602 with a hint", async () => {
    await using server = await startServer();
    const client = await httpClient(era, server.origin);

    const unknown = await client.request("resources/read", { uri: UNKNOWN });
    const foreign = await client.request("resources/read", { uri: "file:///etc/passwd" });

    expect(unknown.error).toMatchObject({
      code: -32_602,
      data: { code: "not_found", hint: expect.any(String), uri: UNKNOWN },
    });
    expect(foreign.error?.message).toBe(
      "no resource file:///etc/passwd. Addresses look like cadre://session/{id} or cadre://task/{id} or cadre://artifact/{id} or cadre://draft/{id} or cadre://role/{id} or cadre://execution/{id} or cadre://run/{id} or cadre://types/{id} or orchestrator://{id}.",
    );
  });

  test("completions give ids and role names that begin with what was typed", async () => {
    await using server = await startServer();
    const client = await httpClient(era, server.origin);
    const made = await Promise.all(
      Array.from({ length: COMPLETIONS_MAX + 1 }, (_, n) =>
        server.app.tasks.create(server.workspace, { title: `Task ${n}` }),
      ),
    );
    const complete = async (uri: string, value: string, name = "id") => {
      const answer = await client.request("completion/complete", {
        ref: { type: "ref/resource", uri },
        argument: { name, value },
      });
      return answer.result.completion;
    };

    expect(await complete("cadre://role/{id}", "d")).toEqual({
      values: ["debugger", "devops", "documenter"],
      hasMore: false,
    });
    expect(await complete("cadre://task/{id}", made[0]?.id ?? "")).toEqual({ values: [made[0]?.id], hasMore: false });
    const all = await complete("cadre://task/{id}", "task_");
    expect([all.values.length, all.hasMore]).toEqual([COMPLETIONS_MAX, true]);
    expect(await complete("cadre://task/{id}", "x", "nothing")).toEqual({ values: [], hasMore: false });
    expect(await complete("cadre://nothing/{id}", "")).toEqual({ values: [], hasMore: false });
  });

  test("prompts: three of them and one for each template, written with what was given", async () => {
    await using server = await startServer();
    const client = await httpClient(era, server.origin);
    const { id } = await server.app.tasks.create(server.workspace, { title: "Look at me", acceptance: ["It works."] });
    const get = (name: string, given: Record<string, string> = {}) =>
      client.request("prompts/get", { name, arguments: given });

    const list = await client.request("prompts/list");
    const plan = await get("plan-project", { goal: "A scraper ``` with fences" });
    const review = await get("review-task", { task: id });
    const template = await get("template-web_app", { product: "a shop" });

    const names = list.result.prompts.map(({ name }: { name: string }) => name);
    const { templates } = await server.app.templates.list(server.workspace);
    expect(names).toEqual([
      "plan-project",
      "continue-work",
      "review-task",
      ...templates.map((one) => `template-${one.id}`),
    ]);
    expect(plan.result.messages[0].content.text).toContain("````goal\nA scraper ``` with fences\n````");
    expect(review.result.messages[0].content.text).toContain("- It works.");
    expect(template.result ?? template.error).toBeDefined();
  });

  test("prompts: what is missing, unknown or no id is refused with a hint", async () => {
    await using server = await startServer();
    const client = await httpClient(era, server.origin);
    const refused = async (name: string, given: Record<string, string> = {}) =>
      (await client.request("prompts/get", { name, arguments: given })).error;

    expect(await refused("plan-projct")).toMatchObject({ code: -32_602, data: { hint: "Did you mean plan-project?" } });
    expect(await refused("plan-project")).toMatchObject({ data: { code: "invalid_input" } });
    expect(await refused("plan-project", { gaol: "x" })).toMatchObject({ data: { hint: "Did you mean goal?" } });
    expect(await refused("review-task", { task: "first" })).toMatchObject({ data: { code: "invalid_input" } });
    expect(await refused("review-task", { task: "task_ffffffffffff" })).toMatchObject({ data: { code: "not_found" } });
  });

  test("completions give a prompt's task ids", async () => {
    await using server = await startServer();
    const client = await httpClient(era, server.origin);
    const { id } = await server.app.tasks.create(server.workspace, { title: "a" });

    const { result } = await client.request("completion/complete", {
      ref: { type: "ref/prompt", name: "review-task" },
      argument: { name: "task", value: "task_" },
    });

    expect(result.completion).toEqual({ values: [id], hasMore: false });
  });

  test("an unknown method is -32601", async () => {
    await using server = await startServer();
    const client = await httpClient(era, server.origin);

    expect((await client.request("no/such/method")).error?.code).toBe(-32_601);
  });

  test("a call whose caller gave a token is told of progress, always growing; without one it is not", async () => {
    const tool = testTool(async (_app, _input, call) => {
      call.progress(1, 3, "first");
      call.progress(1, 3);
      call.progress(3, 3, "last");
      return { done: true };
    });
    await using server = await startServer({ table: [tool] });
    const client = await httpClient(era, server.origin);

    await client.request("tools/call", { name: "test_run", arguments: {} });
    const silent = client.notifications.length;
    await client.request("tools/call", { name: "test_run", arguments: {}, _meta: { progressToken: "p1" } });

    expect(silent).toBe(0);
    expect(client.notifications.map(({ method, params }) => [method, params.progressToken, params.message])).toEqual([
      ["notifications/progress", "p1", "first"],
      ["notifications/progress", "p1", undefined],
      ["notifications/progress", "p1", "last"],
    ]);
    const steps = client.notifications.map(({ params }) => params.progress);
    expect(steps).toEqual(steps.toSorted((a, b) => a - b));
    expect(new Set(steps).size).toBe(3);
  });
});

test("initialize says who serves, what it can, and how to work with it", async () => {
  await using stdio = await openStdio({ era: "legacy" });
  const { io } = stdio;

  const [{ result }] = io.messages();

  expect(result).toMatchObject({
    protocolVersion: LEGACY_VERSION,
    serverInfo: { name: "cadre", title: "cadre", version: "0.0.0-test" },
    capabilities: { tools: {}, resources: { subscribe: true }, completions: {}, logging: {}, prompts: {} },
  });
  expect(result.instructions.length).toBeLessThanOrEqual(2_000);
  expect(result.instructions).toContain("session_start");
});

test("server/discover says the same in the newer era", async () => {
  await using server = await startServer();
  const client = await httpClient("modern", server.origin);

  const { result } = await client.request("server/discover");

  expect(result).toMatchObject({
    resultType: "complete",
    supportedVersions: [MODERN_VERSION],
    capabilities: { tools: {}, resources: { subscribe: true } },
  });
  expect(result.instructions.length).toBeLessThanOrEqual(2_000);
});

test("in the newer era lists may be kept, and say for how long", async () => {
  await using server = await startServer();
  const client = await httpClient("modern", server.origin);

  for (const method of ["tools/list", "prompts/list", "resources/templates/list", "resources/list"]) {
    const { result } = await client.request(method);
    expect([method, result.resultType, typeof result.ttlMs, result.cacheScope]).toEqual([
      method,
      "complete",
      "number",
      expect.stringMatching(/^(public|private)$/),
    ]);
  }
});

test("both eras are served at one address at the same time", async () => {
  await using server = await startServer();
  const [legacy, modern] = [await httpClient("legacy", server.origin), await httpClient("modern", server.origin)];

  const created = await callMcp(legacy, "task_create", { title: "Made in the older era" });
  const listed = await callMcp(modern, "task_list");

  expect(created).toMatchObject({ answer: { title: "Made in the older era" } });
  expect(listed).toMatchObject({ answer: { tasks: [{ title: "Made in the older era" }] } });
});

test("headers that contradict the body are refused in the newer era", async () => {
  await using server = await startServer();
  const client = await httpClient("modern", server.origin);
  const message = {
    jsonrpc: "2.0",
    id: 1,
    method: "tools/call",
    params: { name: "task_list", arguments: {}, _meta: envelope() },
  };

  const method = await client.post(message, { "mcp-method": "tools/list", "mcp-name": "task_list" });
  const name = await client.post(message, { "mcp-method": "tools/call", "mcp-name": "task_delete" });
  const missing = await client.post(message, {});

  for (const response of [method, name, missing]) {
    expect([response.status, ((await response.json()) as RpcMessage).error?.code]).toEqual([400, -32_020]);
  }
});

test("while a call is at work without a word, its caller gets a sign of life", () => {
  const sent: { params: { progress: number } }[] = [];
  jest.useFakeTimers();
  try {
    const context = {
      mcpReq: {
        _meta: { progressToken: 7 },
        notify: async (notification: (typeof sent)[number]) => {
          sent.push(notification);
        },
      },
    };
    const progress = startProgress(context as never);
    jest.advanceTimersByTime(PROGRESS_MS);
    progress.report(5, 10);
    jest.advanceTimersByTime(2 * PROGRESS_MS);
    progress.stop();
    jest.advanceTimersByTime(10 * PROGRESS_MS);
    progress.report(9);
  } finally {
    jest.useRealTimers();
  }

  const steps = sent.map(({ params }) => params.progress);
  expect(steps).toHaveLength(4);
  expect(steps[1]).toBe(5);
  expect(steps).toEqual(steps.toSorted((a, b) => a - b));
  expect(new Set(steps).size).toBe(4);
});

test("older era: logging/setLevel gets the log from that level on; whoever did not ask gets nothing", async () => {
  await using stdio = await openStdio({ era: "legacy" });
  const { io, cadre } = stdio;
  cadre.log.error("before anybody asked");
  io.type('{"jsonrpc":"2.0","id":1,"method":"logging/setLevel","params":{"level":"warning"}}\n');
  await io.have(2);

  cadre.log.info("too low");
  cadre.log.warn("heard", { secret_token: "cadre_0123", count: 1 });

  const messages = (await io.have(3)).slice(1);
  expect(messages).toEqual([
    { jsonrpc: "2.0", id: 1, result: {} },
    {
      jsonrpc: "2.0",
      method: "notifications/message",
      params: { level: "warning", logger: "cadre", data: { event: "heard", secret_token: "[hidden]", count: 1 } },
    },
  ]);
});

test("newer era: a request says which lines it wants, and gets those about itself only", async () => {
  const other = testTool(async () => ({ done: true }));
  await using server = await startServer({ table: [...toolsAndAliases, other] });
  const client = await httpClient("modern", server.origin);

  await client.request("tools/call", { name: "task_list", arguments: {} });
  const unasked = client.notifications.length;
  await client.request("tools/call", {
    name: "task_list",
    arguments: {},
    _meta: { "io.modelcontextprotocol/logLevel": "debug" },
  });

  expect(unasked).toBe(0);
  expect(client.notifications).toMatchObject([
    {
      method: "notifications/message",
      params: { level: "debug", logger: "cadre", data: { event: "tool called", tool: "task_list", outcome: "ok" } },
    },
  ]);
});

async function changed(server: TestServer, id: string): Promise<void> {
  await server.app.tasks.update(id, { description: `${Math.random()}` });
}

async function twoTasks(server: TestServer): Promise<[string, string]> {
  const one = await server.app.tasks.create(server.workspace, { title: "One" });
  const two = await server.app.tasks.create(server.workspace, { title: "Two" });
  return [one.id, two.id];
}

const uris = ({ notifications }: HttpClient) =>
  notifications.filter(({ method }) => method === "notifications/resources/updated").map(({ params }) => params.uri);

test("older era over HTTP: resources/subscribe tells of that resource's changes until unsubscribe", async () => {
  await using server = await startServer();
  const [one, two] = await twoTasks(server);
  const client = await httpClient("legacy", server.origin);
  const stop = new AbortController();
  await client.listen(stop.signal);
  await client.request("resources/subscribe", { uri: `cadre://task/${one}` });
  await until(() => server.app.feed.followers === 1, "the log is followed");

  await changed(server, two);
  await changed(server, one);
  await until(() => uris(client).length === 1, "the change is told");
  await client.request("resources/unsubscribe", { uri: `cadre://task/${one}` });
  await changed(server, one);
  await until(() => server.app.feed.followers === 0, "the log is followed no longer");
  stop.abort();

  expect(uris(client)).toEqual([`cadre://task/${one}`]);
});

test("newer era over HTTP: subscriptions/listen tells of the resources that it named, and stops with its stream", async () => {
  await using server = await startServer();
  const [one, two] = await twoTasks(server);
  const client = await httpClient("modern", server.origin);
  const stop = new AbortController();
  const params = { notifications: { resourceSubscriptions: [`cadre://task/${one}`] }, _meta: envelope() };
  const heard: RpcMessage[] = [];
  const reading = client
    .stream({ jsonrpc: "2.0", id: 9, method: "subscriptions/listen", params }, stop.signal, (one) => heard.push(one))
    .catch(() => {});
  await until(() => heard.length === 1 && server.app.feed.followers === 1, "the stream is open");

  await changed(server, two);
  await changed(server, one);
  await until(() => heard.length === 2, "the change is told");
  stop.abort();
  await reading;

  expect(heard).toMatchObject([
    { method: "notifications/subscriptions/acknowledged", params: { notifications: params.notifications } },
    {
      method: "notifications/resources/updated",
      params: { uri: `cadre://task/${one}`, _meta: { "io.modelcontextprotocol/subscriptionId": 9 } },
    },
  ]);
  await until(() => server.app.feed.followers === 0, "the log is followed no longer");
});

for (const era of ERAS) {
  test(`${era} era over stdio: a client hears of the resources that it follows, from another process too`, async () => {
    const { io, cadre, workspace, served } = await openStdio({ era });
    const app = await cadre.open();
    const { id } = await app.tasks.create(workspace, { title: "Followed" });
    const uri = `cadre://task/${id}`;
    const before = io.messages().length;
    const params = era === "legacy" ? { uri } : { notifications: { resourceSubscriptions: [uri] }, _meta: envelope() };
    const method = era === "legacy" ? "resources/subscribe" : "subscriptions/listen";
    io.type(`${JSON.stringify({ jsonrpc: "2.0", id: 5, method, params })}\n`);
    await io.have(before + 1);
    await until(() => app.feed.followers === 1, "the log is followed");

    await app.tasks.update(id, { status: "active" });

    const told = (await io.have(before + 2)).at(-1);
    expect([told.method, told.params.uri]).toEqual(["notifications/resources/updated", uri]);
    io.endInput();
    await served;
  });
}

test("one connection may follow many resources, but not endlessly many", async () => {
  await using stdio = await openStdio({ era: "legacy" });
  const { io } = stdio;
  const subscribe = (id: number, n: number) => {
    const uri = `cadre://task/task_${n.toString(16).padStart(12, "0")}`;
    io.type(`${JSON.stringify({ jsonrpc: "2.0", id, method: "resources/subscribe", params: { uri } })}\n`);
  };
  for (let n = 0; n <= SUBSCRIPTIONS_MAX; n++) subscribe(n, n);
  subscribe(9_999, 0);

  const answers = (await io.have(SUBSCRIPTIONS_MAX + 3)).slice(1);

  const refused = answers.filter(({ error }) => error);
  expect(refused).toMatchObject([
    { id: SUBSCRIPTIONS_MAX, error: { data: { code: "rate_limited", hint: "Unsubscribe from some first." } } },
  ]);
});

test("what nobody foresaw is told without its text; the log has it", async () => {
  const tool = testTool(async () => {
    throw new Error("at /home/user/secret.ts:1:1");
  });
  await using server = await startServer({ table: [tool] });
  const client = await httpClient("modern", server.origin);

  const { result } = await client.request("tools/call", { name: "test_run", arguments: {} });

  expect(result.isError).toBe(true);
  expect(result.content[0].text).not.toContain("secret");
  expect(JSON.stringify(server.logged)).toContain("secret.ts:1:1");
});
