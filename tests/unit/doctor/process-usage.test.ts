import { expect, test } from "bun:test";
import { systemClock } from "../../../src/base/clock.ts";
import { fromPs, processUsage } from "../../../src/doctor/process-usage.ts";
import { runtime } from "../../../src/runtime/current.ts";

test("processUsage() tells what this process has used, and nothing of one that is gone", async () => {
  const parts = { host: runtime.host, clock: systemClock };

  const own = await processUsage(process.pid, parts);
  const gone = await processUsage(2 ** 22 + 1, parts);

  expect(own?.rssBytes).toBeGreaterThan(10_000_000);
  expect(own?.cpuMs).toBeGreaterThan(0);
  expect(gone).toBeUndefined();
});

test.each([
  [" 12345   0:01.23\n", { rssBytes: 12_345 * 1_024, cpuMs: 1_230 }],
  ["  1000   01:02:03\n", { rssBytes: 1_000 * 1_024, cpuMs: 3_723_000 }],
  ["  1000 1-01:02:03\n", { rssBytes: 1_000 * 1_024, cpuMs: 90_123_000 }],
  ["", undefined],
])("fromPs() reads %p", (text, usage) => {
  expect(fromPs(text)).toEqual(usage);
});
