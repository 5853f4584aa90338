import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { systemClock } from "../../../../src/base/clock.ts";
import { MIGRATIONS, migrate } from "../../../../src/store/migrate.ts";
import { refusalOf } from "../../../harness/errors.ts";
import { openStorage } from "../../../harness/storage.ts";

/** Children are processes of their own, on a machine that may be busy. */
setDefaultTimeout(60_000);

const NEXT = [
  ...MIGRATIONS,
  { version: 99, name: "next", text: "CREATE TABLE next (id TEXT PRIMARY KEY) {strict};\n" },
];
const TABLES = "SELECT name FROM sqlite_schema WHERE name = 'next'";

describe("Backups.keepCopy()", () => {
  test("keeps what was there before a migration", async () => {
    await using storage = openStorage();
    const { sql, add } = await storage.open();
    await add("first");

    await migrate(sql, {
      clock: systemClock,
      migrations: NEXT,
      keepCopy: (version) => storage.backups.keepCopy(version),
    });

    expect(await sql.all(TABLES)).toEqual([{ name: "next" }]);
    expect(await storage.backups.verify()).toEqual([
      expect.objectContaining({ reason: "migration", schema_version: MIGRATIONS.length, problem: undefined }),
    ]);
  });

  test("that cannot be kept keeps the tables as they are", async () => {
    await using storage = openStorage();
    const { sql, add, titles } = await storage.open();
    await add("first");
    mkdirSync(dirname(storage.backups.folder), { recursive: true });
    writeFileSync(storage.backups.folder, "in the way");

    const refusal = await refusalOf(() =>
      migrate(sql, { clock: systemClock, migrations: NEXT, keepCopy: (version) => storage.backups.keepCopy(version) }),
    );

    expect(refusal.code).toBe("unavailable");
    expect(refusal.message).toStartWith(`cannot bring the database from schema ${MIGRATIONS.length} to a newer one: `);
    expect(await sql.all(TABLES)).toEqual([]);
    expect(await titles()).toEqual(["first"]);
  });
});
