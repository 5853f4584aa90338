import { expect, test } from "bun:test";
import { systemClock } from "../../../src/base/clock.ts";
import { AppError } from "../../../src/base/errors.ts";
import { FEED_ROWS_MAX } from "../../../src/base/limits.ts";
import { Feed, type FollowOptions } from "../../../src/events/feed.ts";
import { appendEvent } from "../../../src/store/events.ts";
import type { Sql, Value } from "../../../src/store/sql.ts";
import { openTestApp } from "../../harness/app.ts";
import { aroundSql } from "../../harness/around-sql.ts";
import { runCli } from "../../harness/cli.ts";
import { hastyClock } from "../../harness/clock.ts";
import { until } from "../../harness/condition.ts";

interface Happened {
  readonly subject: string;
  readonly type?: string;
  readonly workspace_id?: string;
}

function append(sql: Sql, ...happened: readonly Happened[]): Promise<void> {
  return sql.write(function* () {
    for (const event of happened)
      yield* appendEvent({ at_ms: 0, workspace_id: "w", type: "test.a", data: {}, ...event });
  });
}

const named = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, at) => ({ subject: String(from + at) }));

interface Following {
  readonly got: string[];
  stop(): Promise<void>;
  /** How it ended: undefined while it goes on. */
  end: string | undefined;
}

/** A follower that takes as long for each batch as `digest` does. */
function follow(
  feed: Feed,
  options: Omit<FollowOptions, "signal"> = {},
  digest: () => Promise<void> | undefined = () => undefined,
): Following {
  const stop = new AbortController();
  const following: Following = {
    got: [],
    end: undefined,
    stop: async () => {
      stop.abort();
      await over;
    },
  };
  const read = async () => {
    for await (const events of feed.follow({ ...options, signal: stop.signal })) {
      following.got.push(...events.map(({ subject }) => subject));
      await digest();
    }
  };
  const over = read().then(
    () => {
      following.end = "ended";
    },
    (cause: unknown) => {
      following.end = cause instanceof AppError ? cause.code : String(cause);
    },
  );
  return following;
}

test("follow() loses nothing, whatever moment a follower asks in for more", async () => {
  await using app = await openTestApp();
  const feed = new Feed(oneByOne(app.sql), systemClock);
  // Each takes a few turns of the microtask queue more than the one before for what it has got.
  const followers = Array.from({ length: 40 }, (_, turns) =>
    follow(feed, { after: 0 }, async () => {
      for (let turn = 0; turn < turns; turn++) await Promise.resolve();
    }),
  );
  await until(() => feed.followers === followers.length, "they follow");

  await append(app.sql, ...named(1, 50));
  await until(() => followers.every(({ got }) => got.at(-1) === "50"), "each has got the last event");
  for (const follower of followers) await follower.stop();
  await feed.close();

  const all = named(1, 50).map(({ subject }) => subject);
  expect(followers.map(({ got }) => got)).toEqual(followers.map(() => all));
});

/** A database that gives the log out one row at a time, each a little later than the one before, as a busy one may. */
function oneByOne(sql: Sql): Sql {
  let reads = 0;
  return aroundSql(sql, {
    all: async <T>(text: string, values?: readonly Value[]) => {
      const rows = await sql.all<T>(text, values);
      if (!text.includes("oldest_transaction")) return rows;
      reads++;
      for (let turn = 0; turn < reads; turn++) await Promise.resolve();
      return rows.slice(0, 1);
    },
  });
}

test("follow() without a number gives what is to come, not what was", async () => {
  await using app = await openTestApp();
  await append(app.sql, { subject: "before" });
  const follower = follow(app.feed);
  await until(() => app.feed.followers === 1, "it follows");

  await until(async () => {
    await append(app.sql, { subject: "after" });
    return follower.got.length > 0;
  }, "it has got something");

  await follower.stop();
  expect(new Set(follower.got)).toEqual(new Set(["after"]));
});

