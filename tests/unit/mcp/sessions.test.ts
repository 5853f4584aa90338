// Sessions of the older era over HTTP: they are rows, so that a restarted server knows its clients.
import { expect, test } from "bun:test";
import { MCP_SESSION_IDLE_MS_MAX, MCP_SESSIONS_MAX } from "../../../src/base/limits.ts";
import { fakeClock } from "../../harness/clock.ts";
import { until } from "../../harness/condition.ts";
import { callMcp } from "../../harness/faces.ts";
import { type HttpClient, httpClient, LEGACY_VERSION } from "../../harness/mcp.ts";
import { startServer, type TestServer } from "../../harness/server.ts";

const PING = { jsonrpc: "2.0", id: 1, method: "ping" };
const NOT_FOUND = {
  jsonrpc: "2.0",
  error: { code: -32_001, message: "no such session: begin a new one with initialize" },
  id: null,
};

async function rows(server: TestServer): Promise<unknown[]> {
  return server.app.sql.all("SELECT id FROM mcp_session");
}

/** The same client at another server on the same database. */
function moved(client: HttpClient, server: TestServer): Promise<HttpClient> {
  return httpClient("legacy", server.origin, { sessionId: client.sessionId ?? "" });
}

async function statusOf(client: HttpClient, message: unknown = PING): Promise<number> {
  const response = await client.post(message);
  await response.text();
  return response.status;
}

test("initialize begins a session, and its id serves every request after it", async () => {
  await using server = await startServer();

  const client = await httpClient("legacy", server.origin);

  expect(client.sessionId).toMatch(/^[0-9a-f-]{36}$/);
  expect((await client.request("ping")).result).toEqual({});
  expect(server.mcp.sessions).toBe(1);
});

test("an unknown session is a 404, so that the client begins a new one", async () => {
  await using server = await startServer();
  const stale = await httpClient("legacy", server.origin, { sessionId: "00000000-0000-4000-8000-000000000000" });

  const response = await stale.post(PING);
  const stream = await server.get("/mcp", { accept: "text/event-stream", "mcp-session-id": "gone" });
  const deleted = await server.fetch("/mcp", { method: "DELETE", headers: { "mcp-session-id": "gone" } });

  expect([response.status, await response.json()]).toEqual([404, NOT_FOUND]);
  expect([stream.status, deleted.status]).toEqual([404, 404]);
});

test("initialize with a session that nobody knows begins a new one", async () => {
  await using server = await startServer();
  const stale = await httpClient("legacy", server.origin, { sessionId: "gone" });

  const response = await stale.post({
    jsonrpc: "2.0",
    id: 1,
    method: "initialize",
    params: { protocolVersion: LEGACY_VERSION, capabilities: {}, clientInfo: { name: "t", version: "0" } },
  });

  expect(response.status).toBe(200);
  expect(response.headers.get("mcp-session-id")).toMatch(/^[0-9a-f-]{36}$/);
});

test("a request without a session is a 400 that says how to begin", async () => {
  await using server = await startServer();

  const { status, body } = await server.post("/mcp", PING, { accept: "application/json, text/event-stream" });
  const stream = await server.get("/mcp", { accept: "text/event-stream" });

  expect([status, body.error]).toEqual([
    400,
    { code: -32_000, message: "Mcp-Session-Id is missing: begin with initialize, or use protocol 2026-07-28" },
  ]);
  expect(stream.status).toBe(400);
});

test("a body that is no JSON is answered -32700", async () => {
  await using server = await startServer();

  const response = await server.fetch("/mcp", {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json, text/event-stream" },
    body: "{",
  });

  expect([response.status, ((await response.json()) as { error: { code: number } }).error.code]).toEqual([
    400, -32_700,
  ]);
});

test("DELETE ends a session for good, in memory and on disk", async () => {
  await using server = await startServer();
  const client = await httpClient("legacy", server.origin);

  const { status } = await server.fetch("/mcp", {
    method: "DELETE",
    headers: { "mcp-session-id": client.sessionId ?? "", "mcp-protocol-version": LEGACY_VERSION },
  });

  expect([status, await statusOf(client), server.mcp.sessions, await rows(server)]).toEqual([200, 404, 0, []]);
});

test("a greeting that is refused leaves no session behind", async () => {
  await using server = await startServer();

  const { status } = await server.post(
    "/mcp",
    {
      jsonrpc: "2.0",
      id: 1,
      method: "initialize",
      params: { protocolVersion: LEGACY_VERSION, capabilities: {}, clientInfo: { name: "t", version: "0" } },
    },
    { accept: "text/html" },
  );

  expect([status, server.mcp.sessions, await rows(server)]).toEqual([406, 0, []]);
});

test("a session goes on after a restart of the server", async () => {
  await using before = await startServer();
  const client = await httpClient("legacy", before.origin);
  await using after = await startServer({ home: before.home });

  const there = await moved(client, after);

  expect(await callMcp(there, "task_list")).toEqual({ answer: { tasks: [], counts: {} } });
  expect(after.mcp.sessions).toBe(1);
});

