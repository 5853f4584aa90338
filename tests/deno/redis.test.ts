import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { systemClock } from "../../src/base/clock.ts";
import { runtime } from "../../src/runtime/current.ts";
import { RedisBus } from "../../src/store/redis-bus.ts";
import { until } from "../harness/condition.ts";
import { testRedis } from "../harness/redis.ts";
import { isRequired } from "../harness/requirement.ts";
import { tcpProxy } from "../harness/tcp-proxy.ts";

const redis = await testRedis();
if (!redis && !isRequired("redis")) {
  console.warn("SKIPPED: the bus on Redis on Deno. No server answers; see CADRE_TEST_REDIS.");
}

test("buses tell each other through Redis, and again after their connection was cut", {
  skip: !redis && !isRequired("redis"),
}, async () => {
  const stream = `cadre:test-${randomBytes(6).toString("hex")}`;
  const target = { host: redis?.hostname ?? "127.0.0.1", port: Number(redis?.port || 6379) };
  await using proxy = await tcpProxy(target);
  const url = new URL(redis?.href ?? "redis://127.0.0.1");
  const complaints: unknown[] = [];
  const open = (own: string, port: string) => {
    url.port = port;
    const complain = (cause: unknown) => complaints.push(cause);
    return new RedisBus({ runtime, clock: systemClock, url: url.href, stream, own, complain });
  };
  const speaker = open("one", String(target.port));
  const listener = open("two", String(proxy.port));
  let heard = 0;
  listener.listen(() => heard++);
  await until(() => listener.isConnected && speaker.isConnected, "both buses are connected");

  heard = 0;
  speaker.tell();
  await until(() => heard > 0, "what was told is heard");
  assert.equal(complaints.length, 0);

  await proxy.cut();
  await until(() => complaints.length > 0, "the cut is told");
  await proxy.mend();
  await until(() => listener.isConnected, "the bus has come back");
  heard = 0;
  speaker.tell();
  await until(() => heard > 0, "what was told is heard again");

  await Promise.all([speaker.close(), listener.close()]);
});

test("a command that Redis refuses, and a server that is not there, are told", {
  skip: !redis && !isRequired("redis"),
}, async () => {
  const connection = await runtime.openRedis(redis?.href ?? "");
  await assert.rejects(connection.send("NOSUCH", ["x"]), /unknown command/);
  assert.equal(await connection.send("PING", []), "PONG");
  connection.close();
  await assert.rejects(connection.send("PING", []));
  await assert.rejects(runtime.openRedis("redis://127.0.0.1:1"));
});
