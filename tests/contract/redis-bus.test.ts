import { afterEach, expect, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { systemClock } from "../../src/base/clock.ts";
import { runtime } from "../../src/runtime/current.ts";
import { RedisBus } from "../../src/store/redis-bus.ts";
import { until } from "../harness/condition.ts";
import { testRedis } from "../harness/redis.ts";
import { isRequired } from "../harness/requirement.ts";
import { tcpProxy } from "../harness/tcp-proxy.ts";

const redis = await testRedis();
const mustRun = isRequired("redis");
if (!redis && !mustRun) {
  console.warn("SKIPPED: the bus on Redis. No server answers; set CADRE_TEST_REDIS=redis://… to run it.");
}
const onRedis = test.skipIf(!redis && !mustRun);

const opened: RedisBus[] = [];
afterEach(async () => {
  for (const bus of opened.splice(0)) await bus.close();
});

interface Heard {
  readonly bus: RedisBus;
  readonly complaints: unknown[];
  times: number;
}

async function open(stream: string, own: string, port = redis?.port || "6379"): Promise<Heard> {
  const complaints: unknown[] = [];
  const url = new URL(redis?.href ?? "redis://127.0.0.1");
  url.port = String(port);
  const bus = new RedisBus({
    runtime,
    clock: systemClock,
    url: url.href,
    stream,
    own,
    complain: (cause) => complaints.push(cause),
  });
  opened.push(bus);
  const heard: Heard = { bus, complaints, times: 0 };
  bus.listen(() => {
    heard.times++;
  });
  await until(() => bus.isConnected, "the bus is connected");
  heard.times = 0;
  return heard;
}

const newStream = () => `cadre:test-${randomBytes(6).toString("hex")}`;

async function command(name: string, ...args: string[]): Promise<unknown> {
  const connection = await runtime.openRedis(redis?.href ?? "");
  try {
    return await connection.send(name, args);
  } finally {
    connection.close();
  }
}

onRedis("what one tells, the others hear, and it does not", async () => {
  const stream = newStream();
  const [one, other, stranger] = [
    await open(stream, "one"),
    await open(stream, "other"),
    await open(newStream(), "one"),
  ];

  one.bus.tell();
  await until(() => other.times === 1, "the other has heard");
  other.bus.tell();
  await until(() => one.times === 1, "the one has heard");

  expect([one.times, other.times, stranger.times]).toEqual([1, 1, 0]);
  await command("DEL", stream);
});

onRedis("a hundred hints of one moment are few, and the last of them is told", async () => {
  const stream = newStream();
  const [one, other] = [await open(stream, "one"), await open(stream, "other")];

  for (let at = 0; at < 100; at++) one.bus.tell();
  await until(async () => Number(await command("XLEN", stream)) === 2, "all is told");
  await until(() => other.times >= 1, "the other has heard");

  expect(other.times).toBeLessThanOrEqual(2);
  await command("DEL", stream);
});

onRedis("while Redis is away it says so, complains once, and hears again when it is back", async () => {
  const stream = newStream();
  await using proxy = await tcpProxy({ host: redis?.hostname ?? "", port: Number(redis?.port || 6379) });
  const [one, other] = [await open(stream, "one", String(proxy.port)), await open(stream, "other")];

  await proxy.cut();
  await until(() => !one.bus.isConnected, "the bus has seen it");
  other.bus.tell();
  one.bus.tell();
  one.bus.tell();
  const before = one.times;
  await proxy.mend();
  await until(() => one.bus.isConnected, "the bus is connected again");
  await until(() => one.times > before, "what was told meanwhile is heard");
  await until(() => other.times >= 1, "what was to be told meanwhile is told");

  expect(one.complaints).toHaveLength(1);
  await command("DEL", stream);
});

onRedis("a stream that is trimmed or deleted goes on", async () => {
  const stream = newStream();
  const [one, other] = [await open(stream, "one"), await open(stream, "other")];

  for (const emptied of [() => command("XTRIM", stream, "MAXLEN", "0"), () => command("DEL", stream)]) {
    one.bus.tell();
    await until(() => other.times >= 1, "the other has heard");
    await emptied();
    other.times = 0;
    one.bus.tell();
    await until(() => other.times >= 1, "the other has heard after that");
    other.times = 0;
  }

  expect([...one.complaints, ...other.complaints]).toEqual([]);
  await command("DEL", stream);
});

onRedis("close() ends it while it waits, and while Redis is away", async () => {
  await using proxy = await tcpProxy({ host: redis?.hostname ?? "", port: Number(redis?.port || 6379) });
  const [one, other] = [await open(newStream(), "one"), await open(newStream(), "other", String(proxy.port))];

  await one.bus.close();
  await proxy.cut();
  other.bus.tell();
  await other.bus.close();

  expect(one.bus.isConnected).toBe(false);
});
