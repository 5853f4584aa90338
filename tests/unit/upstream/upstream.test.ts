import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../../src/base/clock.ts";
import { serversFile } from "../../../src/upstream/servers-file.ts";
import { Upstream } from "../../../src/upstream/upstream.ts";
import { agentHouse } from "../../harness/agents.ts";
import { refusalOf } from "../../harness/errors.ts";
import { tempFolder } from "../../harness/folder.ts";
import { SELF } from "../../harness/self.ts";
import { startServer } from "../../harness/server.ts";

const never = new AbortController().signal;
/** Nobody waits in a test. */
const soon = {
  ...systemClock,
  after: (ms: number, work: () => void) => systemClock.after(ms > 1_000 ? 200 : ms, work),
};

function upstreamOf(servers: object, clock = systemClock) {
  const folder = tempFolder();
  const path = join(folder.path, "tool-servers.yaml");
  writeFileSync(path, JSON.stringify({ servers }), { mode: 0o600 });
  const it = new Upstream(serversFile(path), clock, tmpdir());
  const close = async () => {
    await it.close();
    folder[Symbol.dispose]();
  };
  return Object.assign(it, { [Symbol.asyncDispose]: close });
}

const own = (home: string) => ({
  command: [...SELF],
  env: { CADRE_HOME: home },
  tools: ["role_*", "task_list"],
});

test("tools of a server on stdio are listed as far as they are allowed, and called", async () => {
  using folder = tempFolder();
  await using upstream = upstreamOf({ me: own(folder.path) });

  const tools = await upstream.tools("me");
  const answer = await upstream.call("me.task_list", {}, never);

  expect(tools.map(({ name, reads }) => [name, reads])).toEqual([["me.task_list", true]]);
  expect(JSON.parse(answer)).toMatchObject({ tasks: [] });
  expect((await refusalOf(() => upstream.call("me.task_create", { title: "x" }, never))).message).toContain(
    "no tool me.task_create",
  );
});

test("a server over HTTP is another one to the caller alone", async () => {
  await using server = await startServer();
  await using upstream = upstreamOf({ web: { url: `${server.origin}/mcp` } });

  const answer = await upstream.call("web.task_create", { title: "From afar" }, never);

  expect(JSON.parse(answer)).toMatchObject({ title: "From afar" });
  const refused = await refusalOf(() => upstream.call("web.task_show", { id: "task_ffffffffffff" }, never));
  expect({ code: refused.code as string, says: refused.message }).toEqual({
    code: "failed",
    says: expect.stringContaining("web.task_show failed"),
  });
});

test.each([
  ["not there", { command: ["/nowhere/at-all"] }, "unavailable"],
  ["gone at once", { command: ["true"] }, "unavailable"],
  ["silent", { command: ["sleep", "60"] }, "unavailable"],
  ["no server", { url: "http://127.0.0.1:9/mcp" }, "unavailable"],
])("a server that is %s is a failure that is told, soon", async (_what, settings, code) => {
  await using upstream = upstreamOf({ it: settings }, soon);

  expect((await refusalOf(() => upstream.call("it.x", {}, never))).code as string).toBe(code);
});

test("a name that is none is told with what was meant, and a file that is wrong with its place", async () => {
  await using upstream = upstreamOf({ github: { command: ["true"] } });
  await using broken = upstreamOf({ both: { command: ["x"], url: "http://x/" } });

  expect((await refusalOf(() => upstream.tool("githb.x"))).hint).toContain("github");
  expect((await refusalOf(() => broken.servers())).message).toContain("either command or url");
});

test("an agent uses a tool of another server by its name", async () => {
  using folder = tempFolder();
  await using house = await agentHouse();
  writeFileSync(house.app.toolServersFile, JSON.stringify({ servers: { me: own(folder.path) } }), { mode: 0o600 });
  const { mock } = house.models;
  mock.on({ userMessage: /tasks/, hasToolResult: false }, { toolCalls: [{ name: "me__task_list", arguments: "{}" }] });
  mock.on({ userMessage: /tasks/, hasToolResult: true }, { content: "None." });

  const ended = await house.run("  - id: a\n    agent: { prompt: Which tasks are there, tools: [me.task_list] }\n");
  const direct = await house.run("  - id: a\n    tool: { name: me.task_list }\n");

  expect(ended["output"]).toMatchObject({ text: "None." });
  const used = (ended["steps"] as { kind: string; output: { text: string } }[]).find(({ kind }) => kind === "use");
  expect(used?.output.text).toStartWith('<untrusted source="me.task_list">');
  expect(JSON.parse((direct["output"] as { text: string }).text)).toMatchObject({ tasks: [] });
});
