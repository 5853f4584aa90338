// Others are told of events by HTTP: once each, signed, again until they answer, and never where they must not be.

import { expect, test } from "bun:test";
import { createHmac } from "node:crypto";
import { Webhook as StandardWebhook } from "standardwebhooks";
import { systemClock } from "../../../src/base/clock.ts";
import { signedHeaders, webhookSecret } from "../../../src/events/webhook-signature.ts";
import { Webhooks } from "../../../src/events/webhooks.ts";
import { AllowedNetworks } from "../../../src/net/allowed-networks.ts";
import { readDeliveries } from "../../../src/store/webhooks.ts";
import { openTestApp } from "../../harness/app.ts";
import { fakeClock } from "../../harness/clock.ts";
import { refusalOf } from "../../harness/errors.ts";
import { countingIds } from "../../harness/ids.ts";
import { serveWeb } from "../../harness/web.ts";

interface Told {
  readonly headers: Headers;
  readonly body: string;
}

const KEY = "the key of the tests";
/** A house with one project, somebody on loopback who is told, and what they are to answer. */
async function house(answers: (told: number) => number | Response = () => 200) {
  const app = await openTestApp({ clock: fakeClock() });
  const told: Told[] = [];
  const server = serveWeb(async (request) => {
    told.push({ headers: request.headers, body: await request.text() });
    const answer = answers(told.length);
    return typeof answer === "number" ? new Response("thank you", { status: answer }) : answer;
  });
  const make = () =>
    new Webhooks({
      sql: app.sql,
      clock: app.clock,
      ids: countingIds(),
      networks: new AllowedNetworks(["127.0.0.1"]),
      classicBody: (event, id) => (event.type === "task.created" ? JSON.stringify({ task_id: id }) : undefined),
      key: () => KEY,
      complain: (cause) => {
        throw cause;
      },
    });
  const webhooks = make();
  const url = `http://127.0.0.1:${server.port}/hook`;
  return {
    app,
    told,
    url,
    webhooks,
    another: make,
    create: (more: { types?: string[]; subject?: string; classicId?: string } = {}) =>
      webhooks.create(null, { url, types: [], ...more }),
    happen: (title: string) => app.tasks.create(app.workspace, { title }),
    [Symbol.asyncDispose]: async () => {
      await server.stop();
      await app.close();
    },
  };
}

test("an event is told once, signed over the very bytes, with its number and its time", async () => {
  await using it = await house();
  const { secret, id } = await it.create();
  await it.happen("One");

  await it.webhooks.tellDue();
  await it.webhooks.tellDue();

  expect(it.told).toHaveLength(1);
  const [{ headers, body } = { headers: new Headers(), body: "" }] = it.told;
  const signed = `${headers.get("webhook-id")}.${headers.get("webhook-timestamp")}.${body}`;
  const key = Buffer.from(secret.replace("whsec_", ""), "base64");
  expect(headers.get("webhook-signature")).toBe(`v1,${createHmac("sha256", key).update(signed).digest("base64")}`);
  expect(headers.get("x-webhook-signature")).toBe(createHmac("sha256", secret).update(body).digest("hex"));
  expect(JSON.parse(body)).toMatchObject({
    type: "task.created",
    timestamp: new Date(it.app.clock.now()).toISOString(),
    data: { seq: 1, title: "One", status: "pending" },
  });
  expect(await it.webhooks.list(undefined)).toMatchObject([{ id, delivered: 1, waiting: 0, dead: 0 }]);
});

test("the signature is one that an independent reader of Standard Webhooks takes, and no other", () => {
  const secret = webhookSecret(KEY, "webhook_0123456789ab");
  const body = JSON.stringify({ type: "run.completed", text: "ä\u2028 …" });
  const headers = signedHeaders(secret, "delivery_0123456789ab", Math.floor(systemClock.now() / 1_000), body);
  const reader = new StandardWebhook(secret);

  expect(reader.verify(body, headers)).toEqual(JSON.parse(body));
  expect(() => reader.verify(`${body} `, headers)).toThrow();
  expect(() => new StandardWebhook(webhookSecret(KEY, "webhook_another")).verify(body, headers)).toThrow();
});

