import type { Clock } from "./clock.ts";

/** A signal that aborts when the time is up, until it is let go. */
export interface Alarm extends Disposable {
  readonly signal: AbortSignal;
}

export function setAlarm(clock: Pick<Clock, "after">, ms: number): Alarm {
  const controller = new AbortController();
  const stop = clock.after(ms, () => controller.abort());
  return { signal: controller.signal, [Symbol.dispose]: stop };
}
