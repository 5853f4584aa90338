// Goes through the steps of a workflow file. Like every workflow it is gone through again from its beginning whenever
// the run goes on: what was done is remembered, and what is worked out comes to the same.
import type { RunCaller } from "../base/call-tool.ts";
import { AppError } from "../base/errors.ts";
import type { Json } from "../base/json.ts";
import { failureOf } from "../runs/failure.ts";
import type { RunContext } from "../runs/workflow.ts";
import type { Scope } from "./expressions.ts";
import type { Around, Place, Round, StepParts } from "./place.ts";
import { agent } from "./steps/agent.ts";
import { code } from "./steps/code.ts";
import { gate } from "./steps/gate.ts";
import { loop } from "./steps/loop.ts";
import { map } from "./steps/map.ts";
import { parallel } from "./steps/parallel.ts";
import { run } from "./steps/run.ts";
import { sleep } from "./steps/sleep.ts";
import { choice } from "./steps/switch.ts";
import { task } from "./steps/task.ts";
import { tool } from "./steps/tool.ts";
import { value } from "./steps/value.ts";
import { wait } from "./steps/wait.ts";
import { kindOf, type Step, type WorkflowFile } from "./workflow-file.ts";

const WORK = { agent, value, tool, code, task, gate, parallel, map, switch: choice, loop, run, sleep, wait };

type Work = (own: unknown, place: Place, step: Step) => Promise<Json | undefined>;

/** Steps of one list and what is around them. */
interface Frame {
  readonly prefix: string;
  /** What can be seen, beside what the steps of this list come to. */
  readonly outer: Scope;
  readonly steps: Record<string, Json>;
  readonly errors: Record<string, Json>;
}

export class Interpreter {
  readonly #parts: StepParts;
  readonly #context: RunContext;
  readonly #workspace: string;
  readonly #caller: RunCaller;

  constructor(parts: StepParts, context: RunContext, workspace: string, caller: RunCaller) {
    this.#parts = parts;
    this.#context = context;
    this.#workspace = workspace;
    this.#caller = caller;
  }

  /** What the workflow comes to. */
  async run(id: string, file: WorkflowFile, inputs: Json): Promise<Json | undefined> {
    const outer = { inputs, run: { id: this.#context.id, workflow: id } };
    const frame: Frame = { prefix: "", outer, steps: {}, errors: {} };
    const last = await this.#list(file.steps, frame);
    return file.output === undefined ? last : this.#fill(file.output, frame);
  }

  /** All that can be done is done before the first failure is told. Answers what the last step came to. */
  async #list(list: readonly Step[], frame: Frame): Promise<Json | undefined> {
    const done = new Map<string, Promise<Json | undefined>>();
    let before: string | undefined;
    for (const step of list) {
      const needs = step.needs ?? (before === undefined ? [] : [before]);
      const waits = needs.map((name) => done.get(name));
      done.set(
        step.id,
        Promise.all(waits).then(() => this.#step(step, frame)),
      );
      before = step.id;
    }
    const ended = await Promise.allSettled(done.values());
    for (const one of ended) if (one.status === "rejected") throw one.reason;
    return before === undefined ? undefined : done.get(before);
  }

  async #step(step: Step, frame: Frame): Promise<Json | undefined> {
    const kind = kindOf(step);
    const place = this.#place(step, frame);
    try {
      const isWanted = step.when === undefined || Boolean(await place.fill(step.when));
      const value = isWanted
        ? await (WORK[kind] as Work)(step[kind], place, step)
        : await this.#context.step(place.key, async () => undefined, { kind: "skip" });
      frame.steps[step.id] = value ?? null;
      return value;
    } catch (thrown) {
      if (!step.optional) throw thrown;
      const { code: errorCode, message } = failureOf(thrown);
      frame.steps[step.id] = null;
      frame.errors[step.id] = { code: errorCode, message };
      return undefined;
    }
  }

  #place(step: Step, frame: Frame): Place {
    const key = `${frame.prefix}${step.id}`;
    return {
      parts: this.#parts,
      context: this.#context,
      workspace: this.#workspace,
      caller: this.#caller,
      key,
      fill: (value) => this.#fill(value, frame).catch((cause: unknown) => this.#failAt(key, cause)),
      fillNow: (value, signal) => this.#parts.expressions.fill(value, scopeOf(frame), signal),
      note: (failure) => {
        frame.errors[step.id] = failure;
      },
      steps: (list, mark, around) => this.#list(list, inside(frame, key, mark, around)),
      round: (list, mark, around, until) => this.#round(list, inside(frame, key, mark, around), until),
    };
  }

  async #round(list: readonly Step[], frame: Frame, until: string | undefined): Promise<Round> {
    const value = await this.#list(list, frame);
    const isLast = until !== undefined && Boolean(await this.#fill(until, frame));
    return { value, isLast };
  }

  #fill(value: Json, frame: Frame): Promise<Json | undefined> {
    return this.#context.again((signal) => this.#parts.expressions.fill(value, scopeOf(frame), signal));
  }

  /** Remembered as a step that failed, so that whoever looks sees where. */
  async #failAt(key: string, cause: unknown): Promise<never> {
    if (!(cause instanceof AppError)) throw cause;
    await this.#context.step(`${key}.expression`, () => Promise.reject(cause), { kind: "expression" });
    throw cause;
  }
}

function scopeOf({ outer, steps, errors }: Frame): Scope {
  return {
    ...outer,
    steps: { ...(outer["steps"] as Record<string, Json> | undefined), ...steps },
    errors: { ...(outer["errors"] as Record<string, Json> | undefined), ...errors },
  };
}

/** Steps inside a step see all that it sees. Done more than once, each time has keys of its own. */
function inside(frame: Frame, key: string, mark: string | undefined, around: Around = {}): Frame {
  return {
    prefix: mark === undefined ? frame.prefix : `${key}${mark}.`,
    outer: { ...scopeOf(frame), ...around },
    steps: {},
    errors: {},
  };
}
