import { expect, test } from "bun:test";
import { isLike } from "../../../src/base/pattern.ts";

test.each([
  ["a", "a", true],
  ["a", "ab", false],
  ["a*", "ab", true],
  ["*b", "ab", true],
  ["a*c", "abc", true],
  ["a*c", "ac", true],
  ["ab*ba", "aba", false],
  ["a*b*c", "a-b-c", true],
  ["a*b*c", "a-c-b", false],
  ["*", "", true],
  ["a.c", "abc", false],
])("isLike(%p, %p) is %p", (pattern, text, answer) => {
  expect(isLike(pattern, text)).toBe(answer);
});
