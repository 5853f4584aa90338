// What is no HTTP, or hardly, on the socket itself: no client library would send it.
import { connect, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { route } from "../../src/http/rest.ts";
import { tools } from "../../src/tools/index.ts";
import type { Random } from "../harness/random.ts";
import { type Program, Stage } from "./child.ts";
import type { Face } from "./face.ts";
import { HttpChild } from "./http-child.ts";
import { hostileText } from "./values.ts";
import { checkText, short, Violation } from "./verdict.ts";

/** A server that has said nothing by then waits for the rest of the request, which is its right. */
const LISTEN_MS = 150;
/** Names that a browser would look up elsewhere: none of them is this machine's. */
const FOREIGN = [
  "evil.com",
  "localhost.evil.com",
  "127.0.0.1.evil.com",
  "evil.com:5060",
  "localhost@evil.com",
  "localhost:80@evil.com",
  "evil.com#localhost",
  "evil.com/localhost",
  "localhost, evil.com",
  "0x7f000001",
  "2130706433",
  "127.1",
  "[::ffff:7f00:1]",
  "localhost%00.evil.com",
  "localhost\\.evil.com",
  "",
];
const OWN = ["localhost", "LOCALHOST", "127.0.0.1", "localhost:5060", "[::1]", "[::1]:80", "127.8.8.8"];
const FOREIGN_ORIGINS = [
  "null",
  "http://localhost.evil.com",
  "file://",
  "https://evil.com",
  "http://localhost@evil.com",
  "chrome-extension://abc",
  "http://127.0.0.1.evil.com",
  "//localhost",
  "http://",
  "localhost",
];

export async function httpBytesFace(program: Program): Promise<Face> {
  const stage = new Stage();
  const server = await HttpChild.start(program, stage);
  return {
    name: "http-bytes",
    round: async (random, tell) => {
      const { text, isForeign } = requestOf(random);
      const bytes = Buffer.from(text, "latin1");
      tell(JSON.stringify(text));
      const answer = await send(random, server.port, bytes);
      judge(answer, isForeign, stage);
    },
    check: () => server.check(),
    close: async () => {
      await server.child.close();
      stage[Symbol.dispose]();
    },
  };
}

function judge(answer: string, isForeign: boolean, stage: Stage): void {
  if (answer === "") return; // A closed connection is an answer to garbage.
  const statuses = [...answer.matchAll(/(?:^|\r\n|[}\n])HTTP\/1\.1 (\d{3})/g)].map(([, status]) => Number(status));
  if (!answer.startsWith("HTTP/1.")) throw new Violation(`no HTTP comes back: ${short(answer)}`);
  checkText(answer, stage.places);
  const bad = statuses.find((status) => status >= 500 && status !== 505);
  if (bad !== undefined) throw new Violation(`status ${bad}: ${short(answer)}`);
  if (isForeign && statuses.some((status) => status >= 200 && status < 400))
    throw new Violation(`a stranger gets in: ${short(answer)}`);
  if (/\r\nX-Injected/i.test(answer.split("\r\n\r\n")[0] ?? ""))
    throw new Violation(`a header was injected: ${short(answer)}`);
}

/** Sends in one go, in pieces, or stops in the middle; reads what comes until it ends or nothing more does. */
async function send(random: Random, port: number, bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  let answer = "";
  const over = Promise.withResolvers<void>();
  socket.setEncoding("latin1").on("data", (text: string) => {
    answer += text;
  });
  socket.on("error", () => over.resolve()).on("close", () => over.resolve());
  await writeSlowly(random, socket, bytes);
  const quiet = new AbortController();
  await Promise.race([over.promise, pause(LISTEN_MS, undefined, { signal: quiet.signal }).catch(() => {})]);
  quiet.abort();
  socket.destroy();
  return answer;
}

async function writeSlowly(random: Random, socket: Socket, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  if (random.isTrue(0.8) || bytes.length > 3_000) return void socket.write(bytes);
  for (const piece of random.pieces(bytes, Math.max(1, Math.ceil(bytes.length / 5)))) {
    socket.write(piece);
    await pause(1);
  }
}

function requestOf(random: Random): { text: string; isForeign: boolean } {
  if (random.isTrue(0.1)) return { text: garbage(random), isForeign: false };
  const isForeign = random.isTrue(0.25);
  const byHost = isForeign && random.isTrue(0.5);
  const headers = [
    `Host: ${byHost ? random.pick(FOREIGN) : random.pick(OWN)}`,
    ...(isForeign && !byHost ? [`Origin: ${random.pick(FOREIGN_ORIGINS)}`] : []),
    ...oddHeaders(random),
  ];
  const [body, ...bodyHeaders] = bodyOf(random);
  const end = random.pick(["\r\n", "\r\n", "\r\n", "\r\n", "\n", "\r"]);
  const head = [requestLine(random), ...random.shuffled([...headers, ...bodyHeaders]), "", ""].join(end);
  const text = head + body;
  // Several requests at once on one connection: each is judged.
  return { text: random.isTrue(0.1) ? text.repeat(random.int(2, 5)) : text, isForeign };
}

function requestLine(random: Random): string {
  const method = random.pick([
    "GET",
    "GET",
    "POST",
    "POST",
    "DELETE",
    "OPTIONS",
    "PUT",
    "PATCH",
    "TRACE",
    "CONNECT",
    "FOO",
    "get",
    "GET ",
    "",
  ]);
  const version = random.pick([
    "HTTP/1.1",
    "HTTP/1.1",
    "HTTP/1.1",
    "HTTP/1.1",
    "HTTP/1.0",
    "HTTP/2.0",
    "HTTP/9",
    "",
    "http/1.1",
  ]);
  return `${method} ${pathOf(random)} ${version}`;
}

