import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { BACKUP_MS_MAX, RETENTION_EVERY_MS } from "../../../../src/base/limits.ts";
import { Log } from "../../../../src/observe/log.ts";
import { BackupKeeper } from "../../../../src/store/backup/backup-keeper.ts";
import { fakeClock } from "../../../harness/clock.ts";
import { until } from "../../../harness/condition.ts";
import { startCommand } from "../../../harness/process.ts";
import { RUNTIME } from "../../../harness/self.ts";
import { fill, type OpenStorage, openStorage, type Storage } from "../../../harness/storage.ts";

/** Children are processes of their own, on a machine that may be busy. */
setDefaultTimeout(60_000);

const EVERY_MS = 15 * 60_000;

function keep({ backups }: Storage, { sql }: OpenStorage, { clock = fakeClock(), changes = 100, rules = {} } = {}) {
  const logged: Record<string, unknown>[] = [];
  const log = new Log({ level: "debug", format: "json", clock, write: (line) => logged.push(JSON.parse(line)) });
  return { keeper: new BackupKeeper({ sql, clock, log, backups, everyMs: EVERY_MS, changes, rules }), clock, logged };
}

function reasons({ backups }: Storage): string[] {
  return backups.list().map(({ reason }) => reason);
}

describe("BackupKeeper.look()", () => {
  test("makes none while nothing has ever changed", async () => {
    await using storage = openStorage();
    const { keeper } = keep(storage, await storage.open());

    await keeper.look();

    expect(storage.backups.list()).toEqual([]);
  });

  test("makes the first as soon as something has changed, and says so in the log", async () => {
    await using storage = openStorage();
    const open = await storage.open();
    await open.add("first");
    const { keeper, logged } = keep(storage, open);

    await keeper.look();

    expect(reasons(storage)).toEqual(["timer"]);
    expect(logged).toEqual([expect.objectContaining({ event: "backup made", reason: "timer" })]);
  });

  test("waits for its time between two, and makes none when nothing has changed by then", async () => {
    await using storage = openStorage();
    const open = await storage.open();
    await open.add("first");
    const { keeper, clock } = keep(storage, open);
    await keeper.look();
    await open.add("second");

    await keeper.look();
    const early = reasons(storage);
    clock.advance(EVERY_MS);
    await keeper.look();
    const late = reasons(storage);
    clock.advance(EVERY_MS);
    await keeper.look();

    expect([early, late, reasons(storage)]).toEqual([["timer"], ["timer", "timer"], ["timer", "timer"]]);
  });

  test("does not wait when there were many changes, whoever made them", async () => {
    await using storage = openStorage();
    const open = await storage.open();
    const other = await storage.open();
    await open.add("first");
    const { keeper } = keep(storage, open, { changes: 3 });
    await keeper.look();
    await other.add("second", "third");
    await keeper.look();

    await other.add("fourth");
    await keeper.look();

    expect(reasons(storage)).toEqual(["changes", "timer"]);
  });

  test("of several processes at once lets one make it", async () => {
    await using storage = openStorage();
    const one = await storage.open();
    const two = await storage.open();
    await one.add("first");
    const clock = fakeClock();
    const keepers = [keep(storage, one, { clock }), keep(storage, two, { clock }), keep(storage, two, { clock })];

    await Promise.all(keepers.map(({ keeper }) => keeper.look()));

    expect(keepers.flatMap(({ logged }) => logged.map(({ event }) => event))).toEqual(["backup made"]);
    expect(reasons(storage)).toEqual(["timer"]);
  });

  test("takes over from a process that died while it made one, when its time is over", async () => {
    await using storage = openStorage();
    const open = await storage.open();
    await open.add("first");
    const { keeper, clock } = keep(storage, open);
    const claim = { event_seq: 0, at_ms: 0, not_before_ms: clock.now() + BACKUP_MS_MAX };
    await open.sql.write(function* () {
      yield { text: "INSERT INTO fact (name, value) VALUES ('backup', ?1)", values: [JSON.stringify(claim)] };
    });

    await keeper.look();
    const early = reasons(storage);
    clock.advance(BACKUP_MS_MAX);
    await keeper.look();

    expect([early, reasons(storage)]).toEqual([[], ["timer"]]);
  });

  test("tells the log when it cannot, and tries again after its time", async () => {
    await using storage = openStorage();
    const open = await storage.open();
    await open.add("first");
    mkdirSync(dirname(storage.backups.folder), { recursive: true });
    writeFileSync(storage.backups.folder, "in the way");
    const { keeper, clock, logged } = keep(storage, open);

    await keeper.look();
    await keeper.look();
    rmSync(storage.backups.folder);
    clock.advance(EVERY_MS);
    await keeper.look();

    expect(logged.map(({ event, code }) => [event, code])).toEqual([
      ["backup failed", "unavailable"],
      ["backup made", undefined],
    ]);
  });

  test("makes none when none are to be kept", async () => {
    await using storage = openStorage({ kept: 0 });
    const open = await storage.open();
    await open.add("first");
    const { keeper } = keep(storage, open);

    await keeper.look();

    expect(storage.backups.list()).toEqual([]);
  });

  test("lets go of what is old, once in its time", async () => {
    await using storage = openStorage({ kept: 0 });
    const open = await storage.open();
    await open.add("old", "newest");
    await open.sql.write(function* () {
      yield { text: "UPDATE event SET at_ms = 0 WHERE seq = 1", values: [] };
    });
    const clock = fakeClock();
    const { keeper, logged } = keep(storage, open, { clock, rules: { eventsMs: 1_000 } });
    const seqs = () => open.sql.all("SELECT seq FROM event");

    await keeper.look();
    const first = await seqs();
    await open.sql.write(function* () {
      yield { text: "UPDATE event SET at_ms = 0", values: [] };
    });
    await open.add("another");
    await keeper.look();
    const early = await seqs();
    clock.advance(RETENTION_EVERY_MS);
    await keeper.look();

    expect([first, early, await seqs()]).toEqual([[{ seq: 2 }], [{ seq: 2 }, { seq: 3 }], [{ seq: 3 }]]);
    expect(logged.map(({ event }) => event)).toEqual(["forgotten what was old", "forgotten what was old"]);
  });
});

describe("BackupKeeper.close()", () => {
  test("ends a backup in the middle without a word, and the next process makes it", async () => {
    await using storage = openStorage();
    const open = await storage.open();
    await open.add("first");
    await fill(open, 8);
    const first = keep(storage, open);
    const looking = first.keeper.look();
    await until(() => existsSync(join(storage.backups.folder, "snapshot.db")), "the backup has begun");

    await first.keeper.close();
    await looking;
    const second = keep(storage, open);
    await second.keeper.look();

    expect(first.logged).toEqual([]);
    expect(reasons(storage)).toEqual(["timer"]);
    expect((await storage.backups.verify()).map(({ problem }) => problem)).toEqual([undefined]);
  });

  test("looks no more", async () => {
    await using storage = openStorage();
    const open = await storage.open();
    await open.add("first");
    const { keeper } = keep(storage, open);
    await keeper.close();

    await keeper.look();

    expect(storage.backups.list()).toEqual([]);
  });
});

test("BackupKeeper.start() keeps no process alive", async () => {
  await using storage = openStorage();
  const script = fileURLToPath(new URL("../../../harness/start-keeper.ts", import.meta.url));

  await using child = startCommand([...RUNTIME, script, storage.database]);

  expect(await child.exited).toBe(0);
  expect(child.stdout()).toBe("started\n");
});
