import { expect, test } from "bun:test";
import { join } from "node:path";
import { systemClock } from "../../../src/base/clock.ts";
import { COMMIT_OPS_MAX } from "../../../src/base/limits.ts";
import { runtime } from "../../../src/runtime/current.ts";
import type { SqliteConnection } from "../../../src/runtime/runtime.ts";
import { type Change, run } from "../../../src/store/sql.ts";
import { Sqlite } from "../../../src/store/sqlite.ts";
import { fakeClock } from "../../harness/clock.ts";
import { refusalOf } from "../../harness/errors.ts";
import { tempFolder } from "../../harness/folder.ts";

/** A driver whose statements on the writing connection can be watched, and made to fail. */
function watched(path: string, before: (text: string) => void): Sqlite {
  const openSqlite = (file: string, options: { readOnly?: boolean } = {}): SqliteConnection => {
    const connection = runtime.openSqlite(file, options);
    if (options.readOnly) return connection;
    return {
      all: (text, values) => {
        before(text);
        return connection.all(text, values);
      },
      exec: (text) => {
        before(text);
        connection.exec(text);
      },
      get inTransaction() {
        return connection.inTransaction;
      },
      close: () => connection.close(),
    };
  };
  return new Sqlite({ openSqlite }, path, systemClock);
}

const note = (name: string): Change<void> =>
  function* () {
    yield* run("INSERT INTO note (name) VALUES (?1)", [name]);
  };

async function withTable(sql: Sqlite): Promise<Sqlite> {
  await sql.write(() => run("CREATE TABLE note (name TEXT)"));
  return sql;
}

test("write() shares one commit with everything of the same turn of the loop, in order", async () => {
  using folder = tempFolder();
  let commits = 0;
  const sql = await withTable(watched(join(folder.path, "a.db"), (text) => text === "COMMIT" && commits++));
  commits = 0;

  await Promise.all(Array.from({ length: COMMIT_OPS_MAX }, (_, at) => sql.write(note(String(at)))));

  expect(commits).toBe(1);
  const rows = await sql.all<{ name: string }>("SELECT name FROM note ORDER BY rowid");
  expect(rows.map(({ name }) => name)).toEqual(Array.from({ length: COMMIT_OPS_MAX }, (_, at) => String(at)));
  await sql.close();
});

test("write() takes at most COMMIT_OPS_MAX changes into one commit", async () => {
  using folder = tempFolder();
  let commits = 0;
  const sql = await withTable(watched(join(folder.path, "a.db"), (text) => text === "COMMIT" && commits++));
  commits = 0;

  await Promise.all(Array.from({ length: COMMIT_OPS_MAX * 2 + 1 }, (_, at) => sql.write(note(String(at)))));

  expect(commits).toBe(3);
  await sql.close();
});

test("a commit waits for the disk unless none of its changes must outlive a power cut", async () => {
  using folder = tempFolder();
  const said: string[] = [];
  const sql = await withTable(watched(join(folder.path, "a.db"), (text) => said.push(text)));
  const modeOf = async (...changes: Promise<void>[]) => {
    await Promise.all(changes);
    return said.findLast((text) => text.startsWith("PRAGMA synchronous"));
  };

  expect(await modeOf(sql.write(note("a")))).toBe("PRAGMA synchronous = FULL");
  expect(await modeOf(sql.write(note("b"), "process"))).toBe("PRAGMA synchronous = NORMAL");
  expect(await modeOf(sql.write(note("c"), "process"), sql.write(note("d")))).toBe("PRAGMA synchronous = FULL");
  expect((await sql.all("SELECT name FROM note ORDER BY rowid")).map(({ name }) => name)).toEqual(["a", "b", "c", "d"]);
  await sql.close();
});

test("write() acknowledges nothing when the commit fails, and goes on with the next batch", async () => {
  using folder = tempFolder();
  let isBroken = false;
  const sql = await withTable(
    watched(join(folder.path, "a.db"), (text) => {
      if (isBroken && text === "COMMIT") throw Object.assign(new Error("disk"), { errno: 10 });
    }),
  );
  isBroken = true;

  const outcomes = await Promise.allSettled([sql.write(note("a")), sql.write(note("b"))]);
  isBroken = false;
  await sql.write(note("c"));

  expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  expect(await sql.all<{ name: string }>("SELECT name FROM note")).toEqual([{ name: "c" }]);
  await sql.close();
});

test("write() tells everybody who waits, even when the transaction cannot be rolled back, and keeps nothing of it", async () => {
  using folder = tempFolder();
  let isBroken = false;
  const sql = await withTable(
    watched(join(folder.path, "a.db"), (text) => {
      if (isBroken && /COMMIT|ROLLBACK/.test(text)) throw Object.assign(new Error("disk"), { errno: 10 });
    }),
  );
  isBroken = true;

  const refused = await refusalOf(() => sql.write(note("a")));

  isBroken = false;
  await sql.write(note("b"));

  expect(refused.code).toBe("unavailable");
  expect(await sql.all<{ name: string }>("SELECT name FROM note")).toEqual([{ name: "b" }]);
  await sql.close();
});

test("write() waits in naps while another process commits, and sleeps only when that takes longer", async () => {
  using folder = tempFolder();
  const path = join(folder.path, "a.db");
  const waits: string[] = [];
  const clock = {
    ...fakeClock(),
    nap: () => waits.push("nap"),
    sleep: async () => {
      waits.push("sleep");
      other.exec("COMMIT");
    },
  };
  const sql = await withTable(new Sqlite(runtime, path, clock));
  const other = runtime.openSqlite(path);
  other.exec("BEGIN IMMEDIATE");

  await sql.write(note("a"));

  expect(waits).toEqual(["nap", "nap", "nap", "nap", "sleep"]);
  other.close();
  await sql.close();
});
