// What every driver of the Sql port promises. The cases name no runtime, so that `bun test` runs them on
// bun:sqlite and PostgreSQL, and `deno task test` on node:sqlite.
import { deepStrictEqual as deepEqual, strictEqual as equal, ok } from "node:assert";
import { type Clock, systemClock } from "../../src/base/clock.ts";
import { AppError } from "../../src/base/errors.ts";
import { WRITE_QUEUE_MAX } from "../../src/base/limits.ts";
import { contentOf, keepContent } from "../../src/store/artifacts.ts";
import { countRequest } from "../../src/store/caller-rates.ts";
import { endExecution, insertExecution, insertExecutionFile, startExecution } from "../../src/store/executions.ts";
import { replaceFact } from "../../src/store/facts.ts";
import { keepAnswer, releaseKey, takeKey } from "../../src/store/idempotency.ts";
import { MIGRATIONS, migrate, SCHEMA_LATEST } from "../../src/store/migrate.ts";
import { forget } from "../../src/store/retention.ts";
import { type Change, type Dialect, type Row, run, type Sql, type Value } from "../../src/store/sql.ts";
import { fakeClock, hastyClock } from "../harness/clock.ts";
import { until } from "../harness/condition.ts";
import { refusalOf } from "../harness/errors.ts";

/** One empty database, made for one case; whoever made it closes what was connected. */
export interface TestDatabase {
  readonly dialect: Dialect;
  /** A driver of its own on this database, as another process would have it. */
  connect(clock?: Clock, options?: ConnectOptions): Promise<Sql>;
  /** A transaction that stays open until the test ends it. */
  hold(): Promise<Held>;
}

interface ConnectOptions {
  /** For engines that wait for a lock by a clock of their own. */
  readonly lockWaitMs?: number;
}

export interface Held {
  all(text: string, values?: readonly Value[]): Promise<Row[]>;
  commit(): Promise<void>;
  rollback(): Promise<void>;
}

export interface ContractCase {
  readonly name: string;
  /** Set where only one engine can get into the situation. */
  readonly only?: Dialect;
  run(db: TestDatabase): Promise<void>;
}

const EIGHT_MIB = 8 * 1024 * 1024;

/** A driver with the product's tables. */
export async function open(db: TestDatabase, clock: Clock = systemClock, options: ConnectOptions = {}): Promise<Sql> {
  const sql = await db.connect(clock, options);
  await migrate(sql, { clock, keepCopy: async () => {} });
  return sql;
}

function put(name: string, value = ""): Change<number> {
  return function* () {
    return (yield* run("INSERT INTO fact (name, value) VALUES (?1, ?2) RETURNING name", [name, value])).length;
  };
}

async function names(sql: Sql): Promise<string[]> {
  return (await sql.all<{ name: string }>("SELECT name FROM fact ORDER BY name")).map(({ name }) => name);
}

/** Calls `look` while a change that has written a row is not over; the change then ends with `end`. */
async function duringChange<T>(db: TestDatabase, sql: Sql, end: () => void, look: () => Promise<T>): Promise<T> {
  if (db.dialect === "sqlite") {
    // A change never yields to the event loop: only something that it calls itself can look.
    let seen: Promise<T> | undefined;
    await sql
      .write(function* () {
        yield* put("open")();
        seen = look();
        end();
      })
      .catch(() => {});
    return seen as Promise<T>;
  }
  const gate = await db.hold();
  await gate.all("SELECT pg_advisory_xact_lock(7)");
  const changing = sql
    .write(function* () {
      yield* put("open")();
      yield* run("SELECT pg_advisory_xact_lock(7)");
      end();
    })
    .catch(() => {});
  const seen = await look();
  await gate.commit();
  await changing;
  return seen;
}

