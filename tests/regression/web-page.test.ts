// A page in the user's browser may not make this server do or tell anything.
import { expect, test } from "bun:test";
import { startServer } from "../harness/server.ts";
import { sendRaw } from "../harness/socket.ts";

const TASK = '{"title":"made by a page"}';
const PING = '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"task_create","arguments":{"title":"x"}}}';

/** What a browser sends for a page of another site, in the ways that need no leave of the server. */
const SIMPLE_REQUESTS = [
  ["a form as text", "/v1/task/create", { "content-type": "text/plain" }, TASK],
  ["a form", "/v1/task/create", { "content-type": "application/x-www-form-urlencoded" }, TASK],
  ["a form with parts", "/v1/task/create", { "content-type": "multipart/form-data; boundary=x" }, TASK],
  ["no type", "/v1/task/create", { "content-type": "" }, TASK],
  ["JSON in an empty type", "/v1/task/create", { "content-type": "text/plain; application/json" }, TASK],
  ["MCP as text", "/mcp", { "content-type": "text/plain" }, PING],
  [
    "MCP of the newer era as text",
    "/mcp",
    { "content-type": "text/plain", "mcp-protocol-version": "2026-07-28" },
    PING,
  ],
] as const;

test.each(SIMPLE_REQUESTS)("%s is refused even without an origin", async (_what, path, headers, body) => {
  await using server = await startServer();

  const { status } = await server.fetch(path, { method: "POST", headers, body });

  expect([400, 415]).toContain(status);
  expect((await server.app.tasks.list(server.workspace, { limit: 1 })).tasks).toEqual([]);
});

test.each(SIMPLE_REQUESTS)("%s is refused to a page", async (_what, path, headers, body) => {
  await using server = await startServer();

  for (const origin of ["https://evil.example", "null", "http://localhost.evil.example", "file://"]) {
    const { status } = await server.fetch(path, { method: "POST", headers: { ...headers, origin }, body });
    expect([origin, status]).toEqual([origin, 403]);
  }
});

test.each(["image", "script", "iframe", "empty", "style"])(
  "a page of another site gets nothing as its %s, for which browsers name no origin",
  async (dest) => {
    await using server = await startServer();
    const mode = dest === "iframe" ? "navigate" : "no-cors";
    const headers = { "sec-fetch-site": "cross-site", "sec-fetch-mode": mode, "sec-fetch-dest": dest };

    for (const path of ["/v1/task/list", "/v1/events", "/metrics", "/"]) {
      const { status, body } = await server.get(path, headers);
      expect([path, status, body.error.code]).toEqual([path, 403, "forbidden"]);
    }
  },
);

test("a link that the user follows, and the user's own typing, are answered", async () => {
  await using server = await startServer();

  for (const site of ["cross-site", "none", "same-origin"]) {
    const headers = { "sec-fetch-site": site, "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" };
    expect((await server.get("/", headers)).status).toBe(200);
  }
});

test.each([
  ["no Host", "GET /health HTTP/1.0\r\n\r\n", 400],
  ["a port that is none", "GET /health HTTP/1.1\r\nHost: localhost:99999\r\nConnection: close\r\n\r\n", 400],
  ["two hosts", "GET /health HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\nConnection: close\r\n\r\n", 403],
  ["an empty host", "GET /health HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n", 400],
  ["a number for a host", "GET /health HTTP/1.1\r\nHost: 0x7f000001\r\nConnection: close\r\n\r\n", 403],
  ["a user before the host", "GET / HTTP/1.1\r\nHost: localhost:80@evil.example\r\nConnection: close\r\n\r\n", 400],
  ["a path in the host", "GET / HTTP/1.1\r\nHost: localhost/health?\r\nConnection: close\r\n\r\n", 400],
  [
    "another host in the line",
    "GET http://localhost/ HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
    403,
  ],
])("a request with %s is refused with a typed error", async (_what, text, status) => {
  await using server = await startServer();

  const answer = await sendRaw(server.listener.port, text);

  expect(answer).toStartWith(`HTTP/1.1 ${status} `);
  expect(JSON.parse(answer.slice(answer.indexOf("\r\n\r\n") + 4))).toMatchObject({
    error: { code: status === 400 ? "invalid_input" : "forbidden", hint: expect.stringMatching(/\S/) },
  });
});
