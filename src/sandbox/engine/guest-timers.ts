import { CODE_TIMERS_MAX } from "../../base/limits.ts";

interface Timer {
  readonly dueMs: number;
  readonly everyMs: number | undefined;
}

/** The timers of a program, in the time of the clock that is given with each call. */
export class GuestTimers {
  readonly #timers = new Map<number, Timer>();

  get isEmpty(): boolean {
    return this.#timers.size === 0;
  }

  /** False when there are too many. */
  add(id: number, nowMs: number, delayMs: number, repeats: boolean): boolean {
    if (this.#timers.size >= CODE_TIMERS_MAX) return false;
    const delay = Math.min(Math.max(1, Number.isFinite(delayMs) ? delayMs : 1), DELAY_MS_MAX);
    this.#timers.set(id, { dueMs: nowMs + delay, everyMs: repeats ? delay : undefined });
    return true;
  }

  clear(id: number): void {
    this.#timers.delete(id);
  }

  /** When the next one is due. */
  get nextMs(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const { dueMs } of this.#timers.values()) next = Math.min(next, dueMs);
    return next;
  }

  /** The one that has been due longest; it is put back when it repeats. */
  takeDue(nowMs: number): number | undefined {
    let found: number | undefined;
    let dueMs = nowMs;
    for (const [id, timer] of this.#timers) {
      if (timer.dueMs > dueMs || (timer.dueMs === dueMs && found !== undefined)) continue;
      [found, dueMs] = [id, timer.dueMs];
    }
    const timer = found === undefined ? undefined : this.#timers.get(found);
    if (found === undefined || !timer) return undefined;
    if (timer.everyMs === undefined) this.#timers.delete(found);
    else this.#timers.set(found, { ...timer, dueMs: nowMs + timer.everyMs });
    return found;
  }
}

const DELAY_MS_MAX = 2 ** 31 - 1;
