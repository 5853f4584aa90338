import { expect, test } from "bun:test";
import { Duration, formatDuration, parseDuration } from "../../../src/base/duration.ts";

test.each([
  ["250ms", 250],
  ["30s", 30_000],
  ["1.5h", 5_400_000],
  [" 5 m ", 300_000],
  ["2d", 172_800_000],
])("parseDuration(%p) is %p milliseconds", (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

test.each(["", "30", "s", "-1s", "1w", "1e3s", "30 seconds", "1h30m"])("parseDuration(%p) is no duration", (text) => {
  expect(parseDuration(text)).toBeUndefined();
});

test.each([
  [0, "0ms"],
  [999, "999ms"],
  [90_000, "1.5m"],
  [3_600_000, "1h"],
  [172_800_000, "2d"],
])("formatDuration(%p) says %p", (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});

test("Duration refuses a bare number, and shows how to write it", () => {
  const refused = Duration.safeParse("30");

  expect(Duration.parse("30s")).toBe(30_000);
  expect(refused.error?.issues[0]?.message).toContain('"30s"');
  expect(Duration.safeParse(30).success).toBe(false);
});
