import { expect, test } from "bun:test";
import { AppError, type ErrorCode } from "../../../src/base/errors.ts";
import { isBusy, isDamage, sqliteCode, storeError } from "../../../src/store/sqlite-errors.ts";

test.each<[string, object, ErrorCode]>([
  ["busy, from bun:sqlite", { errno: 5 }, "unavailable"],
  ["a busy snapshot, extended code", { errno: 517 }, "unavailable"],
  ["busy, from node:sqlite", { errcode: 5, errno: undefined }, "unavailable"],
  ["a full disk", { errno: 13 }, "storage_full"],
  ["a read-only folder, extended code", { errno: 1544 }, "unavailable"],
  ["a file that cannot be opened", { errcode: 14 }, "unavailable"],
  ["a disk that fails", { errno: 10 }, "unavailable"],
  ["a damaged page", { errno: 11 }, "damaged"],
  ["a file that is no database", { errcode: 26 }, "damaged"],
  ["a constraint", { errno: 19 }, "internal"],
  ["anything else", new Error("no"), "internal"],
])("storeError() of %s", (_what, cause, code) => {
  const error = storeError(cause, "write");

  expect(error.code).toBe(code);
  expect(error.message).toStartWith("cannot write the database: ");
  expect(error.cause).toBe(cause);
});

test("storeError() passes an AppError on as it is", () => {
  const error = new AppError("conflict", "no", { hint: "Nothing." });

  expect(storeError(error, "read")).toBe(error);
});

test("sqliteCode(), isBusy() and isDamage() know nothing of what is no error of SQLite", () => {
  expect([undefined, null, "busy", { errno: -2 }, { errno: "5" }].map(sqliteCode)).toEqual(Array(5).fill(undefined));
  expect([isBusy({ errno: 6 }), isBusy({ errno: 11 }), isDamage({ errno: 26 }), isDamage({ errno: 5 })]).toEqual([
    true,
    false,
    true,
    false,
  ]);
});
