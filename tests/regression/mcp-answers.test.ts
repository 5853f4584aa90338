// Whoever asks over MCP is answered: with words that help, never with silence and never with an inner detail.
import { expect, test } from "bun:test";
import { tempFolder } from "../harness/folder.ts";
import { httpClient, stdioClient } from "../harness/mcp.ts";
import { startServer } from "../harness/server.ts";

async function open() {
  const folder = tempFolder();
  const client = await stdioClient("legacy", { env: { CADRE_HOME: folder.path }, cwd: folder.path });
  return {
    client,
    [Symbol.asyncDispose]: async () => {
      await client[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}

test.each([
  ["a _meta that is no object", { params: { name: "task_list", _meta: "-0" } }],
  ["a progress token that is no token", { params: { name: "task_list", _meta: { progressToken: {} } } }],
  ["a field that JSON-RPC does not know", { extra: 1 }],
  ["a result in a request", { result: {} }],
])("a request with %s is refused by its id instead of being dropped", async (_what, more) => {
  await using here = await open();

  await here.client.send({ jsonrpc: "2.0", id: "odd", method: "tools/call", ...more });

  expect((await here.client.answerTo("odd")).error).toMatchObject({ code: -32_600 });
});

test.each([
  ["logging/setLevel", { level: "toString" }],
  ["resources/read", { uri: 5 }],
  ["tools/call", { name: ["task_list"] }],
  ["completion/complete", { ref: "x", argument: null }],
])("%s with params that do not fit is refused in words, with a hint", async (method, params) => {
  await using here = await open();

  const { error } = await here.client.request(method, params);

  expect(error).toMatchObject({ code: -32_602, data: { code: "invalid_input", hint: expect.stringMatching(/\S/) } });
  expect(error?.message).not.toContain('"path"');
});

test("an old name's input that its new tool refuses is the caller's mistake, not ours", async () => {
  await using here = await open();

  const { result } = await here.client.request("tools/call", {
    name: "update_task_status",
    arguments: { task_id: "no id", status: "blocked" },
  });

  expect(JSON.parse(result.content[0].text)).toMatchObject({ error: { code: "invalid_input" } });
});

test("a value that claims a length of its own is refused like every wrong value", async () => {
  await using here = await open();

  const { result } = await here.client.request("tools/call", {
    name: "task_show",
    arguments: { id: { length: { toString: 1 } } },
  });

  expect(JSON.parse(result.content[0].text)).toMatchObject({ error: { code: "invalid_input" } });
});

test("a long address is refused without being repeated", async () => {
  await using here = await open();

  for (const method of ["resources/read", "resources/subscribe"]) {
    const { error } = await here.client.request(method, { uri: `cadre://role/${"x".repeat(1_000_000)}` });
    expect(error?.data).toMatchObject({ code: "not_found" });
    expect(JSON.stringify(error).length).toBeLessThan(2_000);
  }
});

test("what opens a session or a stream over HTTP is kept, and therefore bounded", async () => {
  await using server = await startServer();
  const fat = "x".repeat(70_000);
  await using older = await httpClient("legacy", server.origin);
  await using newer = await httpClient("modern", server.origin);
  const greeting = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: fat, version: "1" } };
  const listening = { notifications: { resourceSubscriptions: [`cadre://role/${fat}`] } };

  const greeted = await older.post({ jsonrpc: "2.0", id: 1, method: "initialize", params: greeting });
  const listened = await newer.post({ jsonrpc: "2.0", id: 1, method: "subscriptions/listen", params: listening });

  expect([greeted.status, listened.status]).toEqual([413, 413]);
});

test("over HTTP a client hears in the log of its own requests, not of other clients'", async () => {
  await using server = await startServer();
  await using curious = await httpClient("legacy", server.origin);
  await using other = await httpClient("legacy", server.origin);
  await curious.request("logging/setLevel", { level: "debug" });
  const stop = new AbortController();
  const stream = await curious.listen(stop.signal);
  const call = (client: typeof other, id: string) =>
    client.post(
      { jsonrpc: "2.0", id: 7, method: "tools/call", params: { name: "task_list", arguments: {} } },
      { "x-request-id": id },
    );

  await (await call(other, "of_the_other")).text();
  await (await call(curious, "of_its_own")).text();

  const heard = () => JSON.stringify(curious.notifications);
  while (!heard().includes("of_its_own")) await new Promise((resolve) => setImmediate(resolve));
  expect(heard()).not.toContain("of_the_other");
  stop.abort();
  await stream.ended;
});
