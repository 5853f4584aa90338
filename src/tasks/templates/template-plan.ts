// A template and its values become a plan.
import { AppError } from "../../base/errors.ts";
import { PLAN_TASKS_MAX, TITLE_CHARS_MAX } from "../../base/limits.ts";
import { clip } from "../../base/text.ts";
import { PlanItem } from "../plan-item.ts";
import { sameTitle } from "../plan-names.ts";
import { placesByName } from "./template-check.ts";
import { holds } from "./template-condition.ts";
import { ITEM, type TemplateFile, type TemplateTask } from "./template-file.ts";
import { fill, shown } from "./template-text.ts";
import { readValue, readValues, type TemplateValue, textOf } from "./template-values.ts";

export interface TemplatePlan {
  readonly title: string;
  readonly description: string;
  readonly tasks: PlanItem[];
}

/** A task of the plan that is being made: of a task with `each` there is one for each entry. */
interface Copy {
  readonly task: TemplateTask;
  readonly item: string | undefined;
  /** The plan's name for it, where the template gave one. */
  readonly id: string | undefined;
  readonly title: string;
  readonly texts: ReadonlyMap<string, string>;
}

export function planOf(id: string, file: TemplateFile, given: Readonly<Record<string, unknown>>): TemplatePlan {
  const values = readValues({ doing: `fill template ${id}`, parameters: file.parameters, read: readValue }, given);
  const texts = new Map([...values].map(([name, value]) => [name, textOf(value)]));
  const items = file.tasks.map((task) => itemsOf(task, file, values));
  refuseSize(id, items.flat().length);
  const copies = file.tasks.map((task, at) => (items[at] ?? []).map((item, copy) => copyOf(task, item, copy, texts)));
  const all = copies.flat();
  refuseSameNames(id, all);
  const places = placesByName(file.tasks);
  const namesFor = (copy: Copy) => (names: readonly string[]) => [
    ...new Set(names.flatMap((name) => counterparts(copy, copies[places.get(sameTitle(name)) ?? -1] ?? []))),
  ];
  return {
    title: clip(oneLine(fill(file.title, texts)), TITLE_CHARS_MAX) || file.name,
    description: fill(file.goal ?? "", texts),
    tasks: all.map((copy) => planItem(id, copy, namesFor(copy))),
  };
}

/** The entries that a task is there for: one without a name for a task that is there once, none for one left out. */
function itemsOf(
  { when, each }: TemplateTask,
  { parameters }: TemplateFile,
  values: ReadonlyMap<string, TemplateValue>,
): readonly (string | undefined)[] {
  if (when !== undefined && !holds(when, parameters, values)) return [];
  if (each === undefined) return [undefined];
  const list = values.get(each);
  return typeof list === "object" ? list : [];
}

function copyOf(task: TemplateTask, item: string | undefined, at: number, shared: ReadonlyMap<string, string>): Copy {
  const texts = item === undefined ? shared : new Map([...shared, [ITEM, item]]);
  const id = item === undefined || task.id === undefined ? task.id : `${task.id}_${at + 1}`;
  return { task, item, id, title: oneLine(fill(task.title, texts)), texts };
}

/**
 * The tasks that a need on this task means: the copy for the same entry where both are there for each entry of one
 * list, otherwise all of them; none when it was left out.
 */
function counterparts({ task, item }: Copy, needed: readonly Copy[]): string[] {
  const isPaired = needed[0]?.task.each !== undefined && needed[0].task.each === task.each;
  return needed.filter((copy) => !isPaired || copy.item === item).map(({ id, title }) => id ?? title);
}

function planItem(
  template: string,
  { task, id, title, texts }: Copy,
  namesOf: (names: readonly string[]) => string[],
): PlanItem {
  const { when: _when, each: _each, id: _id, title: _title, needs = [], after = [], related = [], ...rest } = task;
  const filled = Object.entries(rest).map(([key, value]) => {
    if (typeof value === "string") return [key, fill(value, texts)];
    return [key, Array.isArray(value) ? value.map((text) => fill(text, texts)).filter(isSaid) : value];
  });
  const links = Object.entries({ needs: namesOf(needs), after: namesOf(after), related: namesOf(related) });
  const said = [...filled, ...links].filter(([, value]) => isSaid(value));
  const item = PlanItem.safeParse({ title, ...(id === undefined ? {} : { id }), ...Object.fromEntries(said) });
  if (item.success) return item.data;
  const [issue] = item.error.issues;
  const message = `the ${issue?.path.join(".")} of ${shown(title)}: ${issue?.message}`;
  throw new AppError("invalid_input", `cannot fill template ${template}: ${message}`, {
    hint: "Give shorter or fewer values.",
  });
}

/** What came out empty is left out. */
function isSaid(value: unknown): boolean {
  if (typeof value === "string") return value.trim() !== "";
  return Array.isArray(value) ? value.length > 0 : value !== undefined;
}

function refuseSize(id: string, tasks: number): void {
  if (tasks > 0 && tasks <= PLAN_TASKS_MAX) return;
  const why = tasks === 0 ? "these values leave no task" : `${tasks} tasks are more than ${PLAN_TASKS_MAX}`;
  throw new AppError("invalid_input", `cannot fill template ${id}: ${why}`, {
    hint: "Give other values; template_show says what each task depends on.",
  });
}

/** Whoever needs a task must be able to name it. */
function refuseSameNames(template: string, copies: readonly Copy[]): void {
  const owners = new Map<string, Copy>();
  for (const copy of copies) {
    for (const name of [copy.title, copy.id]) {
      if (name === undefined) continue;
      const owner = owners.get(sameTitle(name)) ?? copy;
      owners.set(sameTitle(name), owner);
      if (owner === copy) continue;
      throw new AppError("invalid_input", `cannot fill template ${template}: two tasks are called ${shown(name)}`, {
        hint: "Give values that differ in more than their spelling.",
      });
    }
  }
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim();
}
