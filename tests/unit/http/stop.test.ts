// Leaving: what is in flight is answered, streams end, and a successor takes the port without a failed request.

import { expect, test } from "bun:test";
import http from "node:http";
import { z } from "zod";
import { VERSION } from "../../../src/base/version.ts";
import { toolsAndAliases } from "../../../src/tools/index.ts";
import { defineTool } from "../../../src/tools/tool.ts";
import { runCli } from "../../harness/cli.ts";
import { hastyClock } from "../../harness/clock.ts";
import { until } from "../../harness/condition.ts";
import { callMcp } from "../../harness/faces.ts";
import { tempFolder } from "../../harness/folder.ts";
import { httpClient } from "../../harness/mcp.ts";
import { startHttpProcess, startProcess } from "../../harness/process.ts";
import { isDeno } from "../../harness/self.ts";
import { startServer } from "../../harness/server.ts";
import { readSse } from "../../harness/sse.ts";
import { serveWeb } from "../../harness/web.ts";

/** A tool that begins, and ends when the test says so. */
function gate() {
  const begun = Promise.withResolvers<void>();
  const open = Promise.withResolvers<void>();
  const tool = defineTool({
    name: "gate_pass",
    title: "Pass",
    summary: "Waits until the test opens it.",
    effect: "read",
    toolset: "task",
    input: z.object({}),
    output: z.object({ passed: z.boolean() }),
    run: async () => {
      begun.resolve();
      await open.promise;
      return { passed: true };
    },
  });
  return { table: [...toolsAndAliases, tool], begun: begun.promise, open: () => open.resolve() };
}

/** A request whose body is on its way until `finish` is called: a slow one, for a process of its own. */
function slowCreate(origin: string, title: string) {
  const {
    promise: answer,
    resolve,
    reject,
  } = Promise.withResolvers<{ status: number; headers: Headers; body: string }>();
  const request = http.request(
    `${origin}/v1/task/create`,
    { method: "POST", headers: { "content-type": "application/json" } },
    (response) => {
      let body = "";
      response.on("data", (chunk) => {
        body += chunk;
      });
      response.on("end", () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: new Headers(response.headers as Record<string, string>),
          body,
        }),
      );
    },
  );
  request.on("error", reject);
  request.write('{"title": ');
  return { answer, finish: () => request.end(`${JSON.stringify(title)}}`) };
}

for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
  test(`${signal} answers what is in flight, ends the streams and exits with 0`, async () => {
    using folder = tempFolder();
    await using child = await startHttpProcess([], { env: { CADRE_HOME: folder.path } });
    await using stream = await readSse(`${child.origin}/v1/events?after=0`);
    const slow = slowCreate(child.origin, "Slow");
    await until(
      async () => inFlight(await (await fetch(`${child.origin}/stats`)).json()) > 1,
      "the slow request began",
    );

    child.signal(signal);
    await stream.ended;
    slow.finish();

    const { status, headers, body } = await slow.answer;
    expect([status, headers.get("connection"), JSON.parse(body)]).toMatchObject([200, "close", { title: "Slow" }]);
    expect(await child.exited).toBe(0);
    expect(stream.frames.map(({ event }) => event)).toEqual([]);
    expect(child.stderr()).toContain(`stopping signal=${signal}`);
  });
}

const inFlight = (stats: unknown) => Number((stats as Record<string, unknown>)["cadre_http_in_flight"]);

test("a server that stops takes no new connection", async () => {
  await using server = await startServer();

  await server.server.stop(server.listener);

  await expect(server.get("/health")).rejects.toThrow();
});

test("streams for news end at once, while a call goes on to its end", async () => {
  const { table, begun, open } = gate();
  await using server = await startServer({ table });
  const legacy = await httpClient("legacy", server.origin);
  const listening = await legacy.listen(new AbortController().signal);
  const modern = await httpClient("modern", server.origin);
  const subscribed = modern.request("subscriptions/listen", {
    notifications: { resourceSubscriptions: ["cadre://task/task_000000000000"] },
  });
  await until(() => server.app.feed.followers > 0, "the stream of the newer era is open");
  const call = callMcp(modern, "gate_pass");
  await begun;

  const stopping = server.server.stop(server.listener);
  await listening.ended;
  const ended = await subscribed;
  open();
  await stopping;

  expect(ended.result).toMatchObject({ resultType: "complete" });
  expect(await call).toEqual({ answer: { passed: true } });
});

test("who asks a leaving server for a stream is sent to the next one", async () => {
  await using server = await startServer();
  const session = (await httpClient("legacy", server.origin)).sessionId ?? "";
  // Stopped as `stop` does it, but still listening.
  await server.mcp.endStreams();

  const { status } = await server.get("/mcp", {
    accept: "text/event-stream",
    "mcp-session-id": session,
    "mcp-protocol-version": "2025-11-25",
  });

  expect(status).toBe(503);
});

