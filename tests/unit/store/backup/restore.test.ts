import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { runtime } from "../../../../src/runtime/current.ts";
import { inspectDatabase } from "../../../../src/store/inspect.ts";
import { until } from "../../../harness/condition.ts";
import { damageHeader, damagePage } from "../../../harness/damage.ts";
import { refusalOf } from "../../../harness/errors.ts";
import { startCommand, startProcess } from "../../../harness/process.ts";
import { RUNTIME } from "../../../harness/self.ts";
import { fill, openStorage, openTasks, type Storage } from "../../../harness/storage.ts";

/** Children are processes of their own, on a machine that may be busy. */
setDefaultTimeout(60_000);

const WRITER = fileURLToPath(new URL("../../../harness/write-tasks.ts", import.meta.url));

/** Another process that makes tasks in this database until it is told to stop. */
function startWriter(database: string) {
  const child = startCommand([...RUNTIME, WRITER, database, "written"]);
  const lines = () => child.stdout().split("\n").slice(0, -1);
  return {
    pid: child.pid,
    acknowledged: () => lines().filter((line) => line !== "refused"),
    stop: async () => {
      await child.endInput();
      expect(await child.exited).toBe(0);
    },
  };
}

async function withBackup(titles: readonly string[]): Promise<Storage & { readonly id: string }> {
  const storage = openStorage();
  const open = await storage.open();
  await open.add(...titles);
  const { backup } = await storage.backups.make("manual");
  await open.close();
  return { ...storage, id: backup.id };
}

async function titlesIn(database: string): Promise<string[]> {
  const open = await openTasks(database);
  const titles = await open.titles();
  await open.close();
  return titles;
}

function besides({ database }: Storage): string[] {
  return readdirSync(dirname(database)).filter((name) => !/^(backups|cadre\.db(-wal|-shm)?)$/.test(name));
}

describe("restoreBackup() into a database that others have open", () => {
  test("gives every connection the old rows, on the same statements", async () => {
    await using storage = openStorage();
    const { add, titles, sql } = await storage.open();
    await add("one", "two");
    const { backup } = await storage.backups.make("manual");
    await add("three");
    expect(await titles()).toEqual(["one", "two", "three"]);

    const { restored, before } = await storage.restore(backup.id);

    expect(restored.id).toBe(backup.id);
    expect(before?.reason).toBe("before-restore");
    expect(await titles()).toEqual(["one", "two"]);
    await add("four");
    expect(await titles()).toEqual(["one", "two", "four"]);
    expect(await sql.all("PRAGMA integrity_check")).toEqual([{ integrity_check: "ok" }]);
  });

  test("is undone by restoring what was there before", async () => {
    await using storage = openStorage();
    const { add, titles } = await storage.open();
    await add("one");
    const { backup } = await storage.backups.make("manual");
    await add("two");
    const { before } = await storage.restore(backup.id);

    await storage.restore(before?.id);

    expect(await titles()).toEqual(["one", "two"]);
    await add("three");
    expect(await titles()).toEqual(["one", "two", "three"]);
  });

  test("loses nothing that another process is told is written: it is in the database or in the backup", async () => {
    await using storage = openStorage();
    const open = await storage.open();
    await open.add("first");
    await fill(open, 2);
    const { backup } = await storage.backups.make("manual");
    const writer = startWriter(storage.database);
    await until(() => writer.acknowledged().length > 20, "the writer writes");

    const { before } = await storage.restore(backup.id);

    const soon = writer.acknowledged().length + 20;
    await until(() => writer.acknowledged().length > soon, "the writer goes on after the restore");
    await writer.stop();
    const now = await open.titles();
    await open.close();
    await storage.restore(before?.id);
    const then = await titlesIn(storage.database);
    const found = new Set([...now, ...then]);
    expect(writer.acknowledged().filter((title) => !found.has(title))).toEqual([]);
    expect(now.length).toBeLessThan(then.length + now.length);
    expect(then.filter((title) => now.includes(title))).toEqual(["first"]);
  });

  test("never gives an event a number that another one had", async () => {
    await using storage = openStorage();
    const { add, sql } = await storage.open();
    await add("one");
    const { backup } = await storage.backups.make("manual");
    await add("two", "three");

    await storage.restore(backup.id);

    await add("four");
    const events = await sql.all("SELECT seq, type FROM event ORDER BY seq");
    expect(events).toEqual([
      { seq: 1, type: "task.created" },
      { seq: 4, type: "database.restored" },
      { seq: 5, type: "task.created" },
    ]);
  });

  test("leaves no fence behind, in the database or in the backup of before", async () => {
    await using storage = openStorage();
    const { add, sql } = await storage.open();
    await add("one");
    const { backup } = await storage.backups.make("manual");
    const fences = "SELECT value FROM fact WHERE name = 'fence'";

    const { before } = await storage.restore(backup.id);
    const first = await sql.all(fences);
    await storage.restore(before?.id);

    expect([first, await sql.all(fences)]).toEqual([[], []]);
  });
});

