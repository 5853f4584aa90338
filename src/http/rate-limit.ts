import type { Clock } from "../base/clock.ts";
import { AppError } from "../base/errors.ts";
import { RATE_CALLERS_MAX } from "../base/limits.ts";
import type { CallerRate } from "../store/caller-rates.ts";

interface Bucket {
  tokens: number;
  atMs: number;
  /** Elsewhere its share was used up: until then nobody need be asked again. */
  refusedUntilMs: number;
}

/** Counts a request of a caller together with all other machines; answers how long to wait, 0 for not at all. */
export type CountTogether = (rate: CallerRate) => Promise<number>;

/** A bucket for each caller: it holds two seconds' worth, and fills all the time. */
export class RateLimit {
  readonly #perSecond: number;
  readonly #clock: Clock;
  readonly #together: CountTogether | undefined;
  readonly #buckets = new Map<string, Bucket>();

  constructor(perSecond: number, clock: Clock, together?: CountTogether) {
    this.#perSecond = perSecond;
    this.#clock = clock;
    this.#together = together;
  }

  /** Counts one request; rejects when the caller has had its share. Without a limit nobody asks who calls. */
  async take(callerOf: () => string): Promise<void> {
    if (this.#perSecond === 0) return;
    const caller = callerOf();
    const now = this.#clock.elapsed();
    const most = this.#perSecond * BURST_SECONDS;
    const bucket = this.#buckets.get(caller) ?? { tokens: most, atMs: now, refusedUntilMs: 0 };
    bucket.tokens = Math.min(most, bucket.tokens + ((now - bucket.atMs) / 1_000) * this.#perSecond);
    bucket.atMs = now;
    this.#keep(caller, bucket);
    if (bucket.tokens < 1) this.#refuse(((1 - bucket.tokens) / this.#perSecond) * 1_000);
    if (bucket.refusedUntilMs > now) this.#refuse(bucket.refusedUntilMs - now);
    bucket.tokens--;
    if (!this.#together) return;
    // While the others cannot be asked, each machine counts for itself.
    const waitMs = await this.#together({ caller, perSecond: this.#perSecond, most }).catch(() => 0);
    if (waitMs === 0) return;
    bucket.refusedUntilMs = this.#clock.elapsed() + waitMs;
    this.#refuse(waitMs);
  }

  #refuse(waitMs: number): never {
    throw new AppError("rate_limited", `cannot take more than ${this.#perSecond} requests a second from one caller`, {
      hint: "Wait as long as Retry-After says; whoever runs the server sets rate_limit.",
      retryAfterMs: Math.ceil(waitMs),
    });
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
