import { expect, test } from "bun:test";
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "../../../src/base/clock.ts";
import { runtime } from "../../../src/runtime/current.ts";
import { isPostgres, openStore } from "../../../src/store/open.ts";
import { run } from "../../../src/store/sql.ts";
import { PROFILES, type Profile } from "../../../src/store/sqlite.ts";
import { refusalOf } from "../../harness/errors.ts";
import { tempFolder } from "../../harness/folder.ts";

const open = (db: string, profile: Profile = "default") =>
  openStore({ runtime, clock: systemClock, db, profile, keepCopy: async () => {} });

const mode = (path: string) => statSync(path).mode & 0o777;

test("openStore() makes folder 0700 and files 0600, whatever the umask says", async () => {
  using folder = tempFolder();
  const db = join(folder.path, "deep", "data", "cadre.db");

  const sql = await open(db);

  expect(mode(join(folder.path, "deep", "data"))).toBe(0o700);
  expect([db, `${db}-wal`, `${db}-shm`].map(mode)).toEqual([0o600, 0o600, 0o600]);
  await sql.close();
});

test("openStore() takes the right to read from others, where a file was open to them", async () => {
  using folder = tempFolder();
  const db = join(folder.path, "cadre.db");
  await (await open(db)).close();
  chmodSync(db, 0o644);

  await (await open(db)).close();

  expect(mode(db)).toBe(0o600);
});

test.each(Object.keys(PROFILES) as Profile[])("openStore() is durable in profile %s", async (profile) => {
  using folder = tempFolder();
  const sql = await open(join(folder.path, "cadre.db"), profile);

  const [mode, level, keys] = await sql.write(function* () {
    return [yield* run("PRAGMA journal_mode"), yield* run("PRAGMA synchronous"), yield* run("PRAGMA foreign_keys")];
  });

  expect([mode, level, keys]).toEqual([[{ journal_mode: "wal" }], [{ synchronous: 2 }], [{ foreign_keys: 1 }]]);
  await sql.close();
});

test("openStore() finds what was there when it is opened again", async () => {
  using folder = tempFolder();
  const db = join(folder.path, "cadre.db");
  const first = await open(db);
  await first.write(() => run("INSERT INTO fact (name, value) VALUES ('a', '1')"));
  await first.close();

  const second = await open(db);

  expect(await second.all<{ value: string }>("SELECT value FROM fact")).toEqual([{ value: "1" }]);
  await second.close();
});

test.each([
  ["a folder in its place", (path: string) => mkdirSync(path), "it is a folder"],
  ["a file in its path", (path: string) => writeFileSync(join(path, ".."), ""), "a part of its path is a file"],
])("openStore() refuses %s and names it", async (_what, prepare, why) => {
  using folder = tempFolder();
  const db = join(folder.path, "data", "cadre.db");
  if (why.startsWith("it is")) mkdirSync(join(folder.path, "data"));
  prepare(db);

  const refused = await refusalOf(() => open(db));

  expect(refused.code).toBe("unavailable");
  expect(refused.message).toBe(`cannot open ${db}: ${why}`);
  expect(refused.hint).toContain("--db");
});

test("openStore() refuses a file that is no database, and leaves it as it is", async () => {
  using folder = tempFolder();
  const db = join(folder.path, "notes.txt");
  writeFileSync(db, "dear diary\n".repeat(1_000));

  const refused = await refusalOf(() => open(db));

  expect(refused.code).toBe("damaged");
  expect(refused.message).toContain("header");
  expect(refused.hint).toContain("cadre db restore");
  expect(readFileSync(db, "utf8")).toStartWith("dear diary");
  expect(existsSync(`${db}-wal`)).toBe(false);
});

test("openStore() says when no PostgreSQL server answers, without the password", async () => {
  const refused = await refusalOf(() => open("postgres://me:s3cret@127.0.0.1:1/nowhere"));

  expect(refused.code).toBe("unavailable");
  expect(refused.message).toContain("no PostgreSQL server answers");
  expect(JSON.stringify(refused)).not.toContain("s3cret");
});

test("isPostgres() tells an address from a path", () => {
  const addresses = ["postgres://h/d", "postgresql://h/d", "/var/postgres://x", "cadre.db", "postgres.db"];
  expect(addresses.map(isPostgres)).toEqual([true, true, false, false, false]);
});
