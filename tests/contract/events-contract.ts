// What the log promises on every engine: each event once, in order, also where a number is given out
// before its transaction has ended.
import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert";
import { systemClock } from "../../src/base/clock.ts";
import { Feed } from "../../src/events/feed.ts";
import { appendEvent, EventReader, firstUnseen, type NewEvent, readEvents } from "../../src/store/events.ts";
import { run, type Sql } from "../../src/store/sql.ts";
import { until } from "../harness/condition.ts";
import { type ContractCase, open } from "./sql-contract.ts";

const INSERT = "INSERT INTO event (at_ms, subject, type, data) VALUES (0, 'held', 'test.held', '{}') RETURNING seq";
const ROWS_MAX = 100;

function event(subject: string): NewEvent {
  return { at_ms: 1, workspace_id: "w", subject, type: "test.happened", data: { deep: [1, "ä"] } };
}

function append(sql: Sql, ...subjects: string[]): Promise<void> {
  return sql.write(function* () {
    for (const subject of subjects) yield* appendEvent(event(subject));
  });
}

async function drain(reader: EventReader): Promise<string[]> {
  return (await reader.next(ROWS_MAX)).map(({ subject }) => subject);
}

/**
 * Drains until something comes. Which transactions are open is one answer for the whole server: somebody else's,
 * in another database, can keep a gap open for a moment longer than ours.
 */
async function drainSoon(reader: EventReader): Promise<string[]> {
  const got: string[] = [];
  await until(async () => got.push(...(await drain(reader))) > 0, "the gap is known to stay");
  return got;
}

/** What a follower has got so far. */
function follow(feed: Feed, signal: AbortSignal, after?: number): string[] {
  const got: string[] = [];
  const following = async () => {
    for await (const events of feed.follow({ signal, after })) got.push(...events.map(({ subject }) => subject));
  };
  following().catch((cause: unknown) => got.push(`ended: ${cause}`));
  return got;
}

