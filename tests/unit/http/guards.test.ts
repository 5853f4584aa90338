// Who may ask at all: by which host name, from which page.
import { describe, expect, test } from "bun:test";
import { startServer } from "../../harness/server.ts";

const ROUTES = [
  "/",
  "/health",
  "/metrics",
  "/stats",
  "/mcp",
  "/v1/openapi.json",
  "/v1/events",
  "/v1/task/list",
  "/no/such/route",
];

describe.each(ROUTES)("%s", (route) => {
  test("refuses a host name that was pointed at loopback", async () => {
    await using server = await startServer();

    for (const host of [
      "evil.example",
      `evil.example:${server.listener.port}`,
      "127.0.0.1.evil.example",
      "localhost.evil",
    ]) {
      const { status, body } = await server.get(route, { host });

      expect([host, status, body.error]).toMatchObject([
        host,
        403,
        { code: "forbidden", hint: "If this name is yours, start the server with --allowed-hosts NAME." },
      ]);
    }
  });

  test("refuses a web page of another origin", async () => {
    await using server = await startServer();

    for (const origin of ["https://evil.example", "null", "http://localhost.evil.example", "file://"]) {
      const { status, body } = await server.get(route, { origin });

      expect([origin, status, body.error]).toMatchObject([
        origin,
        403,
        { code: "forbidden", hint: expect.stringContaining("--allowed-origins ORIGIN") },
      ]);
    }
  });
});

test("a stranger's write is refused before it happens", async () => {
  await using server = await startServer();

  const { status } = await server.post("/v1/task/create", { title: "x" }, { origin: "https://evil.example" });

  expect(status).toBe(403);
  expect(await server.app.tasks.list(server.workspace, { limit: 1 })).toEqual({ tasks: [], counts: {} });
});

test("every spelling of loopback is a host and an origin of ours", async () => {
  await using server = await startServer();
  const { port } = server.listener;

  for (const host of [`localhost:${port}`, "LOCALHOST", "127.0.0.1", "127.1.2.3:80", `[::1]:${port}`]) {
    expect([host, (await server.get("/health", { host })).status]).toEqual([host, 200]);
  }
  for (const origin of ["http://localhost:3000", "http://127.0.0.1:8080", "http://[::1]:1234"]) {
    expect([origin, (await server.get("/health", { origin })).status]).toEqual([origin, 200]);
  }
});

test("--allowed-hosts and --allowed-origins let named ones in, and * all", async () => {
  await using named = await startServer({
    settings: { allowed_hosts: "cadre.lan, Proxy.Example", allowed_origins: "https://app.example" },
  });
  await using any = await startServer({ settings: { allowed_hosts: "*", allowed_origins: "*" } });

  expect((await named.get("/health", { host: "cadre.lan:5060" })).status).toBe(200);
  expect((await named.get("/health", { host: "proxy.example" })).status).toBe(200);
  expect((await named.get("/health", { host: "other.lan" })).status).toBe(403);
  expect((await named.get("/health", { origin: "https://app.example" })).status).toBe(200);
  expect((await named.get("/health", { origin: "https://app.example:8443" })).status).toBe(403);
  expect((await any.get("/health", { host: "whatever", origin: "https://evil.example" })).status).toBe(200);
});

test("CORS is off by default: no answer may be read by a page, not even one of loopback", async () => {
  await using server = await startServer();

  const simple = await server.get("/health", { origin: "http://localhost:3000" });
  const preflight = await server.fetch("/mcp", {
    method: "OPTIONS",
    headers: { origin: "http://localhost:3000", "access-control-request-method": "POST" },
  });

  for (const { headers } of [simple, preflight]) {
    expect([...headers.keys()].filter((name) => name.startsWith("access-control-"))).toEqual([]);
  }
});

test("--cors-origins answers the preflight and the request of a named origin", async () => {
  await using server = await startServer({ settings: { cors_origins: "https://app.example" } });
  const origin = "https://app.example";

  const preflight = await server.fetch("/mcp", {
    method: "OPTIONS",
    headers: {
      origin,
      "access-control-request-method": "POST",
      "access-control-request-headers": "mcp-session-id, authorization",
    },
  });
  const { headers } = await server.get("/v1/task/list", { origin });

  expect(preflight.status).toBe(204);
  expect(preflight.headers.get("access-control-allow-origin")).toBe(origin);
  expect(preflight.headers.get("access-control-allow-methods")).toBe("GET, POST, DELETE, OPTIONS");
  const allowed = preflight.headers.get("access-control-allow-headers")?.split(", ") ?? [];
  expect(allowed).toContainValues(["mcp-session-id", "mcp-protocol-version", "authorization", "x-mcp-readonly"]);
  expect(headers.get("access-control-allow-origin")).toBe(origin);
  expect(headers.get("access-control-expose-headers")).toContain("mcp-session-id");
  expect(headers.get("vary")).toBe("Origin");
});

test("an origin that was not named gets no CORS headers, and no answer", async () => {
  await using server = await startServer({ settings: { cors_origins: "https://app.example" } });

  const response = await server.fetch("/mcp", { method: "OPTIONS", headers: { origin: "https://other.example" } });

  expect([response.status, response.headers.get("access-control-allow-origin")]).toEqual([403, null]);
});

test("an error carries the CORS headers too: else a page could not read why", async () => {
  await using server = await startServer({ settings: { cors_origins: "*" } });

  const { status, headers } = await server.get("/v1/task/show?id=no", { origin: "https://app.example" });

  expect([status, headers.get("access-control-allow-origin")]).toEqual([400, "https://app.example"]);
});
