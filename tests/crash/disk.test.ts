// What cadre says and does when the disk is full, read-only or damaged. Nothing that was acknowledged may
// be lost, nothing may be made worse, and what can still be read is read.
import { expect, test } from "bun:test";
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "../../src/base/clock.ts";
import { AppError } from "../../src/base/errors.ts";
import { digest } from "../../src/base/ids.ts";
import { runtime } from "../../src/runtime/current.ts";
import { openStore } from "../../src/store/open.ts";
import { openTestApp, type TestApp } from "../harness/app.ts";
import { runCli } from "../harness/cli.ts";
import { refusalOf } from "../harness/errors.ts";
import { tempFolder } from "../harness/folder.ts";
import { Random } from "../harness/random.ts";
import { smallDisk } from "./small-disk.ts";

const W = "/w";
const LONG = "x".repeat(10_000);
const FILLER_BYTES = 1_500_000;

/** Creates tasks until one is refused; answers what was acknowledged, and why it ended. */
async function writeUntilRefused(app: TestApp<typeof systemClock>): Promise<{ ids: string[]; refused: AppError }> {
  const ids: string[] = [];
  for (;;) {
    try {
      ids.push((await app.tasks.create(W, { title: "a", description: LONG })).id);
    } catch (error) {
      if (error instanceof AppError) return { ids, refused: error };
      throw error;
    }
  }
}

async function idsIn(app: TestApp<typeof systemClock>): Promise<string[]> {
  return (await app.sql.all<{ id: string }>("SELECT id FROM task ORDER BY seq")).map(({ id }) => id);
}

function skipped(what: string): void {
  console.warn(`SKIPPED: ${what}. Mounting a small disk needs root.`);
}

test("a full disk is named, loses nothing, lets reads go on, and is written again once there is space", async () => {
  using disk = smallDisk(4);
  if (!disk) return skipped("a full disk");
  const db = join(disk.path, "cadre.db");
  const filler = join(disk.path, "filler");
  const app = await openTestApp({ db });
  writeFileSync(filler, new Uint8Array(FILLER_BYTES));

  const { ids, refused } = await writeUntilRefused(app);
  const again = await refusalOf(() => app.tasks.create(W, { title: "b", description: LONG }));
  const during = await idsIn(app);
  const page = await app.tasks.list(W, { limit: 20 });
  rmSync(filler);
  const after = await app.tasks.create(W, { title: "there is space again", description: LONG });
  await app.close();
  await using reopened = await openTestApp({ db });

  expect(refused).toMatchObject({
    code: "storage_full",
    http: 507,
    exit: 10,
    hint: expect.stringContaining("Free some space"),
  });
  expect(again.code).toBe("storage_full");
  expect(ids.length).toBeGreaterThan(20);
  expect(new Set(during)).toEqual(new Set(ids));
  expect(page.tasks).toHaveLength(20);
  expect(new Set(await idsIn(reopened))).toEqual(new Set([...ids, after.id]));
});

test("a process that starts on a full disk says so, or reads what is there", async () => {
  using disk = smallDisk(2);
  if (!disk) return skipped("a start on a full disk");
  const home = join(disk.path, "home");
  mkdirSync(home);
  const filled = new Uint8Array(2 * 1024 * 1024);
  try {
    writeFileSync(join(disk.path, "filler"), filled);
  } catch {} // As much as fits.

  const { exit, stdout, stderr } = await runCli(["task", "list", "--home", home, "--json"], { cwd: disk.path });

  expect(exit).toBe(10);
  expect(stdout + stderr).toContain("storage_full");
});

test("a folder that cannot be written is named when the database is opened", async () => {
  using disk = smallDisk(4);
  if (!disk) return skipped("a read-only folder");
  const db = join(disk.path, "cadre.db");
  await (await openTestApp({ db })).close();
  disk.makeReadOnly();

  const existing = await refusalOf(() => openTestApp({ db }));
  const fresh = await refusalOf(() => openTestApp({ db: join(disk.path, "new", "cadre.db") }));

  expect(existing).toMatchObject({ code: "unavailable", message: `cannot open ${db}: the disk is read-only` });
  expect(fresh).toMatchObject({ code: "unavailable", hint: expect.stringContaining("--home") });
});

/** A database of several hundred pages, closed. */
async function written(path: string, count = 200): Promise<string[]> {
  const app = await openTestApp({ db: path });
  const ids: string[] = [];
  for (let at = 0; at < count; at++) ids.push((await app.tasks.create(W, { title: String(at), description: LONG })).id);
  await app.close();
  return ids;
}

function damage(path: string, offset: number, bytes: Uint8Array): void {
  const content = readFileSync(path);
  content.set(bytes, offset);
  writeFileSync(path, content);
}

const open = (db: string) =>
  openStore({ runtime, clock: systemClock, db, profile: "default", keepCopy: async () => {} });

const HEADER_BYTES = 100;

