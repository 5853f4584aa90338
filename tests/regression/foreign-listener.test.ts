// Another account's program may have the port, and answer /health as it likes: it learns nothing and stops nobody.

import { expect, test } from "bun:test";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { askNeighbour, CHALLENGE_HEADER, proveIdentity } from "../../src/config/neighbour.ts";
import { ensureToken } from "../../src/config/token.ts";
import { tempFolder } from "../harness/folder.ts";
import { startProcess } from "../harness/process.ts";
import { startServer } from "../harness/server.ts";

/** A listener that says what it wants, and keeps what it is told. */
function hostileListener(health: (request: Request) => unknown) {
  const heard: string[] = [];
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    reusePort: true,
    fetch: (request) => {
      heard.push(JSON.stringify(Object.fromEntries(request.headers)));
      return Response.json(health(request));
    },
  });
  return { port: server.port ?? 0, heard, [Symbol.asyncDispose]: () => server.stop(true) };
}

test("--take-over ends no process that a stranger's /health names", async () => {
  using folder = tempFolder();
  const victim = spawn("sleep", ["60"]);
  await using listener = hostileListener(() => ({
    name: "cadre",
    version: "9.9.9",
    pid: victim.pid,
    proof: "0".repeat(64),
  }));

  await using cadre = startProcess(["--http", String(listener.port), "--take-over"], {
    env: { CADRE_HOME: folder.path },
  });

  expect(await cadre.exited).toBe(5);
  expect(cadre.stderr()).toContain("does not know your token");
  expect([victim.exitCode, victim.signalCode]).toEqual([null, null]);
  victim.kill("SIGKILL");
});

test.each([0, 1, -1, -2_147_483_648, 1.5, "1", null, Number.MAX_SAFE_INTEGER + 2])(
  "a /health that names %p as its process is no neighbour's",
  async (pid) => {
    await using listener = hostileListener(() => ({ name: "cadre", version: "1", pid }));

    const neighbour = await askNeighbour(`http://127.0.0.1:${listener.port}`, { token: "t", port: listener.port });

    expect(neighbour).toBeUndefined();
  },
);

test("a proof is for one port and one process: a stranger that passes the question on gains nothing", async () => {
  const token = "cadre_of_both";
  await using relay = hostileListener((request) => {
    const challenge = request.headers.get(CHALLENGE_HEADER);
    // The real one listens elsewhere, and answers for where it listens.
    return { name: "cadre", version: "1", pid: 4_711, proof: proveIdentity(challenge, { token, port: 5_060 }, 4_711) };
  });

  const neighbour = await askNeighbour(`http://127.0.0.1:${relay.port}`, { token, port: relay.port });

  expect(neighbour).toMatchObject({ isOurs: false });
});

test("a cadre proves itself to whoever knows its token, and to nobody else", async () => {
  await using server = await startServer();
  const { port } = server.listener;

  const asUser = await askNeighbour(server.origin, { token: server.token, port });
  const asStranger = await askNeighbour(server.origin, { token: "another", port });
  const { body } = await server.get("/health", { [CHALLENGE_HEADER]: `${"0".repeat(32)}.${"0".repeat(64)}` });

  expect([asUser?.isOurs, asStranger?.isOurs]).toEqual([true, false]);
  expect(body.proof).toBeUndefined();
});

test("cadre metrics does not tell the token to a stranger that has the port", async () => {
  using folder = tempFolder();
  const token = ensureToken(folder.path);
  await using listener = hostileListener(() => ({ name: "cadre", version: "1", pid: 4_711 }));

  await using cadre = startProcess(["metrics", "--port", String(listener.port)], { env: { CADRE_HOME: folder.path } });
  await cadre.exited;

  expect(listener.heard.length).toBeGreaterThan(0);
  expect(listener.heard.join()).not.toContain(token);
});

test("a version that a stranger sends moves no terminal's cursor", async () => {
  using folder = tempFolder();
  await using listener = hostileListener(() => ({ name: "cadre", version: "\u001b[2J\u202e".repeat(50), pid: 4_711 }));

  await using cadre = startProcess(["--http", String(listener.port)], { env: { CADRE_HOME: join(folder.path, "h") } });

  expect(await cadre.exited).toBe(5);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that must not be there.
  expect(cadre.stderr()).not.toMatch(/[\u001b\u202e]/);
});
