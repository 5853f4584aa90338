import { AppError } from "../base/errors.ts";

/** At most so many at once; the others wait in line, and not too many of them. */
export class Turns {
  readonly #atOnce: number;
  readonly #waitingMax: number;
  readonly #waiting: (() => void)[] = [];
  #taken = 0;

  constructor(atOnce: number, waitingMax: number) {
    this.#atOnce = atOnce;
    this.#waitingMax = waitingMax;
  }

  async take(signal: AbortSignal): Promise<AsyncDisposable> {
    const free = this.takeFree();
    if (free) return free;
    await this.#wait(signal);
    return this.#turn();
  }

  /** Undefined when one would have to wait. */
  takeFree(): AsyncDisposable | undefined {
    if (this.#taken >= this.#atOnce) return undefined;
    this.#taken++;
    return this.#turn();
  }

  #turn(): AsyncDisposable {
    return {
      [Symbol.asyncDispose]: async () => {
        const next = this.#waiting.shift();
        if (next) next();
        else this.#taken--;
      },
    };
  }

  #wait(signal: AbortSignal): Promise<void> {
    if (this.#waiting.length >= this.#waitingMax) {
      throw new AppError("rate_limited", "cannot run code now: too many programs wait already", {
        hint: "Try again in a moment.",
        retryAfterMs: 1_000,
      });
    }
    return new Promise((resolve, reject) => {
      const leave = () => {
        const at = this.#waiting.indexOf(begin);
        if (at >= 0) this.#waiting.splice(at, 1);
        reject(signal.reason);
      };
      const begin = () => {
        signal.removeEventListener("abort", leave);
        resolve();
      };
      if (signal.aborted) return reject(signal.reason);
      signal.addEventListener("abort", leave, { once: true });
      this.#waiting.push(begin);
    });
  }
}
