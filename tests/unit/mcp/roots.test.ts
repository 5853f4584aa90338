// The folders that a client of the older era works in: it is asked for them, and may answer anything, or nothing.
import { expect, test } from "bun:test";
import { join } from "node:path";
import { ROOTS_MAX, ROOTS_MS_MAX } from "../../../src/base/limits.ts";
import { rootAmong } from "../../../src/mcp/roots.ts";
import { toolsAndAliases } from "../../../src/tools/index.ts";
import { callerTool } from "../../harness/caller-tool.ts";
import { runCli } from "../../harness/cli.ts";
import { until } from "../../harness/condition.ts";
import { tempFolder } from "../../harness/folder.ts";
import { envelope, httpClient, type RpcMessage, stdioClient } from "../../harness/mcp.ts";
import { startServer } from "../../harness/server.ts";
import { openStdio } from "../../harness/stdio.ts";

const HAS_ROOTS = { capabilities: { roots: { listChanged: true } } };
const CALL = { name: "caller_show", arguments: {} };

type Options = NonNullable<Parameters<typeof openStdio>[0]>;

/** A client of the older era that has roots, and answers when its test says so. */
async function rootsClient(options: Options = {}) {
  const stdio = await openStdio({ table: [callerTool], era: "legacy", greeting: HAS_ROOTS, ...options });
  const { io } = stdio;
  const send = (message: object) => io.type(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
  const asked = (): RpcMessage[] => io.messages().filter(({ method }: RpcMessage) => method === "roots/list");
  let calls = 0;
  return {
    ...stdio,
    send,
    asked,
    /** Sends a call; `answer` waits for what comes of it. */
    call: (params: object = CALL, method = "tools/call") => {
      const id = `call ${++calls}`;
      send({ id, method, params });
      const find = () => io.messages().find((message: RpcMessage) => message.id === id);
      return {
        answer: async (): Promise<RpcMessage> => {
          await until(() => find() !== undefined, `an answer to ${id}`);
          return find();
        },
        place: async () => {
          await until(() => find() !== undefined, `an answer to ${id}`);
          const { workspace, workspace_from } = JSON.parse(find().result.content[0].text);
          return [workspace, workspace_from];
        },
      };
    },
    /** Waits until it was asked so many times, and answers the last one. */
    tell: async (times: number, uris: readonly unknown[]) => {
      await until(() => asked().length === times, `it was asked ${times} times`);
      send({ id: asked().at(-1)?.id, result: { roots: uris.map((uri) => ({ uri })) } });
    },
    changed: () => send({ method: "notifications/roots/list_changed" }),
    leave: async () => {
      io.endInput();
      await stdio.served;
    },
  };
}

test("a client is asked for its roots once, by the first call that needs to know", async () => {
  const client = await rootsClient();
  await client.call({}, "tools/list").answer();
  const before = client.asked().length;

  const first = client.call();
  await client.tell(1, ["file:///srv/app"]);
  const places = [await first.place(), await client.call().place(), await client.call().place()];

  expect(before).toBe(0);
  expect(places).toEqual([
    ["/srv/app", "roots"],
    ["/srv/app", "roots"],
    ["/srv/app", "roots"],
  ]);
  expect(client.asked()).toHaveLength(1);
  await client.leave();
});

test("calls that come at once wait for one question, and are answered in order", async () => {
  const client = await rootsClient();
  const calls = Array.from({ length: 20 }, () => client.call());

  await client.tell(1, ["file:///srv/app"]);

  expect(await Promise.all(calls.map((call) => call.place()))).toEqual(calls.map(() => ["/srv/app", "roots"]));
  const ids = client.io.messages().map(({ id }) => String(id));
  expect(ids.filter((id) => id.startsWith("call"))).toEqual(calls.map((_, n) => `call ${n + 1}`));
  expect(client.asked()).toHaveLength(1);
  await client.leave();
});

test("completions wait for the roots, too", async () => {
  using folder = tempFolder();
  const options = { table: toolsAndAliases, settings: { home: join(folder.path, "home") } };
  const maker = await rootsClient(options);
  const made = maker.call({ name: "task_create", arguments: { title: "In the root" } });
  await maker.tell(1, ["file:///srv/app"]);
  const { id } = JSON.parse((await made.answer()).result.content[0].text);
  await maker.leave();
  const client = await rootsClient(options);

  const params = { ref: { type: "ref/resource", uri: "cadre://task/{id}" }, argument: { name: "id", value: "task_" } };
  const completion = client.call(params, "completion/complete");
  await client.tell(1, ["file:///srv/app"]);

  expect((await completion.answer()).result.completion.values).toEqual([id]);
  await client.leave();
});

test("a client that says that its roots have changed is asked again by the next call", async () => {
  const client = await rootsClient();
  const first = client.call();
  await client.tell(1, ["file:///srv/one"]);
  await first.place();

  client.changed();
  const second = client.call();
  await client.tell(2, ["file:///srv/two"]);

  expect([await first.place(), await second.place()]).toEqual([
    ["/srv/one", "roots"],
    ["/srv/two", "roots"],
  ]);
  await client.leave();
});

test("roots that change while they are asked for serve the calls that waited; the next one asks anew", async () => {
  const client = await rootsClient();
  const first = client.call();
  await until(() => client.asked().length === 1, "it was asked");
  client.changed();
  client.send({ id: client.asked()[0]?.id, result: { roots: [{ uri: "file:///srv/one" }] } });
  const before = await first.place();

  const second = client.call();
  await client.tell(2, ["file:///srv/two"]);

  expect([before, await second.place(), await client.call().place()]).toEqual([
    ["/srv/one", "roots"],
    ["/srv/two", "roots"],
    ["/srv/two", "roots"],
  ]);
  await client.leave();
});

test("a client that does not answer holds no call up for long, and is not asked again before it speaks of roots", async () => {
  const client = await rootsClient({ isFake: true });
  const first = client.call();
  await until(() => client.asked().length === 1 && client.clock.sleepers > 0, "it was asked");

  client.clock.advance(ROOTS_MS_MAX);
  const places = [await first.place(), await client.call().place()];
  const asked = client.asked().length;
  client.changed();
  const last = client.call();
  await client.tell(2, ["file:///srv/app"]);

  expect(places).toEqual([
    [client.workspace, "cwd"],
    [client.workspace, "cwd"],
  ]);
  expect(asked).toBe(1);
  expect(await last.place()).toEqual(["/srv/app", "roots"]);
  await client.leave();
});

test.each<[string, (id: unknown) => object]>([
  ["an error", (id) => ({ id, error: { code: -32_603, message: "not now" } })],
  ["no list", (id) => ({ id, result: { roots: "file:///srv/app" } })],
  ["nothing", (id) => ({ id, result: {} })],
  ["no root", (id) => ({ id, result: { roots: [] } })],
  [
    "roots that are no folders",
    (id) => ({ id, result: { roots: [{ uri: "https://a.example/" }, { uri: 5 }, "x", null] } }),
  ],
])("a client that answers with %s is taken to work where it has started cadre", async (_what, answer) => {
  const client = await rootsClient();
  const call = client.call();
  await until(() => client.asked().length === 1, "it was asked");

  client.send(answer(client.asked()[0]?.id));

  expect([await call.place(), await client.call().place()]).toEqual([
    [client.workspace, "cwd"],
    [client.workspace, "cwd"],
  ]);
  expect(client.asked()).toHaveLength(1);
  await client.leave();
});

test("a client without roots is not asked, and neither is one whose project was named", async () => {
  const without = await rootsClient({ greeting: {} });
  const named = await rootsClient({ settings: { workspace: "/named" } });

  expect([await without.call().place(), await named.call().place()]).toEqual([
    [without.workspace, "cwd"],
    ["/named", "flag"],
  ]);
  expect([...without.asked(), ...named.asked()]).toEqual([]);
  await Promise.all([without.leave(), named.leave()]);
});

test("a client of the newer era is not asked: there servers ask nothing", async () => {
  const client = await rootsClient({ era: "modern" });
  const capabilities = { "io.modelcontextprotocol/clientCapabilities": HAS_ROOTS.capabilities };

  expect(await client.call({ ...CALL, _meta: envelope(capabilities) }).place()).toEqual([client.workspace, "cwd"]);
  expect(client.asked()).toEqual([]);
  await client.leave();
});

test("a real process asks its client, and works in its root", async () => {
  using folder = tempFolder();
  const env = { CADRE_HOME: folder.path };
  await using client = await stdioClient("legacy", { env, cwd: folder.path, greeting: HAS_ROOTS });
  const made = client.request("tools/call", { name: "task_create", arguments: { title: "In the root" } });
  const asked = () => client.notifications.find(({ method }) => method === "roots/list");
  await until(() => asked() !== undefined, "it was asked");

  await client.send({
    jsonrpc: "2.0",
    id: asked()?.id,
    result: { roots: [{ uri: "file:///srv/my%20app", name: "app" }] },
  });
  await made;

  const { stdout } = await runCli(["workspace", "list", "--json"], { env });
  expect(JSON.parse(stdout).workspaces).toMatchObject([{ path: "/srv/my app" }]);
});

test("over HTTP a session's client is asked on the stream of the call that waits, and once", async () => {
  await using server = await startServer({ table: [callerTool] });
  const client = await httpClient("legacy", server.origin, { greeting: HAS_ROOTS });
  const received: RpcMessage[] = [];
  const answers: Promise<Response>[] = [];
  const message = { jsonrpc: "2.0", id: "call", method: "tools/call", params: CALL };

  await client.stream(message, new AbortController().signal, (one) => {
    received.push(one);
    const result = { roots: [{ uri: "file:///srv/app" }] };
    if (one.method === "roots/list") answers.push(client.post({ jsonrpc: "2.0", id: one.id, result }));
  });
  const again = await client.request("tools/call", CALL);

  const text = [received.at(-1), again].map((answer) => JSON.parse(answer?.result.content[0].text));
  expect(text).toMatchObject([
    { workspace: "/srv/app", workspace_from: "roots" },
    { workspace: "/srv/app", workspace_from: "roots" },
  ]);
  expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([202]);
  expect(client.notifications).toEqual([]);
});

test("over HTTP a client that names its project is not asked", async () => {
  await using server = await startServer({ table: [callerTool] });
  const headers = { "x-cadre-workspace": "/named" };
  const client = await httpClient("legacy", server.origin, { greeting: HAS_ROOTS, headers });

  const { result } = await client.request("tools/call", CALL);

  expect(JSON.parse(result.content[0].text)).toMatchObject({ workspace: "/named", workspace_from: "header" });
  expect(client.notifications).toEqual([]);
});

const uris = (...all: string[]) => all.map((uri) => ({ uri }));

test.each<[string, readonly unknown[], string | undefined, string | undefined]>([
  ["the only one", uris("file:///a"), "/elsewhere", "/a"],
  ["the first, when none is around the process", uris("file:///a", "file:///b"), "/elsewhere", "/a"],
  ["the first, when nobody knows where the process is", uris("file:///a", "file:///b"), undefined, "/a"],
  ["the one around the process", uris("file:///a", "file:///b"), "/b/src", "/b"],
  ["the one that the process was started in", uris("file:///a", "file:///b/"), "/b", "/b/"],
  ["the nearest of several around it", uris("file:///", "file:///b", "file:///b/c"), "/b/c/d", "/b/c"],
  ["none whose name merely begins alike", uris("file:///a", "file:///b"), "/bb", "/a"],
  ["a drive, however it is written", uris("file:///a", "file:///c%3A/Work"), "C:\\work\\src", "c:/Work"],
  ["the first that is a folder", [null, { uri: 1 }, {}, ...uris("http://a/b", "file:///a")], undefined, "/a"],
  ["nothing, when there is none", [], "/a", undefined],
  ["nothing that is too long", uris(`file:///${"x".repeat(5_000)}`), undefined, undefined],
  [
    "only the first ones of very many",
    uris(...Array.from({ length: ROOTS_MAX }, (_, n) => `file:///r${n}`), "file:///here"),
    "/here",
    "/r0",
  ],
])("rootAmong() takes %s", (_what, roots, cwd, expected) => {
  expect(rootAmong(roots, cwd)).toBe(expected);
});
