import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runtime } from "../../../../src/runtime/current.ts";
import { SCHEMA_LATEST } from "../../../../src/store/migrate.ts";
import { damagePage } from "../../../harness/damage.ts";
import { refusalOf } from "../../../harness/errors.ts";
import { fill, openStorage, type Storage } from "../../../harness/storage.ts";

/** Children are processes of their own, on a machine that may be busy. */
setDefaultTimeout(60_000);

function firstChunk({ backups, chunks }: Storage): string {
  const [name = ""] = chunks();
  return join(backups.folder, "chunks", name.slice(0, 2), name);
}

describe("Backups.make()", () => {
  test("keeps a verified copy that can be listed", async () => {
    await using storage = openStorage();
    const { add } = await storage.open();
    await add("first");

    const made = await storage.backups.make("manual");

    expect(made).toMatchObject({
      is_new: true,
      deleted: 0,
      backup: { reason: "manual", schema_version: SCHEMA_LATEST },
    });
    expect(storage.backups.list()).toEqual([made.backup]);
    expect(await storage.backups.verify()).toEqual([{ ...made.backup, problem: undefined }]);
  });

  test("stores only what has changed since", async () => {
    await using storage = openStorage();
    const open = await storage.open();
    await open.add("first");
    await fill(open, 4);
    const first = await storage.backups.make("manual");
    const before = storage.chunks();

    await open.add("second");
    const second = await storage.backups.make("manual");

    const added = storage.chunks().filter((name) => !before.includes(name));
    expect(before.length).toBeGreaterThan(60);
    // The pages of a new task, its event and their indexes lie together at the file's beginning.
    expect(added.length).toBeWithin(1, 4);
    expect(second.backup.new_bytes).toBeLessThan(first.backup.new_bytes / 20);
  });

  test("makes none when nothing has changed", async () => {
    await using storage = openStorage();
    const { add } = await storage.open();
    await add("first");
    const first = await storage.backups.make("manual");

    const second = await storage.backups.make("timer");

    expect(second).toEqual({ ...first, is_new: false });
    expect(storage.backups.list()).toHaveLength(1);
  });

  test("called twice at once, by two processes, makes one backup", async () => {
    await using storage = openStorage();
    const { add } = await storage.open();
    await add("first");

    const made = await Promise.all([storage.backups.make("manual"), storage.backups.make("timer")]);

    expect(made.map(({ is_new }) => is_new).sort()).toEqual([false, true]);
    expect(new Set(made.map(({ backup }) => backup.id)).size).toBe(1);
    expect(storage.backups.list()).toHaveLength(1);
  });

  test("reads a database that another connection is in the middle of changing", async () => {
    await using storage = openStorage();
    const { add, titles } = await storage.open();
    await add("kept");
    // The backup begins and ends while this change has its lock and has not committed.
    const writer = runtime.openSqlite(storage.database);
    writer.exec("BEGIN IMMEDIATE");
    writer.exec("UPDATE task SET title = 'half done'");

    const made = await storage.backups.make("manual");

    writer.exec("COMMIT");
    writer.close();
    await storage.restore(made.backup.id);
    expect(await titles()).toEqual(["kept"]);
  });

  test("deletes the oldest, with the chunks that only they need", async () => {
    await using storage = openStorage({ kept: 2 });
    const { add } = await storage.open();
    for (const title of ["one", "two", "three"]) {
      await add(title);
      await storage.backups.make("manual");
    }
    const chunksOfThree = storage.chunks().length;

    await add("four");
    const fourth = await storage.backups.make("manual");

    expect(fourth.deleted).toBe(1);
    expect(storage.backups.list()).toHaveLength(2);
    expect((await storage.backups.verify()).map(({ problem }) => problem)).toEqual([undefined, undefined]);
    expect(storage.chunks().length).toBeLessThanOrEqual(chunksOfThree);
  });

  test("keeps the newest way back from a migration beyond the number that is kept", async () => {
    await using storage = openStorage({ kept: 1 });
    const { add } = await storage.open();
    await add("before");
    await storage.backups.keepCopy(1);
    for (const title of ["one", "two"]) {
      await add(title);
      await storage.backups.make("timer");
    }

    expect(storage.backups.list().map(({ reason }) => reason)).toEqual(["timer", "migration"]);
  });

  test("writes a chunk again that was broken meanwhile", async () => {
    await using storage = openStorage();
    const { add } = await storage.open();
    await add("first");
    await storage.backups.make("manual");
    writeFileSync(firstChunk(storage), "not a chunk");
    const [broken] = await storage.backups.verify();

    await storage.backups.make("manual");

    expect(broken?.problem).toContain("missing or broken");
    expect((await storage.backups.verify())[0]?.problem).toBeUndefined();
  });

  test("lets nobody else read what it writes", async () => {
    await using storage = openStorage();
    const { add } = await storage.open();
    await add("first");
    await storage.backups.make("manual");

    const entries = readdirSync(storage.backups.folder, { recursive: true, withFileTypes: true });
    const modes = entries.map((entry) => {
      const { mode } = statSync(join(entry.parentPath, entry.name));
      return `${entry.isDirectory() ? "folder" : "file"} ${(mode & 0o777).toString(8)}`;
    });

    expect([...new Set(modes)].sort()).toEqual(["file 600", "folder 700"]);
    expect(statSync(storage.backups.folder).mode & 0o777).toBe(0o700);
  });

  test("refuses a database that is damaged, and leaves the backups as they were", async () => {
    await using storage = openStorage();
    const open = await storage.open();
    await open.add(...Array.from({ length: 200 }, (_, at) => `Task ${at}`));
    await storage.backups.make("manual");
    const before = storage.chunks();
    await open.close();
    damagePage(storage.database);

    const refusal = await refusalOf(() => storage.backups.make("timer"));

    expect(refusal.code).toBe("damaged");
    expect(refusal.hint).toContain("cadre db check");
    expect(storage.chunks()).toEqual(before);
    expect((await storage.backups.verify())[0]?.problem).toBeUndefined();
  });

  test("refuses when there is no database", async () => {
    await using storage = openStorage();

    expect((await refusalOf(() => storage.backups.make("manual"))).code).toBe("not_found");
  });
});

describe("Backups.verify()", () => {
  test("names a backup whose part is missing", async () => {
    await using storage = openStorage();
    const { add } = await storage.open();
    await add("first");
    const { backup } = await storage.backups.make("manual");
    rmSync(firstChunk(storage));

    const [verified] = await storage.backups.verify();

    expect(verified).toEqual({ ...backup, problem: expect.stringContaining("missing or broken") });
  });
});
