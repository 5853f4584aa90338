// A write that is sent twice with one key happens once.
import { expect, test } from "bun:test";
import { z } from "zod";
import { IDEMPOTENCY_KEY_CHARS_MAX, IDEMPOTENCY_MS } from "../../../src/base/limits.ts";
import { Idempotency } from "../../../src/http/idempotency.ts";
import { toolsAndAliases } from "../../../src/tools/index.ts";
import { defineTool } from "../../../src/tools/tool.ts";
import { openTestApp } from "../../harness/app.ts";
import { fakeClock } from "../../harness/clock.ts";
import { until } from "../../harness/condition.ts";
import { refusalOf } from "../../harness/errors.ts";
import { type Answer, startServer, type TestServer } from "../../harness/server.ts";

const KEY = "7b0c5a1e-0000-4000-8000-000000000000";

function create(server: TestServer, title: string, key = KEY, headers = {}): Promise<Answer> {
  return server.post("/v1/task/create", { title }, { "idempotency-key": key, ...headers });
}

async function titles(server: TestServer): Promise<string[]> {
  return (await server.app.tasks.list(server.workspace, { limit: 100 })).tasks.map(({ title }) => title);
}

test("the same request with the same key gets the same answer, and happens once", async () => {
  await using server = await startServer();

  const first = await create(server, "Once");
  const second = await create(server, "Once");
  const third = await server.fetch("/v1/task/create", {
    method: "POST",
    headers: { "content-type": "application/json; charset=utf-8", "idempotency-key": KEY },
    body: '{\n  "title": "Once"\n}',
  });

  expect([second.status, second.body]).toEqual([200, first.body]);
  expect(await third.json()).toEqual(first.body);
  expect(await titles(server)).toEqual(["Once"]);
});

test("another key is another request", async () => {
  await using server = await startServer();

  await create(server, "Twice", "a");
  await create(server, "Twice", "b");

  expect(await titles(server)).toEqual(["Twice", "Twice"]);
});

test("a key cannot be used for another body, another tool or another workspace", async () => {
  await using server = await startServer();
  const { body } = await create(server, "Mine");
  const key = { "idempotency-key": KEY };

  const refused = [
    await create(server, "Other"),
    await server.post("/v1/task/update", { id: body.id, title: "Mine" }, key),
    await create(server, "Mine", KEY, { "x-cadre-workspace": "/elsewhere" }),
  ];

  for (const { status, body } of refused) {
    expect([status, body.error]).toMatchObject([
      409,
      {
        code: "conflict",
        message: "cannot use this Idempotency-Key again: it was sent with another request",
        hint: "Use a new key for a new request.",
      },
    ]);
  }
  expect(await titles(server)).toEqual(["Mine"]);
});

test("a refused request frees its key: mended, it goes through", async () => {
  await using server = await startServer();

  const refused = await create(server, "");
  const mended = await create(server, "Mended");

  expect([refused.status, mended.status]).toEqual([400, 200]);
  expect(await titles(server)).toEqual(["Mended"]);
});

test("the answer survives a restart", async () => {
  await using before = await startServer();
  const first = await create(before, "Durable", KEY, { "x-cadre-workspace": "/project" });
  await using after = await startServer({ home: before.home });

  const second = await create(after, "Durable", KEY, { "x-cadre-workspace": "/project" });

  expect([second.status, second.body]).toEqual([200, first.body]);
});

test("a read needs no key and keeps none", async () => {
  await using server = await startServer();

  const [first, second] = [
    await server.get("/v1/task/list", { "idempotency-key": KEY }),
    await server.get("/v1/role/list", { "idempotency-key": KEY }),
  ];

  expect([first.status, second.status]).toEqual([200, 200]);
});

test("a key that is empty or too long is refused", async () => {
  await using app = await openTestApp();
  const idempotency = new Idempotency(app.sql, app.clock);

  for (const key of ["", "k".repeat(IDEMPOTENCY_KEY_CHARS_MAX + 1)]) {
    const error = await refusalOf(() => idempotency.once(key, [], async () => ({})));
    expect([error.code, error.hint]).toEqual(["invalid_input", "Send one of 1 to 200 characters, like a UUID."]);
  }
});

