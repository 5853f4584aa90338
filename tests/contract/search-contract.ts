// What a search finds on every engine, and that the index tells the truth whoever writes, reads and dies beside it.
import { deepStrictEqual as deepEqual, strictEqual as equal, ok } from "node:assert";
import { type Clock, systemClock } from "../../src/base/clock.ts";
import { SEARCH_CHUNK_ROWS, SEARCH_TEXT_CHARS_MAX, SEARCH_WAIT_MS_MAX } from "../../src/base/limits.ts";
import { forget } from "../../src/store/retention.ts";
import { SearchIndex } from "../../src/store/search.ts";
import type { SearchKind } from "../../src/store/search-source.ts";
import { run, type Sql } from "../../src/store/sql.ts";
import { moveWorkspace } from "../../src/store/workspaces.ts";
import { type FakeClock, fakeClock } from "../harness/clock.ts";
import { until } from "../harness/condition.ts";
import {
  type ArtifactDraft,
  archive,
  makeArtifact,
  makeSession,
  makeTasks,
  makeWorkspace,
  retitle,
  tell,
} from "../harness/found-rows.ts";
import { type ContractCase, open, type TestDatabase } from "./sql-contract.ts";

interface Place {
  readonly sql: Sql;
  readonly index: SearchIndex;
  /** Ids of what is found in the first workspace. */
  find(text: string, kind?: SearchKind, workspace?: string): Promise<string[]>;
}

const HERE = "workspace_000000000001";
const THERE = "workspace_000000000002";
const ROWS = 50;

/** One process with an index, on a database with two workspaces. */
async function place(db: TestDatabase, clock: Clock = systemClock): Promise<Place> {
  // Longer than a case may take: what gives up does so by its own bound.
  const sql = await open(db, clock, { lockWaitMs: 60_000 });
  await makeWorkspace(sql, HERE);
  await makeWorkspace(sql, THERE);
  const index = new SearchIndex(sql, clock);
  return {
    sql,
    index,
    find: async (text, kind = "task", workspace_id = HERE) => {
      // It answers in time, behind or not; what is asserted here is what it finds once it is not.
      for (;;) {
        const { hits, isBehind } = await index.find({ workspace_id, kind, text, limit: ROWS });
        if (!isBehind) return hits.map(({ subject }) => subject);
      }
    },
  };
}

async function artifact(sql: Sql, draft: Partial<ArtifactDraft> = {}): Promise<string> {
  const task = draft.task_id ?? (await makeTasks(sql, HERE, { title: "holds it" }))[0] ?? "";
  return makeArtifact(sql, { workspace_id: HERE, title: "kept", name: "kept.md", text: "", ...draft, task_id: task });
}

