import type { Clock } from "../base/clock.ts";
import { AppError } from "../base/errors.ts";
import { RATE_CALLERS_MAX } from "../base/limits.ts";

interface Bucket {
  tokens: number;
  atMs: number;
}

/** A bucket for each caller: it holds two seconds' worth, and fills all the time. */
export class RateLimit {
  readonly #perSecond: number;
  readonly #clock: Clock;
  readonly #buckets = new Map<string, Bucket>();

  constructor(perSecond: number, clock: Clock) {
    this.#perSecond = perSecond;
    this.#clock = clock;
  }

  /** Counts one request; throws when the caller has had its share. Without a limit nobody asks who calls. */
  take(callerOf: () => string): void {
    if (this.#perSecond === 0) return;
    const caller = callerOf();
    const now = this.#clock.elapsed();
    const full = this.#perSecond * BURST_SECONDS;
    const bucket = this.#buckets.get(caller) ?? { tokens: full, atMs: now };
    bucket.tokens = Math.min(full, bucket.tokens + ((now - bucket.atMs) / 1_000) * this.#perSecond);
    bucket.atMs = now;
    this.#keep(caller, bucket);
    if (bucket.tokens < 1) {
      throw new AppError("rate_limited", `cannot take more than ${this.#perSecond} requests a second from one caller`, {
        hint: "Wait as long as Retry-After says; whoever runs the server sets rate_limit.",
        retryAfterMs: Math.ceil(((1 - bucket.tokens) / this.#perSecond) * 1_000),
      });
    }
    bucket.tokens--;
  }

  /** The caller that was seen longest ago makes room; its bucket was full again anyway. */
  #keep(caller: string, bucket: Bucket): void {
    this.#buckets.delete(caller);
    this.#buckets.set(caller, bucket);
    if (this.#buckets.size <= RATE_CALLERS_MAX) return;
    const [oldest] = this.#buckets.keys();
    if (oldest !== undefined) this.#buckets.delete(oldest);
  }
}

const BURST_SECONDS = 2;
