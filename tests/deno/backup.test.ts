import { deepStrictEqual as deepEqual } from "node:assert";
import { test } from "node:test";
import { damageHeader } from "../harness/damage.ts";
import { openStorage, openTasks } from "../harness/storage.ts";

test("node:sqlite: a backup is made by a child, and restored while the database is open", async () => {
  await using storage = openStorage();
  const { add, titles } = await storage.open();
  await add("one");
  const { backup } = await storage.backups.make("manual");
  await add("two");

  const { before } = await storage.restore(backup.id);

  deepEqual(before?.reason, "before-restore");
  deepEqual(await titles(), ["one"]);
  await add("three");
  deepEqual(await titles(), ["one", "three"]);
});

test("node:sqlite: a backup takes the place of a file that is no database any more", async () => {
  await using storage = openStorage();
  const open = await storage.open();
  await open.add("one");
  await storage.backups.make("manual");
  await open.close();
  damageHeader(storage.database);

  await storage.restore();

  const again = await openTasks(storage.database);
  deepEqual(await again.titles(), ["one"]);
  await again.close();
});