test("two requests of one forgotten session take it up once", async () => {
  await using before = await startServer();
  const client = await httpClient("legacy", before.origin);
  await using after = await startServer({ home: before.home });
  const there = await moved(client, after);

  const answers = await Promise.all(Array.from({ length: 10 }, () => statusOf(there)));

  expect([new Set(answers), after.mcp.sessions]).toEqual([new Set([200]), 1]);
});

test("after a restart the client still hears of what it follows", async () => {
  await using before = await startServer();
  const client = await httpClient("legacy", before.origin);
  const { id } = await before.app.tasks.create("/project", { title: "Followed" });
  const uri = `cadre://task/${id}`;
  await client.request("resources/subscribe", { uri });
  await using after = await startServer({ home: before.home });
  const there = await moved(client, after);
  const stop = new AbortController();

  await there.listen(stop.signal);
  // It may have changed while nobody listened.
  await until(() => there.notifications.length === 1, "the client is told to look again");
  await after.app.tasks.update(id, { status: "active" });
  await until(() => there.notifications.length === 2, "the client hears of the change");
  stop.abort();

  for (const { method, params } of there.notifications) {
    expect([method, params]).toEqual(["notifications/resources/updated", { uri }]);
  }
});

test("what a client no longer follows is not told after a restart either", async () => {
  await using before = await startServer();
  const client = await httpClient("legacy", before.origin);
  const uri = "cadre://task/task_000000000000";
  await client.request("resources/subscribe", { uri });
  await client.request("resources/unsubscribe", { uri });
  await using after = await startServer({ home: before.home });

  await statusOf(await moved(client, after));

  expect(after.app.feed.followers).toBe(0);
});

test("after a restart the client still gets the log of its requests, from the level that it chose", async () => {
  await using before = await startServer();
  const client = await httpClient("legacy", before.origin);
  await client.request("logging/setLevel", { level: "debug" });
  await using after = await startServer({ home: before.home });
  const there = await moved(client, after);
  const stop = new AbortController();
  await there.listen(stop.signal);

  after.cadre.log.error("somebody else's trouble", { request_id: "other" });
  await callMcp(there, "task_list");

  const lines = () => there.notifications.map(({ params }) => params.data.event);
  await until(() => lines().includes("tool called"), "the line has come");
  expect(lines()).not.toContain("somebody else's trouble");
  stop.abort();
});

test("a client that comes back opens its stream again", async () => {
  await using server = await startServer();
  const client = await httpClient("legacy", server.origin);

  for (let n = 0; n < 3; n++) {
    const stop = new AbortController();
    const { ended } = await client.listen(stop.signal);
    stop.abort();
    await ended;
    await until(async () => {
      const again = new AbortController();
      const isFree = await client.listen(again.signal).then(
        () => true,
        () => false, // 409 until the server has seen the first one go.
      );
      again.abort();
      return isFree;
    }, "the stream is free again");
    await until(async () => (await server.get("/health")).status === 200, "the server is well");
  }
});

test("the session that was used longest ago leaves memory, and comes back when it is used", async () => {
  await using server = await startServer();
  const first = await httpClient("legacy", server.origin);
  const second = await httpClient("legacy", server.origin);

  await Promise.all(Array.from({ length: MCP_SESSIONS_MAX - 2 }, () => httpClient("legacy", server.origin)));
  await statusOf(first);
  await httpClient("legacy", server.origin);

  expect(server.mcp.sessions).toBe(MCP_SESSIONS_MAX);
  expect([await statusOf(second), await statusOf(first)]).toEqual([200, 200]);
  expect(server.mcp.sessions).toBe(MCP_SESSIONS_MAX);
}, 20_000);

test("a session is remembered for a week after its last use", async () => {
  const clock = fakeClock();
  await using before = await startServer({ clock });
  const used = await httpClient("legacy", before.origin);
  const unused = await httpClient("legacy", before.origin);

  clock.advance(MCP_SESSION_IDLE_MS_MAX / 2);
  await statusOf(used);
  clock.advance(MCP_SESSION_IDLE_MS_MAX / 2);
  await using after = await startServer({ home: before.home, clock });

  expect([await statusOf(await moved(used, after)), await statusOf(await moved(unused, after))]).toEqual([200, 404]);
});

test("clients of one server do not hear each other's news", async () => {
  await using server = await startServer();
  const [one, two] = [await httpClient("legacy", server.origin), await httpClient("legacy", server.origin)];
  const { id } = await server.app.tasks.create("/project", { title: "Followed by one" });
  const stop = new AbortController();
  await Promise.all([one.listen(stop.signal), two.listen(stop.signal)]);
  await one.request("resources/subscribe", { uri: `cadre://task/${id}` });
  await until(() => server.app.feed.followers === 1, "one follows");

  await server.app.tasks.update(id, { status: "active" });

  await until(() => one.notifications.length === 1, "the one has heard");
  expect(two.notifications).toEqual([]);
  stop.abort();
});
