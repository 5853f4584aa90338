import { expect, test } from "bun:test";
import { z } from "zod";
import { AppError } from "../../../src/base/errors.ts";
import { tools } from "../../../src/tools/index.ts";
import { defineTool } from "../../../src/tools/tool.ts";
import { parseMetrics } from "../../harness/prometheus.ts";
import { startServer } from "../../harness/server.ts";

test("GET / says what this is and where its parts are", async () => {
  await using server = await startServer();

  expect((await server.get("/")).body).toEqual({
    name: "cadre",
    version: "0.0.0-test",
    mcp: "/mcp",
    rest: "/v1",
    openapi: "/v1/openapi.json",
    events: "/v1/events",
    tools: "/tools",
    resources: "/resources",
    health: "/health",
    metrics: "/metrics",
  });
});

test("GET /tools says what can be called and how, less what the caller took from itself", async () => {
  await using server = await startServer();

  const all = await server.get("/tools");
  const few = await server.get("/tools", { "x-mcp-tools": "task_show" });

  expect(all.body.tools.map(({ name }: { name: string }) => name)).toEqual(tools.map(({ name }) => name));
  expect(few.body.tools).toEqual([
    expect.objectContaining({ name: "task_show", effect: "read", method: "GET", path: "/v1/task/show" }),
  ]);
});

test("GET /resources says what can be read and followed over MCP", async () => {
  await using server = await startServer();

  const { body } = await server.get("/resources");

  expect(body.resources.map(({ template }: { template: string }) => template)).toEqual([
    "cadre://session/{id}",
    "cadre://task/{id}",
    "cadre://artifact/{id}",
    "cadre://draft/{id}",
    "cadre://role/{id}",
    "cadre://execution/{id}",
    "cadre://run/{id}",
    "cadre://types/{id}",
    "orchestrator://{id}",
  ]);
});

test("GET /health says that work can be done, and 503 when the database is gone", async () => {
  await using server = await startServer();
  const well = await server.get("/health");
  await server.app.sql.close();

  const ill = await server.get("/health");

  expect([well.status, well.body]).toEqual([
    200,
    {
      status: "ok",
      name: "cadre",
      version: "0.0.0-test",
      pid: process.pid,
      uptime_ms: expect.any(Number),
      database: "ok",
    },
  ]);
  expect([ill.status, ill.body]).toMatchObject([503, { status: "degraded", database: "unreachable" }]);
});

