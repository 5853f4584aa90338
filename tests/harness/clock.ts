import type { Clock } from "../../src/base/clock.ts";

export interface FakeClock extends Clock {
  /** Moves the time on and wakes who has slept long enough. */
  advance(ms: number): void;
  /** How many sleep. */
  readonly sleepers: number;
}

const START_MS = Date.UTC(2026, 10, 1);

/** A clock that stands still until the test moves it. */
export function fakeClock(startMs = START_MS): FakeClock {
  let now = startMs;
  const sleepers = new Set<{ readonly until: number; readonly wake: () => void }>();
  const clock: FakeClock = {
    now: () => now,
    elapsed: () => now - startMs,
    random: () => 0.5,
    nap: () => {},
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) return resolve();
        const sleeper = { until: now + ms, wake: () => {} };
        sleeper.wake = () => {
          sleepers.delete(sleeper);
          signal?.removeEventListener("abort", sleeper.wake);
          resolve();
        };
        sleepers.add(sleeper);
        signal?.addEventListener("abort", sleeper.wake, { once: true });
      }),
    advance: (ms) => {
      now += ms;
      for (const sleeper of [...sleepers]) if (sleeper.until <= now) sleeper.wake();
    },
    get sleepers() {
      return sleepers.size;
    },
    after: (ms, work) => afterSleep(clock, ms, work),
  };
  return clock;
}

function afterSleep(clock: Clock, ms: number, work: () => void): () => void {
  const stop = new AbortController();
  void clock.sleep(ms, stop.signal).then(() => {
    if (!stop.signal.aborted) work();
  });
  return () => stop.abort();
}

/** A clock on which every sleep takes one turn of the event loop and all of its time: long waits pass at once. */
export function hastyClock(startMs = START_MS): Clock {
  let now = startMs;
  const clock: Clock = {
    now: () => now,
    elapsed: () => now - startMs,
    random: () => 0.5,
    nap: () => {},
    after: (ms, work) => afterSleep(clock, ms, work),
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (!signal?.aborted) now += ms;
        setImmediate(resolve);
      }),
  };
  return clock;
}
