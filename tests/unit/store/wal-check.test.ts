import { describe, expect, test } from "bun:test";
import { statSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { runtime } from "../../../src/runtime/current.ts";
import { inspectDatabase } from "../../../src/store/inspect.ts";
import { inspectWal } from "../../../src/store/wal-check.ts";
import { damageBytes } from "../../harness/damage.ts";
import { tempFolder } from "../../harness/folder.ts";
import { copyAsCrashed } from "../../harness/storage.ts";

const COMMITS = 20;

/** A database as a crash leaves it: its commits stand in the log. */
function crashed(folder: string): string {
  const path = join(folder, "open.db");
  const connection = runtime.openSqlite(path);
  connection.all("PRAGMA journal_mode = WAL");
  connection.exec("CREATE TABLE number (value INTEGER) STRICT");
  connection.all("PRAGMA wal_checkpoint(TRUNCATE)");
  for (let at = 1; at <= COMMITS; at++) connection.all("INSERT INTO number (value) VALUES (?1)", [at]);
  const copy = join(folder, "crashed.db");
  copyAsCrashed(path, copy);
  connection.close();
  return copy;
}

function countIn(path: string): number {
  const connection = runtime.openSqlite(path);
  const [row] = connection.all("SELECT count(*) AS number FROM number");
  connection.close();
  return Number(row?.["number"]);
}

describe("inspectWal()", () => {
  test("counts the commits of a log that is whole", () => {
    using folder = tempFolder();
    const path = crashed(folder.path);

    expect(inspectWal(path)).toEqual({ bytes: statSync(`${path}-wal`).size, commits: COMMITS, lost_commits: 0 });
  });

  test("finds the commits behind a destroyed part, of which SQLite itself says nothing", () => {
    using folder = tempFolder();
    const path = crashed(folder.path);
    // In the page of the tenth commit: each wrote one frame.
    damageBytes(`${path}-wal`, 32 + 9 * (24 + 4_096) + 1_000, 64);

    const { commits, lost_commits } = inspectWal(path);

    expect(commits).toBe(9);
    expect(lost_commits).toBe(COMMITS - 9 - 1);
    expect(inspectDatabase(runtime, path, "full").problems).toEqual([]);
    expect(countIn(path)).toBe(9);
  });

  test("finds nothing wrong with a log that a crash has cut off", () => {
    using folder = tempFolder();
    const path = crashed(folder.path);
    truncateSync(`${path}-wal`, statSync(`${path}-wal`).size - 100);

    expect(inspectWal(path)).toMatchObject({ commits: COMMITS - 1, lost_commits: 0 });
  });

  test("takes no older frame, left behind the end of a log that has begun again, for a lost one", () => {
    using folder = tempFolder();
    const path = join(folder.path, "open.db");
    const connection = runtime.openSqlite(path);
    connection.all("PRAGMA journal_mode = WAL");
    connection.exec("CREATE TABLE number (value INTEGER) STRICT");
    for (let at = 1; at <= COMMITS; at++) connection.all("INSERT INTO number (value) VALUES (?1)", [at]);
    connection.all("PRAGMA wal_checkpoint(RESTART)");
    connection.all("INSERT INTO number (value) VALUES (0)");

    expect(inspectWal(path)).toMatchObject({ commits: 1, lost_commits: 0 });
    connection.close();
  });

  test("says that there is none when all is in the database", () => {
    using folder = tempFolder();

    expect(inspectWal(join(folder.path, "none.db"))).toEqual({ bytes: 0, commits: 0, lost_commits: 0 });
  });
});
