import { expect, test } from "bun:test";
import { deadline, every, systemClock } from "../../../src/base/clock.ts";
import { until } from "../../harness/condition.ts";

test("sleep() ends at once when its signal aborts, before or during it", async () => {
  const stop = new AbortController();
  const sleeping = systemClock.sleep(3_600_000, stop.signal);

  stop.abort();

  await sleeping;
  await systemClock.sleep(3_600_000, stop.signal);
  expect(stop.signal.aborted).toBe(true);
});

test("sleep() resolves when its time has passed", async () => {
  const before = systemClock.elapsed();

  await systemClock.sleep(5);

  expect(systemClock.elapsed()).toBeGreaterThan(before);
});

test("every() calls until it is stopped", async () => {
  let calls = 0;
  const stop = every(1, () => calls++);

  await until(() => calls >= 3, "it was called three times");
  stop();
  const stopped = calls;
  await systemClock.sleep(10);

  expect(calls).toBe(stopped);
});

test("deadline() aborts with a timeout", async () => {
  const signal = deadline(1);

  await until(() => signal.aborted, "the deadline is over");

  expect(signal.reason).toMatchObject({ name: "TimeoutError" });
});

test("systemClock gives chances below one", () => {
  expect(systemClock.random()).toBeWithin(0, 1);
  expect(systemClock.now()).toBeGreaterThan(Date.UTC(2026, 0, 1));
});

test("after() waits for longer than a timer of the system can count", async () => {
  let calls = 0;
  const stop = systemClock.after(2 ** 31 + 1_000, () => calls++);

  await systemClock.sleep(5);
  stop();

  expect(calls).toBe(0);
});