const changes: ContractCase[] = [
  {
    name: "write() answers what the change returns, and RETURNING gives its rows",
    run: async (db) => {
      const sql = await open(db);

      const answer = await sql.write(function* () {
        return yield* run("INSERT INTO fact (name, value) VALUES (?1, ?2) RETURNING name, value", ["a", "1"]);
      });

      deepEqual({ ...answer[0] }, { name: "a", value: "1" });
    },
  },
  {
    name: "write() of what need only outlive this process is visible to another connection at once",
    run: async (db) => {
      const [one, other] = [await open(db), await open(db)];

      await one.write(put("a"), "process");
      deepEqual(await names(other), ["a"]);

      await one.write(put("b"));
      deepEqual(await names(other), ["a", "b"]);
    },
  },
  {
    name: "write() waits for the server's disk unless it is told that it need not",
    only: "postgres",
    run: async (db) => {
      const sql = await open(db);
      const asked: Change<Row[]> = () => run("SHOW synchronous_commit");

      deepEqual({ ...(await sql.write(asked, "process"))[0] }, { synchronous_commit: "off" });
      deepEqual({ ...(await sql.write(asked))[0] }, { synchronous_commit: "on" });
    },
  },
  {
    name: "write() resolves after the change is visible to another connection",
    run: async (db) => {
      const [one, other] = [await open(db), await open(db)];

      for (let at = 0; at < 20; at++) {
        await one.write(put(`fact_${at}`));

        equal((await names(other)).length, at + 1);
      }
    },
  },
  {
    name: "all() during a change sees none of its rows",
    run: async (db) => {
      const sql = await open(db);

      const seen = await duringChange(
        db,
        sql,
        () => {},
        () => names(sql),
      );

      deepEqual(seen, []);
      deepEqual(await names(sql), ["open"]);
    },
  },
  {
    name: "all() during a change that is rolled back sees none of its rows, and none come",
    run: async (db) => {
      const sql = await open(db);
      const fail = () => {
        throw new Error("no");
      };

      const seen = await duringChange(db, sql, fail, () => names(sql));

      deepEqual(seen, []);
      deepEqual(await names(sql), []);
    },
  },
  {
    name: "write() that fails takes nothing of its batch with it, and leaves nothing of itself",
    run: async (db) => {
      const sql = await open(db);
      const refused = new AppError("conflict", "cannot put it: the test says so", { hint: "Nothing." });

      const outcomes = await Promise.allSettled([
        sql.write(put("before")),
        sql.write(function* () {
          yield* put("own")();
          throw refused;
        }),
        sql.write(function* () {
          yield* put("twice")();
          yield* put("twice")();
        }),
        sql.write(put("after")),
      ]);

      deepEqual(
        outcomes.map(({ status }) => status),
        ["fulfilled", "rejected", "rejected", "fulfilled"],
      );
      equal((outcomes[1] as PromiseRejectedResult).reason, refused);
      equal(((outcomes[2] as PromiseRejectedResult).reason as AppError).code, "internal");
      deepEqual(await names(sql), ["after", "before"]);
    },
  },
  {
    name: "write() of a conditional update counts the rows that it changed",
    run: async (db) => {
      const sql = await open(db);
      await sql.write(put("state", "pending"));
      const claim: Change<number> = function* () {
        const text = "UPDATE fact SET value = 'active' WHERE name = ?1 AND value = 'pending' RETURNING name";
        return (yield* run(text, ["state"])).length;
      };

      const counts = [await sql.write(claim), await sql.write(claim)];

      deepEqual(counts, [1, 0]);
    },
  },
  {
    name: "write() of a row that is there already answers no row, where the text says ON CONFLICT DO NOTHING",
    run: async (db) => {
      const sql = await open(db);
      const take = () => sql.write(() => replaceFact("leader", undefined, "me"));

      const taken = [await take(), await take()];

      deepEqual(taken, [true, false]);
    },
  },
  {
    name: "write() from two processes loses no update",
    run: async (db) => {
      const openers = [await open(db), await open(db)];
      await openers[0]?.write(put("count", "0"));
      const increment: Change<void> = function* () {
        const [row] = yield* run<{ value: string }>("SELECT value FROM fact WHERE name = 'count' {lock}");
        yield* run("UPDATE fact SET value = ?1 WHERE name = 'count'", [String(Number(row?.value) + 1)]);
      };

      await Promise.all(openers.flatMap((sql) => Array.from({ length: 100 }, () => sql.write(increment))));

      const [row] = (await openers[1]?.all<{ value: string }>("SELECT value FROM fact WHERE name = 'count'")) ?? [];
      equal(row?.value, "200");
    },
  },
  {
    name: "onCommit() hears of commits, and not of what failed",
    run: async (db) => {
      const sql = await open(db);
      let commits = 0;
      const stop = sql.onCommit(() => commits++);

      await sql.write(put("a"));
      const afterOne = commits;
      stop();
      await sql.write(put("b"));

      ok(afterOne >= 1);
      equal(commits, afterOne);
    },
  },
  {
    name: "each look-out of watch() says once that another process has committed",
    run: async (db) => {
      const [one, other] = [await open(db), await open(db)];
      const [first, second] = [one.watch(), one.watch()];
      first();
      second();

      await other.write(put("a"));

      equal(first(), true);
      equal(second(), true);
    },
  },
  {
    name: "listen() hears of another process's commit, and of nothing after it was ended",
    only: "sqlite",
    run: async (db) => {
      const [one, other] = [await open(db), await open(db)];
      let heard = 0;
      const stop = one.listen(() => heard++);

      await other.write(put("a"));
      await until(() => heard > 0, "the commit was heard");
      stop();
      const before = heard;
      await other.write(put("b"));
      await systemClock.sleep(20);

      equal(heard, before);
    },
  },
  {
    name: "a look-out of watch() says no while nobody commits",
    only: "sqlite",
    run: async (db) => {
      const mayHaveChanged = (await open(db)).watch();
      mayHaveChanged();

      equal(mayHaveChanged(), false);
    },
  },
  {
    name: "close() waits for what was written before it",
    run: async (db) => {
      const [one, other] = [await open(db), await open(db)];
      const writing = Array.from({ length: 200 }, (_, at) => one.write(put(`fact_${at}`)));

      await one.close();

      const outcomes = await Promise.allSettled(writing);
      const kept = await names(other);
      equal(kept.length, outcomes.filter(({ status }) => status === "fulfilled").length);
      equal(kept.length, 200);
    },
  },
  {
    name: "write() refuses when too many changes wait",
    only: "sqlite",
    run: async (db) => {
      const sql = await open(db);
      const nothing: Change<void> = function* () {};

      const waiting = Array.from({ length: WRITE_QUEUE_MAX }, () => sql.write(nothing));
      const refused = await refusalOf(() => sql.write(nothing));

      equal(refused.code, "unavailable");
      equal(refused.toJSON().retry, true);
      equal((await Promise.allSettled(waiting)).filter(({ status }) => status === "rejected").length, 0);
    },
  },
  {
    name: "write() to a locked database answers a retryable error in time, applies nothing, and works afterwards",
    run: async (db) => {
      const sql = await open(db, hastyClock(), { lockWaitMs: 50 });
      await sql.write(put("count", "0"));
      const holder = await db.hold();
      await holder.all("UPDATE fact SET value = 'held' WHERE name = 'count'");

      const refused = await refusalOf(() =>
        sql.write(function* () {
          yield* put("half")();
          yield* run("UPDATE fact SET value = '1' WHERE name = 'count'");
        }),
      );
      await holder.rollback();

      equal(refused.code, "unavailable");
      equal(refused.toJSON().retry, true);
      ok(refused.retryAfterMs);
      deepEqual(await names(sql), ["count"]);
      await sql.write(put("after"));
      deepEqual(await names(sql), ["after", "count"]);
    },
  },
];

