import { expect, test } from "bun:test";
import { formatBytes } from "../../../src/base/bytes.ts";

test.each([
  [0, "0B"],
  [1, "1B"],
  [1_023, "1023B"],
  [1_024, "1KiB"],
  [1_536, "1.5KiB"],
  [5 * 1024 ** 2, "5MiB"],
  [1024 ** 5, "1024TiB"],
])("formatBytes(%p) says %p", (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});
