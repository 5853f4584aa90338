import type { Clock } from "../base/clock.ts";
import type { RunMeter } from "../base/run-meter.ts";
import { keepStep, type StepRow } from "../store/run-steps.ts";
import { fence, type RunRow } from "../store/runs.ts";
import type { Part, Sql } from "../store/sql.ts";
import type { StepRecords } from "../store/step-records.ts";
import { type RunEventType, runEvent } from "./run-event.ts";

/** What is done now has no effect any more. */
export class Gone extends Error {}

/** The changes of one worker to one run: they are made while it has the run, and not after. */
export interface FencedParts {
  readonly sql: Sql;
  readonly clock: Clock;
  /** Where steps of many runs are remembered together. */
  readonly records?: StepRecords | undefined;
  readonly meter?: RunMeter | undefined;
}

interface FencedHooks {
  /** Somebody else has the run. */
  lost(): void;
  /** The database has failed: nobody knows what it remembers, and the run goes on from what it does. */
  failed(cause: unknown): void;
}

export class Fenced {
  readonly run: RunRow;
  readonly #parts: FencedParts;
  readonly #hooks: FencedHooks;

  constructor(parts: FencedParts, run: RunRow, hooks: FencedHooks) {
    this.run = run;
    this.#parts = parts;
    this.#hooks = hooks;
  }

  /** With so many events; `n` is the number of the last of them. */
  async change<T>(events: number, part: (n: number, isCancelled: boolean) => Part<T>): Promise<T> {
    const { id, epoch } = this.run;
    const { sql, clock } = this.#parts;
    const now = clock.now();
    const made = await this.#unlessFailed(
      sql.write(function* () {
        const passed = yield* fence(id, epoch, now, events);
        return passed && { value: yield* part(passed.events, passed.cancel_ms !== null) };
      }),
    );
    if (made) return made.value;
    this.#hooks.lost();
    throw new Gone();
  }

  /** Remembers a step, and tells of it. */
  async record(step: StepRow, type: RunEventType, data: Readonly<Record<string, unknown>>): Promise<void> {
    const { run } = this;
    const { clock, records } = this.#parts;
    const now = clock.now();
    const { epoch, workspace_id: workspaceId } = run;
    const record = { epoch, workspaceId, nowMs: now, step, type, data };
    if (!records || !(await this.#unlessFailed(records.keep(record)))) {
      await this.change(1, function* (n) {
        yield* keepStep(step);
        yield* runEvent(run, type, n, now, data);
      });
    }
    if (type !== "step.started" && type !== "step.progress")
      this.#parts.meter?.step(step.kind, type.slice("step.".length), now - step.started_ms);
  }

  /** What fails here is no failure of the workflow, which is not told. */
  async #unlessFailed<T>(change: Promise<T>): Promise<T> {
    try {
      return await change;
    } catch (cause) {
      this.#hooks.failed(cause);
      throw new Gone();
    }
  }
}