describe("restoreBackup() without an id", () => {
  test("takes the newest, but none that was made before a restore", async () => {
    await using storage = openStorage();
    const { add, titles } = await storage.open();
    await add("one");
    await storage.backups.make("manual");
    await add("two");
    const { backup } = await storage.backups.make("manual");
    await add("three");
    await storage.restore();

    const again = await storage.restore();

    expect(again.restored.id).toBe(backup.id);
    expect(await titles()).toEqual(["one", "two"]);
  });

  test("passes over a newer one that is damaged, and says so", async () => {
    await using storage = openStorage();
    const { add, titles } = await storage.open();
    await add("one");
    const old = await storage.backups.make("manual");
    const before = storage.chunks();
    await add("two");
    const newer = await storage.backups.make("manual");
    for (const name of storage.chunks().filter((chunk) => !before.includes(chunk))) {
      rmSync(join(storage.backups.folder, "chunks", name.slice(0, 2), name));
    }

    const { restored, passed_over } = await storage.restore();

    expect({ restored: restored.id, passed_over }).toEqual({
      restored: old.backup.id,
      passed_over: [newer.backup.id],
    });
    expect(await titles()).toEqual(["one"]);
  });

  test("refuses when there is no backup", async () => {
    await using storage = openStorage();
    await (await storage.open()).add("one");

    const refusal = await refusalOf(() => storage.restore());

    expect(refusal.code).toBe("not_found");
  });
});

describe("restoreBackup() over a damaged database", () => {
  test("with a destroyed header moves the file and its log aside and puts the backup in their place", async () => {
    await using storage = await withBackup(["one", "two"]);
    damageHeader(storage.database);
    writeFileSync(`${storage.database}-wal`, "an old log");
    const bytes = readFileSync(storage.database);

    const { before, damaged_copy: copy } = await storage.restore();

    expect(before).toBeUndefined();
    expect(readFileSync(copy ?? "")).toEqual(bytes);
    expect(readFileSync(`${copy}-wal`, "utf8")).toBe("an old log");
    expect(await titlesIn(storage.database)).toEqual(["one", "two"]);
  });

  test("with a destroyed page writes over it in place and keeps what it was", async () => {
    const titles = Array.from({ length: 200 }, (_, at) => `Task ${at}`);
    await using storage = await withBackup(titles);
    damagePage(storage.database);

    const { before, damaged_copy: copy } = await storage.restore();

    expect(before).toBeUndefined();
    expect(inspectDatabase(runtime, copy ?? "", "full").problems).not.toEqual([]);
    expect(await titlesIn(storage.database)).toEqual(titles);
  });

  test("that is not there any more brings it back, and leaves an old log aside", async () => {
    await using storage = await withBackup(["one"]);
    rmSync(storage.database);
    writeFileSync(`${storage.database}-wal`, "an old log");

    const { damaged_copy } = await storage.restore();

    expect(damaged_copy).toBeUndefined();
    expect(besides(storage)).toEqual([expect.stringMatching(/^cadre\.db\.damaged-.*-wal$/)]);
    expect(await titlesIn(storage.database)).toEqual(["one"]);
  });

  test("leaves nothing else behind", async () => {
    await using storage = await withBackup(["one"]);
    damageHeader(storage.database);

    const { damaged_copy: copy } = await storage.restore();

    expect(besides(storage).map((name) => join(dirname(storage.database), name))).toEqual([copy ?? ""]);
    expect(existsSync(`${storage.database}-journal`)).toBe(false);
  });

  test.skipIf(process.platform !== "linux")(
    "refuses while another process has it open, whose next answers would be lost",
    async () => {
      await using storage = await withBackup(["one"]);
      const writer = startWriter(storage.database);
      await until(() => writer.acknowledged().length > 0, "the writer has it open");
      // The writer's log holds a good first page; without it only the damaged file is left to open.
      process.kill(writer.pid, "SIGSTOP");
      runtime.openSqlite(storage.database).close();
      damageHeader(storage.database);
      rmSync(`${storage.database}-wal`);
      const bytes = readFileSync(storage.database);

      const refusal = await refusalOf(() => storage.restore());

      process.kill(writer.pid, "SIGKILL");
      expect(refusal.code).toBe("unavailable");
      expect(refusal.message).toContain(String(writer.pid));
      expect(readFileSync(storage.database)).toEqual(bytes);
      expect(besides(storage)).toEqual([]);
    },
  );
});

