// What a schema cannot see of a workflow: whether each step is of one kind, waits for what comes before it, and names
// what there is.
import { parseDuration } from "../base/duration.ts";
import type { Json } from "../base/json.ts";
import { formProblem } from "../base/json-form.ts";
import { WORKFLOW_DEPTH_MAX } from "../base/limits.ts";
import { closest } from "../base/text.ts";
import type { KeyProblem } from "../config/definition-text.ts";
import { namesAsked, onlyCode, partsOf } from "./expression.ts";
import { kindOf, listsIn, STEP_KINDS, type Step, type StepKind, type WorkflowFile } from "./workflow-file.ts";
import { inputProblem } from "./workflow-input.ts";

type Path = readonly PropertyKey[];

/** What the expressions at one place may name. */
interface Seen {
  readonly inputs: readonly string[];
  /** Steps that are over by then. */
  readonly steps: readonly string[];
  /** Steps of the file that are not, for whoever names one of them. */
  readonly all: ReadonlySet<string>;
}

/** Kinds that a modifier means something for. */
const TAKES: Readonly<Record<"retry" | "timeout", readonly StepKind[]>> = {
  retry: ["agent", "tool", "code"],
  timeout: ["agent", "tool", "code", "task", "gate", "wait"],
};

export function* workflowProblems(file: WorkflowFile): Generator<KeyProblem> {
  const inputs = Object.keys(file.inputs);
  for (const [name, input] of Object.entries(file.inputs)) yield* told(["inputs", name], inputProblem(input));
  const all = new Set(idsIn(file.steps));
  yield* twice(file.steps);
  const seen = { inputs, steps: [], all };
  yield* textProblems(["concurrency", "key"], file.concurrency?.key, seen);
  yield* listProblems(file.steps, ["steps"], seen, 1);
  const top = file.steps.map(({ id }) => id);
  yield* textProblems(["output"], file.output, { ...seen, steps: top });
}

function* told(path: Path, message: string | undefined): Generator<KeyProblem> {
  if (message !== undefined) yield { path, message };
}

function idsIn(steps: readonly Step[]): string[] {
  return steps.flatMap((step) => [step.id, ...listsIn(step).flatMap((list) => idsIn(list.steps))]);
}

function* twice(steps: readonly Step[]): Generator<KeyProblem> {
  const known = new Set<string>();
  for (const { path, step } of walk(steps, ["steps"])) {
    if (known.has(step.id)) yield { path: [...path, "id"], message: `two steps are called ${step.id}` };
    known.add(step.id);
  }
}

/** Every step of a file, with the way to it. */
export function* walk(steps: readonly Step[], path: Path): Generator<{ readonly path: Path; readonly step: Step }> {
  for (const [at, step] of steps.entries()) {
    const own = [...path, at];
    yield { path: own, step };
    for (const list of listsIn(step)) yield* walk(list.steps, [...own, ...list.path]);
  }
}

function* listProblems(steps: readonly Step[], path: Path, outer: Seen, depth: number): Generator<KeyProblem> {
  if (depth > WORKFLOW_DEPTH_MAX)
    return yield { path, message: `lists of steps lie in each other more than ${WORKFLOW_DEPTH_MAX} deep` };
  const before = new Map<string, ReadonlySet<string>>();
  for (const [at, step] of steps.entries()) {
    const own = [...path, at];
    yield* needProblems(step, at, steps, own);
    const over = overBefore(step, steps[at - 1], before);
    before.set(step.id, over);
    const seen = { ...outer, steps: [...outer.steps, ...over] };
    const kinds = STEP_KINDS.filter((kind) => step[kind] !== undefined);
    if (kinds.length !== 1) yield { path: own, message: kindProblem(kinds) };
    else yield* stepProblems(step, own, seen);
    for (const list of listsIn(step)) yield* listProblems(list.steps, [...own, ...list.path], seen, depth + 1);
  }
}

function kindProblem(kinds: readonly StepKind[]): string {
  if (kinds.length === 0) return `it says nothing of what to do: one of ${STEP_KINDS.join(", ")}`;
  return `it does one thing, not ${kinds.length}: ${kinds.join(", ")}`;
}

function* needProblems({ id, needs = [] }: Step, at: number, list: readonly Step[], path: Path): Generator<KeyProblem> {
  const earlier = list.slice(0, at).map((step) => step.id);
  for (const [place, name] of needs.entries()) {
    if (earlier.includes(name)) continue;
    const isThere = list.some((step) => step.id === name);
    const near = closest(name, earlier);
    const message =
      name === id
        ? "a step cannot wait for itself"
        : isThere
          ? `${name} comes later: a step waits for those before it`
          : `no step of this list is called ${name}${near ? `, did you mean ${near}?` : ""}`;
    yield { path: [...path, "needs", place], message };
  }
}

