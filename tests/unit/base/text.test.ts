import { expect, test } from "bun:test";
import { clip, closest, didYouMean, printable } from "../../../src/base/text.ts";

test.each([
  ["short", 5, "short"],
  ["longer", 5, "long…"],
  ["ab🙂d", 4, "ab…"],
  ["", 1, ""],
])("clip(%p, %p) is %p", (text, charsMax, clipped) => {
  expect(clip(text, charsMax)).toBe(clipped);
  expect(clip(text, charsMax).isWellFormed()).toBe(true);
});

const NAMES = ["task_create", "task_list", "role_list"];

test.each([
  ["task_creat", "task_create"],
  ["TASK_LIST", "task_list"],
  ["rolelist", "role_list"],
  ["bananas", undefined],
  ["", undefined],
])("closest(%p) among the tools is %p", (typed, name) => {
  expect(closest(typed, NAMES)).toBe(name);
});

test("closest() takes no time for a very long word", () => {
  expect(closest("x".repeat(10_000_000), NAMES)).toBeUndefined();
});

test("didYouMean() falls back to its last words when nothing is near", () => {
  expect(didYouMean("task_lst", NAMES, "Look.")).toBe("Did you mean task_list?");
  expect(didYouMean("bananas", NAMES, "Look.")).toBe("Look.");
});

test("printable() shows control characters and lone surrogates instead of obeying them", () => {
  expect(printable("a\u001b[31mb\u0000\u0007\u009b\u007f\ud800")).toBe("a\\x1b[31mb\\x00\\x07\\x9b\\x7f\ufffd");
  expect(printable("tab\tline\nend 🙂")).toBe("tab\tline\nend 🙂");
});
