// A real process on its stdin and stdout: what a client that starts cadre relies on.

import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { EOF_GRACE_MS, PARENT_LOOK_MS } from "../../../src/base/limits.ts";
import { defineTool } from "../../../src/tools/tool.ts";
import { until } from "../../harness/condition.ts";
import { callMcp } from "../../harness/faces.ts";
import { tempFolder } from "../../harness/folder.ts";
import { type Era, envelope, LEGACY_VERSION, MODERN_VERSION, stdioClient, stdioWire } from "../../harness/mcp.ts";
import { startCommand, startProcess } from "../../harness/process.ts";
import { isDeno, SELF_IN_SHELL } from "../../harness/self.ts";
import { openStdio } from "../../harness/stdio.ts";

function ask(id: number, method: string, params: Record<string, unknown> = {}): string {
  return `${JSON.stringify({ jsonrpc: "2.0", id, method, params })}\n`;
}

const GREETING = ask(0, "initialize", {
  protocolVersion: LEGACY_VERSION,
  capabilities: {},
  clientInfo: { name: "test", version: "0" },
});

test("what was asked before stdin ended is answered, then the process leaves with 0", async () => {
  using folder = tempFolder();
  await using child = startProcess([], { env: { CADRE_HOME: folder.path }, cwd: folder.path });
  const calls = Array.from({ length: 50 }, (_, n) =>
    ask(n + 1, "tools/call", { name: "task_create", arguments: { title: `Task ${n}` } }),
  );

  await child.write(GREETING + calls.join(""));
  await child.endInput();

  expect(await child.exited).toBe(0);
  const ids = child
    .stdout()
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line).id);
  expect(ids.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 51 }, (_, n) => n));
  expect(child.stderr()).toBe("");
});

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  test(`${signal} ends the process, which leaves nothing open`, async () => {
    using folder = tempFolder();
    await using client = await stdioClient("modern", { env: { CADRE_HOME: folder.path }, cwd: folder.path });
    await callMcp(client, "task_create", { title: "Kept" });

    client.process.signal(signal);

    expect(await client.process.exited).toBe(0);
  });
}

test("a broken pipe ends the process while stdin is still open", async () => {
  using folder = tempFolder();
  // The right side of the pipe reads one line and leaves.
  await using shell = startCommand(["sh", "-c", `( ${SELF_IN_SHELL}; echo "exit $?" >&2 ) | head -n 1`], {
    env: { CADRE_HOME: folder.path },
  });
  await shell.write(GREETING);
  await until(() => shell.stdout() !== "", "the greeting is answered");

  let hasLeft = false;
  void shell.exited.then(() => {
    hasLeft = true;
  });
  // The reader may need a moment to leave: only what is written after that breaks.
  await until(async () => {
    await shell.write(ask(1, "ping")).catch(() => {}); // It may have left in this very moment.
    return hasLeft;
  }, "cadre has left");

  expect(shell.stderr()).toBe("exit 0\n");
  expect(shell.stdout()).toStartWith('{"result":{"protocolVersion"');
});

test(`the process ends within ${PARENT_LOOK_MS} ms of its parent, though its stdin stays open`, async () => {
  using folder = tempFolder();
  // The shell is the parent; this test holds the pipes, and keeps them.
  await using shell = startCommand(["sh", "-c", `${SELF_IN_SHELL} & echo $! >&2; wait`], {
    env: { CADRE_HOME: folder.path },
  });
  await until(() => shell.stderr().includes("\n"), "the shell has told who it started");
  const pid = Number(shell.stderr().split("\n")[0]);
  const isAlive = () => {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  };
  await until(isAlive, "the process runs");

  shell.signal("SIGKILL");

  await until(() => !isAlive(), "the orphan has left");
}, 10_000);

// By what Bun is told to load first.
test.skipIf(isDeno)("whatever a dependency prints goes to stderr: stdout stays protocol", async () => {
  using folder = tempFolder();
  const preload = join(folder.path, "noisy.ts");
  writeFileSync(
    preload,
    `process.on("SIGUSR2", () => {
      console.log("noise by log"); console.info("noise by info"); console.table([["noise by table"]]);
      process.stdout.write("noise by write\\n");
    });`,
  );
  await using child = startProcess([], { env: { CADRE_HOME: folder.path, BUN_OPTIONS: `--preload=${preload}` } });
  const client = stdioWire(child, "modern");
  await client.request("tools/list");

  process.kill(child.pid, "SIGUSR2");
  await until(() => child.stderr().includes("noise by write"), "the noise was made");
  const { result } = await client.request("server/discover");

  expect(result.supportedVersions).toEqual([MODERN_VERSION]);
  expect(client.messages().every(({ jsonrpc }) => jsonrpc === "2.0")).toBe(true);
  expect(child.stdout()).not.toContain("noise");
  for (const way of ["log", "info", "write"]) expect(child.stderr()).toContain(`noise by ${way}`);
});