/** Everything that is over before this step begins, through whatever it waits for. */
function overBefore(
  { needs }: Step,
  last: Step | undefined,
  before: ReadonlyMap<string, ReadonlySet<string>>,
): ReadonlySet<string> {
  const direct = needs ?? (last ? [last.id] : []);
  return new Set(direct.flatMap((name) => [name, ...(before.get(name) ?? [])]));
}

function* stepProblems(step: Step, path: Path, seen: Seen): Generator<KeyProblem> {
  const kind = kindOf(step);
  for (const modifier of ["retry", "timeout"] as const) {
    if (step[modifier] === undefined || TAKES[modifier].includes(kind)) continue;
    yield {
      path: [...path, modifier],
      message: `it means nothing for a ${kind}, only for ${TAKES[modifier].join(", ")}`,
    };
  }
  for (const [at, text] of codeOnly(step)) {
    if (onlyCode(text) === undefined && partsOf(text)) yield { path: [...path, ...at], message: "expected one ${…}" };
  }
  for (const [at, value] of valuesOf(step)) yield* textProblems([...path, ...at], value, seen);
  yield* told([...path, "agent", "output"], step.agent?.output && formProblem(step.agent.output));
  const { sleep, loop } = step;
  // After a round it can be seen what its steps came to.
  const afterRound = [...seen.steps, ...(loop?.steps ?? []).map(({ id }) => id)];
  yield* textProblems([...path, "loop", "until"], loop?.until, { ...seen, steps: afterRound });
  if (sleep !== undefined && !sleep.includes("${") && parseDuration(sleep) === undefined)
    yield { path: [...path, "sleep"], message: 'expected a duration with its unit, like "30s" or "5m"' };
}

/** Texts that are nothing but an expression. */
function codeOnly({ when, map, loop }: Step): (readonly [Path, string])[] {
  const texts = [
    [["when"], when],
    [["map", "over"], map?.over],
    [["loop", "until"], loop?.until],
  ] as const;
  return texts.flatMap(([path, text]) => (text === undefined ? [] : [[path, text] as const]));
}

/** What of a step may hold expressions that are worked out before it begins, with the way to each. */
function valuesOf(step: Step): (readonly [Path, Json])[] {
  const { when, sleep, agent, tool, code, task, gate, run, wait, map, value, switch: choice } = step;
  const values: Record<string, unknown> = { when, sleep, value, tool, task, gate, run, wait };
  if (code) values["code"] = { input: code.input, stdin: code.stdin, options: code.options };
  // The form of a result is as it is.
  if (agent) values["agent"] = { ...agent, output: undefined };
  if (map) values["map"] = { over: map.over, concurrency: map.concurrency };
  if (choice) values["switch"] = { on: choice.on };
  return Object.entries(values).flatMap(([key, value]) =>
    value === undefined ? [] : [[[key], value as Json] as const],
  );
}

function* textProblems(path: Path, value: Json | undefined, seen: Seen): Generator<KeyProblem> {
  if (typeof value === "string") {
    const parts = partsOf(value);
    if (!parts) return yield { path, message: "an expression does not end: } is missing; $${ stands for ${" };
    for (const part of parts) if ("code" in part) yield* codeProblems(path, part.code, seen);
  } else if (typeof value === "object" && value !== null) {
    const entries = Array.isArray(value) ? value.entries() : Object.entries(value);
    for (const [key, inner] of entries) yield* textProblems([...path, key], inner, seen);
  }
}

function* codeProblems(path: Path, code: string, seen: Seen): Generator<KeyProblem> {
  if (code === "") return yield { path, message: "an expression is empty" };
  for (const global of ["inputs", "steps", "errors"] as const) {
    const asked = namesAsked(code, global);
    const known = global === "inputs" ? seen.inputs : seen.steps;
    const unknown = asked === "any" ? [] : [...asked].filter((name) => !known.includes(name));
    for (const name of unknown) yield { path, message: unknownName(global, name, known, seen.all) };
  }
}

function unknownName(global: string, name: string, known: readonly string[], all: ReadonlySet<string>): string {
  const near = closest(name, known);
  const meant = near ? `, did you mean ${near}?` : "";
  if (global === "inputs") return `there is no input ${name}${meant}`;
  if (!all.has(name)) return `there is no step ${name}${meant}`;
  return `${name} is not over by then: only steps that this one waits for can be named`;
}
