// A client that sends much, or reads nothing, takes only its share of the server.

import { expect, test } from "bun:test";
import { connect } from "node:net";
import { BODIES_BYTES_MAX, STREAM_UNREAD_BYTES_MAX } from "../../src/base/limits.ts";
import { BodyBudget, readText } from "../../src/http/body.ts";
import { boundedStream } from "../../src/mcp/bounded-stream.ts";
import { until } from "../harness/condition.ts";
import { refusalOf } from "../harness/errors.ts";
import { startServer } from "../harness/server.ts";

const post = (body: string) => new Request("http://localhost/", { method: "POST", body });

test("bodies that arrive at once share a budget; what was refused or read is given back", async () => {
  const budget = new BodyBudget();
  budget.take(BODIES_BYTES_MAX - 10);

  expect(await refusalOf(() => readText(post("x".repeat(11)), budget))).toMatchObject({
    code: "unavailable",
    retryAfterMs: 1_000,
  });
  expect(await readText(post("x".repeat(10)), budget)).toHaveLength(10);
  expect(await readText(post("x".repeat(10)), budget)).toHaveLength(10);
});

test("a stream of news ends when nobody reads it", async () => {
  let cancelled = false;
  const news = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(new Uint8Array(64 * 1024)),
    cancel: () => {
      cancelled = true;
    },
  });
  const stream = boundedStream(new Response(news, { headers: { "content-type": "text/event-stream" } }));

  await until(() => cancelled, "the source is closed");

  let bytes = 0;
  for await (const chunk of stream.body as unknown as AsyncIterable<Uint8Array>) bytes += chunk.byteLength;
  expect(bytes).toBeGreaterThan(0);
  expect(bytes).toBeLessThanOrEqual(STREAM_UNREAD_BYTES_MAX);
});

test("a refusal is no stream: it stays as it is", async () => {
  const refusal = boundedStream(Response.json({ error: 1 }, { status: 400 }));

  expect([refusal.status, await refusal.json()]).toEqual([400, { error: 1 }]);
});

test("HEAD opens no stream that nobody would close", async () => {
  await using server = await startServer();

  for (let times = 0; times < 5; times++) await server.fetch("/v1/events", { method: "HEAD" });

  expect((await server.get("/stats")).body.cadre_event_streams).toBe(0);
});

test("streams of clients that vanish are closed", async () => {
  await using server = await startServer();
  const open = async () => (await server.get("/stats")).body.cadre_event_streams as number;
  const sockets = Array.from({ length: 20 }, () => {
    const socket = connect(server.listener.port, "127.0.0.1");
    socket.write("GET /v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n");
    return socket;
  });
  await until(async () => (await open()) === 20, "20 streams are open");

  for (const socket of sockets) socket.destroy();

  await until(async () => (await open()) === 0, "all of them are closed");
});

test("guesses at the token count against the rate of their caller", async () => {
  await using server = await startServer({ settings: { rate_limit: "1" } });
  const guess = () => server.get("/v1/task/list", { authorization: "Bearer guess" });

  const statuses = [];
  for (let times = 0; times < 5; times++) statuses.push((await guess()).status);

  expect(statuses).toContain(401);
  expect(statuses.at(-1)).toBe(429);
});