const words: ContractCase[] = [
  {
    name: "find() finds a task by its title, description, summary, note, tags and role, and nothing without the word",
    run: async (db) => {
      const { sql, find } = await place(db);
      const ids = await makeTasks(
        sql,
        HERE,
        { title: "needle" },
        { title: "b", description: "a needle in the hay" },
        { title: "c", summary: "needle found" },
        { title: "d", note: "no needle" },
        { title: "e", tags: ["needle"] },
        { title: "f", role: "needle" },
        { title: "g" },
      );

      deepEqual((await find("needle")).sort(), ids.slice(0, -1).sort());
      deepEqual(await find("thread"), []);
    },
  },
  {
    name: "find() finds sessions by title, artifacts by title, name, files and text, and each kind apart",
    run: async (db) => {
      const { sql, find } = await place(db);
      const session = await makeSession(sql, HERE, "Needle work");
      const task_id = (await makeTasks(sql, HERE, { title: "needle" }))[0] ?? "";
      const ids = [
        await artifact(sql, { task_id, title: "needle", name: "a" }),
        await artifact(sql, { task_id, name: "src/needle.ts" }),
        await artifact(sql, { task_id, name: "c", files: ["lib/needle.py"] }),
        await artifact(sql, { task_id, name: "d", text: "# Heading\n\nthe needle" }),
        await artifact(sql, { task_id, name: "e", text: '{"key":"needle"}', mime: "application/json" }),
      ];
      await artifact(sql, { task_id, name: "f", text: "needle", mime: "image/png" });

      deepEqual(await find("needle", "session"), [session]);
      deepEqual(await find("needle", "task"), [task_id]);
      deepEqual((await find("needle", "artifact")).sort(), ids.sort());
    },
  },
  {
    name: "find() puts what has the words in its title first, then what has them more often",
    run: async (db) => {
      const { sql, find } = await place(db);
      const filler = "other words that make it long ".repeat(5);
      const [often, title, once] = await makeTasks(
        sql,
        HERE,
        { title: "a", description: `needle ${"needle ".repeat(9)}` },
        { title: "the needle", description: filler },
        { title: "b", description: `${filler} needle ${filler}` },
      );

      deepEqual(await find("needle"), [title, often, once]);
    },
  },
  {
    name: "find() wants every word, each perhaps only begun, wherever they stand",
    run: async (db) => {
      const { sql, find } = await place(db);
      const [both, other] = await makeTasks(
        sql,
        HERE,
        { title: "Threading", description: "needles" },
        { title: "needle" },
      );

      deepEqual(await find("needl thread"), [both]);
      deepEqual((await find("need")).sort(), [both, other].sort());
      deepEqual(await find("edle"), []);
      deepEqual(await find("t"), []);
    },
  },
  {
    name: "find() takes what stands between quotes, or is typed without a space, as it stands",
    run: async (db) => {
      const { sql, find } = await place(db);
      const [phrase, apart] = await makeTasks(
        sql,
        HERE,
        { title: "a", description: "read src/store/search.ts first" },
        { title: "search", description: "the store in src" },
      );

      deepEqual((await find("src store search")).sort(), [phrase, apart].sort());
      deepEqual(await find('"src store search"'), [phrase]);
      deepEqual(await find("src/store/sea"), [phrase]);
      deepEqual(await find('"src store sea"'), []);
      // A title and what follows it are not one text.
      deepEqual(await find('"search the"'), []);
    },
  },
  {
    name: "find() reads over case, accents, wide letters and the forms of one letter, in what is typed and in what is kept",
    run: async (db) => {
      const { sql, find } = await place(db);
      const [accents, plain, greek] = await makeTasks(
        sql,
        HERE,
        { title: "Crème Brûlée", description: "ＦＵＬＬ ﬁeld" },
        { title: "creme brulee" },
        { title: "ΟΔΟΣ" },
      );

      deepEqual((await find("creme")).sort(), [accents, plain].sort());
      deepEqual((await find("BRÛLÉE")).sort(), [accents, plain].sort());
      deepEqual(await find("full field"), [accents]);
      deepEqual(await find("οδος"), [greek]);
    },
  },
  {
    name: "find() finds words in scripts without spaces, and emoji stop nothing",
    run: async (db) => {
      const { sql, find } = await place(db);
      const [japanese, korean] = await makeTasks(
        sql,
        HERE,
        { title: "日本語のテキスト🙂検索" },
        { title: "한국어 문서" },
      );

      deepEqual(await find("テキスト"), [japanese]);
      deepEqual(await find("検索 🙂"), [japanese]);
      deepEqual(await find("語本"), []);
      deepEqual(await find("문서"), [korean]);
    },
  },
  {
    name: "find() answers whatever is typed, and finds nothing where nothing can be read",
    run: async (db) => {
      const { sql, find } = await place(db);
      const [id] = await makeTasks(sql, HERE, { title: "or and not near", description: "title body scope" });
      const nothing = ["", " ", "🙂", "***", '"', '""', "' ; --", "\0\u0001\u001b", "\ud800", "-", "( ) :", "\\'"];
      const odd = [
        "OR",
        "or AND",
        'near"',
        "NEAR(or and, 2)",
        "title:or",
        "{title body}: near",
        "-or",
        "or*",
        "^near",
        "or:*A",
        "or & !near",
        "or <-> and",
        "'or'",
        "near\\",
        "o\u0301r",
        "or\0and",
        "or%",
        "or {each 1} ?1 $1",
        "a".repeat(5_000),
        "\ud83d ".repeat(300),
        "語".repeat(300),
        "a b c d e f g h i j k l m n o p q r s t u v w x y z".repeat(9),
      ];

      for (const text of nothing) deepEqual(await find(text), [], JSON.stringify(text));
      for (const text of odd) ok([0, 1].includes((await find(text)).length), JSON.stringify(text));
      deepEqual(await find("or AND near"), [id]);
      deepEqual(await find("title:or"), []);
    },
  },
  {
    name: "find() gives as many as were asked for, the best of them",
    run: async (db) => {
      const { sql, index } = await place(db);
      const [, title, third] = await makeTasks(
        sql,
        HERE,
        { title: "a", description: "needle in the hay" },
        { title: "needle" },
        { title: "the third needle" },
      );

      const find = async (limit: number) =>
        (await index.find({ workspace_id: HERE, kind: "task", text: "needle", limit })).hits;

      deepEqual(await find(1), [{ subject: title }]);
      deepEqual(await find(2), [{ subject: title }, { subject: third }]);
      equal((await find(3)).length, 3);
    },
  },
  {
    name: "find() reads the beginning of a long text, cut wherever a character ends",
    run: async (db) => {
      const { sql, find } = await place(db);
      const long = await artifact(sql, {
        text: `${"é".repeat(63)} early ${"𝐀b 語".repeat(SEARCH_TEXT_CHARS_MAX / 4)} late`,
      });

      deepEqual(await find("early", "artifact"), [long]);
      deepEqual(await find("late", "artifact"), []);
    },
  },
];

