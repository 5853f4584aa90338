import type { Edge } from "../store/tasks.ts";

/** A task that, over however many steps, needs itself. */
export function findCircular(edges: readonly Edge[]): string | undefined {
  const neededBy = Map.groupBy(edges, ({ needs_id }) => needs_id);
  const open = new Map<string, number>();
  for (const { task_id } of edges) open.set(task_id, (open.get(task_id) ?? 0) + 1);
  const ready = [...neededBy.keys()].filter((id) => !open.has(id));
  for (let id = ready.pop(); id !== undefined; id = ready.pop()) {
    for (const { task_id } of neededBy.get(id) ?? []) {
      const left = (open.get(task_id) ?? 0) - 1;
      open.set(task_id, left);
      if (left === 0) ready.push(task_id);
    }
  }
  return [...open].find(([, left]) => left > 0)?.[0];
}
