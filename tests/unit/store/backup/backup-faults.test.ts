import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { until } from "../../../harness/condition.ts";
import { mayMount, smallDisk } from "../../../harness/disk.ts";
import { refusalOf } from "../../../harness/errors.ts";
import { startProcess } from "../../../harness/process.ts";
import { fill, openStorage, type Storage } from "../../../harness/storage.ts";

/** Children are processes of their own, on a machine that may be busy. */
setDefaultTimeout(60_000);

function startBackup({ database, backups }: Storage) {
  const request = { database, folder: backups.folder, kept: 10, reason: "timer" };
  return startProcess(["internal", "backup", JSON.stringify(request)]);
}

async function problemsOf({ backups }: Storage) {
  return (await backups.verify()).map(({ problem }) => problem);
}

describe("a backup that is killed", () => {
  const stages = [
    {
      at: "while it copies the database",
      isThere: ({ backups }: Storage) => existsSync(join(backups.folder, "snapshot.db")),
    },
    ...[1, 40, 100].map((count) => ({
      at: `after ${count} of its chunks`,
      isThere: (storage: Storage, before: number) => storage.chunks().length >= before + count,
    })),
  ];

  for (const { at, isThere } of stages) {
    test(`${at} leaves the earlier ones whole, and the next one cleans up`, async () => {
      await using storage = openStorage();
      const open = await storage.open();
      await open.add("first");
      const first = await storage.backups.make("manual");
      await fill(open, 8);
      const before = storage.chunks().length;
      await using child = startBackup(storage);
      let isOver = false;
      const exited = child.exited.then(() => {
        isOver = true;
      });
      await until(() => isOver || isThere(storage, before), at);

      child.signal("SIGKILL");
      await exited;

      expect((await problemsOf(storage)).filter((problem) => problem !== undefined)).toEqual([]);
      expect(storage.backups.list().map(({ id }) => id)).toContain(first.backup.id);
      const next = await storage.backups.make("manual");
      expect(next.backup.bytes).toBeGreaterThan(8 * 1024 * 1024);
      expect((await problemsOf(storage)).filter((problem) => problem !== undefined)).toEqual([]);
      expect(readdirSync(storage.backups.folder).filter((name) => /snapshot|\.new$/.test(name))).toEqual([]);
    });
  }

  test("in the middle of a manifest leaves none that can be listed", async () => {
    await using storage = openStorage();
    const { add } = await storage.open();
    await add("first");
    await storage.backups.make("manual");
    writeFileSync(join(storage.backups.folder, "00000002-backup_0123456789ab.json.new"), '{"format":1,');
    await add("second");

    await storage.backups.make("manual");

    expect(storage.backups.list()).toHaveLength(2);
    expect(storage.backups.unreadable()).toEqual([]);
    expect(readdirSync(storage.backups.folder).filter((name) => name.endsWith(".new"))).toEqual([]);
  });
});

describe("a manifest that cannot be understood", () => {
  test("keeps every chunk: nobody knows which it needs", async () => {
    await using storage = openStorage({ kept: 1 });
    const { add } = await storage.open();
    await add("first");
    await storage.backups.make("manual");
    const chunks = storage.chunks();
    const [name = ""] = readdirSync(storage.backups.folder).filter((entry) => entry.endsWith(".json"));
    writeFileSync(join(storage.backups.folder, name), '{"format":2}');
    await add("second");

    await storage.backups.make("manual");

    expect(storage.backups.unreadable()).toEqual([name]);
    expect(chunks.filter((chunk) => !storage.chunks().includes(chunk))).toEqual([]);
  });
});

describe.skipIf(!mayMount)("a disk", () => {
  test("with too little room is left alone", async () => {
    using disk = smallDisk("size=20m");
    await using storage = openStorage({ dataFolder: join(disk.path, "data") });
    const open = await storage.open();
    await open.add("first");
    const { backup } = await storage.backups.make("manual");
    await fill(open, 2);

    const refusal = await refusalOf(() => storage.backups.make("timer"));

    expect(refusal).toMatchObject({ code: "storage_full", retryAfterMs: 60_000 });
    expect(storage.backups.list()).toEqual([backup]);
    await open.add("second");
    expect(await open.titles()).toEqual(["first", "second"]);
  });

  test("that is full in the middle of a backup says so, and keeps what was there", async () => {
    // Room for many bytes, but for few files: the first chunks find a place and the others do not.
    using disk = smallDisk("size=64m,nr_inodes=60");
    await using storage = openStorage({ dataFolder: join(disk.path, "data") });
    const open = await storage.open();
    await open.add("first");
    const { backup } = await storage.backups.make("manual");
    const chunks = storage.chunks();
    await fill(open, 4);

    const refusal = await refusalOf(() => storage.backups.make("timer"));

    expect(refusal.code).toBe("storage_full");
    expect(refusal.message).toBe("cannot make a backup: the disk is full");
    expect(storage.backups.list()).toEqual([backup]);
    expect(storage.chunks()).toEqual(chunks);
    expect(await problemsOf(storage)).toEqual([undefined]);
    await open.add("second");
    expect(await open.titles()).toEqual(["first", "second"]);
  });

  const stages = [
    { at: "while the backup is put together", mebibytes: 26 },
    { at: "before what is there now is backed up", mebibytes: 20 },
  ];
  for (const { at, mebibytes } of stages) {
    test(`that is full ${at} leaves the database as it was, and open for writing`, async () => {
      using disk = smallDisk("size=40m");
      await using storage = openStorage({ dataFolder: join(disk.path, "data") });
      const open = await storage.open();
      await open.add("first");
      await fill(open, 4);
      const { backup } = await storage.backups.make("manual");
      await open.add("second");
      writeFileSync(join(disk.path, "other"), new Uint8Array(mebibytes * 1024 * 1024));

      const refusal = await refusalOf(() => storage.restore(backup.id));

      expect(refusal.code).toBe("storage_full");
      await open.add("third");
      expect(await open.titles()).toEqual(["first", "second", "third"]);
      expect(readdirSync(join(disk.path, "data")).filter((name) => name.includes("restored"))).toEqual([]);
    });
  }

  test("that is read-only is named, with what to do", async () => {
    using disk = smallDisk("size=40m");
    await using storage = openStorage({ dataFolder: join(disk.path, "data") });
    const open = await storage.open();
    await open.add("first");
    await storage.backups.make("manual");
    await open.close();
    disk.makeReadOnly();

    const refusal = await refusalOf(() => storage.backups.make("manual"));

    expect(refusal.code).toBe("unavailable");
    expect(refusal.message).toContain("the disk is read-only");
    expect(refusal.hint).toContain("--home FOLDER");
  });
});
