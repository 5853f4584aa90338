import { expect, test } from "bun:test";
import { inDialect } from "../../../src/store/sql.ts";

const TEXT = "SELECT id FROM task WHERE id IN ({each 2}) AND seq > ?1 AND seq < ?10 {lock}";

test("inDialect() puts a plus before the values for SQLite, so that it does not plan anew for each", () => {
  expect(inDialect("sqlite", TEXT)).toBe(
    "SELECT id FROM task WHERE id IN (SELECT value FROM json_each(+?2)) AND seq > +?1 AND seq < +?10 ",
  );
});

test("inDialect() numbers values with $ for PostgreSQL", () => {
  expect(inDialect("postgres", TEXT)).toBe(
    "SELECT id FROM task WHERE id IN (SELECT jsonb_array_elements_text($2::text::jsonb)) AND seq > $1 AND seq < $10 FOR NO KEY UPDATE",
  );
});

test("inDialect() leaves braces that are no dialect word", () => {
  expect(inDialect("sqlite", "SELECT '{}' AS empty, '{nobody}' AS word")).toBe(
    "SELECT '{}' AS empty, '{nobody}' AS word",
  );
});