describe("a restore that is killed", () => {
  const stages = [
    { at: "while the backup is put together", file: ({ database }: Storage) => `${database}.restored` },
    {
      at: "while what is there now is backed up",
      file: ({ backups }: Storage) => join(backups.folder, "snapshot.db"),
    },
  ];
  for (const { at, file } of stages) {
    test(`${at} leaves all of the one or all of the other, and can be done again`, async () => {
      await using storage = openStorage();
      const open = await storage.open();
      await open.add("one");
      await fill(open, 4);
      const { backup } = await storage.backups.make("manual");
      await open.add("two");
      await using restoring = startProcess(["db", "restore", backup.id, "--home", dirname(storage.database)]);
      let isOver = false;
      const exited = restoring.exited.then(() => {
        isOver = true;
      });
      await until(() => isOver || existsSync(file(storage)), at);

      restoring.signal("SIGKILL");
      await exited;

      expect([["one"], ["one", "two"]]).toContainEqual(await open.titles());
      await storage.restore(backup.id);
      await open.add("three");
      expect(await open.titles()).toEqual(["one", "three"]);
      expect(besides(storage)).toEqual([]);
    });
  }
});

describe("restoreBackup() of what it cannot use", () => {
  test("refuses a damaged one that was asked for by name, and changes nothing", async () => {
    await using storage = openStorage();
    const { add, titles } = await storage.open();
    await add("one");
    const { backup } = await storage.backups.make("manual");
    await add("two");
    for (const name of storage.chunks()) rmSync(join(storage.backups.folder, "chunks", name.slice(0, 2), name));

    const refusal = await refusalOf(() => storage.restore(backup.id));

    expect(refusal.code).toBe("damaged");
    expect(await titles()).toEqual(["one", "two"]);
    await add("three");
    expect(besides(storage)).toEqual([]);
  });

  test("refuses one that a newer cadre has made", async () => {
    await using storage = openStorage();
    const open = await storage.open();
    await open.add("one");
    await open.sql.write(function* () {
      yield { text: "INSERT INTO migration (version, name, applied_ms) VALUES (999, 'future', 0)", values: [] };
    });
    const { backup } = await storage.backups.make("manual");

    const refusal = await refusalOf(() => storage.restore(backup.id));

    expect(refusal.code).toBe("outdated");
    expect(await open.titles()).toEqual(["one"]);
  });

  test("refuses an id that there is none of", async () => {
    await using storage = await withBackup(["one"]);

    const refusal = await refusalOf(() => storage.restore("backup_000000000000"));

    expect(refusal).toMatchObject({ code: "not_found", hint: expect.stringContaining("cadre db backups") });
  });
});