test("GET /metrics is text that Prometheus reads", async () => {
  await using server = await startServer();
  await server.post("/v1/task/create", { title: "Counted" });
  await server.get("/v1/task/show?id=nonsense");

  const { headers, body } = await server.get("/metrics");

  expect(headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
  const families = parseMetrics(body);
  expect(families.get("cadre_tool_calls_total")?.samples).toEqual([
    {
      name: "cadre_tool_calls_total",
      labels: { tool: "task_create", face: "rest", outcome: "ok" },
      value: 1,
    },
    {
      name: "cadre_tool_calls_total",
      labels: { tool: "task_show", face: "rest", outcome: "invalid_input" },
      value: 1,
    },
  ]);
  expect(families.get("cadre_http_requests_total")?.samples).toContainEqual({
    name: "cadre_http_requests_total",
    labels: { method: "POST", route: "/v1/task/create", status: "200" },
    value: 1,
  });
  const buckets = families.get("cadre_tool_seconds")?.samples.filter(({ labels }) => labels["tool"] === "task_create");
  const counts = buckets?.filter(({ name }) => name.endsWith("_bucket")).map(({ value }) => value) ?? [];
  expect(counts).toEqual(counts.toSorted((a, b) => a - b));
  expect(counts.at(-1)).toBe(1);
  expect(families.get("cadre_http_in_flight")?.samples).toEqual([
    { name: "cadre_http_in_flight", labels: {}, value: 1 },
  ]);
});

test("GET /metrics by Accept and GET /stats say the same as JSON", async () => {
  await using server = await startServer();
  await server.get("/v1/task/list");

  const byAccept = await server.get("/metrics", { accept: "application/json" });
  const stats = await server.get("/stats");

  for (const { body } of [byAccept, stats]) {
    expect(body.cadre_tool_calls_total).toEqual({ '{tool="task_list",face="rest",outcome="ok"}': 1 });
    expect(body.cadre_tool_seconds).toEqual({ '{tool="task_list"}': { count: 1, seconds: expect.any(Number) } });
  }
});

test("without metrics neither route is there", async () => {
  await using server = await startServer({ settings: { metrics: "false" } });

  expect([(await server.get("/metrics")).status, (await server.get("/stats")).status]).not.toContain(200);
});

test("paths and methods that anybody can make up never become labels", async () => {
  await using server = await startServer();
  await server.get("/made/up/path");
  await server.get("/v1/made/up");
  await server.fetch("/health", { method: "BREW" }).catch(() => {});
  await server.fetch("/health", { method: "PROPFIND" });

  const { body } = await server.get("/metrics");

  expect(body).not.toContain("made");
  expect(body).not.toContain("BREW");
  expect(body).not.toContain("PROPFIND");
});

test("an unknown route is a 404 with the nearest one as its hint", async () => {
  await using server = await startServer();

  const near = await server.get("/v1/task/lst");
  const typo = await server.get("/helth");
  const far = await server.get("/wp-login.php?x=1");

  expect([near.status, near.body.error]).toMatchObject([
    404,
    { code: "not_found", message: "no route /v1/task/lst", hint: "Did you mean /v1/task/list?" },
  ]);
  expect([typo.status, typo.body.error.hint]).toEqual([404, "Did you mean /health?"]);
  expect([far.status, far.body.error.message, far.body.error.hint]).toEqual([
    404,
    "no route /wp-login.php",
    "GET /v1/openapi.json lists them all.",
  ]);
});

test("a wrong method is a 405 that says which ones there are", async () => {
  await using server = await startServer();

  const cases = [
    ["/v1/task/list", "POST", "GET"],
    ["/v1/task/create", "GET", "POST"],
    ["/v1/events", "HEAD", "GET"],
    ["/health", "POST", "GET"],
    ["/v1/openapi.json", "DELETE", "GET"],
    ["/mcp", "PUT", "GET, POST, DELETE"],
  ] as const;
  for (const [path, method, allow] of cases) {
    const response = await server.fetch(path, { method });
    const text = await response.text();

    expect([path, response.status, response.headers.get("allow")]).toEqual([path, 405, allow]);
    if (method !== "HEAD") {
      expect(JSON.parse(text).error).toMatchObject({ code: "not_allowed", message: `cannot ${method} ${path}` });
    }
  }
});

test("HEAD answers what GET would, without a body", async () => {
  await using server = await startServer();

  for (const path of ["/health", "/v1/task/list", "/v1/openapi.json"]) {
    const response = await server.fetch(path, { method: "HEAD" });

    expect([path, response.status, await response.text()]).toEqual([path, 200, ""]);
  }
});

test("a base path stands before every route, and nothing is served beside it", async () => {
  await using server = await startServer({ settings: { base_path: "/tools/cadre/" } });

  const info = await server.get("/tools/cadre");
  const slash = await server.get("/tools/cadre/");
  const list = await server.get("/tools/cadre/v1/task/list");
  const openapi = await server.get("/tools/cadre/v1/openapi.json");
  const beside = await server.get("/health");
  const inside = await server.get("/tools/cadre/helth");
  const method = await server.fetch("/tools/cadre/health", { method: "POST" });

  expect([info.status, info.body.mcp]).toEqual([200, "/tools/cadre/mcp"]);
  expect([slash.status, list.status]).toEqual([200, 200]);
  expect(openapi.body.servers).toEqual([{ url: "/tools/cadre" }]);
  expect([beside.status, beside.body.error.message]).toEqual([404, "no route /health"]);
  expect([inside.status, inside.body.error.hint]).toEqual([404, "Did you mean /tools/cadre/health?"]);
  expect([method.status, method.headers.get("allow")]).toEqual([405, "GET"]);
});

test("/health needs no token below a base path either", async () => {
  await using server = await startServer({ settings: { base_path: "/c", host: "0.0.0.0" } });

  expect([(await server.get("/c/health")).status, (await server.get("/c/stats")).status]).toEqual([200, 401]);
});

const breaking = defineTool({
  name: "thing_break",
  title: "Break",
  summary: "Fails in the way that its input says.",
  effect: "read",
  toolset: "task",
  input: z.object({ how: z.enum(["bug", "lie", "storage"]) }),
  output: z.object({ count: z.number() }),
  run: async (_app, { how }) => {
    if (how === "bug") throw new TypeError("undefined is not an object at /home/user/secret/place.ts:12:3");
    if (how === "lie") return { count: "many" as unknown as number };
    throw new AppError("storage_full", "cannot write: the disk is full", { hint: "Free some space.", retryAfterMs: 1 });
  },
});

test("an error never shows a stack, a path or a cause; the log has them under the request's id", async () => {
  await using server = await startServer({ table: [...tools, breaking] });

  for (const how of ["bug", "lie"]) {
    const { status, body } = await server.get(`/v1/thing/break?how=${how}`, { "x-request-id": how });

    expect([status, body]).toEqual([
      500,
      {
        error: {
          code: "internal",
          message: "unexpected failure",
          hint: "Look for this request id in cadre's log, and report what it says.",
          retry: false,
          request_id: how,
        },
      },
    ]);
  }
  expect(server.logged).toContainEqual(
    expect.objectContaining({ level: "error", request_id: "bug", cause: expect.stringContaining("place.ts:12:3") }),
  );
});

test("an error that may be tried again says when", async () => {
  await using server = await startServer({ table: [...tools, breaking] });

  const { status, headers, body } = await server.get("/v1/thing/break?how=storage");

  expect([status, headers.get("retry-after"), body.error.retry]).toEqual([507, "1", true]);
});

test("a field that was refused is named by its path", async () => {
  await using server = await startServer();

  const { status, body } = await server.post("/v1/task/create", { title: "", tags: ["ok", 5], surprise: 1 });

  expect([status, body.error.code, body.error.fields]).toEqual([
    400,
    "invalid_input",
    [
      { path: "surprise", message: "no such input" },
      { path: "title", message: expect.any(String) },
      { path: "tags.1", message: expect.any(String) },
    ],
  ]);
});

test("query parameters are read by the type of their input, options beside the others", async () => {
  await using server = await startServer();
  await server.app.tasks.create(server.workspace, { title: "One", language: "ts" });
  await server.app.tasks.create(server.workspace, { title: "Two", language: "py" });

  const one = await server.get("/v1/task/list?limit=1&archived=false");
  const python = await server.get("/v1/task/list?language=py");
  const wrong = await server.get("/v1/task/list?limit=many");
  const unknown = await server.get("/v1/task/list?langage=py");

  expect(one.body.tasks).toMatchObject([{ title: "One" }]);
  expect(python.body.tasks).toMatchObject([{ title: "Two" }]);
  expect([wrong.status, wrong.body.error.fields[0].path]).toEqual([400, "limit"]);
  expect([unknown.status, unknown.body.error.fields[0].path]).toEqual([400, "langage"]);
});

test("every answer forbids to guess its type", async () => {
  await using server = await startServer();

  for (const path of ["/health", "/metrics", "/nowhere", "/v1/openapi.json"]) {
    expect((await server.get(path)).headers.get("x-content-type-options")).toBe("nosniff");
  }
});
