// The proxy as a program meets it: over a socket, with requests that are right, wrong and wicked.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { createServer, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { HostProxy } from "../../../../src/sandbox/network/host-proxy.ts";

let server: Server;
let proxy: HostProxy;
const seen: string[] = [];
beforeAll(async () => {
  server = createServer((request, answer) => {
    seen.push(`${request.method} ${request.url} ${request.headers["proxy-authorization"] ?? "-"}`);
    answer.end("hello");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  proxy = await HostProxy.open([`127.0.0.1:${portOf()}`, `*.nip.invalid:${portOf()}`, "localtest.example"], undefined);
});
afterAll(async () => {
  await proxy.close();
  server.close();
});

const portOf = () => (server.address() as AddressInfo).port;
const authorization = () => {
  const { username, password } = new URL(proxy.env(proxy.port)["http_proxy"] ?? "");
  return `Proxy-Authorization: Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
};

function exchange(text: string, then = ""): Promise<string> {
  return new Promise((resolve) => {
    let answer = "";
    const socket = connect(proxy.port, "127.0.0.1", () => socket.write(text));
    socket.on("data", (bytes) => {
      answer += bytes;
      if (then && answer.startsWith("HTTP/1.1 200 Connection")) {
        socket.write(then);
        then = "";
      }
    });
    socket.on("error", () => {});
    socket.on("close", () => resolve(answer));
  });
}

test("a request to a host of the list passes, without what was for the proxy alone", async () => {
  const answer = await exchange(
    `GET http://127.0.0.1:${portOf()}/a?b HTTP/1.1\r\nHost: x\r\n${authorization()}\r\n\r\n`,
  );

  expect(answer).toStartWith("HTTP/1.1 200");
  expect(answer).toEndWith("hello");
  expect(seen.at(-1)).toBe("GET /a?b -");
});

test("a tunnel to a host of the list carries what it is given", async () => {
  const head = `CONNECT 127.0.0.1:${portOf()} HTTP/1.1\r\n${authorization()}\r\n\r\n`;

  expect(await exchange(head, "GET /t HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")).toContain("hello");
});

test.each<[string, () => string, string]>([
  ["another host", () => `CONNECT example.com:443 HTTP/1.1\r\n${authorization()}\r\n\r\n`, "403"],
  ["another port", () => `CONNECT 127.0.0.1:1 HTTP/1.1\r\n${authorization()}\r\n\r\n`, "403"],
  ["no word", () => `CONNECT 127.0.0.1:${portOf()} HTTP/1.1\r\n\r\n`, "407"],
  ["a wrong word", () => `CONNECT 127.0.0.1:${portOf()} HTTP/1.1\r\nProxy-Authorization: Basic eA==\r\n\r\n`, "407"],
  ["a name that nobody knows", () => `CONNECT a.nip.invalid:${portOf()} HTTP/1.1\r\n${authorization()}\r\n\r\n`, "502"],
  ["another protocol", () => `GET ftp://127.0.0.1/ HTTP/1.1\r\n${authorization()}\r\n\r\n`, "400"],
  ["no request at all", () => "x".repeat(20_000), "407"],
])("%s is refused", async (_what, request, status) => {
  expect(await exchange(request())).toStartWith(`HTTP/1.1 ${status}`);
});

test("what was refused is told by its name", () => {
  expect([...proxy.refused]).toContain("example.com:443");
  expect([...proxy.unreached]).toEqual([`a.nip.invalid:${portOf()}`]);
});
