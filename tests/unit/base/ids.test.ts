import { expect, test } from "bun:test";
import { digest, idSchema, randomIds } from "../../../src/base/ids.ts";

test("randomIds gives ids of the noun's form, no two alike", () => {
  const ids = Array.from({ length: 1_000 }, () => randomIds.next("task"));

  expect(new Set(ids).size).toBe(1_000);
  expect(ids.every((id) => idSchema("task").safeParse(id).success)).toBe(true);
});

test.each(["", "task_", "task_0123456789aB", "task_0123456789abc", "role_0123456789ab", "task_0123456789ab\n"])(
  "idSchema() refuses %p",
  (id) => {
    expect(idSchema("task").safeParse(id).success).toBe(false);
  },
);

test("digest() is the same for the same value, and another for another", () => {
  expect(digest("a")).toBe(digest(new TextEncoder().encode("a")));
  expect(digest("a")).not.toBe(digest("b"));
});