function pathOf(random: Random): string {
  const tool = route(random.pick(tools)).path;
  return random.pick([
    "/",
    "/health",
    "/metrics",
    "/stats",
    "/mcp",
    "/v1/openapi.json",
    tool,
    tool,
    `${tool}?id=%00&limit=%ff&status=${encodeURIComponent(hostileText(random).toWellFormed()).slice(0, 3_000)}`,
    "/v1/../../etc/passwd",
    "/v1/%2e%2e/%2e%2e/etc/passwd",
    "/%2e%2e%2f%2e%2e%2fetc/passwd",
    "//evil.com/health",
    "//",
    "/\\evil.com",
    "/health/../metrics",
    "/HEALTH",
    "/health%20",
    "/%00",
    "/v1/task/%E0%A4%A",
    `/${"a".repeat(random.pick([200, 9_000, 70_000]))}`,
    `/v1${"/..".repeat(500)}`,
    "http://evil.com/health",
    "http://[/health",
    "http://localhost:99999/health",
    "evil.com:80",
    "*",
    "",
    "/health HTTP/1.1\r\nX-Injected: 1",
    "/v1/task/list?x=%0d%0aX-Injected:%201",
    "/v1/events?after=-1",
    "/v1/events?after=99999999999999999999",
    "/v1/events?task=%00&type=__proto__",
    "/?#",
    "/#/health",
  ]);
}

function oddHeaders(random: Random): string[] {
  const odd = [
    "Connection: close",
    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13",
    "Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA",
    "Range: bytes=0-1,2-,-5",
    "Expect: 100-continue",
    "Authorization: Bearer wrong",
    "Authorization: Basic Og==",
    `Authorization: Bearer ${"x".repeat(5_000)}`,
    "X-Request-Id: a b\tc",
    "X-Request-Id: \x1b[2J",
    `X-Request-Id: ${"r".repeat(300)}`,
    "Traceparent: 00-zz-zz-zz",
    "Traceparent: 00-00000000000000000000000000000000-0000000000000000-00",
    "X-Cadre-Workspace: ../../..",
    "X-Cadre-Workspace: \xff\xfe",
    "X-Mcp-Tools: __proto__,constructor",
    "X-Mcp-Readonly: maybe",
    "Mcp-Session-Id: __proto__",
    "Mcp-Session-Id: ../../etc",
    "Mcp-Protocol-Version: 9999-99-99",
    "Last-Event-Id: 1e9",
    "Accept: text/event-stream",
    "Cookie: a=b",
    "Referer: http://evil.com/",
    "Origin: http://localhost:1",
    "Sec-Fetch-Site: cross-site",
    "X-Forwarded-Host: evil.com",
    "X-Forwarded-For: 127.0.0.1",
    "X-Http-Method-Override: DELETE",
    "No-Colon-Here",
    ": empty name",
    " folded: yes",
    "X-\x00: nul",
    "X-A: a\x00b",
    `X-Long: ${"h".repeat(random.pick([1_000, 10_000, 50_000]))}`,
    ...Array.from({ length: random.isTrue(0.1) ? 150 : 1 }, (_, at) => `X-Many-${at}: ${at}`),
  ];
  return random.some(odd, 0.06);
}

/** The body, then the headers that tell of it, truly or not. */
function bodyOf(random: Random): string[] {
  const json = random.pick([
    '{"title":"x"}',
    "{}",
    "[",
    '{"jsonrpc":"2.0","id":1,"method":"ping"}',
    "title=x",
    "\xff\xfe\xfd",
    "",
  ]);
  const type = `Content-Type: ${random.pick(["application/json", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/json\r\nContent-Type: text/plain"])}`;
  return random.pick([
    ["", "X-None: 1"],
    [json, type, `Content-Length: ${json.length}`],
    [json, type, `Content-Length: ${json.length}`],
    [json, type, `Content-Length: ${json.length + random.int(1, 50)}`],
    [json, type, `Content-Length: ${Math.max(0, json.length - 1)}`],
    [json, type, "Content-Length: -1"],
    [json, type, "Content-Length: 99999999999999999999"],
    [json, type, "Content-Length: 20000000"],
    [json, type, "Content-Length: 5, 6"],
    [json, type, "Content-Length: 0x10"],
    [json, type, "Transfer-Encoding: chunked"],
    [`${json.length.toString(16)}\r\n${json}\r\n0\r\n\r\n`, type, "Transfer-Encoding: chunked"],
    [`${json.length.toString(16)};ext="\r\n${json}\r\n0\r\nX-Injected: 1\r\n\r\n`, type, "Transfer-Encoding: chunked"],
    ["fffffffffffffffff\r\n", type, "Transfer-Encoding: chunked"],
    ["-1\r\n{}\r\n", type, "Transfer-Encoding: chunked"],
    [`${json.length.toString(16)}\r\n${json}\r\n0\r\n\r\n`, type, "Transfer-Encoding: chunked", "Content-Length: 3"],
    [json, type, "Transfer-Encoding: gzip, chunked"],
  ]);
}

function garbage(random: Random): string {
  return random.pick([
    Buffer.from(random.bytes(random.int(1, 3_000))).toString("latin1"),
    "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "\r\n\r\n\r\n",
    "GET\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: local",
    "A".repeat(100_000),
    '{"jsonrpc":"2.0","id":1,"method":"ping"}\n',
    "SSH-2.0-OpenSSH_9.0\r\n",
  ]);
}
