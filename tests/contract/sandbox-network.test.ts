// A program that may reach one host reaches that one, and nothing past the proxy that leads there.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createSocket, type Socket } from "node:dgram";
import { createServer, type Server } from "node:net";
import { LEVELS, type Level } from "../../src/sandbox/isolation.ts";
import type { Outcome, Program } from "../../src/sandbox/program.ts";
import { openSandbox } from "../harness/sandbox.ts";
import { programOf } from "./sandbox-corpus.ts";

const sandbox = openSandbox();
const works: Level[] = [];
for (const level of LEVELS.filter((one) => one !== "process"))
  if ((await sandbox.levels.test(level, new AbortController().signal)).works) works.push(level);

const hits = { allowed: 0, other: 0, datagrams: 0 };
let allowed: Server;
let other: Server;
let datagrams: Socket;
beforeAll(async () => {
  allowed = await listening(() => hits.allowed++);
  other = await listening(() => hits.other++);
  datagrams = createSocket("udp4").on("message", () => hits.datagrams++);
  await new Promise<void>((resolve) => datagrams.bind(0, "127.0.0.1", resolve));
});
afterAll(async () => {
  allowed.close();
  other.close();
  datagrams.close();
  await sandbox.close();
});

function listening(hit: () => void): Promise<Server> {
  const server = createServer((socket) => {
    hit();
    socket.on("error", () => {});
    socket.once("data", () => socket.end("HTTP/1.0 200 OK\r\n\r\nhello"));
  });
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}

const portOf = (server: Server) => (server.address() as { port: number }).port;

function run(level: Level, language: "python" | "bash" | "javascript", code: string): Promise<Outcome> {
  const plain = programOf({ id: "network", language, code, expect: { status: "ok" } }, {}, level);
  const program: Program = { ...plain, engine: "bun", network: true, hosts: [`127.0.0.1:${portOf(allowed)}`] };
  return sandbox.run(program, { signal: new AbortController().signal, onOutput: () => {} });
}

describe.each(works)("at the level %s", (level) => {
  test("Python reaches the host of the list, and is told why another is refused", async () => {
    const code = `
import urllib.request, urllib.error
print(urllib.request.urlopen("http://127.0.0.1:${portOf(allowed)}/").read().decode())
try:
    urllib.request.urlopen("http://127.0.0.1:${portOf(other)}/")
except urllib.error.HTTPError as refused:
    print(refused.code, refused.read().decode().strip())
`;

    const outcome = await run(level, "python", code);

    expect(outcome.stdout).toBe(`hello\n403 the policy does not allow 127.0.0.1:${portOf(other)}\n`);
    expect(outcome.isolation).toMatchObject({ level, network: "hosts" });
    expect(outcome.refused_hosts).toEqual([`127.0.0.1:${portOf(other)}`]);
    expect(hits.other).toBe(0);
  });

  test("Bun reaches it, too", async () => {
    const code = `console.log(await (await fetch("http://127.0.0.1:${portOf(allowed)}/")).text())`;

    expect((await run(level, "javascript", code)).stdout).toBe("hello\n");
  });

  test("nothing goes past the proxy", async () => {
    const code = `
import socket
for family, kind, port in [(socket.AF_INET, socket.SOCK_STREAM, ${portOf(other)}), (socket.AF_INET, socket.SOCK_STREAM, ${portOf(allowed)})]:
    try:
        socket.socket(family, kind).connect(("127.0.0.1", port))
        print("connected", port)
    except OSError as refused:
        print("refused")
for family, kind in [(socket.AF_INET, socket.SOCK_DGRAM), (socket.AF_UNIX, socket.SOCK_STREAM), (socket.AF_INET, socket.SOCK_RAW)]:
    try:
        socket.socket(family, kind).sendto(b"x", ("127.0.0.1", ${datagrams.address().port}))
        print("sent", kind)
    except OSError as refused:
        print("refused")
`;
    const before = { ...hits };

    const outcome = await run(level, "python", code);

    expect(outcome.stdout).toBe("refused\n".repeat(5));
    expect(hits).toEqual(before);
  });

  test("the proxy ends with the program, and leaves nothing behind", async () => {
    const outcome = await run(level, "bash", 'echo "$http_proxy"; sleep 600 & exit 3');

    expect(outcome).toMatchObject({ status: "error", exit_code: 3 });
    expect(outcome.stdout).toMatch(/^http:\/\/cadre:\w+@127\.0\.0\.1:\d+\n$/);
  });
});
