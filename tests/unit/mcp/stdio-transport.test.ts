import { expect, test } from "bun:test";
import type { JSONRPCMessage } from "@modelcontextprotocol/server";
import {
  EOF_GRACE_MS,
  JSON_DEPTH_MAX,
  STDIO_MESSAGE_BYTES_MAX,
  STDIO_UNREAD_CHARS_MAX,
} from "../../../src/base/limits.ts";
import { StdioTransport } from "../../../src/mcp/stdio-transport.ts";
import { fakeClock } from "../../harness/clock.ts";
import { until } from "../../harness/condition.ts";
import { memoryIo } from "../../harness/memory-io.ts";

async function open() {
  const io = memoryIo();
  const clock = fakeClock();
  const transport = new StdioTransport(io, clock);
  const received: JSONRPCMessage[] = [];
  const errors: string[] = [];
  let hasEnded = false;
  transport.onmessage = (message) => received.push(message);
  transport.onerror = (error) => errors.push(error.message);
  void transport.ended.then(() => {
    hasEnded = true;
  });
  await transport.start();
  return { io, clock, transport, received, errors, hasEnded: () => hasEnded };
}

const ask = (id: string | number, method = "ping") => `${JSON.stringify({ jsonrpc: "2.0", id, method })}\n`;
const answer = (id: string | number): JSONRPCMessage => ({ jsonrpc: "2.0", id, result: {} });

test("a message is passed on as it came", async () => {
  const { io, received } = await open();

  io.type(ask(1));
  io.type(`${JSON.stringify({ jsonrpc: "2.0", method: "notifications/initialized" })}\r\n\n   \n`);
  io.type(ask("two"));

  await until(() => received.length === 3, "all have come");
  expect(received).toEqual([
    { jsonrpc: "2.0", id: 1, method: "ping" },
    { jsonrpc: "2.0", method: "notifications/initialized" },
    { jsonrpc: "2.0", id: "two", method: "ping" },
  ]);
});

const REFUSED = [
  ["garbage", "hello\n", -32_700, null, "the line is not valid JSON"],
  ["half a message", '{"jsonrpc":"2.0",\n', -32_700, null, "the line is not valid JSON"],
  ["a batch", `[${ask(1).trim()}]\n`, -32_600, null, "batches are not served: send one message a line"],
  ["a text", '"hello"\n', -32_600, null, 'not a JSON-RPC 2.0 message: "jsonrpc": "2.0" is missing'],
  ["another version", '{"jsonrpc":"1.0","id":7,"method":"ping"}\n', -32_600, 7, "not a JSON-RPC 2.0 message"],
  ["no id at all", '{"jsonrpc":"2.0","id":null,"method":"ping"}\n', -32_600, null, "the id is neither a text nor"],
  ["half an id", '{"jsonrpc":"2.0","id":1.5,"method":"ping"}\n', -32_600, null, "the id is neither a text nor"],
  ["no method", '{"jsonrpc":"2.0","id":3}\n', -32_600, 3, "the message has no method"],
  ["a method that is no text", '{"jsonrpc":"2.0","id":"a","method":1}\n', -32_600, "a", "the method is not a text"],
  ["params as a list", '{"jsonrpc":"2.0","id":4,"method":"x","params":[]}\n', -32_600, 4, "params is not an object"],
] as const;

for (const [what, line, code, id, message] of REFUSED) {
  test(`${what} is answered, and the next message is served`, async () => {
    const { io, received } = await open();

    io.type(line);
    io.type(ask(99));

    const [refusal] = await io.have(1);
    expect(refusal).toEqual({ jsonrpc: "2.0", id, error: { code, message: expect.stringContaining(message) } });
    await until(() => received.length === 1, "the next message has come");
  });
}

test("a message that is too long is refused once, and the next one is served", async () => {
  const { io, received } = await open();
  const piece = "x".repeat(STDIO_MESSAGE_BYTES_MAX / 4);

  io.type(`{"jsonrpc":"2.0","id":1,"method":"`);
  for (let n = 0; n < 5; n++) io.type(piece);
  io.type('"}\n');
  io.type(ask(2));

  await until(() => received.length === 1, "the next message has come");
  expect(await io.have(1)).toEqual([
    { jsonrpc: "2.0", id: null, error: { code: -32_700, message: "the message is too long" } },
  ]);
});