test("no row holds a secret, and each webhook has another one", async () => {
  await using it = await house();
  const one = await it.create();
  const other = await it.create();

  const rows = await it.app.sql.all("SELECT * FROM webhook");

  expect(one.secret).not.toBe(other.secret);
  expect(one.secret).toBe(webhookSecret(KEY, one.id));
  expect(JSON.stringify(rows)).not.toContain("whsec_");
});

test("what happened before it was there is not told; types and subjects choose", async () => {
  await using it = await house();
  const before = await it.happen("Before");
  await it.create({ types: ["task.updated", "session."] });
  await it.create({ subject: before.id });
  await it.happen("After");

  await it.app.tasks.update(before.id, { title: "Changed" });
  await it.webhooks.tellDue();

  expect(it.told.map(({ body }) => JSON.parse(body).data)).toEqual([
    expect.objectContaining({ subject: before.id, title: "Changed" }),
    expect.objectContaining({ subject: before.id, title: "Changed" }),
  ]);
});

test("who does not answer well is told again, later each time, with the same id, and given up in the end", async () => {
  await using it = await house(() => 500);
  const { id } = await it.create();
  await it.happen("One");
  const waits: number[] = [];

  for (let tries = 0; tries < 20; tries++) {
    await it.webhooks.tellDue();
    const [delivery] = await readDeliveries(it.app.sql, id, 1);
    if (delivery?.status !== "waiting") break;
    const [hook] = await it.webhooks.list(undefined);
    const next = Math.max(delivery.next_ms, hook?.rests_until_ms ?? 0);
    waits.push(next - it.app.clock.now());
    it.app.clock.advance(next - it.app.clock.now());
  }

  expect(waits).toEqual([5_000, 300_000, 1_800_000, 7_200_000, 18_000_000, 36_000_000, 36_000_000]);
  expect(new Set(it.told.map(({ headers }) => headers.get("webhook-id"))).size).toBe(1);
  expect(it.told).toHaveLength(8);
  expect(await it.webhooks.list(undefined)).toMatchObject([{ delivered: 0, waiting: 0, dead: 1 }]);
  expect(await it.webhooks.deliveries(id)).toMatchObject([
    { status: "dead", attempt: 8, http_status: 500, problem: "it answered 500" },
  ]);
});

test("what was given up is told again when somebody says so", async () => {
  let answer = 410;
  await using it = await house(() => answer);
  const { id } = await it.create();
  await it.happen("One");
  await it.webhooks.tellDue();
  const gone = await it.webhooks.list(undefined);
  answer = 202;

  const again = await it.webhooks.replay(id, undefined);
  await it.webhooks.tellDue();

  expect(gone).toMatchObject([{ dead: 1, ended_ms: it.app.clock.now() }]);
  expect(again).toBe(1);
  expect(await it.webhooks.list(undefined)).toMatchObject([{ delivered: 1, dead: 0 }]);
});

test("who asks for time gets it", async () => {
  await using it = await house(() => new Response(null, { status: 503, headers: { "retry-after": "120" } }));
  const { id } = await it.create();
  await it.happen("One");

  await it.webhooks.tellDue();

  expect((await readDeliveries(it.app.sql, id, 1))[0]?.next_ms).toBe(it.app.clock.now() + 120_000);
});

test("a redirect is not followed", async () => {
  await using it = await house((told) => (told === 1 ? Response.redirect("http://127.0.0.1:1/elsewhere", 302) : 200));
  await it.create();
  await it.happen("One");

  await it.webhooks.tellDue();

  expect(it.told).toHaveLength(1);
  expect(await it.webhooks.list(undefined)).toMatchObject([{ delivered: 0, waiting: 1 }]);
});