const values: ContractCase[] = [
  {
    name: "{each n} takes a list of any length as one parameter",
    run: async (db) => {
      const sql = await open(db);
      const list = ["plain", "it's", 'a "word"', "🙂", "\\", "ä\nb", "{each 1}", "?1"];
      for (const name of list) await sql.write(put(name));
      const among = async (wanted: readonly string[]) => {
        const text = "SELECT name FROM fact WHERE name IN ({each 1})";
        return (await sql.all<{ name: string }>(text, [JSON.stringify(wanted)])).map(({ name }) => name).sort();
      };

      const found = [await among([]), await among(["plain"]), await among(list), await among(manyNames(list))];

      deepEqual(found, [[], ["plain"], [...list].sort(), [...list].sort()]);
    },
  },
  {
    name: "whole numbers come back as numbers, up to 53 bits; nothing comes back as null",
    run: async (db) => {
      const sql = await open(db);
      const [row] = await sql.write(function* () {
        yield* run("INSERT INTO workspace (id, path, created_ms) VALUES ('w', '/w', ?1)", [Number.MAX_SAFE_INTEGER]);
        yield* run(
          `INSERT INTO task (id, workspace_id, title, status, priority, created_ms, updated_ms, archived_ms)
           VALUES ('t', 'w', 'title', 'pending', 5, ?1, ?2, ?3)`,
          [0, Number.MIN_SAFE_INTEGER, null],
        );
        return yield* run(
          `SELECT w.created_ms AS big, t.created_ms AS zero, t.updated_ms AS small, t.archived_ms AS none
           FROM task t JOIN workspace w ON w.id = t.workspace_id`,
        );
      });
      const [counted] = await sql.all("SELECT count(*) AS number, max(created_ms) AS newest FROM workspace");

      deepEqual({ ...row }, { big: Number.MAX_SAFE_INTEGER, zero: 0, small: Number.MIN_SAFE_INTEGER, none: null });
      deepEqual({ ...counted }, { number: 1, newest: Number.MAX_SAFE_INTEGER });
    },
  },
  {
    name: "text comes back as it was: empty, every script, emoji, control characters, 8 MiB",
    run: async (db) => {
      const sql = await open(db);
      const texts = [
        "",
        "Ünïcödé 漢字 עברית",
        "👩‍👩‍👧 🏳️‍🌈",
        "\u0001\t\r\n\u001b[31m\u007f\u0085\u2028\ufeff\uffff",
        "x".repeat(EIGHT_MIB),
      ];
      for (const [at, text] of texts.entries()) await sql.write(put(`text_${at}`, text));

      const rows = await sql.all<{ value: string }>("SELECT value FROM fact ORDER BY name");

      deepEqual(
        rows.map(({ value }) => value.length),
        texts.map((text) => text.length),
      );
      ok(rows.every(({ value }, at) => value === texts[at]));
    },
  },
  {
    name: "foreign keys are enforced, and what belongs to a deleted row goes with it",
    run: async (db) => {
      const sql = await open(db);
      const insertTask = (id: string, workspace: string) =>
        sql.write(function* () {
          yield* run(
            `INSERT INTO task (id, workspace_id, title, status, priority, created_ms, updated_ms)
             VALUES (?1, ?2, 'title', 'pending', 5, 0, 0)`,
            [id, workspace],
          );
        });
      await sql.write(function* () {
        yield* run("INSERT INTO workspace (id, path, created_ms) VALUES ('w', '/w', 0)");
      });

      await refusalOf(() => insertTask("orphan", "nowhere"));
      await insertTask("a", "w");
      await insertTask("b", "w");
      await sql.write(function* () {
        yield* run("INSERT INTO task_need (task_id, needs_id) VALUES ('b', 'a')");
        yield* run("DELETE FROM workspace WHERE id = 'w'");
      });

      deepEqual(await sql.all("SELECT id FROM task"), []);
      deepEqual(await sql.all("SELECT task_id FROM task_need"), []);
    },
  },
  {
    name: "a status outside the table is refused",
    run: async (db) => {
      const sql = await open(db);
      const refused = await refusalOf(() =>
        sql.write(function* () {
          yield* run("INSERT INTO workspace (id, path, created_ms) VALUES ('w', '/w', 0)");
          yield* run(
            `INSERT INTO task (id, workspace_id, title, status, priority, created_ms, updated_ms)
             VALUES ('t', 'w', 'title', 'done', 5, 0, 0)`,
          );
        }),
      );

      equal(refused.code, "internal");
      deepEqual(await sql.all("SELECT id FROM workspace"), []);
    },
  },
];

