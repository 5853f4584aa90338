// The order in which a plan can be worked, and the longest way through it.

import { parseDuration } from "../base/duration.ts";
import type { Complexity } from "../base/kinds.ts";
import type { Edge } from "../store/tasks.ts";

/** An order in which everything stands behind what it waits for; the given order decides where nothing else does. */
export function topologicalOrder(ids: readonly string[], edges: readonly Edge[]): string[] {
  const place = new Map(ids.map((id, at) => [id, at]));
  const inside = edges.filter(({ task_id, needs_id }) => place.has(task_id) && place.has(needs_id));
  const waiting = new Map(ids.map((id) => [id, 0]));
  for (const { task_id } of inside) waiting.set(task_id, (waiting.get(task_id) ?? 0) + 1);
  const neededBy = Map.groupBy(inside, ({ needs_id }) => needs_id);
  const ready = new MinHeap(ids.flatMap((id, at) => (waiting.get(id) === 0 ? [at] : [])));
  const order: string[] = [];
  for (let at = ready.pop(); at !== undefined; at = ready.pop()) {
    const id = ids[at] ?? "";
    order.push(id);
    for (const { task_id } of neededBy.get(id) ?? []) {
      const left = (waiting.get(task_id) ?? 0) - 1;
      waiting.set(task_id, left);
      if (left === 0) ready.push(place.get(task_id) ?? 0);
    }
  }
  return order;
}

export interface Weighed {
  readonly id: string;
  readonly effort: string;
  readonly complexity: Complexity;
}

/** The chain of tasks that takes longest: whoever wants the end earlier has to shorten one of these. */
export function criticalPath(tasks: readonly Weighed[], edges: readonly Edge[]): string[] {
  const ids = tasks.map(({ id }) => id);
  const weights = new Map(tasks.map((task) => [task.id, weightOf(task)]));
  const needs = Map.groupBy(edges, ({ task_id }) => task_id);
  const length = new Map<string, number>();
  const before = new Map<string, string>();
  for (const id of topologicalOrder(ids, edges)) {
    let longest = 0;
    for (const { needs_id } of needs.get(id) ?? []) {
      const way = length.get(needs_id) ?? 0;
      if (way <= longest) continue;
      longest = way;
      before.set(id, needs_id);
    }
    length.set(id, longest + (weights.get(id) ?? 0));
  }
  let last = [...length].reduce<[string, number] | undefined>((a, b) => (a && a[1] >= b[1] ? a : b), undefined)?.[0];
  const path: string[] = [];
  for (; last !== undefined; last = before.get(last)) path.unshift(last);
  return path;
}

/** Hours, where nobody has guessed them. */
const HOURS: Record<Complexity, number> = { simple: 1, moderate: 2, complex: 4, very_complex: 8 };
const HOUR_MS = 3_600_000;

function weightOf({ effort, complexity }: Weighed): number {
  const ms = parseDuration(effort.replace(/\s*(hours?|hrs?)$/i, "h").replace(/\s*days?$/i, "d"));
  return ms === undefined ? HOURS[complexity] : ms / HOUR_MS;
}

/** The smallest number first. */
class MinHeap {
  readonly #items: number[] = [];

  constructor(items: readonly number[]) {
    for (const item of items) this.push(item);
  }

  push(item: number): void {
    const items = this.#items;
    let at = items.push(item) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if ((items[parent] ?? 0) <= item) break;
      items[at] = items[parent] ?? 0;
      at = parent;
    }
    items[at] = item;
  }

  pop(): number | undefined {
    const items = this.#items;
    const [first] = items;
    const last = items.pop();
    if (first === undefined || last === undefined || items.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= items.length) break;
      if ((items[child + 1] ?? Number.POSITIVE_INFINITY) < (items[child] ?? 0)) child++;
      if ((items[child] ?? 0) >= last) break;
      items[at] = items[child] ?? 0;
      at = child;
    }
    items[at] = last;
    return first;
  }
}