test("a key is forgotten after a day", async () => {
  await using app = await openTestApp({ clock: fakeClock() });
  const idempotency = new Idempotency(app.sql, app.clock);
  let runs = 0;
  const work = async () => ({ run: ++runs });
  await idempotency.once(KEY, ["a"], work);

  app.clock.advance(IDEMPOTENCY_MS);
  const within = await idempotency.once(KEY, ["a"], work);
  app.clock.advance(1);
  const after = await idempotency.once(KEY, ["a"], work);

  expect([within, after]).toEqual([{ run: 1 }, { run: 2 }]);
});

/** A tool that begins, and ends when the test says so. */
function gate() {
  const begun = Promise.withResolvers<void>();
  const open = Promise.withResolvers<void>();
  let runs = 0;
  const tool = defineTool({
    name: "gate_pass",
    title: "Pass",
    summary: "Waits until the test opens it.",
    effect: "write",
    toolset: "task",
    input: z.object({}),
    output: z.object({ run: z.number() }),
    run: async () => {
      runs++;
      begun.resolve();
      await open.promise;
      return { run: runs };
    },
  });
  return { tool, begun: begun.promise, open: () => open.resolve(), runs: () => runs };
}

test("while the first request is at work, the second is told to come again", async () => {
  const { tool, begun, open, runs } = gate();
  await using server = await startServer({ table: [...toolsAndAliases, tool] });
  const pass = () => server.post("/v1/gate/pass", {}, { "idempotency-key": KEY });
  const first = pass();
  await begun;

  const second = await pass();
  open();

  expect([second.status, second.headers.get("retry-after"), second.body.error]).toMatchObject([
    409,
    "1",
    { code: "conflict", message: "cannot run this request twice: the first one is still at work" },
  ]);
  expect((await first).body).toEqual({ run: 1 });
  expect((await pass()).body).toEqual({ run: 1 });
  expect(runs()).toBe(1);
});

test("a caller that hangs up and sends again gets the answer of the first try", async () => {
  const { tool, begun, open, runs } = gate();
  await using server = await startServer({ table: [...toolsAndAliases, tool] });
  const hangUp = new AbortController();
  const first = server.fetch("/v1/gate/pass", {
    method: "POST",
    headers: { "idempotency-key": KEY },
    signal: hangUp.signal,
  });
  await begun;

  hangUp.abort();
  await first.catch(() => {});
  open();
  let again: Answer | undefined;
  await until(async () => {
    again = await server.post("/v1/gate/pass", {}, { "idempotency-key": KEY });
    return again.status === 200;
  }, "the answer of the first try is there");

  expect([again?.body, runs()]).toEqual([{ run: 1 }, 1]);
});

test("when the server died in the middle, the second request is told that nobody can know", async () => {
  const { tool, begun } = gate();
  await using before = await startServer({ table: [...toolsAndAliases, tool] });
  const hangUp = new AbortController();
  before
    .fetch("/v1/gate/pass", { method: "POST", headers: { "idempotency-key": KEY }, signal: hangUp.signal })
    .catch(() => {});
  await begun;
  await using after = await startServer({ home: before.home, table: [...toolsAndAliases, tool] });

  const again = await after.post(
    "/v1/gate/pass",
    {},
    { "idempotency-key": KEY, "x-cadre-workspace": before.workspace },
  );
  hangUp.abort();

  expect([again.status, again.body.error]).toMatchObject([
    409,
    {
      code: "conflict",
      message: "cannot tell what became of this request: it began and was never answered",
      hint: "Read the state to see whether it was made; then use a new key.",
    },
  ]);
});

test("a request that ran out of time keeps its key: nobody knows whether it was made", async () => {
  const { tool } = gate();
  await using server = await startServer({ table: [...toolsAndAliases, tool], settings: { call_timeout: "1ms" } });
  const pass = () => server.post("/v1/gate/pass", {}, { "idempotency-key": KEY });

  const [first, second] = [await pass(), await pass()];

  expect([first.status, second.status, second.body.error.code]).toEqual([504, 409, "conflict"]);
});
