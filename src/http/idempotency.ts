// A write that is sent twice with one Idempotency-Key happens at most once. The key's row is on disk before
// the write begins and the answer after it: when the process dies between, nobody can know whether the
// write was made, and the second request is told so instead of making it again.
import type { Clock } from "../base/clock.ts";
import { AppError, type ErrorCode } from "../base/errors.ts";
import { digest } from "../base/ids.ts";
import { stableJson } from "../base/json.ts";
import { IDEMPOTENCY_KEY_CHARS_MAX, IDEMPOTENCY_MS } from "../base/limits.ts";
import { type IdempotencyRow, keepAnswer, releaseKey, takeKey } from "../store/idempotency.ts";
import type { Sql } from "../store/sql.ts";

type Answer = Record<string, unknown>;

/** After one of these nobody knows whether the write was made. */
const UNDECIDED: readonly ErrorCode[] = ["internal", "timeout", "cancelled", "uncertain"];

export class Idempotency {
  readonly #sql: Sql;
  readonly #clock: Clock;
  readonly #running = new Set<string>();

  constructor(sql: Sql, clock: Clock) {
    this.#sql = sql;
    this.#clock = clock;
  }

  /** Runs `work` once for this key, and gives its answer to everybody who asks for the same. */
  async once(key: string, what: readonly unknown[], work: () => Promise<Answer>): Promise<Answer> {
    if (key.length === 0 || key.length > IDEMPOTENCY_KEY_CHARS_MAX) {
      throw new AppError("invalid_input", `cannot use this Idempotency-Key: it has ${key.length} characters`, {
        hint: `Send one of 1 to ${IDEMPOTENCY_KEY_CHARS_MAX} characters, like a UUID.`,
      });
    }
    const request = digest(stableJson(what));
    const now = this.#clock.now();
    const before = await this.#sql.write(() => takeKey(key, request, now, now - IDEMPOTENCY_MS));
    if (before) return this.#repeat(before, request);
    this.#running.add(key);
    try {
      const answer = await work();
      await this.#sql.write(() => keepAnswer(key, JSON.stringify(answer)));
      return answer;
    } catch (error) {
      // A refused request changed nothing: after mending it, the key may be used again.
      if (error instanceof AppError && !UNDECIDED.includes(error.code)) {
        await this.#sql.write(() => releaseKey(key));
      }
      throw error;
    } finally {
      this.#running.delete(key);
    }
  }

  #repeat(row: IdempotencyRow, request: string): Answer {
    if (row.request !== request) {
      throw new AppError("conflict", "cannot use this Idempotency-Key again: it was sent with another request", {
        hint: "Use a new key for a new request.",
      });
    }
    if (row.answer !== null) return JSON.parse(row.answer) as Answer;
    if (this.#running.has(row.key)) {
      throw new AppError("conflict", "cannot run this request twice: the first one is still at work", {
        hint: "Send it again in a moment, with the same key.",
        retryAfterMs: 1_000,
      });
    }
    throw new AppError("conflict", "cannot tell what became of this request: it began and was never answered", {
      hint: "Read the state to see whether it was made; then use a new key.",
    });
  }
}
