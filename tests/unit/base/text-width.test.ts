import { expect, test } from "bun:test";
import { clipToWidth, displayWidth } from "../../../src/base/text-width.ts";

test.each([
  ["plain", 5],
  ["日本語", 6],
  ["한국", 4],
  ["ｆｕｌｌ", 8],
  ["🎉", 2],
  ["👩‍👩‍👧", 2],
  ["e\u0301", 1],
  ["\u200b", 0],
  ["→ ä ✓", 5],
  ["", 0],
])("displayWidth() of %j is %d", (text, width) => {
  expect(displayWidth(text)).toBe(width);
});

test.each([
  ["short", 10, "short"],
  ["exactly", 7, "exactly"],
  ["too long", 5, "too …"],
  ["日本語", 5, "日本…"],
  ["日本語", 4, "日…"],
  ["👩‍👩‍👧👩‍👩‍👧", 3, "👩‍👩‍👧…"],
  ["x", 0, ""],
])("clipToWidth() of %j to %d columns is %j", (text, columns, clipped) => {
  expect(clipToWidth(text, columns)).toBe(clipped);
});
