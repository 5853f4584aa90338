// A workflow that does whatever its input says, and what that must come to.
import type { Json } from "../../src/base/json.ts";
import { defineWorkflow, type RunContext, type Workflow } from "../../src/runs/workflow.ts";
import type { Random } from "../harness/random.ts";

export type Op =
  | { readonly op: "step"; readonly key: string; readonly value: number; readonly failures: number }
  | { readonly op: "once"; readonly key: string; readonly value: number }
  | { readonly op: "sleep"; readonly key: string; readonly ms: number }
  | { readonly op: "signal"; readonly key: string; readonly name: string; readonly value: number }
  | { readonly op: "child"; readonly key: string; readonly program: Program }
  | { readonly op: "parallel"; readonly branches: readonly Program[] };

export type Program = readonly Op[];

const SLEEP_MS_MAX = 60_000;
const FAILURES_MAX = 2;
const VALUE_MAX = 1_000;
/** What a step comes to that may not be done twice, and whose worker died over it. */
const UNKNOWN = "unknown";

interface Work {
  /** The time that a step takes. */
  pause(): Promise<void>;
  /** Told of each step that is done, before it is remembered. */
  done(run: string, key: string): void;
}

export function programWorkflow({ pause, done }: Work): Workflow {
  const workflow: Workflow = defineWorkflow({
    name: "program",
    version: "1",
    run: (context, input) => work(context, input as unknown as Program),
  });
  return workflow;

  async function work(context: RunContext, program: Program): Promise<Json> {
    const results: Json[] = [];
    for (const op of program) results.push(await one(context, op));
    return results;
  }

  async function one(context: RunContext, op: Op): Promise<Json> {
    if (op.op === "sleep") {
      await context.sleep(op.key, op.ms);
      return null;
    }
    if (op.op === "signal") return (await context.waitFor(op.key, op.name)) ?? null;
    if (op.op === "child") return (await context.child(op.key, workflow, op.program as unknown as Json)) ?? null;
    if (op.op === "parallel") return Promise.all(op.branches.map((branch) => work(context, branch)));
    const failures = op.op === "step" ? op.failures : 0;
    const step = context.step(
      op.key,
      async ({ attempt }) => {
        await pause();
        done(context.id, op.key);
        if (attempt <= failures) throw new Error("not yet");
        return op.value;
      },
      { atMostOnce: op.op === "once", retry: { attempts: failures + 1, firstMs: 1_000 } },
    );
    return op.op === "once" ? step.catch((error: unknown) => unknownOr(error)) : step;
  }
}

function unknownOr(error: unknown): string {
  if ((error as { code?: string }).code === "uncertain") return UNKNOWN;
  throw error;
}

/** Whether it came to what it must. */
export function isRight(program: Program, output: Json, mayBeUnknown: boolean): boolean {
  if (!Array.isArray(output) || output.length !== program.length) return false;
  return program.every((op, at) => {
    const came = output[at] as Json;
    if (op.op === "sleep") return came === null;
    if (op.op === "child") return isRight(op.program, came, mayBeUnknown);
    if (op.op === "parallel")
      return Array.isArray(came) && op.branches.every((one, place) => isRight(one, came[place] as Json, mayBeUnknown));
    return came === op.value || (op.op === "once" && mayBeUnknown && came === UNKNOWN);
  });
}

/** Of the run itself; what children wait for only they could be told. */
export function signalsOf(program: Program): { readonly name: string; readonly value: number }[] {
  return program.flatMap((op) => {
    if (op.op === "signal") return [{ name: op.name, value: op.value }];
    return op.op === "parallel" ? op.branches.flatMap(signalsOf) : [];
  });
}

/** Keys of a run itself that may be done once. */
export function onceKeys(program: Program): string[] {
  return program.flatMap((op) => {
    if (op.op === "once") return [op.key];
    return op.op === "parallel" ? op.branches.flatMap(onceKeys) : [];
  });
}

/** How often each key is done when nothing goes wrong. */
export function timesOf(program: Program): Map<string, number> {
  const times = new Map<string, number>();
  for (const op of program) {
    if (op.op === "step") times.set(op.key, op.failures + 1);
    if (op.op === "once") times.set(op.key, 1);
    if (op.op === "parallel")
      for (const branch of op.branches) for (const [key, n] of timesOf(branch)) times.set(key, n);
  }
  return times;
}

export function randomProgram(random: Random, opsMax: number, place = "", isRoot = true): Program {
  const branchOps = Math.max(1, Math.floor(opsMax / 2));
  return Array.from({ length: random.int(1, opsMax) }, (_, at): Op => {
    const key = `${place}${at}`;
    const value = random.int(0, VALUE_MAX);
    const kinds = [
      "step",
      "step",
      "once",
      "sleep",
      ...(isRoot ? (["signal", "child", "parallel"] as const) : []),
    ] as const;
    const op = random.pick(kinds);
    if (op === "step") return { op, key, value, failures: random.isTrue(0.3) ? random.int(1, FAILURES_MAX) : 0 };
    if (op === "once") return { op, key, value };
    if (op === "sleep") return { op, key, ms: random.int(0, SLEEP_MS_MAX) };
    if (op === "signal") return { op, key, name: `signal ${key}`, value };
    if (op === "child") return { op, key, program: randomProgram(random, branchOps, "", false) };
    const branches = Array.from({ length: random.int(2, 3) }, (_branch, n) =>
      randomProgram(random, branchOps, `${key}.${n}.`, false),
    );
    return { op, branches };
  });
}
