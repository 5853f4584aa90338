import type { Clock } from "../base/clock.ts";
import { AppError } from "../base/errors.ts";
import { PROVIDER_FAILURES_MAX, PROVIDER_REST_MS } from "../base/limits.ts";

interface State {
  failures: number;
  /** On the clock that only grows. */
  restsUntil: number;
  isProbing: boolean;
}

/**
 * Leaves alone who fails again and again. After the rest one may try; if that one succeeds all may, if not the rest
 * begins anew.
 */
export class Breaker {
  readonly #clock: Clock;
  readonly #states = new Map<string, State>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  stateOf(name: string): "closed" | "open" | "half_open" {
    const state = this.#states.get(name);
    if (!state || state.failures < PROVIDER_FAILURES_MAX) return "closed";
    return this.#clock.elapsed() < state.restsUntil ? "open" : "half_open";
  }

  /** Throws when it is to be left alone; whoever is let through tells how it went. */
  enter(name: string): void {
    const state = this.#states.get(name);
    if (!state || state.failures < PROVIDER_FAILURES_MAX) return;
    const leftMs = state.restsUntil - this.#clock.elapsed();
    if (leftMs <= 0 && !state.isProbing) {
      state.isProbing = true;
      return;
    }
    throw new AppError("unavailable", `${name} is left alone: it failed ${state.failures} times in a row`, {
      hint: "It is tried again after a while; name another model to go on at once.",
      retryAfterMs: Math.max(1_000, leftMs),
    });
  }

  succeeded(name: string): void {
    this.#states.delete(name);
  }

  failed(name: string): void {
    const state = this.#states.get(name) ?? { failures: 0, restsUntil: 0, isProbing: false };
    state.failures++;
    state.isProbing = false;
    state.restsUntil = this.#clock.elapsed() + PROVIDER_REST_MS;
    this.#states.set(name, state);
  }

  /** Neither well nor badly: whoever asked has left. */
  left(name: string): void {
    const state = this.#states.get(name);
    if (state) state.isProbing = false;
  }
}
