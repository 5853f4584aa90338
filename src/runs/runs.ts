// Runs, for whoever starts them, speaks to them, and asks what became of them.
import type { Clock } from "../base/clock.ts";
import { AppError } from "../base/errors.ts";
import { digest, type Ids } from "../base/ids.ts";
import { type Json, stableJson } from "../base/json.ts";
import { RUN_NAME_CHARS_MAX } from "../base/limits.ts";
import { RUN_ENDS, type RunStatus } from "../base/transitions.ts";
import type { RunLimit } from "../store/run-limits.ts";
import { wasSaid } from "../store/run-signals.ts";
import { readSteps, type StepRow } from "../store/run-steps.ts";
import { endPauses, type RunRow, readRun, runByKey, runForChange, wakeRun } from "../store/runs.ts";
import type { Part, Sql } from "../store/sql.ts";
import { cancel } from "./ending.ts";
import { encode } from "./kept.ts";
import { createRun, revive } from "./starting.ts";
import { tellRun } from "./telling.ts";
import type { Worker } from "./worker.ts";
import type { Workflow } from "./workflow.ts";

interface RunParts {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly ids: Ids;
  /** Of this process; it hears at once of what is said here. */
  readonly worker: Worker;
}

export interface StartOptions {
  readonly workspaceId?: string | null | undefined;
  /** On whose behalf; nobody's when it is left out. */
  readonly caller?: Json | undefined;
  /** The machine that it needs. */
  readonly host?: string | undefined;
  readonly priority?: number | undefined;
  /** From now; the run fails when it is over. */
  readonly timeoutMs?: number | undefined;
  readonly limits?: readonly RunLimit[] | undefined;
  /** The second start with the same key answers the run of the first. */
  readonly idempotencyKey?: string | undefined;
}

export class Runs {
  readonly #parts: RunParts;

  constructor(parts: RunParts) {
    this.#parts = parts;
  }

  async start(
    workflow: Workflow,
    input: Json,
    options: StartOptions = {},
  ): Promise<{ readonly id: string; readonly status: RunStatus; readonly isNew: boolean }> {
    const { sql, clock, ids } = this.#parts;
    const text = encode("the input of a run", input);
    const now = clock.now();
    const { idempotencyKey: key, timeoutMs } = options;
    const hash = digest(`${workflow.name}\n${stableJson(input)}`);
    const draft = {
      ...options,
      id: ids.next("run"),
      workspaceId: options.workspaceId ?? null,
      workflow,
      input: text,
      caller: JSON.stringify(options.caller ?? null),
      ...(timeoutMs === undefined ? {} : { deadlineMs: now + timeoutMs }),
      ...(key === undefined ? {} : { once: { key, hash } }),
    };
    return sql.write(function* () {
      if (yield* createRun(draft, now)) {
        const made = yield* runForChange(draft.id);
        return { id: draft.id, status: made?.status ?? "queued", isNew: true };
      }
      const before = key === undefined ? undefined : yield* runByKey(key);
      if (!before) throw new Error("an id was given twice");
      if (before.idempotency_hash !== hash) throw otherInput(before.id);
      return { id: before.id, status: before.status, isNew: false };
    });
  }

  /** It is kept until the run takes it. False when the same was said before. */
  async signal(id: string, name: string, data: Json, idempotencyKey?: string): Promise<boolean> {
    const { sql, clock, worker } = this.#parts;
    const now = clock.now();
    if (name === "" || name.length > RUN_NAME_CHARS_MAX) {
      throw new AppError("invalid_input", "cannot signal: the name is empty or too long", {
        hint: `A name has 1 to ${RUN_NAME_CHARS_MAX} characters.`,
      });
    }
    const text = encode("the data of a signal", data);
    const isNew = await sql.write(function* () {
      // Whoever did not hear the answer asks again, and the run may have gone on to its end meanwhile.
      if (idempotencyKey !== undefined && (yield* wasSaid(id, idempotencyKey))) return false;
      const run = yield* openRun(id, "signal");
      return yield* tellRun(run, { name, data: text, key: idempotencyKey }, now);
    });
    await worker.lookAround();
    return isNew;
  }

  /** What is under way is told to stop; answers whether the run has ended by now. */
  async cancel(id: string): Promise<{ readonly status: RunStatus }> {
    const { sql, clock, worker } = this.#parts;
    const now = clock.now();
    await sql.write(function* () {
      yield* openRun(id, "cancel");
      yield* cancel(id, now);
    });
    await worker.lookAround();
    return { status: (await this.find(id)).status };
  }

  /** A run that failed begins again; of what it did, it keeps what was done. */
  async retry(id: string, alongside: () => Part<void> = nothing): Promise<void> {
    const { sql, clock } = this.#parts;
    const now = clock.now();
    await sql.write(function* () {
      const run = yield* runForChange(id);
      if (!run) throw noRun(id);
      if (run.status !== "failed") {
        throw new AppError("conflict", `cannot retry ${id}: it is ${run.status}`, {
          hint: "Only a run that failed can be tried again.",
        });
      }
      yield* alongside();
      yield* revive(run, now);
    });
  }

  /** Ends the pauses before its steps are tried again. */
  async resume(id: string): Promise<void> {
    const { sql, clock } = this.#parts;
    const now = clock.now();
    await sql.write(function* () {
      const run = yield* openRun(id, "resume");
      if (run.status !== "waiting") return;
      yield* endPauses(id, now);
      yield* wakeRun(id, now);
    });
  }

  async find(id: string): Promise<RunRow> {
    const run = await readRun(this.#parts.sql, id);
    if (!run) throw noRun(id);
    return run;
  }

  /** With all that it remembers, which may be much. */
  async show(id: string): Promise<{ readonly run: RunRow; readonly steps: readonly StepRow[] }> {
    return { run: await this.find(id), steps: await readSteps(this.#parts.sql, id) };
  }
}

function* nothing(): Part<void> {}

function* openRun(id: string, what: string): Part<RunRow> {
  const run = yield* runForChange(id);
  if (!run) throw noRun(id);
  if (!RUN_ENDS.includes(run.status)) return run;
  throw new AppError("conflict", `cannot ${what} ${id}: it is ${run.status}`, {
    hint: "run_show tells how it ended.",
  });
}

function noRun(id: string): AppError {
  return new AppError("not_found", `no run ${id}`, { hint: "List them with run_list." });
}

function otherInput(id: string): AppError {
  return new AppError("conflict", "cannot start the run: its idempotency key was used for another input", {
    hint: `That one is ${id}. Use another key for another run.`,
  });
}