const changes: ContractCase[] = [
  {
    name: "find() sees what was written just before, and no longer what it said before that",
    run: async (db) => {
      const { sql, find } = await place(db);
      const [id = ""] = await makeTasks(sql, HERE, { title: "first" });

      const before = await find("first");
      await retitle(sql, id, "second");

      deepEqual(before, [id]);
      deepEqual(await find("first"), []);
      deepEqual(await find("second"), [id]);
    },
  },
  {
    name: "find() leaves out a deleted task with its artifacts, and finds both again when it is restored",
    run: async (db) => {
      const { sql, find } = await place(db);
      const [task_id = ""] = await makeTasks(sql, HERE, { title: "needle" });
      const kept: string[] = [];
      for (let at = 0; at <= SEARCH_CHUNK_ROWS; at++)
        kept.push(await artifact(sql, { task_id, name: `${at}`, text: at === 0 ? "needle" : "hay" }));
      const first = [await find("needle"), await find("needle", "artifact")];

      await archive(sql, task_id, true);
      const archived = [await find("needle"), await find("needle", "artifact"), await find("hay", "artifact")];
      await archive(sql, task_id, false);

      deepEqual(first, [[task_id], [kept[0]]]);
      deepEqual(archived, [[], [], []]);
      deepEqual([await find("needle"), await find("needle", "artifact")], first);
      equal((await find("hay", "artifact")).length, ROWS);
    },
  },
  {
    name: "find() forgets what is purged, also what goes with it without an event of its own",
    run: async (db) => {
      const { sql, find } = await place(db);
      const [parent = "", other = ""] = await makeTasks(sql, HERE, { title: "needle" }, { title: "needle other" });
      const [child = ""] = await makeTasks(sql, HERE, { title: "needle child", parent_id: parent });
      await artifact(sql, { task_id: child, text: "needle" });
      const before = [(await find("needle")).length, (await find("needle", "artifact")).length];

      await sql.write(() => run("DELETE FROM task WHERE id = ?1", [parent]));

      deepEqual(before, [3, 1]);
      deepEqual(await find("needle"), [other]);
      deepEqual(await find("needle", "artifact"), []);
      deepEqual(await entries(sql), [other]);
    },
  },
  {
    name: "find() finds the newest version of an artifact alone",
    run: async (db) => {
      const { sql, find } = await place(db);
      const first = await artifact(sql, { name: "a.md", text: "needle in the first" });
      const before = await find("needle", "artifact");
      const [row] = await sql.all<{ task_id: string }>("SELECT task_id FROM artifact");
      const second = await artifact(sql, {
        task_id: row?.task_id ?? "",
        name: "a.md",
        version: 2,
        text: "needle in the second",
      });

      deepEqual(before, [first]);
      deepEqual(await find("needle", "artifact"), [second]);
      deepEqual(await find("first", "artifact"), []);
    },
  },
  {
    name: "find() keeps workspaces apart, follows one that moves, and forgets one that is forgotten",
    run: async (db) => {
      const { sql, find } = await place(db);
      const [here = "", there = ""] = [
        ...(await makeTasks(sql, HERE, { title: "needle" })),
        ...(await makeTasks(sql, THERE, { title: "needle" })),
      ];
      await artifact(sql, { text: "needle" });
      await makeSession(sql, HERE, "needle");

      const apart = [await find("needle", "task", HERE), await find("needle", "task", THERE)];
      await sql.write(() => moveWorkspace(HERE, "/elsewhere"));
      const moved = await find("needle");
      await sql.write(() => run("DELETE FROM workspace WHERE id = ?1", [HERE]));
      const forgotten = [await find("needle"), await find("needle", "artifact"), await find("needle", "session")];

      deepEqual(apart, [[here], [there]]);
      deepEqual(moved, [here]);
      deepEqual(forgotten, [[], [], []]);
      deepEqual(await entries(sql), [there]);
    },
  },
  {
    name: "an event that changes nothing that can be found writes nothing into the index",
    run: async (db) => {
      const { sql, find } = await place(db);
      const [id = ""] = await makeTasks(sql, HERE, { title: "needle" });
      await find("needle");
      const before = await sql.all("SELECT seq, digest FROM search_entry");

      await tell(sql, "task.updated", id, HERE);
      const found = await find("needle");

      deepEqual(found, [id]);
      deepEqual(await sql.all("SELECT seq, digest FROM search_entry"), before);
    },
  },
];

