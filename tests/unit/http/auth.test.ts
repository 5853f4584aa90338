import { expect, test } from "bun:test";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { isSameToken } from "../../../src/config/token.ts";
import { hasToken, isLoopback } from "../../../src/http/auth.ts";
import { runCli } from "../../harness/cli.ts";
import { refusalOf } from "../../harness/errors.ts";
import { startHttpProcess } from "../../harness/process.ts";
import { startServer } from "../../harness/server.ts";

const PROTECTED = [
  "/",
  "/mcp",
  "/metrics",
  "/stats",
  "/tools",
  "/resources",
  "/v1/openapi.json",
  "/v1/events",
  "/v1/task/list",
  "/nowhere",
];

test("bound to more than loopback, every route but /health asks for the token", async () => {
  await using server = await startServer({ settings: { host: "0.0.0.0" } });

  for (const route of PROTECTED) {
    const { status, headers, body } = await server.get(route);

    expect([route, status, headers.get("www-authenticate"), body.error]).toEqual([
      route,
      401,
      'Bearer realm="cadre"',
      {
        code: "unauthorized",
        message: "cannot let you in: this server asks for its token",
        hint: "Send Authorization: Bearer TOKEN; cadre token show prints it.",
        retry: false,
        request_id: expect.any(String),
      },
    ]);
  }
  expect((await server.get("/health")).status).toBe(200);
});

test("bound to more than loopback, the token opens every route, whatever case its scheme is written in", async () => {
  await using server = await startServer({ settings: { host: "0.0.0.0" } });

  for (const scheme of ["Bearer", "bearer", "BEARER"]) {
    const { status } = await server.get("/v1/task/list", { authorization: `${scheme} ${server.token}` });

    expect([scheme, status]).toEqual([scheme, 200]);
  }
});

test("a wrong token is refused on loopback too, and on every route", async () => {
  await using server = await startServer();

  for (const route of [...PROTECTED, "/health"]) {
    for (const authorization of [`Bearer ${server.token}x`, "Bearer ", `Basic ${server.token}`, server.token]) {
      const { status, body } = await server.get(route, { authorization });

      expect([route, authorization.slice(0, 10), status, body.error.message]).toEqual([
        route,
        authorization.slice(0, 10),
        401,
        "cannot let you in: the token is wrong",
      ]);
    }
  }
});

test("the token lies in a file that only its user can read, and cadre token shows the same", async () => {
  await using server = await startServer();
  const file = join(server.home, "token");

  const shown = JSON.parse((await runCli(["token", "show", "--json"], { env: { CADRE_HOME: server.home } })).stdout);

  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(statSync(server.home).mode & 0o777).toBe(0o700);
  expect(shown).toEqual({ token: readFileSync(file, "utf8").trim(), file });
  expect(shown.token).toMatch(/^cadre_[0-9a-f]{48}$/);
});

test("cadre token rotate makes the old token worthless for the next server", async () => {
  await using before = await startServer();
  await runCli(["token", "rotate"], { env: { CADRE_HOME: before.home } });
  await using after = await startServer({ home: before.home });

  expect((await after.get("/v1/task/list", { authorization: `Bearer ${before.token}` })).status).toBe(401);
  expect((await after.get("/v1/task/list", { authorization: `Bearer ${after.token}` })).status).toBe(200);
});

test("CADRE_TOKEN takes the place of the file", async () => {
  await using server = await startServer({
    env: { CADRE_TOKEN: "from-the-environment" },
    settings: { host: "0.0.0.0" },
  });

  expect((await server.get("/stats", { authorization: "Bearer from-the-environment" })).status).toBe(200);
  expect((await server.get("/stats", { authorization: `Bearer ${server.token}` })).status).toBe(401);
});

test("no token is ever logged, right or wrong", async () => {
  await using server = await startServer();

  await server.get("/health", { authorization: `Bearer ${server.token}` });
  await server.get("/health", { authorization: `Bearer ${server.token}f` });

  expect(server.logged.length).toBeGreaterThan(0);
  expect(JSON.stringify(server.logged)).not.toContain(server.token.slice("cadre_".length));
});

test("a process that others can reach says so with the token in its curl line", async () => {
  await using server = await startServer();
  await using child = await startHttpProcess(["--host", "0.0.0.0"], { env: { CADRE_HOME: server.home } });

  expect(child.stdout()).toContain('-H "Authorization: Bearer $(cadre token show --json | jq -r .token)"');
  expect((await fetch(`${child.origin}/v1/task/list`)).status).toBe(401);
});

test("isSameToken() compares digests of one length, so that no length and no prefix shows in its time", () => {
  const source = readFileSync(join(import.meta.dirname, "../../../src/config/token.ts"), "utf8");

  expect(source).toContain("timingSafeEqual(Buffer.from(digest(given)), Buffer.from(digest(token)))");
  expect([isSameToken("a", "a"), isSameToken("a", "ab"), isSameToken("", "a")]).toEqual([true, false, false]);
});

test("hasToken() tells no token from a wrong one", async () => {
  const request = (authorization?: string) =>
    new Request("http://localhost/", authorization === undefined ? {} : { headers: { authorization } });

  expect(hasToken(request(), "secret")).toBe(false);
  expect(hasToken(request("Bearer secret"), "secret")).toBe(true);
  expect((await refusalOf(() => hasToken(request("Bearer other"), "secret"))).code).toBe("unauthorized");
});

test("isLoopback() knows loopback by every name, and nothing that only looks like it", () => {
  const yes = ["localhost", "LocalHost", "127.0.0.1", "127.255.0.9", "::1", "[::1]"];
  const no = ["0.0.0.0", "::", "127.0.0.1.example", "localhost.example", "10.0.0.1", "", "1270.0.0.1"];

  expect(yes.filter((name) => !isLoopback(name))).toEqual([]);
  expect(no.filter(isLoopback)).toEqual([]);
});
