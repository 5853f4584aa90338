// What a request is called: in its answer, and on every log line about it.
import { expect, test } from "bun:test";
import { callMcp } from "../../harness/faces.ts";
import { httpClient } from "../../harness/mcp.ts";
import { startServer, type TestServer } from "../../harness/server.ts";

const TRACE_ID = "0af7651916cd43dd8448eb211c80319c";
const TRACEPARENT = `00-${TRACE_ID}-b7ad6b7169203331-01`;

function linesOf({ logged }: TestServer, requestId: string): unknown[] {
  return logged.filter((line) => line["request_id"] === requestId).map((line) => line["event"]);
}

test("a request keeps the id that its caller gave it, in the answer and on every log line", async () => {
  await using server = await startServer();

  const { headers } = await server.get("/v1/task/list", { "x-request-id": "order-66:a.b" });

  expect(headers.get("x-request-id")).toBe("order-66:a.b");
  expect(linesOf(server, "order-66:a.b")).toEqual(["tool called", "request answered"]);
});

test("a request without an id, or with one that no log line can carry, gets a new one", async () => {
  await using server = await startServer();

  for (const given of [undefined, "", "two words", "x".repeat(129), "a\tb"]) {
    const { headers } = await server.get("/health", given === undefined ? {} : { "x-request-id": given });
    expect(headers.get("x-request-id")).toMatch(/^req_[0-9a-f]{16}$/);
  }
});

test("an error says the id too, in its body and on its log line", async () => {
  await using server = await startServer();

  const { headers, body } = await server.get("/v1/task/show?id=task_ffffffffffff", { "x-request-id": "lost" });

  expect([headers.get("x-request-id"), body.error.request_id]).toEqual(["lost", "lost"]);
  expect(linesOf(server, "lost")).toEqual(["tool refused", "tool called", "request answered"]);
});

test("a stranger who is refused at the door is named as well", async () => {
  await using server = await startServer();

  const { status, body } = await server.get("/health", { host: "evil.example", "x-request-id": "stranger" });

  expect([status, body.error.request_id]).toEqual([403, "stranger"]);
  expect(linesOf(server, "stranger")).toEqual(["request answered"]);
});

test("a trace goes on: its id in the answer and on the log lines, with a span of our own", async () => {
  await using server = await startServer();

  const { headers } = await server.get("/v1/task/list", { traceparent: TRACEPARENT, "x-request-id": "traced" });

  const [version, traceId, spanId, flags] = headers.get("traceparent")?.split("-") ?? [];
  expect([version, traceId, flags]).toEqual(["00", TRACE_ID, "01"]);
  expect(spanId).toMatch(/^[0-9a-f]{16}$/);
  expect(spanId).not.toBe("b7ad6b7169203331");
  const lines = server.logged.filter((line) => line["request_id"] === "traced");
  expect(lines.map((line) => line["trace_id"])).toEqual([TRACE_ID, TRACE_ID]);
});

test("a trace that cannot be read is begun anew", async () => {
  await using server = await startServer();

  for (const traceparent of [
    "",
    "nonsense",
    `01-${TRACE_ID}-b7ad6b7169203331-01`,
    `00-${"0".repeat(32)}-b7ad6b7169203331-01`,
  ]) {
    const { headers } = await server.get("/health", { traceparent });
    expect(headers.get("traceparent")).toMatch(/^00-(?!0{32})[0-9a-f]{32}-[0-9a-f]{16}-00$/);
    expect(headers.get("traceparent")).not.toContain(TRACE_ID);
  }
});

test("an MCP call carries the names of the request that brought it", async () => {
  await using server = await startServer();
  const headers = { "x-request-id": "over-mcp", traceparent: TRACEPARENT };
  const client = await httpClient("modern", server.origin, { headers });

  await callMcp(client, "task_list");

  const lines = server.logged.filter((line) => line["request_id"] === "over-mcp");
  expect(lines.map((line) => [line["event"], line["trace_id"]])).toEqual([
    ["tool called", TRACE_ID],
    ["request answered", TRACE_ID],
  ]);
});

test("X-Cadre-Workspace may be written in UTF-8, in Latin-1, or as a file: address", async () => {
  await using server = await startServer();
  const bytes = (text: string) => Buffer.from(text, "utf8").toString("latin1");
  const create = (workspace: string) =>
    server.post("/v1/task/create", { title: "Somewhere" }, { "x-cadre-workspace": workspace });
  const titles = async (path: string) =>
    (await server.app.tasks.list(path, { limit: 10 })).tasks.map(({ title }) => title);

  await create(bytes("/home/josé/日本"));
  await create("/home/jos\u00e9/latin");
  await create("file:///home/jos%C3%A9/file%20address");
  await create("file:///C:/Users/x");

  for (const path of ["/home/josé/日本", "/home/josé/latin", "/home/josé/file address", "c:/users/x"]) {
    expect([path, await titles(path)]).toEqual([path, ["Somewhere"]]);
  }
});

test("X-Cadre-Workspace names the project of a request, and must be a whole path", async () => {
  await using server = await startServer();
  await server.post("/v1/task/create", { title: "Elsewhere" }, { "x-cadre-workspace": "/srv/elsewhere/" });

  const there = await server.get("/v1/task/list", { "x-cadre-workspace": "/srv/elsewhere" });
  const here = await server.get("/v1/task/list");
  const nowhere = await server.get("/v1/task/list", { "x-cadre-workspace": "../elsewhere" });

  expect(there.body.tasks).toMatchObject([{ title: "Elsewhere" }]);
  expect(here.body.tasks).toEqual([]);
  expect([nowhere.status, nowhere.body.error.code]).toEqual([400, "invalid_input"]);
});
