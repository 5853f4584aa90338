// How far a step is, for whoever watches the run: now and then, and never after it has ended.
import type { Clock } from "../base/clock.ts";
import { STEP_PROGRESS_MS } from "../base/limits.ts";
import { clip } from "../base/text.ts";
import type { StepRow } from "../store/run-steps.ts";
import type { Fenced } from "./fenced.ts";

const WHAT_CHARS_MAX = 200;

export class StepProgress {
  readonly #fenced: Fenced;
  readonly #clock: Clock;
  readonly #row: StepRow;
  #toldMs: number;
  #telling: Promise<void> | undefined;
  #isOver = false;

  constructor(fenced: Fenced, clock: Clock, row: StepRow) {
    this.#fenced = fenced;
    this.#clock = clock;
    this.#row = row;
    this.#toldMs = clock.elapsed();
  }

  tell(done: number, total: number | undefined, what: string | undefined): void {
    if (this.#isOver || this.#telling || this.#clock.elapsed() - this.#toldMs < STEP_PROGRESS_MS) return;
    const { key: step, kind } = this.#row;
    const about = {
      done,
      ...(total === undefined ? {} : { total }),
      ...(what === undefined || what === "" ? {} : { at: clip(what, WHAT_CHARS_MAX) }),
    };
    const row = { ...this.#row, about: JSON.stringify(about) };
    this.#telling = this.#fenced
      .record(row, "step.progress", { step, kind, ...about })
      // Whoever has lost the run hears of it by what it does next.
      .catch(() => {})
      .finally(() => {
        this.#telling = undefined;
        this.#toldMs = this.#clock.elapsed();
      });
  }

  /** What is being told is told before the end is. */
  async end(): Promise<void> {
    this.#isOver = true;
    await this.#telling;
  }
}
