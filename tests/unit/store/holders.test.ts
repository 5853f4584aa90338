import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { runtime } from "../../../src/runtime/current.ts";
import { holdersIn, holdersOf } from "../../../src/store/holders.ts";
import { until } from "../../harness/condition.ts";
import { startProcess } from "../../harness/process.ts";
import { openStorage } from "../../harness/storage.ts";

/** Children are processes of their own, on a machine that may be busy. */
setDefaultTimeout(60_000);

const LOCKS = `1: POSIX  ADVISORY  READ 10772 fe:00:2173170 128 128
2: POSIX  ADVISORY  READ 10772 fe:00:2173093 1073741826 1073742335
3: -> POSIX  ADVISORY  READ 99 fe:00:2173093 1073741826 1073742335
4: POSIX  ADVISORY  READ 10772 fe:00:2173093 1073741826 1073742335
5: POSIX  ADVISORY  WRITE 3709 fe:00:1466425 0 EOF
6: FLOCK  ADVISORY  WRITE 12 fe:00:2173093 0 EOF
`;

describe("holdersIn()", () => {
  test("names each process once that holds the bytes which SQLite locks", () => {
    expect(holdersIn(LOCKS, 2_173_093)).toEqual([99, 10_772]);
  });

  test("names nobody for another file", () => {
    expect(holdersIn(LOCKS, 1)).toEqual([]);
  });
});

describe.skipIf(process.platform !== "linux")("holdersOf()", () => {
  test("finds another process that has the database open, and not this one", async () => {
    await using storage = openStorage();
    await (await storage.open()).add("first");
    await using other = startProcess(["--db", storage.database, "event", "follow"]);

    // While it opens, it checks the file with a connection that it closes again.
    const found = () => JSON.stringify(holdersOf(storage.database, runtime.host.pid));
    await until(() => found() === JSON.stringify([other.pid]), "the other has it open");

    expect(holdersOf(storage.database, other.pid)).toEqual([runtime.host.pid]);
  });

  test("does not know about a file that is not there", () => {
    expect(holdersOf("/nowhere/cadre.db", 1)).toBeUndefined();
  });
});