/** What the index holds, whether or not a search would show it. */
async function entries(sql: Sql): Promise<string[]> {
  const rows = await sql.all<{ subject: string }>("SELECT subject FROM search_entry ORDER BY subject");
  if (sql.dialect === "sqlite") {
    const [row] = await sql.all<{ number: number }>("SELECT count(*) AS number FROM search_text");
    equal(row?.number, rows.length);
  }
  return rows.map(({ subject }) => subject);
}

/** On PostgreSQL somebody else's transaction, in whatever database, can keep the end of the log open for a moment. */
function untilCaughtUp(index: SearchIndex, sql: Sql, wanted: number): Promise<void> {
  return until(async () => {
    await index.catchUp();
    return (await entries(sql)).length === wanted;
  }, "everything is in the index");
}

const following: ContractCase[] = [
  {
    name: "catchUp() indexes everything anew where nothing tells how far it has read, in chunks",
    run: async (db) => {
      const { sql, index, find } = await place(db);
      const ids = await makeTasks(sql, HERE, ...many(SEARCH_CHUNK_ROWS * 2 + 1));
      const kept = await artifact(sql, { task_id: ids[0] ?? "", text: "needle" });
      const session = await makeSession(sql, HERE, "needle");
      // As in a database of before there was an index: rows, and a log that has forgotten them.
      await sql.write(() => run("DELETE FROM event WHERE seq < (SELECT max(seq) FROM event)"));

      await untilCaughtUp(index, sql, ids.length + 2);

      deepEqual(await entries(sql), [...ids, kept, session].sort());
      deepEqual(await find("needle", "artifact"), [kept]);
    },
  },
  {
    name: "catchUp() indexes everything anew when the log has forgotten what was not read",
    run: async (db) => {
      const { sql, find } = await place(db);
      const [changed = "", gone = ""] = await makeTasks(sql, HERE, { title: "first" }, { title: "first of two" });
      const before = (await find("first")).length;
      await retitle(sql, changed, "second");
      await archive(sql, gone, true);
      const [last = ""] = await makeTasks(sql, HERE, { title: "second" });
      const rules = { eventsMs: 1 };
      await forget(sql, fakeClock(systemClock.now() + 60_000), rules, new AbortController().signal);

      equal(before, 2);
      deepEqual(await find("first"), []);
      deepEqual((await find("second")).sort(), [changed, last].sort());
    },
  },
  {
    name: "catchUp() reads all of a workspace that was imported, whatever its log tells",
    run: async (db) => {
      const { sql, find } = await place(db);
      const ids = await makeTasks(sql, HERE, { title: "needle" }, { title: "needle" }, { title: "needle" });
      await find("needle");
      await sql.write(() => run("DELETE FROM search_entry"));
      await tell(sql, "workspace.imported", THERE, THERE);
      const others = await find("needle");

      await tell(sql, "workspace.imported", HERE, HERE);

      deepEqual(others, []);
      deepEqual((await find("needle")).sort(), ids.sort());
    },
  },
  {
    name: "catchUp() by two processes at once, while a third writes, ends with what the rows say",
    run: async (db) => {
      const [one, other, writer] = [await place(db), await place(db), await open(db)];
      const ids = await makeTasks(writer, HERE, ...many(SEARCH_CHUNK_ROWS + 50));
      const changing = async () => {
        for (const id of ids.slice(0, 40)) await retitle(writer, id, `changed ${id}`);
      };
      const purging = async () => {
        for (const id of ids.slice(-20)) {
          await writer.write(() => run("DELETE FROM task WHERE id = ?1", [id]));
        }
      };
      const reading = async ({ index }: Place) => {
        for (let round = 0; round < 10; round++) await index.catchUp();
      };

      await Promise.all([changing(), purging(), reading(one), reading(other)]);
      await one.index.catchUp();

      deepEqual(await entries(one.sql), ids.slice(0, -20).sort());
      equal((await one.find("changed")).length, 40);
      equal((await other.find("row")).length, ROWS);
    },
  },
  {
    name: "catchUp() stops when it is told to",
    run: async (db) => {
      const { sql, index } = await place(db);
      await makeTasks(sql, HERE, { title: "needle" });
      const stop = new AbortController();
      stop.abort();

      await index.catchUp(stop.signal);

      deepEqual(await entries(sql), []);
    },
  },
  {
    name: "find() waits only so long for its index, answers with what it has, and says that it is behind",
    run: async (db) => {
      const clock = fakeClock();
      const { sql, index, find } = await place(db, clock);
      const [old] = await makeTasks(sql, HERE, { title: "needle" });
      await find("needle");
      await makeTasks(sql, HERE, { title: "needle of late" });
      const held = await db.hold();
      await held.all("UPDATE fact SET value = value WHERE name = 'search_progress'");

      const finding = index.find({ workspace_id: HERE, kind: "task", text: "needle", limit: ROWS });
      await until(() => isStopped(sql, clock), "the index waits for the lock, and the search for the index");
      clock.advance(SEARCH_WAIT_MS_MAX);
      const answer = await finding;
      await held.rollback();
      await letGo(index, clock);

      deepEqual(answer, { hits: [{ subject: old }], isBehind: true });
      equal((await find("needle")).length, 2);
    },
  },
  {
    name: "find() says that it is behind while a number of the log may still come, and has it afterwards",
    only: "postgres",
    run: async (db) => {
      const { sql, index, find } = await place(db);
      await find("needle");
      const held = await db.hold();
      await held.all("INSERT INTO event (at_ms, subject, type, data) VALUES (0, 'held', 'test.held', '{}')");
      const [id] = await makeTasks(sql, HERE, { title: "needle" });

      const during = await index.find({ workspace_id: HERE, kind: "task", text: "needle", limit: ROWS });
      await held.commit();

      deepEqual(during, { hits: [], isBehind: true });
      deepEqual(await find("needle"), [id]);
    },
  },
];

async function isStopped(sql: Sql, clock: FakeClock): Promise<boolean> {
  if (sql.dialect === "sqlite") return clock.sleepers === 2;
  const waiting = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
  return (await sql.all(waiting)).length > 0;
}

/** On SQLite who waits for a lock looks again after a while, by the clock. */
async function letGo(index: SearchIndex, clock: FakeClock): Promise<void> {
  let isOver = false;
  const closing = index.close().then(() => {
    isOver = true;
  });
  await until(() => {
    clock.advance(10);
    return isOver;
  }, "the index has got its lock");
  await closing;
}

function many(number: number): { title: string }[] {
  return Array.from({ length: number }, (_, at) => ({ title: `row ${at}` }));
}

export const searchCases: readonly ContractCase[] = [...words, ...changes, ...following];
