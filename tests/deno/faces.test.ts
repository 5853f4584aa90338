// The same answers on Deno as on Bun: one short way through each face. Everything else is shown on Bun.
import { deepStrictEqual as deepEqual, strictEqual as equal, match } from "node:assert";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { walk } from "../acceptance/five-steps.ts";
import { tempFolder } from "../harness/folder.ts";
import { DenoProgram } from "./program.ts";

const GREETING = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "deno-test", version: "1" } };

// biome-ignore lint/suspicious/noExplicitAny: answers of a program under test are looked into at any depth.
const json = async (response: Response): Promise<any> => response.json();

test("MCP over stdio on Deno greets, lists, calls, and leaves at the end of stdin", async () => {
  using folder = tempFolder();
  await using program = new DenoProgram([], { CADRE_HOME: folder.path, CADRE_WORKSPACE: folder.path });

  const { result: greeting } = await program.ask(1, "initialize", GREETING);
  program.write({ jsonrpc: "2.0", method: "notifications/initialized" });
  const { result: list } = await program.ask(2, "tools/list");
  const { result: made } = await program.ask(3, "tools/call", {
    name: "task_create",
    arguments: { title: "on Deno 🦕" },
  });
  const { result: page } = await program.ask(4, "tools/call", { name: "task_list", arguments: {} });
  program.end();

  equal(greeting.serverInfo.name, "cadre");
  equal(
    list.tools.some((tool: { name: string }) => tool.name === "task_create"),
    true,
  );
  const task = JSON.parse(made.content[0].text);
  deepEqual(JSON.parse(page.content[0].text), {
    tasks: [{ id: task.id, title: "on Deno 🦕", status: "pending" }],
    counts: { pending: 1 },
  });
  equal(await program.exited, 0);
});

test("the five steps of the earlier orchestrator run on Deno, with the results readable in the project", async () => {
  using folder = tempFolder();
  await using program = new DenoProgram([], { CADRE_HOME: `${folder.path}/home`, CADRE_WORKSPACE: folder.path });
  await program.ask(0, "initialize", GREETING);
  program.write({ jsonrpc: "2.0", method: "notifications/initialized" });
  let calls = 0;

  const walked = await walk(async (name, input) => {
    calls += 1;
    const { result } = await program.ask(calls, "tools/call", { name, arguments: input });
    equal(result.isError ?? false, false, `${name}: ${result.content[0].text}`);
    return JSON.parse(result.content[0].text);
  });

  equal(walked.synthesis["status"], "complete");
  for (const id of walked.ids) {
    const mirrored = await readFile(`${folder.path}/.cadre/artifacts/${id}/mirrored/src/${id}.py`, "utf8");
    match(mirrored, new RegExp(`All about ${id}`));
  }
});

test("HTTP on Deno serves REST, MCP, events and health, and stops when it is told to", async () => {
  using folder = tempFolder();
  const env = { CADRE_HOME: folder.path, CADRE_WORKSPACE: folder.path };
  await using program = new DenoProgram(["--http", "0"], env);
  const origin = await program.until(
    () => /(http:\/\/127\.0\.0\.1:\d+)\/mcp/.exec(program.stdout + program.stderr)?.[1],
  );
  const headers = { "content-type": "application/json", accept: "application/json, text/event-stream" };
  const post = (path: string, body: object) =>
    fetch(`${origin}${path}`, { method: "POST", headers, body: JSON.stringify(body) });

  const made = await json(await post("/v1/task/create", { title: "over HTTP" }));
  const shown = await json(await fetch(`${origin}/v1/task/show?id=${made.id}`));
  const mcp = await (await post("/mcp", { jsonrpc: "2.0", id: 1, method: "initialize", params: GREETING })).text();
  const health = await json(await fetch(`${origin}/health`));
  const stream = await fetch(`${origin}/v1/events`, { headers: { "last-event-id": "0" } });
  const reader = stream.body?.getReader();
  let events = "";
  while (!events.includes("task.created")) {
    const chunk = await reader?.read();
    events += new TextDecoder().decode(chunk?.value);
  }
  await reader?.cancel();
  program.stop();

  equal(shown["title"], "over HTTP");
  match(mcp, /"name":"cadre"/);
  equal(health["status"], "ok");
  match(events, new RegExp(made["id"] ?? "no id"));
  equal(await program.exited, 0);
});

test("the command line on Deno answers the same object", async () => {
  using folder = tempFolder();
  const env = { CADRE_HOME: folder.path, CADRE_WORKSPACE: folder.path };
  await using made = new DenoProgram(["task", "create", "from a terminal", "--json"], env);
  const exit = await made.exited;
  await using listed = new DenoProgram(["task", "list", "--json"], env);
  await listed.exited;
  await using refused = new DenoProgram(["task", "shw"], env);

  equal(exit, 0);
  equal(JSON.parse(listed.stdout).tasks[0].id, JSON.parse(made.stdout).id);
  equal(await refused.exited, 2);
});