function manyNames(list: readonly string[]): string[] {
  return [...list, ...Array.from({ length: 5_000 }, (_, at) => `other_${at}`)];
}

const NEXT = {
  version: SCHEMA_LATEST + 1,
  name: "next",
  text: `-- A newer cadre.
CREATE TABLE later (id TEXT PRIMARY KEY) {strict};

INSERT INTO later (id) VALUES ('one; two');
`,
};

const migrations: ContractCase[] = [
  {
    name: "migrate() makes the tables once, and finds them the second time",
    run: async (db) => {
      const sql = await db.connect();
      const options = { clock: systemClock, keepCopy: async () => {} };

      const versions = [await migrate(sql, options), await migrate(sql, options)];

      deepEqual(versions, [0, SCHEMA_LATEST]);
    },
  },
  {
    name: "migrate() makes every table and index that its text names",
    run: async (db) => {
      const sql = await open(db);
      const wanted = MIGRATIONS.flatMap(({ text }) =>
        [...text.matchAll(/^CREATE (?:TABLE|INDEX) (\w+)/gm)].map(([, name]) => name),
      );

      const made = await sql.all<{ name: string }>(
        db.dialect === "sqlite"
          ? "SELECT name FROM sqlite_schema"
          : "SELECT tablename AS name FROM pg_tables UNION SELECT indexname AS name FROM pg_indexes",
      );

      const names = new Set(made.map(({ name }) => name));
      ok(wanted.length > 10);
      deepEqual(
        wanted.filter((name) => !names.has(String(name))),
        [],
      );
    },
  },
  {
    name: "migrate() by several openers at once makes the tables once",
    run: async (db) => {
      const openers = [await db.connect(), await db.connect(), await db.connect(), await db.connect()];

      await Promise.all(openers.map((sql) => migrate(sql, { clock: systemClock, keepCopy: async () => {} })));

      const rows = await openers[0]?.all<{ version: number }>("SELECT version FROM migration ORDER BY version");
      deepEqual(
        rows?.map(({ version }) => version),
        MIGRATIONS.map(({ version }) => version),
      );
    },
  },
  {
    name: "migrate() keeps a copy before it changes a database that holds something, and only then",
    run: async (db) => {
      const copies: number[] = [];
      const keepCopy = async (version: number) => void copies.push(version);
      const sql = await db.connect();

      await migrate(sql, { clock: systemClock, keepCopy });
      await migrate(sql, { clock: systemClock, keepCopy });
      const before = [...copies];
      await migrate(sql, { clock: systemClock, keepCopy, migrations: [...MIGRATIONS, NEXT] });

      deepEqual(before, []);
      deepEqual(copies, [SCHEMA_LATEST]);
      deepEqual(
        (await sql.all<{ id: string }>("SELECT id FROM later")).map(({ id }) => id),
        ["one; two"],
      );
    },
  },
  {
    name: "migrate() that fails changes nothing",
    run: async (db) => {
      const sql = await open(db);
      const broken = {
        ...NEXT,
        text: "CREATE TABLE half (id TEXT) {strict};\n\nCREATE TABLE half (id TEXT) {strict};\n",
      };

      await refusalOf(() =>
        migrate(sql, { clock: systemClock, keepCopy: async () => {}, migrations: [...MIGRATIONS, broken] }),
      );

      equal(await migrate(sql, { clock: systemClock, keepCopy: async () => {} }), SCHEMA_LATEST);
      await refusalOf(() => sql.all("SELECT id FROM half"));
    },
  },
  {
    name: "migrate() refuses a newer schema",
    run: async (db) => {
      const newer = await db.connect();
      await migrate(newer, { clock: systemClock, keepCopy: async () => {}, migrations: [...MIGRATIONS, NEXT] });

      const refused = await refusalOf(() => open(db));

      equal(refused.code, "outdated");
      ok(refused.hint.includes("Restart"));
    },
  },
  {
    name: "write() of a process that is older than the schema is refused; its reads go on",
    run: async (db) => {
      const older = await open(db);
      await older.write(put("before"));
      const newer = await db.connect();
      await migrate(newer, { clock: systemClock, keepCopy: async () => {}, migrations: [...MIGRATIONS, NEXT] });

      const refused = await refusalOf(() => older.write(put("after")));

      equal(refused.code, "outdated");
      deepEqual(await names(older), ["before"]);
      await newer.write(put("newer"));
      deepEqual(await names(older), ["before", "newer"]);
    },
  },
];