test("a probe of the newer era that falls back to initialize is served in the older one", async () => {
  using folder = tempFolder();
  await using child = startProcess([], { env: { CADRE_HOME: folder.path } });
  const client = stdioWire(child, "legacy");

  await client.send({ jsonrpc: "2.0", id: "probe", method: "server/discover", params: { _meta: envelope() } });
  const probed = await client.answerTo("probe");
  await child.write(GREETING);
  const greeted = await client.answerTo(0);

  expect(probed.result.supportedVersions).toEqual([MODERN_VERSION]);
  expect(greeted.result.protocolVersion).toBe(LEGACY_VERSION);
});

test.each(["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"])(
  "initialize takes %s at its word",
  async (version) => {
    await using stdio = await openStdio();
    const { io } = stdio;

    io.type(
      ask(1, "initialize", { protocolVersion: version, capabilities: {}, clientInfo: { name: "t", version: "0" } }),
    );

    const [{ result }] = await io.have(1);
    expect(result.protocolVersion).toBe(version);
  },
);

test("garbage before the greeting and between calls is answered, and does no harm", async () => {
  using folder = tempFolder();
  await using child = startProcess([], { env: { CADRE_HOME: folder.path } });
  const client = stdioWire(child, "legacy");

  await child.write(`GET / HTTP/1.1\n${GREETING}\u0000\u0001\n[]\n${ask(1, "ping")}`);

  expect((await client.answerTo(1)).result).toEqual({});
  expect(client.messages().map(({ id, error }) => [id, error?.code])).toEqual(
    expect.arrayContaining([
      [null, -32_700],
      [0, undefined],
      [null, -32_700],
      [null, -32_600],
      [1, undefined],
    ]),
  );
});

/** A tool that begins, reports, and ends when the test says so. */
function gate() {
  const begun = Promise.withResolvers<void>();
  const open = Promise.withResolvers<void>();
  let wasCancelled = false;
  const tool = defineTool({
    name: "gate_pass",
    title: "Pass",
    summary: "Waits until the test opens it.",
    effect: "read",
    toolset: "task",
    input: z.object({}),
    output: z.object({ passed: z.boolean() }),
    run: async (_app, _input, { signal }) => {
      signal.addEventListener("abort", () => {
        wasCancelled = true;
      });
      begun.resolve();
      await open.promise;
      return { passed: true };
    },
  });
  return { tool, begun: begun.promise, open: () => open.resolve(), wasCancelled: () => wasCancelled };
}

const CALL: Record<Era, (id: number, name: string) => string> = {
  legacy: (id, name) => ask(id, "tools/call", { name, arguments: {} }),
  modern: (id, name) => ask(id, "tools/call", { name, arguments: {}, _meta: envelope() }),
};

for (const era of ["legacy", "modern"] as const) {
  test(`${era}: a call that is slow is waited for at the end of stdin and answered`, async () => {
    const { tool, begun, open } = gate();
    const { io, served } = await openStdio({ table: [tool], era });
    io.type(CALL[era](7, "gate_pass"));
    await begun;

    io.endInput();
    open();
    await served;

    expect(io.messages().at(-1)).toMatchObject({ id: 7, result: { content: [{ text: '{"passed":true}' }] } });
  });

  test(`${era}: SIGTERM answers what is in flight, too`, async () => {
    const { tool, begun, open } = gate();
    const { io, served, signal } = await openStdio({ table: [tool], era });
    io.type(CALL[era](7, "gate_pass"));
    await begun;

    signal("SIGTERM");
    open();
    await served;

    expect(io.messages().at(-1)).toMatchObject({ id: 7, result: { content: [{ text: '{"passed":true}' }] } });
  });

  test(`${era}: notifications/cancelled reaches the tool, and no answer follows`, async () => {
    const { tool, begun, wasCancelled } = gate();
    const { io, served } = await openStdio({ table: [tool], era });
    io.type(CALL[era](7, "gate_pass"));
    await begun;

    io.type(`${JSON.stringify({ jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: 7 } })}\n`);
    await until(wasCancelled, "the tool has heard of it");
    io.endInput();
    await served;

    expect(io.messages().filter(({ id }) => id === 7)).toEqual([]);
  });
}

test("after the grace the process leaves, whatever still runs", async () => {
  const { tool, begun } = gate();
  const { io, served, clock } = await openStdio({ table: [tool], era: "modern", isFake: true });
  io.type(CALL.modern(7, "gate_pass"));
  await begun;

  io.endInput();
  await until(() => clock.sleepers > 0, "the grace has begun");
  clock.advance(EOF_GRACE_MS);

  await served;
});

test("a stream of the newer era ends with its answer when the process leaves", async () => {
  const { io, served } = await openStdio({ era: "modern" });
  const notifications = { resourceSubscriptions: ["cadre://task/task_000000000000"] };
  io.type(ask(1, "subscriptions/listen", { notifications, _meta: envelope() }));
  await io.have(1);

  io.endInput();
  await served;

  expect(io.messages().map(({ id, method, result }) => [id, method, result?.resultType])).toEqual([
    [undefined, "notifications/subscriptions/acknowledged", undefined],
    [1, undefined, "complete"],
  ]);
});
