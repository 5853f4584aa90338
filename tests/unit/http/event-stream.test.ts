// The log as server-sent events: replays from a number, then follows; each event once, in order.
import { expect, jest, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { EVENT_STREAMS_MAX, HEARTBEAT_MS } from "../../../src/base/limits.ts";
import { EventStreams } from "../../../src/http/event-stream.ts";
import { openTestApp } from "../../harness/app.ts";
import { runCli } from "../../harness/cli.ts";
import { until } from "../../harness/condition.ts";
import { refusalOf } from "../../harness/errors.ts";
import { tempFolder } from "../../harness/folder.ts";
import { startHttpProcess } from "../../harness/process.ts";
import { startServer, type TestServer } from "../../harness/server.ts";
import { readSse, type SseFrame } from "../../harness/sse.ts";

async function create(server: TestServer, count: number, workspace = server.workspace): Promise<string[]> {
  const made = Array.from({ length: count }, (_, n) => server.app.tasks.create(workspace, { title: `Task ${n}` }));
  return (await Promise.all(made)).map(({ id }) => id);
}

const seqs = (frames: readonly SseFrame[]) => frames.map(({ id }) => Number(id));
const upTo = (last: number, first = 1) => Array.from({ length: last - first + 1 }, (_, n) => first + n);

test("after=0 replays everything, then follows; the id is the event's number", async () => {
  await using server = await startServer();
  const [before = ""] = await create(server, 1);
  await using reader = await readSse(`${server.origin}/v1/events?after=0`);
  await reader.have(1);

  await server.app.tasks.update(before, { status: "active" });

  const frames = await reader.have(2);
  expect(reader.comments).toEqual(["connected"]);
  expect(frames).toEqual([
    {
      id: "1",
      event: "task.created",
      data: {
        seq: 1,
        at_ms: expect.any(Number),
        workspace_id: expect.stringMatching(/^workspace_/),
        subject: before,
        type: "task.created",
        data: { title: "Task 0", status: "pending", revision: 1 },
      },
    },
    {
      id: "2",
      event: "task.updated",
      data: expect.objectContaining({ seq: 2, data: { status: "active", from: "pending", revision: 2 } }),
    },
  ]);
});

test("without a number it tells only of what is to come", async () => {
  await using server = await startServer();
  await create(server, 3);
  await using reader = await readSse(`${server.origin}/v1/events`);
  await until(() => server.app.feed.followers === 1 && reader.comments.length === 1, "the reader follows");

  const [id] = await create(server, 1);

  expect((await reader.have(1)).map(({ data }) => data.subject)).toEqual([id]);
});

test("Last-Event-ID goes on where the reader was, and wins over after", async () => {
  await using server = await startServer();
  await create(server, 5);
  await using reader = await readSse(`${server.origin}/v1/events?after=0`, { headers: { "last-event-id": "3" } });

  expect(seqs(await reader.have(2))).toEqual([4, 5]);
});

test("a start that is no number is refused", async () => {
  await using server = await startServer();

  for (const [path, headers] of [
    ["/v1/events?after=yesterday", {}],
    ["/v1/events?after=-1", {}],
    ["/v1/events?after=99999999999999999999", {}],
    ["/v1/events", { "last-event-id": "abc" }],
  ] as const) {
    const { status, body } = await server.get(path, headers);
    expect([path, status, body.error.hint]).toEqual([
      path,
      400,
      "Send the id of the last event that you have seen, or 0 for all.",
    ]);
  }
});

test("a parameter that there is not is refused: it would quietly filter nothing", async () => {
  await using server = await startServer();

  const { status, body } = await server.get("/v1/events?workspce=/x");

  expect([status, body.error.message]).toEqual([400, "no parameter workspce"]);
});

test("workspace, task and type filter; the ids stay those of the log", async () => {
  await using server = await startServer();
  const [one = "", two = ""] = await create(server, 2);
  await create(server, 1, "/elsewhere");
  await server.app.tasks.update(two, { status: "active" });
  await server.app.tasks.archive(one);
  const read = async (query: string, count: number, headers = {}) => {
    await using reader = await readSse(`${server.origin}/v1/events?after=0&${query}`, { headers });
    return seqs(await reader.have(count));
  };

  expect(await read(`workspace=${encodeURIComponent(server.workspace)}`, 4)).toEqual([1, 2, 4, 5]);
  expect(await read("workspace=.", 4)).toEqual([1, 2, 4, 5]);
  expect(await read("", 1, { "x-cadre-workspace": "/elsewhere" })).toEqual([3]);
  expect(await read(`task=${two}`, 2)).toEqual([2, 4]);
  expect(await read("type=task.created", 3)).toEqual([1, 2, 3]);
  expect(await read("type=task.", 5)).toEqual([1, 2, 3, 4, 5]);
  expect(await read(`task=${one}&type=task.archived`, 1)).toEqual([5]);
});

test("many readers that come at any time all get everything, once", async () => {
  await using server = await startServer();
  await create(server, 10);
  const early = await Promise.all(Array.from({ length: 20 }, () => readSse(`${server.origin}/v1/events?after=0`)));
  await create(server, 50);
  const late = await Promise.all(Array.from({ length: 20 }, () => readSse(`${server.origin}/v1/events?after=0`)));
  await create(server, 40);

  const readers = [...early, ...late];
  for (const reader of readers) expect(seqs(await reader.have(100))).toEqual(upTo(100));
  await Promise.all(readers.map((reader) => reader.close()));

  await until(() => server.app.feed.followers === 0, "nobody follows any more");
});

test("a reader that does not read holds up nobody, and loses nothing when it goes on", async () => {
  await using server = await startServer();
  const gate = Promise.withResolvers<void>();
  await using slow = await readSse(`${server.origin}/v1/events?after=0`, { beforeRead: () => gate.promise });
  await using quick = await readSse(`${server.origin}/v1/events?after=0`);

  const note = "n".repeat(200);
  const [id = ""] = await create(server, 1);
  for (let n = 0; n < 30; n++) {
    await Promise.all(Array.from({ length: 100 }, () => server.app.tasks.update(id, { note })));
  }
  expect(seqs(await quick.have(3_001))).toEqual(upTo(3_001));
  gate.resolve();

  expect(seqs(await slow.have(3_001))).toEqual(upTo(3_001));
});

test("what another process commits is told as well", async () => {
  await using server = await startServer();
  await using reader = await readSse(`${server.origin}/v1/events?after=0`);

  const { stdout } = await runCli(["task", "create", "From afar", "--json"], { env: { CADRE_HOME: server.home } });

  expect((await reader.have(1)).map(({ data }) => data.subject)).toEqual([JSON.parse(stdout).id]);
});

test("the log goes on over a restart: the last id asks the next server for what follows", async () => {
  await using before = await startServer();
  await create(before, 2);
  const reader = await readSse(`${before.origin}/v1/events?after=0`);
  const [, last] = await reader.have(2);
  await before.server.stop(before.listener);
  await reader.ended;

  await using after = await startServer({ home: before.home });
  await create(after, 1);
  await using resumed = await readSse(`${after.origin}/v1/events`, { headers: { "last-event-id": last?.id ?? "" } });

  expect(seqs(await resumed.have(1))).toEqual([3]);
});

test("every stream ends when the process is told to stop", async () => {
  using folder = tempFolder();
  await using child = await startHttpProcess([], { env: { CADRE_HOME: folder.path } });
  const readers = await Promise.all([
    readSse(`${child.origin}/v1/events`),
    readSse(`${child.origin}/v1/events?after=0`),
  ]);

  child.signal("SIGTERM");

  await Promise.all(readers.map(({ ended }) => ended));
  expect(await child.exited).toBe(0);
});

test("a reader that leaves is followed no longer, whether it was waiting or slow", async () => {
  await using server = await startServer();
  await create(server, 1);
  const waiting = await readSse(`${server.origin}/v1/events?after=0`);
  await waiting.have(1);
  const gate = Promise.withResolvers<void>();
  const slow = await readSse(`${server.origin}/v1/events?after=0`, { beforeRead: () => gate.promise });
  await until(() => server.app.feed.followers === 2, "both are followed");

  const left = [waiting.close(), slow.close()];
  gate.resolve();
  await Promise.all(left);

  await until(() => server.app.feed.followers === 0, "nobody is followed");
  await until(async () => (await server.get("/stats")).body.cadre_event_streams === 0, "no stream is open");
});

const request = () => new Request("http://localhost/v1/events");

test("a quiet stream shows signs of life, and none to whoever does not read", async () => {
  await using app = await openTestApp();
  jest.useFakeTimers();
  try {
    const streams = new EventStreams(app.feed);
    const reader = (streams.fetch(request(), { filter: {} }).body as ReadableStream<Uint8Array>).getReader();
    const read = async () => new TextDecoder().decode((await reader.read()).value);

    const first = await read();
    jest.advanceTimersByTime(3 * HEARTBEAT_MS);
    const second = await read();
    jest.advanceTimersByTime(HEARTBEAT_MS);
    const third = await read();
    await reader.cancel();

    expect([first, second, third]).toEqual([": connected\n\n", ": alive\n\n", ": alive\n\n"]);
  } finally {
    jest.useRealTimers();
  }
});

test("a feed that fails ends the stream and keeps nothing of it", async () => {
  const feed = {
    follow: async function* () {
      yield [];
      throw new Error("the disk is gone");
    },
  };
  const streams = new EventStreams(feed as never);

  const reading = new Response(streams.fetch(request(), { filter: {} }).body).text();

  await expect(reading).rejects.toThrow();
  await until(() => streams.open === 0, "the stream is forgotten");
});

test("more streams than the limit are refused until one is closed", async () => {
  const feed = {
    follow: async function* ({ signal }: { signal: AbortSignal }) {
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      yield* [];
    },
  };
  const streams = new EventStreams(feed as never);
  const open = Array.from({ length: EVENT_STREAMS_MAX }, () => streams.fetch(request(), { filter: {} }));

  const error = await refusalOf(() => streams.fetch(request(), { filter: {} }));
  await open[0]?.body?.cancel();
  await until(() => streams.open === EVENT_STREAMS_MAX - 1, "one has left");

  expect([error.code, error.http, error.retryAfterMs]).toEqual(["rate_limited", 429, 1_000]);
  expect(streams.fetch(request(), { filter: {} }).status).toBe(200);
  streams.close();
});

test("a reader that leaves between two events ends its following at once", async () => {
  let hasEnded = false;
  const feed = {
    follow: async function* () {
      try {
        for (;;) yield [];
      } finally {
        hasEnded = true;
      }
    },
  };
  const { body } = new EventStreams(feed as never).fetch(request(), { filter: {} });
  const reader = (body as ReadableStream<Uint8Array>).getReader();
  await reader.read();

  await reader.cancel();

  expect(hasEnded).toBe(true);
});

test("session= gives what happens in one session, A23: whoever makes it happen", async () => {
  await using server = await startServer();
  const { session } = await server.app.sessions.begin(server.workspace, { title: "Mine", client: "test" });
  await create(server, 1, join(server.workspace, "elsewhere"));
  await using reader = await readSse(`${server.origin}/v1/events?after=0&session=${session.id}`);

  // Another process on the same database.
  const env = { CADRE_HOME: server.home };
  await runCli(["task", "create", "Here", "--workspace", server.workspace], { env });

  const frames = await reader.have(2);
  expect(frames.map(({ event }) => event)).toEqual(["session.started", "task.created"]);
});

test("session= of a session that there is not is 404 with a hint", async () => {
  await using server = await startServer();

  const { status, body } = await server.get("/v1/events?session=session_ffffffffffff");

  expect([status, body.error.code, body.error.hint]).toEqual([404, "not_found", "List them with session_list."]);
});

test("run= replays a run, follows it, and ends with its end, also when it had failed before", async () => {
  await using server = await startServer();
  const folder = join(server.home, "workflows");
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, "w.yaml"),
    'name: W\ndescription: For tests.\nsteps: [{ id: gate, gate: { message: "Go on?" } }]\n',
  );
  server.app.worker.start();
  const post = async (path: string, body: unknown) =>
    (await server.post(`/v1/run/${path}`, body, { authorization: `Bearer ${server.token}` })).body;
  const { id } = await post("start", { workflow: "w", wait: "20s" });
  await post("signal", { id, name: "gate", data: false });
  await server.get(`/v1/run/show?id=${id}&wait=20s`);
  await post("retry", { id });

  await using reader = await readSse(`${server.origin}/v1/events?run=${id}`);
  await post("signal", { id, name: "gate" });
  await reader.ended;
  await using late = await readSse(`${server.origin}/v1/events?run=${id}`);
  await late.ended;

  const types = reader.frames.map(({ event }) => event);
  expect(types.filter((type) => type.startsWith("run.") && type !== "run.waiting")).toEqual([
    "run.created",
    "run.signalled",
    "run.failed",
    "run.retried",
    "run.signalled",
    "run.completed",
  ]);
  expect(late.frames).toEqual(reader.frames);
  expect((await fetch(`${server.origin}/v1/events?run=run_0123456789ab`)).status).toBe(404);
});