const EXECUTION = {
  workspace_id: "w",
  task_id: null,
  process: "p",
  language: "bash",
  engine: "",
  code: "ls",
  given: {},
} as const;

const upkeep: ContractCase[] = [
  {
    name: "countRequest() counts a caller on all machines together, and says when there is room",
    only: "postgres",
    run: async (db) => {
      const machines = [await open(db), await open(db)];
      const rate = { caller: "10.0.0.7", perSecond: 1, most: 4 };

      const waits: number[] = [];
      for (let at = 0; at < 6; at++) waits.push(await countRequest(machines[at % 2] as Sql, rate));
      const other = await countRequest(machines[0] as Sql, { ...rate, caller: "10.0.0.8" });

      deepEqual(waits.slice(0, 4), [0, 0, 0, 0]);
      ok(waits.slice(4).every((wait) => wait > 0 && wait <= 1_000));
      equal(other, 0);
    },
  },
  {
    name: "forget() deletes what is older than the rules say, in chunks, and keeps everything else",
    run: async (db) => {
      const clock = fakeClock();
      const sql = await open(db, clock);
      const now = clock.now();
      await sql.write(function* () {
        for (let at = 0; at < 1_200; at++) {
          const text = "INSERT INTO event (at_ms, subject, type, data) VALUES (?1, 's', 't', '{}')";
          yield* run(text, [now - (at < 1_100 ? 10_000 : 0)]);
        }
        yield* run("INSERT INTO workspace (id, path, created_ms) VALUES ('w', '/w', 0)");
        for (const [id, archived] of [
          ["old", now - 10_000],
          ["new", now],
          ["live", null],
        ] as const) {
          yield* run(
            `INSERT INTO task (id, workspace_id, title, status, priority, created_ms, updated_ms, archived_ms)
             VALUES (?1, 'w', 'title', 'pending', 5, 0, 0, ?2)`,
            [id, archived],
          );
        }
      });

      const ids = ["old", "left a file", "runs", "newest"];
      for (const id of ids) await sql.write(() => insertExecution({ ...EXECUTION, id, created_ms: now - 10_000 }));
      for (const id of ["old", "left a file", "newest"]) {
        const end = { status: "completed", outcome: {}, stdout: "", stderr: "", ended_ms: now } as const;
        await sql.write(() => startExecution(id, now));
        await sql.write(() => endExecution(id, end));
      }
      await sql.write(() => startExecution("runs", now));
      await sql.write(function* () {
        const content = contentOf(Buffer.from("left"));
        yield* keepContent(content, now);
        yield* insertExecutionFile({ execution_id: "left a file", path: "a", mime: "text/plain", ...content });
      });

      const kept = await forget(sql, clock, {}, new AbortController().signal);
      const gone = await forget(
        sql,
        clock,
        { eventsMs: 5_000, archivedMs: 5_000, executionsMs: 5_000 },
        new AbortController().signal,
      );

      const nothing = Object.fromEntries(Object.keys(kept).map((what) => [what, 0]));
      deepEqual(kept, nothing);
      deepEqual(gone, { ...nothing, events: 1_100, archived_tasks: 1, executions: 2 });
      deepEqual(
        (await sql.all<{ id: string }>("SELECT id FROM task ORDER BY id")).map(({ id }) => id),
        ["live", "new"],
      );
      deepEqual(
        (await sql.all<{ id: string }>("SELECT id FROM execution ORDER BY id")).map(({ id }) => id),
        ["newest", "runs"],
      );
      deepEqual(await sql.all("SELECT path FROM execution_file"), []);
    },
  },
  {
    name: "forget() keeps the newest event, so that no number of the log is given twice",
    run: async (db) => {
      const clock = fakeClock();
      const sql = await open(db, clock);
      const append = () =>
        sql.write(() =>
          run<{ seq: number }>(
            "INSERT INTO event (at_ms, subject, type, data) VALUES (0, 's', 't', '{}') RETURNING seq",
          ),
        );
      for (let at = 0; at < 3; at++) await append();

      const gone = await forget(sql, clock, { eventsMs: 1 }, new AbortController().signal);
      const [next] = await append();

      equal(gone.events, 2);
      equal(next?.seq, 4);
    },
  },
  {
    name: "takeKey() is won by one of two; the other sees the request, then the answer",
    run: async (db) => {
      const [one, other] = [await open(db), await open(db)];
      const take = (sql: Sql) => sql.write(() => takeKey("key", "request", 1_000, 0));

      const taken = await Promise.all([take(one), take(other)]);
      await one.write(() => keepAnswer("key", "answer"));
      await one.write(() => releaseKey("key"));

      equal(taken.filter((row) => row === undefined).length, 1);
      deepEqual(
        { ...taken.find((row) => row !== undefined) },
        { key: "key", request: "request", answer: null, created_ms: 1_000 },
      );
      equal((await take(other))?.answer, "answer");
    },
  },
  {
    name: "takeKey() may be used again after it was released or has run out",
    run: async (db) => {
      const sql = await open(db);
      const take = (now: number, expired: number) => sql.write(() => takeKey("key", "request", now, expired));

      const first = await take(1_000, 0);
      await sql.write(() => releaseKey("key"));
      const released = await take(2_000, 0);
      const expired = await take(9_000, 2_001);

      deepEqual([first, released, expired], [undefined, undefined, undefined]);
    },
  },
  {
    name: "replaceFact() is won by one of two processes",
    run: async (db) => {
      const [one, other] = [await open(db), await open(db)];
      await one.write(put("leader", "nobody"));

      const won = await Promise.all([
        one.write(() => replaceFact("leader", "nobody", "one")),
        other.write(() => replaceFact("leader", "nobody", "other")),
      ]);

      deepEqual(won.filter(Boolean), [true]);
    },
  },
];

export const sqlCases: readonly ContractCase[] = [...changes, ...values, ...migrations, ...upkeep];
