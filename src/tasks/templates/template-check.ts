// What a schema cannot see of a template: whether its texts, conditions and needs name what there is.
import { closest } from "../../base/text.ts";
import type { KeyProblem } from "../../config/definition-text.ts";
import type { Edge } from "../../store/tasks.ts";
import { sameTitle } from "../plan-names.ts";
import { topologicalOrder } from "../plan-order.ts";
import { conditionProblem } from "./template-condition.ts";
import { ITEM, type TemplateFile, type TemplateParameter, type TemplateTask } from "./template-file.ts";
import { namesIn, shown, textProblem, unknownParameter } from "./template-text.ts";
import { readValue } from "./template-values.ts";

type Parameters = TemplateFile["parameters"];

/** The lists in which a task names others. */
const LINKS = ["needs", "after", "related"] as const;

/** One after the other, because each that is told costs a search for what was meant: who tells ten asks for ten. */
export function* templateProblems(file: TemplateFile): Generator<KeyProblem> {
  const { parameters, tasks, title, goal = "" } = file;
  const names = Object.keys(parameters);
  for (const [name, parameter] of Object.entries(parameters)) {
    yield* told(["parameters", name], parameterProblem(parameter));
  }
  yield* told(["title"], textProblem(title, names));
  yield* told(["goal"], textProblem(goal, names));
  for (const [at, task] of tasks.entries()) yield* taskProblems(task, ["tasks", at], parameters);
  let areLinked = true;
  for (const problem of linkProblems(tasks)) {
    areLinked = false;
    yield problem;
  }
  if (areLinked) yield* told(["tasks"], cycleProblem(tasks));
}

function* told(path: readonly PropertyKey[], message: string | undefined): Generator<KeyProblem> {
  if (message !== undefined) yield { path, message };
}

export function parameterProblem(parameter: TemplateParameter): string | undefined {
  const { type, choices, min, max, default: value, required } = parameter;
  if ((type === "choice") !== (choices !== undefined)) return "choices belong to the type choice, and to no other";
  const isBounded = min !== undefined || max !== undefined;
  if (isBounded && (type === "choice" || type === "boolean")) return `min and max mean nothing for a ${type}`;
  if (min !== undefined && max !== undefined && min > max) return "its min is larger than its max";
  if (value === undefined) return undefined;
  if (required) return "it has a default: nobody is required to give it";
  const read = readValue(parameter, value);
  return "problem" in read ? `its default: ${read.problem}` : undefined;
}

function* taskProblems(
  task: TemplateTask,
  path: readonly PropertyKey[],
  parameters: Parameters,
): Generator<KeyProblem> {
  const { id = "", when, each } = task;
  const names = [...Object.keys(parameters), ...(each === undefined ? [] : [ITEM])];
  for (const [key, text] of textsOf(task)) yield* told([...path, ...key], textProblem(text, names));
  yield* told([...path, "id"], id.includes("{{") ? "an id is for needs: no value is put into it" : undefined);
  yield* told([...path, "when"], when === undefined ? undefined : conditionProblem(when, parameters));
  yield* told([...path, "each"], each === undefined ? undefined : eachProblem(each, task, parameters));
}

/** Every text of a task that may hold {{…}}, with the way to it. */
export function textsOf(task: TemplateTask): (readonly [readonly PropertyKey[], string])[] {
  const { title, description = "", role = "", effort = "", environment = "", language = "" } = task;
  const lists = { acceptance: task.acceptance ?? [], tags: task.tags ?? [] };
  return [
    ...Object.entries({ title, description, role, effort, environment, language }).map(
      ([key, text]) => [[key], text] as const,
    ),
    ...Object.entries(lists).flatMap(([key, texts]) => texts.map((text, at) => [[key, at], text] as const)),
  ];
}

function eachProblem(each: string, { title }: TemplateTask, parameters: Parameters): string | undefined {
  const parameter = Object.hasOwn(parameters, each) ? parameters[each] : undefined;
  if (!parameter) return unknownParameter(each, Object.keys(parameters));
  if (parameter.type !== "list") return `${each} is a ${parameter.type}, not a list`;
  return namesIn(title).includes(ITEM)
    ? undefined
    : `the title holds no {{${ITEM}}}: its copies could not be told apart`;
}

/** Where a task stands that is called so, by its id or its title. */
export function placesByName(tasks: readonly TemplateTask[]): Map<string, number> {
  const places = new Map<string, number>();
  for (const [at, { id, title }] of tasks.entries()) {
    places.set(sameTitle(title), at);
    if (id !== undefined) places.set(sameTitle(id), at);
  }
  return places;
}

function* linkProblems(tasks: readonly TemplateTask[]): Generator<KeyProblem> {
  const places = placesByName(tasks);
  for (const [at, task] of tasks.entries()) {
    // A name that two tasks have belongs to the later one: the earlier one does not find itself.
    const taken = [task.title, task.id].find((name) => name !== undefined && places.get(sameTitle(name)) !== at);
    yield* told(["tasks", at], taken === undefined ? undefined : `two tasks are called ${shown(taken)}`);
    for (const list of LINKS) {
      for (const [index, name] of (task[list] ?? []).entries()) {
        yield* told(["tasks", at, list, index], linkProblem(name, at, places));
      }
    }
  }
}

function linkProblem(name: string, at: number, places: ReadonlyMap<string, number>): string | undefined {
  const place = places.get(sameTitle(name));
  if (place === at) return "a task cannot wait for itself";
  if (place !== undefined) return undefined;
  const near = closest(name, places.keys());
  return `no task is called ${shown(name)}${near ? `, did you mean ${shown(near)}?` : ""}`;
}

function cycleProblem(tasks: readonly TemplateTask[]): string | undefined {
  const places = placesByName(tasks);
  const edges = tasks.flatMap(({ needs = [], after = [] }, at) =>
    [...needs, ...after].map((name) => ({ task_id: String(at), needs_id: String(places.get(sameTitle(name))) })),
  );
  const cycle = cycleIn([...tasks.keys()].map(String), edges);
  const names = cycle?.map((at) => shown(tasks[Number(at)]?.id ?? tasks[Number(at)]?.title ?? at));
  return names && `each waits for the next: ${names.join(" → ")}`;
}

/** What has no place in an order waits for something that has none either: following that leads round. */
function cycleIn(ids: readonly string[], edges: readonly Edge[]): string[] | undefined {
  const ordered = new Set(topologicalOrder(ids, edges));
  const next = new Map(edges.filter((one) => !ordered.has(one.needs_id)).map((one) => [one.task_id, one.needs_id]));
  const way = new Set<string>();
  let id = ids.find((one) => !ordered.has(one));
  for (; id !== undefined && !way.has(id); id = next.get(id)) way.add(id);
  return id === undefined ? undefined : [...[...way].slice([...way].indexOf(id)), id];
}