test("a message that is nested too deeply is refused before anything walks it", async () => {
  const { io } = await open();
  const levels = JSON_DEPTH_MAX;

  io.type(`{"jsonrpc":"2.0","id":1,"method":"x","params":{"a":${"[".repeat(levels)}${"]".repeat(levels)}}}\n`);

  expect(await io.have(1)).toEqual([
    { jsonrpc: "2.0", id: null, error: { code: -32_700, message: "the message is nested too deeply" } },
  ]);
});

test("the last line counts without a line break, too", async () => {
  const { io, received } = await open();

  io.type(ask(1).trim());
  io.endInput();

  await until(() => received.length === 1, "it has come");
});

test("at the end of stdin what is in flight is answered, then the connection is over", async () => {
  const { io, transport, received, hasEnded } = await open();
  io.type(ask(1) + ask(2));
  io.endInput();
  await until(() => received.length === 2, "both have come");

  await transport.send(answer(2));
  expect(hasEnded()).toBe(false);
  await transport.send(answer(1));

  await transport.ended;
  expect(io.messages()).toEqual([answer(2), answer(1)]);
});

test("what is still in flight after the grace is given up", async () => {
  const { io, clock, transport, received, hasEnded } = await open();
  io.type(ask(1));
  io.endInput();
  await until(() => received.length === 1 && clock.sleepers === 1, "the grace has begun");

  clock.advance(EOF_GRACE_MS - 1);
  await Promise.resolve();
  expect(hasEnded()).toBe(false);
  clock.advance(1);

  await transport.ended;
});

test("neither a stream of notifications nor a cancelled request is waited for", async () => {
  const { io, transport, received } = await open();
  let listens = 0;
  transport.onlisten = () => {
    listens++;
  };
  io.type(ask(1, "subscriptions/listen") + ask(2));
  io.type('{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":2}}\n');
  io.endInput();

  await transport.ended;

  expect([listens, received.length]).toEqual([1, 3]);
});

test("at the end the goodbyes are written before the connection closes", async () => {
  const { io, transport } = await open();
  transport.onfinish = () => transport.send(answer("stream"));

  io.endInput();
  await transport.ended;

  expect(io.messages()).toEqual([answer("stream")]);
});

test("finish() and close() may be called as often as anybody likes", async () => {
  const { transport } = await open();
  let closes = 0;
  transport.onclose = () => {
    closes++;
  };

  await Promise.all([transport.finish(), transport.finish(), transport.close()]);
  await transport.close();

  expect(closes).toBe(1);
});

test("a broken pipe ends the connection: nobody reads any more", async () => {
  const { io, transport, errors } = await open();
  io.breakPipe();

  await transport.send(answer(1));
  await transport.ended;
  await transport.send(answer(2));

  expect([errors, io.writes]).toEqual([["stdout is closed"], []]);
});

test("answers of one turn leave in one write", async () => {
  const { io, transport } = await open();

  await Promise.all([1, 2, 3].map((id) => transport.send(answer(id))));

  expect(io.writes).toEqual([[1, 2, 3].map((id) => `${JSON.stringify(answer(id))}\n`).join("")]);
});

test("from a client that does not read, nothing more is read until it does", async () => {
  const { io, transport, received } = await open();
  const big = "x".repeat(STDIO_UNREAD_CHARS_MAX);
  transport.onmessage = (message) => {
    received.push(message);
    if ("id" in message) void transport.send({ jsonrpc: "2.0", id: message.id as number, result: { big } });
  };
  io.block();

  io.type(ask(1));
  await until(() => received.length === 1, "the first is answered, and nobody reads it");
  for (const id of [2, 3, 4]) io.type(ask(id));
  await new Promise((resolve) => setImmediate(resolve));
  expect([io.taken, received.length]).toEqual([1, 1]);
  io.read();

  await until(() => received.length === 4, "the rest is read");
  await io.have(4);
});