test("one that fails again and again is left alone, and others are told meanwhile", async () => {
  await using it = await house((told) => (told > 5 ? 200 : 500));
  await it.create();
  for (let n = 1; n <= 5; n++) await it.happen(`Task ${n}`);

  for (let n = 1; n <= 5; n++) {
    await it.webhooks.tellDue();
    it.app.clock.advance(1);
  }
  const [failing] = await it.webhooks.list(undefined);
  await it.happen("Later");
  await it.webhooks.tellDue();

  expect(failing?.waiting).toBe(5);
  expect(it.told).toHaveLength(6);
});

test("a hundred events told by two processes at once are told once each, and counted exactly", async () => {
  await using it = await house();
  const { id } = await it.create();
  for (let n = 0; n < 100; n++) await it.happen(`Task ${n}`);
  const other = it.another();

  await Promise.all([it.webhooks.tellDue(), other.tellDue()]);
  await it.webhooks.tellDue();

  const numbers = it.told.map(({ body }) => JSON.parse(body).data.seq as number);
  expect(numbers.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, n) => n + 1));
  expect(await it.webhooks.list(undefined)).toMatchObject([{ id, delivered: 100, waiting: 0, dead: 0 }]);
});

test("one that is deleted while it is told is told nothing more, and nothing fails", async () => {
  await using it = await house();
  const { id } = await it.create();
  await it.happen("One");

  await Promise.all([it.webhooks.tellDue(), it.webhooks.remove(id)]);

  expect(await it.webhooks.list(undefined)).toEqual([]);
  expect((await refusalOf(() => it.webhooks.remove(id))).code).toBe("not_found");
});

test.each([
  "ftp://example.com/",
  "file:///etc/passwd",
  "nonsense",
  "http://user:word@example.com/",
  "http://10.0.0.1/",
  "http://169.254.169.254/latest/meta-data",
  "http://[::1]/",
  "http://[::ffff:10.0.0.1]/",
  "http://0x7f.1.1.1/",
  "http://2130706434/",
])("a webhook to %s is refused", async (url) => {
  await using it = await house();

  const refused = await refusalOf(() => it.webhooks.create(null, { url, types: [] }));

  expect(refused.code).toBe("invalid_input");
});

test("a name that leads inside is never connected to", async () => {
  await using it = await house();
  const inside = new Webhooks({
    sql: it.app.sql,
    clock: it.app.clock,
    ids: countingIds(),
    networks: new AllowedNetworks([]),
    classicBody: () => undefined,
    key: () => KEY,
    complain: () => {},
  });
  const { id } = await inside.create(null, { url: it.url.replace("127.0.0.1", "localhost"), types: [] });
  await it.happen("One");

  await inside.tellDue();

  expect(it.told).toEqual([]);
  expect(await inside.deliveries(id)).toMatchObject([
    { status: "waiting", problem: "nothing came back: localhost leads inside" },
  ]);
});

test("one of the earlier server's is told in its words, and tried again after 1, 2 and 4 seconds", async () => {
  await using it = await house(() => 500);
  const { id } = await it.create({ classicId: "research_0123456789ab" });
  const task = await it.happen("One");
  await it.app.tasks.update(task.id, { title: "No word for that" });

  const times: number[] = [];
  for (let tries = 0; tries < 6; tries++) {
    await it.webhooks.tellDue();
    const [delivery] = await it.webhooks.deliveries(id);
    if (delivery?.next_ms === undefined) break;
    times.push(Math.round((delivery.next_ms - it.app.clock.now()) / 1_000));
    it.app.clock.advance(delivery.next_ms - it.app.clock.now());
  }

  expect(it.told.map(({ body }) => JSON.parse(body))).toEqual(
    Array.from({ length: 4 }, () => ({ task_id: "research_0123456789ab" })),
  );
  expect(times).toEqual([1, 2, 4]);
  expect(await it.webhooks.list(undefined)).toMatchObject([{ delivered: 0, waiting: 0, dead: 1 }]);
});
