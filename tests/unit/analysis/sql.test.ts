// SQL as those read it who will run it.
import { describe, expect, test } from "bun:test";
import { analyzeText } from "../../../src/analysis/analyze-text.ts";
import { Analyzer } from "../../../src/analysis/analyzer.ts";
import { systemClock } from "../../../src/base/clock.ts";
import { runtime } from "../../../src/runtime/current.ts";

const none = new AbortController().signal;

/** As a process of its own does it, with SQLite beside PostgreSQL. */
async function found(text: string) {
  const [report] = await new Analyzer({ runtime, clock: systemClock }).analyze([{ path: "a.sql", text }], none);
  return (report?.findings ?? []).map(({ rule, line, column }) => `${rule} ${line}:${column}`);
}

test("what no database reads is told, at the place", async () => {
  expect(await found("SELECT a FROM t;\nSELECT a\nFORM t;\n")).toEqual(["sql/not-read 3:6"]);
});

test("a statement that one of them reads is in order", async () => {
  const sqlite = "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a TEXT) WITHOUT ROWID;";
  const postgres = "CREATE TABLE t (id bigint GENERATED ALWAYS AS IDENTITY, a text[] DEFAULT '{}'::text[]);";

  expect(await found(sqlite)).toEqual([]);
  expect(await found(postgres)).toEqual([]);
});

test.each([
  ["CREATE TABLE `t` (a INT) ENGINE=InnoDB;\nSELEC 1;"],
  ["SELECT * FROM [dbo].[t];\nGO\nSELEC 1;"],
  ["SELECT {{ column }} FRM t;"],
  ["SELECT a FRM t WHERE id = :id;"],
  ["\\connect a\nSELEC 1;"],
])("of what others read nobody here can tell: %p", async (text) => {
  expect((await found(text)).filter((one) => one.startsWith("sql/not-read"))).toEqual([]);
});

describe("by its tree", () => {
  const rulesIn = async (text: string) =>
    (await analyzeText("a.sql", text, { clock: systemClock })).findings.map(({ rule }) => rule);

  test("a statement in a statement counts, and a word in a text does not", async () => {
    expect(await rulesIn("WITH gone AS (DELETE FROM t RETURNING id) SELECT id FROM gone")).toEqual([
      "sql/deletes-every-row",
    ]);
    expect(await rulesIn("UPDATE t SET a = 'where'")).toEqual(["sql/changes-every-row"]);
    expect(await rulesIn("UPDATE t SET a = NULL WHERE b = 'a = NULL'")).toEqual([]);
    expect(await rulesIn("SELECT a FROM t WHERE NULL <> a")).toEqual(["sql/compared-with-null"]);
    expect(await rulesIn("SELECT a FROM (SELECT a FROM t ORDER BY a LIMIT 5) x")).toEqual([]);
    expect(await rulesIn("SELECT a FROM (SELECT a FROM t LIMIT 5) x ORDER BY a")).toEqual(["sql/rows-in-no-order"]);
  });
});

test.each([
  [`SELECT ${"(".repeat(50_000)}1${")".repeat(50_000)};`],
  [`SELECT ${"1+".repeat(100_000)}1;`],
  ["QUERY PLAN PRAGMA hard_heap_limit=1;\nSELEC 1;"],
  ["/* */ PRAGMA hard_heap_limit = 1;"],
  ["\0SELECT 1;"],
  ["SELECT '"],
  [`SELECT 1${"\n".repeat(1_000_000)};`],
  [`${"INSERT INTO t (a) VALUES (1);\n".repeat(5_000)}`],
])("whatever is in it, the next file is looked at", async (text) => {
  const reports = await new Analyzer({ runtime, clock: systemClock }).analyze(
    [
      { path: "a.sql", text },
      { path: "b.sql", text: "DELETE FROM t;" },
    ],
    none,
  );

  expect(reports[1]?.findings.map(({ rule }) => rule)).toEqual(["sql/deletes-every-row"]);
});