export const eventCases: readonly ContractCase[] = [
  {
    name: "EventReader gives every event once, in order, as it was appended",
    run: async (db) => {
      const sql = await open(db);
      await append(sql, "a", "b");
      await append(sql, "c");
      const reader = new EventReader(sql, 0);

      const [first, ...rest] = await reader.next(2);

      deepEqual(first, { seq: 1, ...event("a") });
      deepEqual(
        rest.map(({ subject }) => subject),
        ["b"],
      );
      deepEqual(await drain(reader), ["c"]);
      deepEqual(await drain(reader), []);
      equal(reader.after, 3);
    },
  },
  {
    name: "EventReader passes over numbers that were deleted",
    run: async (db) => {
      const sql = await open(db);
      await append(sql, "a", "b", "c", "d");
      await sql.write(() => run("DELETE FROM event WHERE subject IN ('a', 'c')"));

      deepEqual(await drainSoon(new EventReader(sql, 0)), ["b", "d"]);
    },
  },
  {
    name: "an event of a change that failed is not in the log",
    run: async (db) => {
      const sql = await open(db);
      await sql
        .write(function* () {
          yield* appendEvent(event("lost"));
          throw new Error("no");
        })
        .catch(() => {});
      await append(sql, "kept");

      deepEqual(await drainSoon(new EventReader(sql, 0)), ["kept"]);
    },
  },
  {
    name: "EventReader delivers nothing after a number that an open transaction holds, until it ends",
    only: "postgres",
    run: async (db) => {
      const sql = await open(db);
      await append(sql, "first");
      const held = await db.hold();
      await held.all(INSERT);
      await append(sql, "later");
      const reader = new EventReader(sql, 0);

      const during = [...(await drain(reader)), ...(await drain(reader))];
      await held.commit();

      deepEqual(during, ["first"]);
      deepEqual(await drain(reader), ["held", "later"]);
    },
  },
  {
    name: "EventReader waits also for a transaction that began after the one whose event it sees",
    only: "postgres",
    run: async (db) => {
      const sql = await open(db);
      const [older, younger] = [await db.hold(), await db.hold()];
      await older.all("SELECT pg_current_xact_id()");
      await younger.all(INSERT);
      await older.all(INSERT);
      await older.commit();
      const reader = new EventReader(sql, 0);

      const during = await drain(reader);
      await younger.commit();

      deepEqual(during, []);
      deepEqual(await drain(reader), ["held", "held"]);
    },
  },
  {
    name: "EventReader waits for a number whose row is not yet written",
    only: "postgres",
    run: async (db) => {
      const sql = await open(db);
      await append(sql, "first");
      const tables = await db.hold();
      // A trigger runs when the number has been given out, and before the row makes its transaction known.
      await tables.all(`CREATE FUNCTION wait_for_gate() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF NEW.subject = 'held' THEN PERFORM pg_advisory_xact_lock(9); END IF;
          RETURN NEW;
        END $$`);
      await tables.all("CREATE TRIGGER gate BEFORE INSERT ON event FOR EACH ROW EXECUTE FUNCTION wait_for_gate()");
      await tables.commit();
      const [gate, held] = [await db.hold(), await db.hold()];
      await gate.all("SELECT pg_advisory_xact_lock(9)");
      const inserting = held.all(INSERT);
      const waiting = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objid = 9 AND NOT granted";
      await until(async () => (await sql.all(waiting)).length > 0, "the insert waits");
      await append(sql, "later");
      const reader = new EventReader(sql, 0);

      const during = [...(await drain(reader)), ...(await drain(reader))];
      await gate.commit();
      await inserting;
      await held.commit();

      deepEqual(during, ["first"]);
      deepEqual(await drain(reader), ["held", "later"]);
    },
  },
  {
    name: "EventReader passes over the number of a transaction that was rolled back",
    only: "postgres",
    run: async (db) => {
      const sql = await open(db);
      const held = await db.hold();
      await held.all(INSERT);
      await append(sql, "later");
      const reader = new EventReader(sql, 0);

      const during = await drain(reader);
      await held.rollback();

      deepEqual(during, []);
      deepEqual(await drainSoon(reader), ["later"]);
    },
  },
  {
    name: "EventReader passes over a rolled back number while transactions that began after it are open",
    only: "postgres",
    run: async (db) => {
      const sql = await open(db);
      const held = await db.hold();
      await held.all(INSERT);
      await append(sql, "later");
      const reader = new EventReader(sql, 0);
      await drain(reader);
      const younger = await db.hold();
      await younger.all(INSERT);

      await held.rollback();

      deepEqual(await drainSoon(reader), ["later"]);
      await younger.rollback();
    },
  },
  {
    name: "firstUnseen() begins before a number that an open transaction holds",
    only: "postgres",
    run: async (db) => {
      const sql = await open(db);
      await append(sql, "first");
      const held = await db.hold();
      await held.all(INSERT);
      await append(sql, "later");

      const during = await firstUnseen(sql);
      await held.rollback();

      equal(during, 1);
      await until(async () => (await firstUnseen(sql)) === 3, "the gap is known to stay");
    },
  },
  {
    name: "readEvents() gives what is settled, whatever is missing in it and whoever has a transaction open",
    run: async (db) => {
      const sql = await open(db);
      await append(sql, "a", "b", "c", "d");
      await sql.write(() => run("DELETE FROM event WHERE subject IN ('a', 'c')"));
      const held = await db.hold();
      await held.all(INSERT);

      const rows = await readEvents(sql, 0, 4, ROWS_MAX);
      await held.rollback();

      deepEqual(
        rows.map(({ subject }) => subject),
        ["b", "d"],
      );
    },
  },
  {
    name: "Feed replays across deleted numbers while somebody has a transaction open, and loses nothing",
    run: async (db) => {
      const sql = await open(db);
      await append(sql, "a", "b", "c", "d");
      await sql.write(() => run("DELETE FROM event WHERE subject IN ('a', 'c')"));
      const held = await db.hold();
      await held.all("SELECT 1 FROM workspace");
      if (db.dialect === "postgres") await held.all("SELECT pg_current_xact_id()");
      const feed = new Feed(sql, systemClock);
      const stop = new AbortController();

      const got = follow(feed, stop.signal, 0);
      await until(() => got.length >= 1, "the first event is there");
      await held.rollback();
      await until(() => got.length >= 2, "the last event is there");
      stop.abort();
      await feed.close();

      deepEqual(got, ["b", "d"]);
    },
  },
  {
    name: "Feed follows another process, and several followers that begin at once get the same",
    run: async (db) => {
      const [here, there] = [await open(db), await open(db)];
      await append(here, "before");
      const feed = new Feed(here, systemClock);
      const stop = new AbortController();
      const followers = [
        follow(feed, stop.signal),
        follow(feed, stop.signal),
        follow(feed, stop.signal, 0),
        follow(feed, stop.signal, 0),
      ];
      await until(() => followers[3]?.length === 1 && feed.followers === 4, "the replay is over");
      // Who follows what is to come first asks where the log ends: only an event that it gets shows that it has.
      await until(async () => {
        await append(here, "are you there?");
        return followers.every((got) => got.includes("are you there?"));
      }, "every follower follows");

      await append(there, "other process");
      await append(here, "own");
      await until(() => followers.every((got) => got.includes("own")), "every follower has got the last event");
      stop.abort();
      await feed.close();

      const news = ["other process", "own"];
      const got = followers.map((all) => all.filter((subject) => subject !== "are you there?"));
      deepEqual(got, [news, news, ["before", ...news], ["before", ...news]]);
    },
  },
];