test("a request that never ends is cut after the grace, and the log says so", async () => {
  const { table, begun } = gate();
  await using server = await startServer({ table, clock: hastyClock() });
  const hanging = server.get("/v1/gate/pass").catch((error: unknown) => error);
  await begun;

  await server.server.stop(server.listener);

  expect(await hanging).toBeInstanceOf(Error);
  expect(server.logged).toContainEqual(expect.objectContaining({ event: "requests were cut", in_flight: 1 }));
});

test("a second server on the same port is refused, and told who is there", async () => {
  using folder = tempFolder();
  const env = { CADRE_HOME: folder.path };
  await using child = await startHttpProcess([], { env });
  const { port } = new URL(child.origin);
  using other = serveWeb(() => new Response("not cadre"));

  const second = await runCli(["--http", port], { env });
  const beside = await runCli(["--http", String(other.port)], { env });

  expect([second.exit, second.stdout]).toEqual([5, ""]);
  expect(second.stderr).toContain(`cannot listen on 127.0.0.1:${port}: cadre ${VERSION} does (process ${child.pid})`);
  expect(second.stderr).toContain("--http --take-over");
  expect([beside.exit, beside.stderr]).toEqual([5, expect.stringContaining("another program does")]);
});

test.skipIf(isDeno)(
  "--take-over: the port changes hands under load, and not one request fails",
  async () => {
    using folder = tempFolder();
    const env = { CADRE_HOME: folder.path };
    await using before = await startHttpProcess([], { env });
    const { port } = new URL(before.origin);
    const session = (await httpClient("legacy", before.origin)).sessionId ?? "";
    const kept = new http.Agent({ keepAlive: true, maxSockets: 2 });
    const load = startLoad(async (n) => {
      if (n % 3 === 0) return pidOf(port, kept);
      if (n % 3 === 1) return pidOf(port, undefined);
      const client = await httpClient("legacy", before.origin, { sessionId: session });
      const outcome = await callMcp(client, "task_list");
      if ("error" in outcome) throw new Error(outcome.error.message);
      return undefined;
    });
    await until(() => load.answers.length > 50, "the load runs");

    await using after = startProcess(["--http", port, "--take-over"], { env });
    const exit = await before.exited;
    const since = load.answers.length;
    await until(() => load.answers.length > since + 50, "the successor answers");
    await load.stop();
    kept.destroy();

    expect(load.failures).toEqual([]);
    expect(exit).toBe(0);
    const pids = load.answers.filter((pid) => pid !== undefined);
    expect(new Set(pids)).toEqual(new Set([before.pid, after.pid]));
    expect(new Set(load.answers.slice(since + 8).filter((pid) => pid !== undefined))).toEqual(new Set([after.pid]));
  },
  30_000,
);

test.if(isDeno)("--take-over on Deno, which shares no ports, says so", async () => {
  using folder = tempFolder();
  const env = { CADRE_HOME: folder.path };
  await using child = await startHttpProcess([], { env });
  const { port } = new URL(child.origin);

  const second = await runCli(["--http", port, "--take-over"], { env });

  expect([second.exit, second.stdout]).toEqual([6, ""]);
  expect(second.stderr).toContain("error cannot take over a port: Deno shares ports only with an unstable flag");
});

test("--take-over of a free port is an ordinary start", async () => {
  using folder = tempFolder();
  await using child = await startHttpProcess(["--take-over"], { env: { CADRE_HOME: folder.path } });

  expect((await fetch(`${child.origin}/health`)).status).toBe(200);
});

/** Six clients that ask one after the other, until they are stopped. */
function startLoad(ask: (n: number) => Promise<number | undefined>) {
  const answers: (number | undefined)[] = [];
  const failures: unknown[] = [];
  let isOver = false;
  const clients = Array.from({ length: 6 }, async (_, n) => {
    while (!isOver) {
      await ask(n).then(
        (answer) => answers.push(answer),
        (error) => failures.push(error),
      );
      // A bounded load: the machine belongs to others as well.
      await new Promise((resolve) => setImmediate(resolve));
    }
  });
  return {
    answers,
    failures,
    stop: async () => {
      isOver = true;
      await Promise.all(clients);
    },
  };
}

/** Which process answers, over a connection of its own or one of the agent's. */
function pidOf(port: string, agent: http.Agent | undefined): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = http.get({ host: "127.0.0.1", port, path: "/health", agent: agent ?? false }, (response) => {
      let body = "";
      response.on("data", (chunk) => {
        body += chunk;
      });
      response.on("end", () => resolve((JSON.parse(body) as { pid: number }).pid));
    });
    request.on("error", reject);
  });
}