test("follow() replays from a number, then follows, and gives each event once in order", async () => {
  await using app = await openTestApp();
  await append(app.sql, ...named(1, 10));
  const follower = follow(app.feed, { after: 4 });
  await until(() => follower.got.length === 6, "the replay is over");

  await append(app.sql, ...named(11, 12));
  await until(() => follower.got.length >= 8, "it has followed");

  await follower.stop();
  expect(follower.got).toEqual(["5", "6", "7", "8", "9", "10", "11", "12"]);
  expect(follower.end).toBe("ended");
});

test("follow() after a number that this log never had gives what is to come", async () => {
  await using app = await openTestApp();
  await append(app.sql, ...named(1, 3));
  const following = follow(app.feed, { after: 1_000 });
  await until(() => app.feed.followers === 1, "it follows");

  await until(async () => {
    await append(app.sql, { subject: "new" });
    return following.got.length > 0;
  }, "something arrives");

  expect(new Set(following.got)).toEqual(new Set(["new"]));
  await following.stop();
});

test("follow() replays more than one read of the table holds", async () => {
  await using app = await openTestApp();
  const total = FEED_ROWS_MAX * 2 + 7;
  await append(app.sql, ...named(1, total));

  const follower = follow(app.feed, { after: 0 });
  await until(() => follower.got.length >= total, "everything is there");

  await follower.stop();
  expect(follower.got).toEqual(named(1, total).map(({ subject }) => subject));
});

test("follow() gives only what the filter wants", async () => {
  await using app = await openTestApp();
  await append(
    app.sql,
    { subject: "a" },
    { subject: "b", type: "other.b" },
    { subject: "c", workspace_id: "elsewhere" },
    { subject: "a", type: "test.b" },
  );
  const followers = [
    follow(app.feed, { after: 0, filter: { type: "test." } }),
    follow(app.feed, { after: 0, filter: { type: "test.b" } }),
    follow(app.feed, { after: 0, filter: { workspace_id: "elsewhere" } }),
    follow(app.feed, { after: 0, filter: { subject: "a", workspace_id: "w" } }),
  ];

  await append(app.sql, { subject: "a", workspace_id: "end", type: "test.b" });
  await append(app.sql, { subject: "a" }, { subject: "c", workspace_id: "elsewhere" });
  const wanted = [
    ["a", "c", "a", "a", "a", "c"],
    ["a", "a"],
    ["c", "c"],
    ["a", "a", "a"],
  ];
  await until(
    () => followers.every(({ got }, at) => got.length >= (wanted[at]?.length ?? 0)),
    "everybody has got theirs",
  );

  await Promise.all(followers.map((follower) => follower.stop()));
  expect(followers.map(({ got }) => got)).toEqual(wanted);
});

test("follow() serves many followers, whenever they begin and end", async () => {
  await using app = await openTestApp();
  await append(app.sql, ...named(1, 50));
  const followers = Array.from({ length: 100 }, (_, at) => follow(app.feed, { after: at % 50 }));
  const leaving = followers.slice(0, 30);
  await until(() => followers.every(({ got }) => got.length > 0), "all have begun");

  await Promise.all(leaving.map((follower) => follower.stop()));
  await append(app.sql, ...named(51, 60));
  await until(() => followers.slice(30).every(({ got }) => got.at(-1) === "60"), "the others have got the last one");

  expect(app.feed.followers).toBe(70);
  await Promise.all(followers.map((follower) => follower.stop()));
  expect(app.feed.followers).toBe(0);
  for (const [at, { got }] of followers.slice(30).entries()) {
    expect(got).toEqual(named(((at + 30) % 50) + 1, 60).map(({ subject }) => subject));
  }
});

test("follow() begins again after the last follower has left", async () => {
  await using app = await openTestApp();

  for (let round = 1; round <= 5; round++) {
    const follower = follow(app.feed, { after: round - 1 });
    await append(app.sql, { subject: String(round) });
    await until(() => follower.got.length > 0, `round ${round} has got its event`);
    await follower.stop();
    expect(follower.got).toEqual([String(round)]);
  }
});

