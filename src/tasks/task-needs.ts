// What a task waits for: the edges of the graph, given as three lists. Invariant: every edge leads to a task of the
// same workspace, and none closes a circle.
import { AppError } from "../base/errors.ts";
import type { NeedKind } from "../base/kinds.ts";
import type { Part } from "../store/sql.ts";
import {
  type Edge,
  knownTasks,
  lockGraph,
  type Need,
  needsBelow,
  replaceNeeds,
  type TaskRow,
  unmetNeeds,
  waiveNeed,
} from "../store/tasks.ts";
import { findCycle } from "./graph.ts";
import { waitsFor } from "./task-errors.ts";

/** The lists in which needs are given, the strictest first. */
export const NEED_LISTS = { needs: "completion", after: "blocks", related: "related" } as const satisfies Record<
  string,
  NeedKind
>;
export type NeedList = keyof typeof NEED_LISTS;
export type NeedLists = { readonly [List in NeedList]?: readonly string[] | undefined };

export const NEED_LIST_NAMES = Object.keys(NEED_LISTS) as readonly NeedList[];

export function* requireKnown(workspaceId: string, needs: readonly string[]): Part<void> {
  if (needs.length === 0) return;
  const known = new Set(yield* knownTasks(workspaceId, needs));
  const unknown = needs.filter((id) => !known.has(id));
  if (unknown.length === 0) return;
  throw new AppError("not_found", `cannot depend on ${unknown.join(", ")}: no such task in this workspace`, {
    hint: "List the tasks with task_list and give their ids in needs.",
  });
}

/** The edges that a draft or a change names; who is named twice is waited for in the stricter way. */
export function edgesOf(id: string, lists: NeedLists): Need[] {
  const byId = new Map<string, Need>();
  for (const list of NEED_LIST_NAMES.toReversed()) {
    for (const needs_id of lists[list] ?? []) {
      byId.set(needs_id, { task_id: id, needs_id, kind: NEED_LISTS[list], waived: null });
    }
  }
  return [...byId.values()];
}

/** Each list that is given takes the place of what stood there. */
export function* changeNeeds(task: TaskRow, change: NeedLists): Part<void> {
  const lists = NEED_LIST_NAMES.filter((list) => change[list] !== undefined);
  if (lists.length === 0) return;
  yield* lockGraph(task.workspace_id);
  const added = edgesOf(task.id, change);
  const ids = added.map(({ needs_id }) => needs_id);
  yield* requireKnown(task.workspace_id, ids);
  yield* replaceNeeds(
    task.id,
    lists.map((list) => NEED_LISTS[list]),
    added,
  );
  // What the task needs now is in the table: whatever circle there is leads through it.
  const cycle = findCycle(yield* needsBelow([task.id]), task.id);
  if (!cycle) return;
  throw new AppError("conflict", `cannot depend on itself: ${cycle.join(" → ")}`, {
    hint: "Take one of these tasks out of needs.",
  });
}

export function* waive(task: TaskRow, needsId: string, why: string | undefined): Part<void> {
  if (!why) {
    throw new AppError("invalid_input", `cannot waive what ${task.id} waits for: no reason was given`, {
      hint: "Say why in options.note.",
    });
  }
  const edge: Edge = { task_id: task.id, needs_id: needsId };
  if (yield* waiveNeed(edge, why)) return;
  throw new AppError("not_found", `cannot waive ${needsId}: ${task.id} does not wait for it`, {
    hint: "task_show lists what it waits for.",
  });
}

export function* refuseWaiting(task: TaskRow): Part<void> {
  if (task.status !== "pending") return;
  const unmet = yield* unmetNeeds(task.id);
  if (unmet.length > 0) throw waitsFor(task, unmet, "set to active");
}