test("a damaged header is named, with the way back, and the file stays as it is", async () => {
  using folder = tempFolder();
  const db = join(folder.path, "cadre.db");
  await written(db, 5);
  damage(db, 0, new Random("header").bytes(HEADER_BYTES));
  const before = digest(readFileSync(db));

  const refused = await refusalOf(() => open(db));

  expect(refused).toMatchObject({ code: "damaged", exit: 9, hint: expect.stringContaining("cadre db restore") });
  expect(refused.message).toContain(db);
  expect(digest(readFileSync(db))).toBe(before);
});

test.each([
  ["a page of the task table", "task"],
  ["a page of its index", "sqlite_autoindex_task_1"],
  ["a page of the log", "event"],
])("%s that is damaged is named, and the file stays as it is", async (_what, name) => {
  using folder = tempFolder();
  const db = join(folder.path, "cadre.db");
  await written(db);
  const connection = runtime.openSqlite(db, { readOnly: true });
  const [row] = connection.all("SELECT rootpage FROM sqlite_schema WHERE name = ?1", [name]);
  const [size] = connection.all("PRAGMA page_size");
  connection.close();
  const pageBytes = Number(size?.["page_size"]);
  damage(db, (Number(row?.["rootpage"]) - 1) * pageBytes, new Random(name).bytes(pageBytes));
  const before = digest(readFileSync(db));

  const refused = await refusalOf(() => open(db));

  expect(refused.code).toBe("damaged");
  expect(refused.hint).toContain("Nothing was changed");
  expect(digest(readFileSync(db))).toBe(before);
});

test("a file that was cut off is named, and stays as it is", async () => {
  using folder = tempFolder();
  const db = join(folder.path, "cadre.db");
  await written(db);
  const whole = readFileSync(db);
  writeFileSync(db, whole.subarray(0, Math.floor(whole.length / 2)));
  const before = digest(readFileSync(db));

  const refused = await refusalOf(() => open(db));

  expect(refused.code).toBe("damaged");
  expect(digest(readFileSync(db))).toBe(before);
});

test("a damaged file beside a log of changes stays as it is, and so does the log", async () => {
  using folder = tempFolder();
  const [db, copy] = [join(folder.path, "cadre.db"), join(folder.path, "copy.db")];
  await written(db);
  await using app = await openTestApp({ db });
  await app.tasks.create(W, { title: "in the log only" });
  for (const end of ["", "-wal"]) copyFileSync(db + end, copy + end);
  const pageBytes = 4_096;
  damage(copy, 20 * pageBytes, new Random("page").bytes(pageBytes * 20));
  const before = ["", "-wal"].map((end) => digest(readFileSync(copy + end)));

  const refused = await refusalOf(() => open(copy));

  expect(refused.code).toBe("damaged");
  expect(["", "-wal"].map((end) => digest(readFileSync(copy + end)))).toEqual(before);
});

test("a damaged log of changes gives everything before the damage, and is written on", async () => {
  using folder = tempFolder();
  const [db, copy] = [join(folder.path, "cadre.db"), join(folder.path, "copy.db")];
  const app = await openTestApp({ db });
  const ids: string[] = [];
  const begun = statSync(`${db}-wal`).size; // With the tables.
  for (let at = 0; at < 20; at++) ids.push((await app.tasks.create(W, { title: String(at) })).id);
  for (const end of ["", "-wal"]) copyFileSync(db + end, copy + end);
  await app.close();
  const middle = Math.floor((begun + statSync(`${copy}-wal`).size) / 2);
  damage(`${copy}-wal`, middle, new Random("wal").bytes(512));

  const reopened = await openTestApp({ db: copy });
  const found = await idsIn(reopened);
  const made = await reopened.tasks.create(W, { title: "written on" });
  await reopened.close();

  // SQLite takes the log up to the first frame whose checksum is wrong, and what stands behind it never
  // was: no error, a database that is sound, but of an earlier moment. Nobody can tell it from a crash
  // before those commits; only a disk that lies gets there, and the backups are for that.
  expect(found.length).toBeWithin(1, 20);
  expect(found).toEqual(ids.slice(0, found.length));
  await using after = await openTestApp({ db: copy });
  expect((await idsIn(after)).at(-1)).toBe(made.id);
  expect(await after.sql.all("PRAGMA integrity_check")).toEqual([{ integrity_check: "ok" }]);
});

test("a lost log of changes leaves what was moved into the file, and a file that opens", async () => {
  using folder = tempFolder();
  const [db, copy] = [join(folder.path, "cadre.db"), join(folder.path, "copy.db")];
  const ids = await written(db, 10);
  const app = await openTestApp({ db });
  await app.tasks.create(W, { title: "in the log only" });
  copyFileSync(db, copy);
  await app.close();

  await using reopened = await openTestApp({ db: copy });

  expect(existsSync(`${db}-wal`)).toBe(false);
  expect(await idsIn(reopened)).toEqual(ids);
});
