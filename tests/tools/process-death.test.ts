// What a process holds it holds as long as it lives: with real processes on one database file, reached in two ways.
import { expect, test } from "bun:test";
import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { until } from "../harness/condition.ts";
import { callMcp, type Outcome } from "../harness/faces.ts";
import { tempFolder } from "../harness/folder.ts";
import { type StdioClient, stdioClient } from "../harness/mcp.ts";

/** Two clients with data folders of their own; the second one reaches the first one's database through a link. */
async function twoClients() {
  const folder = tempFolder();
  const at = (name: string) => join(folder.path, name);
  mkdirSync(at("first"));
  symlinkSync(at("first"), at("link"));
  const client = (name: string, db: string) =>
    stdioClient("legacy", {
      cwd: folder.path,
      env: { CADRE_HOME: at(name), CADRE_DB: at(db) },
      greeting: { clientInfo: { name, version: "1" } },
    });
  const disposables = new AsyncDisposableStack();
  disposables.defer(() => folder[Symbol.dispose]());
  const first = disposables.use(await client("first", "first/cadre.db"));
  const second = disposables.use(await client("second", "link/cadre.db"));
  return { first, second, at, [Symbol.asyncDispose]: () => disposables.disposeAsync() };
}

async function startedTask(client: StdioClient): Promise<string> {
  const made = await callMcp(client, "task_create", { title: "Held" });
  const { id } = ("answer" in made ? made.answer : {}) as { id: string };
  await callMcp(client, "task_start", { id });
  return id;
}

const refusalBy = (label: string): Outcome =>
  ({ error: { code: "conflict", message: expect.stringContaining(`${label} holds it`) } }) as unknown as Outcome;

test("a task is free as soon as the process that holds it was killed, and not while it merely stands still", async () => {
  await using clients = await twoClients();
  const { first, second } = clients;
  const id = await startedTask(first);
  const start = () => callMcp(second, "task_start", { id });
  process.kill(first.process.pid, "SIGSTOP");
  const held = await start();

  first.process.signal("SIGKILL");
  await first.process.exited;

  expect(held).toMatchObject(refusalBy("first 1"));
  expect(await start()).toMatchObject({ answer: { id, taken_from: "first 1", attempt: 2 } });
});

test("a task is free as soon as the process that holds it has left", async () => {
  await using clients = await twoClients();
  const { first, second } = clients;
  const id = await startedTask(first);
  const held = await callMcp(second, "task_start", { id });

  await first.process.endInput();
  await first.process.exited;

  expect(held).toMatchObject(refusalBy("first 1"));
  expect(await callMcp(second, "task_start", { id })).toMatchObject({ answer: { id, taken_from: "first 1" } });
});

test("a program dies with the server that ran it, with all that it started, and the history says so", async () => {
  await using clients = await twoClients();
  const { first, second } = clients;
  const mark = `cadre-left-${process.pid}`;
  const alive = () =>
    Bun.spawnSync(["pgrep", "-fc", `sleep 600 ${mark}`])
      .stdout.toString()
      .trim();
  // A name of its own in the command line: `sleep` refuses a second word, so a shell carries it.
  const child = `exec -a "sleep 600 ${mark}" sleep 600`;
  const code = `(${child}) & (setsid bash -c '${child}' &); ${child}`;
  const running = callMcp(first, "code_run", { language: "bash", code, timeout: "5m" });
  running.catch(() => {}); // Nobody answers it any more.
  await until(() => alive() === "3", "the program and its children run");

  first.process.signal("SIGKILL");

  await until(() => alive() === "0", "they are gone");
  expect(await callMcp(second, "execution_list", {})).toMatchObject({
    answer: { executions: [{ language: "bash", status: "interrupted" }] },
  });
});
