/** Time and chance come in through this port, so that a test can turn them. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Milliseconds that only ever grow: for durations. */
  elapsed(): number;
  /** A number from 0 up to, but not including, 1: to spread tries over time. */
  random(): number;
  /** Resolves after `ms`, or at once when the signal aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Holds the whole thread for less than a millisecond, of which a timer knows nothing. */
  nap(): void;
  /** Calls `work` after `ms`, unless the returned function is called before. */
  after(ms: number, work: () => void): () => void;
}

/** With what the system adds to it: about a tenth. */
const NAP_MS = 0.02;
/** What nobody ever wakes. */
const nothing = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));

export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  random: () => Math.random(),
  sleep: sleepBy(after),
  nap: () => {
    Atomics.wait(nothing, 0, 0, NAP_MS);
  },
  after,
};

/** Sleeps by the timers of a clock. */
export function sleepBy(timer: Clock["after"]): Clock["sleep"] {
  return (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const done = () => {
        stopTimer();
        signal?.removeEventListener("abort", done);
        resolve();
      };
      const stopTimer = timer(ms, done);
      signal?.addEventListener("abort", done, { once: true });
    });
}

/** Timers count in 32 bits: what is longer takes more than one, and would be due at once otherwise. */
const TIMER_MS_MAX = 2 ** 31 - 1;

function after(ms: number, work: () => void): () => void {
  const wait = (leftMs: number) => {
    const rest = leftMs - TIMER_MS_MAX;
    return setTimeout(
      () => {
        if (rest <= 0) work();
        else timer = wait(rest);
      },
      Math.min(leftMs, TIMER_MS_MAX),
    );
  };
  let timer = wait(ms);
  return () => clearTimeout(timer);
}

/** Calls `work` every `ms` without keeping the process alive, until the returned function is called. */
export function every(ms: number, work: () => void): () => void {
  const timer = setInterval(work, ms);
  timer.unref();
  return () => clearInterval(timer);
}

/** A signal that aborts after `ms`, with a timer that does not keep the process alive. */
export function deadline(ms: number): AbortSignal {
  return AbortSignal.timeout(ms);
}
