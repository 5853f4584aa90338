import { expect, test } from "bun:test";
import { splitSql } from "../../../src/sandbox/engine/split-sql.ts";

test.each<[string, string, readonly string[]]>([
  ["two statements", "SELECT 1; SELECT 2;", ["SELECT 1", "SELECT 2"]],
  [
    "a semicolon in a text",
    "SELECT 'a;b'; SELECT \"c;d\", `e;f`, [g;h]",
    ["SELECT 'a;b'", 'SELECT "c;d", `e;f`, [g;h]'],
  ],
  ["a quote in a text", "SELECT 'it''s;'; SELECT 2", ["SELECT 'it''s;'", "SELECT 2"]],
  ["comments", "-- one;\nSELECT 1 /* two; */; /* only a comment */ ; SELECT 2 -- three", ["SELECT 1", "SELECT 2"]],
  [
    "a trigger",
    "CREATE TRIGGER t AFTER INSERT ON a BEGIN UPDATE b SET c = CASE WHEN 1 THEN 2 END; DELETE FROM d; END; SELECT 1",
    [
      "CREATE TRIGGER t AFTER INSERT ON a BEGIN UPDATE b SET c = CASE WHEN 1 THEN 2 END; DELETE FROM d; END",
      "SELECT 1",
    ],
  ],
  ["a transaction", "BEGIN; INSERT INTO a VALUES (1); COMMIT;", ["BEGIN", "INSERT INTO a VALUES (1)", "COMMIT"]],
  ["a text without its end", "SELECT 'open; ", ["SELECT 'open;"]],
  ["nothing", " ; -- nothing\n;", []],
])("splitSql() with %s", (_what, script, statements) => {
  expect(splitSql(script)).toEqual([...statements]);
});
