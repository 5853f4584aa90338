import { TASK_STATUSES, type TaskStatus } from "../base/transitions.ts";
import type { Edge, Need } from "../store/tasks.ts";

/** A way from `start` back to itself along what tasks need; undefined when there is none. */
export function findCycle(edges: readonly Edge[], start: string): string[] | undefined {
  const needs = Map.groupBy(edges, ({ task_id }) => task_id);
  const cameFrom = new Map<string, string>();
  const open = [start];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    for (const { needs_id } of needs.get(id) ?? []) {
      if (needs_id === start) return wayTo(id, start, cameFrom);
      if (cameFrom.has(needs_id)) continue;
      cameFrom.set(needs_id, id);
      open.push(needs_id);
    }
  }
  return undefined;
}

function wayTo(last: string, start: string, cameFrom: ReadonlyMap<string, string>): string[] {
  const way = [start];
  for (let id: string | undefined = last; id !== undefined && id !== start; id = cameFrom.get(id)) way.unshift(id);
  return [start, ...way];
}

export interface GraphTask {
  readonly id: string;
  readonly title: string;
  readonly status: TaskStatus;
}

/** Fill and border of each status, readable on light and dark pages. */
const COLOURS: Record<TaskStatus, string> = {
  pending: "fill:#e5e7eb,stroke:#6b7280,color:#111827",
  active: "fill:#bfdbfe,stroke:#2563eb,color:#111827",
  blocked: "fill:#fed7aa,stroke:#ea580c,color:#111827",
  completed: "fill:#bbf7d0,stroke:#16a34a,color:#111827",
  failed: "fill:#fecaca,stroke:#dc2626,color:#111827",
  cancelled: "fill:#f3f4f6,stroke:#9ca3af,color:#6b7280",
};

/** A Mermaid flowchart: an arrow leads from what is needed to what needs it. */
export function mermaid(tasks: readonly GraphTask[], edges: readonly (Edge & Partial<Need>)[]): string {
  const shown = new Set(tasks.map(({ id }) => id));
  const statuses = TASK_STATUSES.filter((wanted) => tasks.some(({ status }) => status === wanted));
  return [
    "flowchart TD",
    ...tasks.map(({ id, title, status }) => `  ${id}["${mermaidText(title)}"]:::${status}`),
    ...edges
      .filter(({ task_id, needs_id }) => shown.has(task_id) && shown.has(needs_id))
      .map((edge) => `  ${edge.needs_id} ${arrow(edge)} ${edge.task_id}`),
    ...statuses.map((status) => `  classDef ${status} ${COLOURS[status]}`),
  ].join("\n");
}

/** Whole: it waits. Dotted: it does not, or no longer. With a cross: only until the other is over. */
function arrow({ kind, waived = null }: Partial<Need>): string {
  if (kind === "related" || waived !== null) return "-.->";
  return kind === "blocks" ? "--x" : "-->";
}

/** Mermaid has no escapes but character codes. */
export function mermaidText(title: string): string {
  return title.replace(/["#;<>&`\\\n\r]/g, (char) => `#${char.charCodeAt(0)};`);
}