test("follow() lets a slow follower catch up from the table and lose nothing, while others go on", async () => {
  await using app = await openTestApp();
  const total = 5_000;
  const gate = Promise.withResolvers<void>();
  const slow = follow(app.feed, { after: 0 }, () => gate.promise);
  const fast = follow(app.feed, { after: 0 });
  await append(app.sql, { subject: "1" });
  await until(() => slow.got.length === 1 && fast.got.length === 1, "both have begun");

  for (let from = 2; from <= total; from += 500) await append(app.sql, ...named(from, Math.min(from + 499, total)));
  await until(() => fast.got.length >= total, "the fast one is done");
  const meanwhile = slow.got.length;
  gate.resolve();
  await until(() => slow.got.length >= total, "the slow one has caught up");

  await Promise.all([slow.stop(), fast.stop()]);
  expect(meanwhile).toBe(1);
  expect(slow.got).toEqual(named(1, total).map(({ subject }) => subject));
  expect(fast.got).toEqual(slow.got);
});

test("follow() sees what another process committed", async () => {
  await using app = await openTestApp();
  await using other = await openTestApp({ db: app.db });
  const follower = follow(app.feed, { after: 0 });
  await until(() => app.feed.followers === 1, "it follows");

  const task = await other.tasks.create("/w", { title: "from elsewhere" });

  await until(() => follower.got.length === 1, "it has seen the other process");
  await follower.stop();
  expect(follower.got).toEqual([task.id]);
});

test("follow() sees what a process of its own committed", async () => {
  await using app = await openTestApp();
  const follower = follow(app.feed, { after: 0, filter: { type: "task." } });
  await until(() => app.feed.followers === 1, "it follows");

  const { stdout } = await runCli(["task", "create", "from a terminal", "--db", app.db, "--json"], {
    cwd: app.workspace,
    env: { CADRE_HOME: app.workspace },
  });

  await until(() => follower.got.length === 1, "it has seen the other process");
  await follower.stop();
  expect(follower.got).toEqual([JSON.parse(stdout).id]);
});

test("close() ends every follower, also one that nobody aborts", async () => {
  await using app = await openTestApp();
  const followers = [follow(app.feed), follow(app.feed, { after: 0 })];
  await until(() => app.feed.followers === 2, "both follow");

  await app.feed.close();

  await until(() => followers.every(({ end }) => end === "ended"), "both have ended");
  expect(app.feed.followers).toBe(0);
});

/** A database whose reads fail as often as the test says. */
function failing(sql: Sql, fail: () => AppError | undefined): Sql {
  return aroundSql(sql, {
    all: async (text, values) => {
      const error = fail();
      if (error) throw error;
      return sql.all(text, values);
    },
  });
}

test("follow() goes on after a failure that passes", async () => {
  await using app = await openTestApp();
  let failures = 0;
  const away = new AppError("unavailable", "cannot read: not just now", { hint: "Wait." });
  const sql = failing(app.sql, () => (failures > 0 && failures-- > 0 ? away : undefined));
  const feed = new Feed(sql, hastyClock());
  const follower = follow(feed, { after: 0 });
  await append(app.sql, { subject: "1" });
  await until(() => follower.got.length === 1, "it follows");

  failures = 3;
  await append(app.sql, { subject: "2" });
  await until(() => follower.got.length === 2, "it has got what came meanwhile");

  await follower.stop();
  await feed.close();
  expect(follower.got).toEqual(["1", "2"]);
});

test("follow() ends with the error when the failure does not pass", async () => {
  await using app = await openTestApp();
  let isDamaged = false;
  const damaged = new AppError("damaged", "cannot read: a page is gone", { hint: "Restore." });
  const feed = new Feed(
    failing(app.sql, () => (isDamaged ? damaged : undefined)),
    systemClock,
  );
  const followers = [follow(feed, { after: 0 }), follow(feed)];
  await append(app.sql, { subject: "1" });
  await until(() => followers[0]?.got.length === 1 && feed.followers === 2, "both follow");

  isDamaged = true;
  await append(app.sql, { subject: "2" });

  await until(() => followers.every(({ end }) => end === "damaged"), "both have heard of it");
  await feed.close();
});
