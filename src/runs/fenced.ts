import type { Clock } from "../base/clock.ts";
import { keepStep, type StepRow } from "../store/run-steps.ts";
import { fence, type RunRow } from "../store/runs.ts";
import type { Part, Sql } from "../store/sql.ts";
import { type RunEventType, runEvent } from "./run-event.ts";

/** What is done now has no effect any more. */
export class Gone extends Error {}

/** The changes of one worker to one run: they are made while it has the run, and not after. */
export class Fenced {
  readonly run: RunRow;
  readonly #sql: Sql;
  readonly #clock: Clock;
  readonly #lost: () => void;

  constructor({ sql, clock }: { readonly sql: Sql; readonly clock: Clock }, run: RunRow, lost: () => void) {
    this.run = run;
    this.#sql = sql;
    this.#clock = clock;
    this.#lost = lost;
  }

  /** With so many events; `n` is the number of the last of them. */
  async change<T>(events: number, part: (n: number, isCancelled: boolean) => Part<T>): Promise<T> {
    const { id, epoch } = this.run;
    const now = this.#clock.now();
    const made = await this.#sql.write(function* () {
      const passed = yield* fence(id, epoch, now, events);
      return passed && { value: yield* part(passed.events, passed.cancel_ms !== null) };
    });
    if (made) return made.value;
    this.#lost();
    throw new Gone();
  }

  /** Remembers a step, and tells of it. */
  record(step: StepRow, type: RunEventType, data: Readonly<Record<string, unknown>>): Promise<void> {
    const { run } = this;
    const now = this.#clock.now();
    return this.change(1, function* (n) {
      yield* keepStep(step);
      yield* runEvent(run, type, n, now, data);
    });
  }
}
