// Plans: many tasks at once under one parent. Invariant: a plan is stored whole or not at all, every name in it
// means exactly one task, and nothing in it waits for itself.
import type { Clock } from "../base/clock.ts";
import { AppError } from "../base/errors.ts";
import type { Ids } from "../base/ids.ts";
import { NEED_KINDS } from "../base/kinds.ts";
import { appendEvent } from "../store/events.ts";
import { childrenForChange } from "../store/ready.ts";
import type { Part, Sql } from "../store/sql.ts";
import {
  type Edge,
  insertNeeds,
  insertTask,
  lockGraph,
  type Need,
  needsBelow,
  replaceNeeds,
  type TaskRow,
  taskForChange,
  tasksNamed,
  updateTask,
} from "../store/tasks.ts";
import { findCycle } from "./graph.ts";
import { newTask, type Place } from "./new-task.ts";
import type { PlanItem } from "./plan-item.ts";
import { namesIn, type Planned, resolveNeeds, sameTitle } from "./plan-names.ts";
import { criticalPath, topologicalOrder } from "./plan-order.ts";
import type { Sessions } from "./sessions.ts";
import type { TaskDraft } from "./task.ts";
import { noTask, staleRevision } from "./task-errors.ts";
import { taskEvent } from "./task-event.ts";
import type { Workspaces } from "./workspaces.ts";

export interface PlanOptions {
  /** Checks and answers, and writes nothing. */
  readonly isDryRun?: boolean | undefined;
  /** Who plans, for the session that is opened when there is none. */
  readonly client: string;
}

/** What of a plan itself is said anew. */
export type GoalChange = { readonly [Key in keyof TaskDraft]?: TaskDraft[Key] | undefined };

export interface PlanMade {
  readonly plan: Pick<TaskRow, "id" | "title">;
  readonly session: string;
  /** In an order in which they can be worked. */
  readonly tasks: readonly { readonly id: string; readonly title: string; readonly waits_for: number }[];
  readonly criticalPath: readonly string[];
  readonly changes?: {
    readonly added: number;
    readonly changed: number;
    readonly kept: number;
    readonly cancelled: number;
  };
}

const DRY_ID = "task_000000000000";

export class Plans {
  readonly #sql: Sql;
  readonly #workspaces: Workspaces;
  readonly #sessions: Sessions;
  readonly #clock: Clock;
  readonly #ids: Ids;

  constructor(sql: Sql, workspaces: Workspaces, sessions: Sessions, clock: Clock, ids: Ids) {
    this.#sql = sql;
    this.#workspaces = workspaces;
    this.#sessions = sessions;
    this.#clock = clock;
    this.#ids = ids;
  }

  /** A new plan. */
  async make(path: string, goal: TaskDraft, items: readonly PlanItem[], options: PlanOptions): Promise<PlanMade> {
    const now = this.#clock.now();
    const planned = items.map((item) => ({ id: this.#ids.next("task"), item }));
    if (options.isDryRun) return this.#sql.write(() => this.#dryRun(path, goal, planned));
    const planId = this.#ids.next("task");
    return this.#sql.write(() => this.#make(path, { ...goal, id: planId }, planned, { ...options, now }));
  }

  *#make(
    path: string,
    goal: TaskDraft & { readonly id: string },
    planned: readonly Planned[],
    { client, now }: PlanOptions & { readonly now: number },
  ): Part<PlanMade> {
    const workspace = yield* this.#workspaces.ensure(path);
    const session = yield* this.#sessions.ensureOpen(workspace.id, { title: goal.title, client, now });
    const edges = yield* checkedEdges(workspace.id, planned);
    const place = { workspace_id: workspace.id, session_id: session.id, created_ms: now, updated_ms: now };
    const plan = yield* insertTask(newTask(goal, { ...place, id: goal.id, parent_id: null }));
    if (!plan) throw noTask(goal.id);
    yield* appendEvent(
      taskEvent("task.created", plan, { title: plan.title, status: plan.status, tasks: planned.length }),
    );
    for (const { id, item } of planned) yield* insertPart(item, { ...place, id, parent_id: plan.id });
    yield* insertNeeds(edges);
    return made(plan, session.id, planned, edges);
  }

  *#dryRun(path: string, goal: TaskDraft, planned: readonly Planned[]): Part<PlanMade> {
    const workspace = yield* this.#workspaces.known(path);
    const edges = yield* checkedEdges(workspace?.id ?? "", planned);
    return made({ id: DRY_ID, title: goal.title }, "", planned, edges);
  }

  /** A plan anew: what is finished or being worked on stays, what is left out is cancelled. */
  async remake(planId: string, goal: GoalChange, items: readonly PlanItem[]): Promise<PlanMade> {
    const now = this.#clock.now();
    return this.#sql.write(() => this.#remake(planId, goal, items, now));
  }

  *#remake(planId: string, goal: GoalChange, items: readonly PlanItem[], now: number): Part<PlanMade> {
    const plan = yield* taskForChange(planId);
    if (!plan || plan.archived_ms !== null) throw noTask(planId);
    yield* lockGraph(plan.workspace_id);
    const parts = yield* childrenForChange(planId);
    const matched = match(parts, items);
    const planned = items.map((item) => ({ id: matched.get(item)?.id ?? this.#ids.next("task"), item }));
    const edges = yield* checkedEdges(plan.workspace_id, planned);
    const renewed = yield* updateTask(planId, plan.revision, goal, now);
    if (!renewed) throw staleRevision(plan, plan.revision);
    yield* appendEvent(taskEvent("task.replanned", renewed, { tasks: items.length }));

    const changes = { added: 0, changed: 0, kept: 0, cancelled: 0 };
    const named = new Set(planned.map(({ id }) => id));
    for (const part of parts) {
      if (!named.has(part.id)) changes[yield* leaveOut(part, now)]++;
    }
    const place = { workspace_id: plan.workspace_id, session_id: plan.session_id, created_ms: now, updated_ms: now };
    for (const { id, item } of planned) {
      const part = matched.get(item);
      if (part) changes[yield* changePart(part, item, now)]++;
      else {
        yield* insertPart(item, { ...place, id, parent_id: planId });
        changes.added++;
      }
    }
    yield* this.#renewEdges(planned, matched, edges);
    return { ...made(renewed, plan.session_id ?? "", planned, edges), changes };
  }

  /** All rows are there now. What is finished or at work keeps what it waited for. */
  *#renewEdges(
    planned: readonly Planned[],
    matched: ReadonlyMap<PlanItem, TaskRow>,
    edges: readonly Need[],
  ): Part<void> {
    const byTask = Map.groupBy(edges, ({ task_id }) => task_id);
    for (const { id, item } of planned) {
      const part = matched.get(item);
      if (part && !isOpen(part)) continue;
      const own = byTask.get(id) ?? [];
      if (part) yield* replaceNeeds(id, NEED_KINDS, own);
      else yield* insertNeeds(own);
    }
  }
}

/** Not begun, or stopped: a new plan may change it. */
function isOpen({ status }: TaskRow): boolean {
  return status === "pending" || status === "blocked" || status === "failed";
}

/** Which part of the old plan an item of the new one means: by its id, or by its title. */
function match(parts: readonly TaskRow[], items: readonly PlanItem[]): Map<PlanItem, TaskRow> {
  const byId = new Map(parts.map((part) => [part.id, part]));
  const live = parts.filter(({ status }) => status !== "cancelled");
  const byTitle = Map.groupBy(live, ({ title }) => sameTitle(title));
  const taken = new Set<string>();
  return new Map(
    items.flatMap((item) => {
      const part = byId.get(item.id ?? "") ?? byTitle.get(sameTitle(item.title))?.find(({ id }) => !taken.has(id));
      if (!part || taken.has(part.id) || part.status === "cancelled") return [];
      taken.add(part.id);
      return [[item, part] as const];
    }),
  );
}

function* leaveOut(part: TaskRow, now: number): Part<"cancelled" | "kept"> {
  if (!isOpen(part)) return "kept";
  const after = yield* updateTask(
    part.id,
    part.revision,
    { status: "cancelled", note: "left out of the new plan" },
    now,
  );
  if (!after) throw staleRevision(part, part.revision);
  yield* appendEvent(taskEvent("task.updated", after, { status: after.status, from: part.status, note: after.note }));
  return "cancelled";
}

function* changePart(part: TaskRow, item: PlanItem, now: number): Part<"changed" | "kept"> {
  if (!isOpen(part)) return "kept";
  const { id: _name, needs: _needs, after: _after, related: _related, ...given } = item;
  const fields = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const after = yield* updateTask(part.id, part.revision, { ...fields, status: "pending", note: "", ready_ms: 0 }, now);
  if (!after) throw staleRevision(part, part.revision);
  yield* appendEvent(taskEvent("task.updated", after, { title: after.title, status: after.status, from: part.status }));
  return "changed";
}

function* insertPart(item: PlanItem, place: Place): Part<void> {
  const row = yield* insertTask(newTask(item, place));
  if (!row) throw noTask(place.id);
  yield* appendEvent(taskEvent("task.created", row, { title: row.title, status: row.status }));
}

/** The edges of a plan, all of whose names are known and none of which closes a circle. */
function* checkedEdges(workspaceId: string, planned: readonly Planned[]): Part<Need[]> {
  const names = namesIn(planned.map(({ item }) => item));
  const known = names.length === 0 ? [] : yield* tasksNamed(workspaceId, names);
  const edges = resolveNeeds(planned, known);
  const own = new Set(planned.map(({ id }) => id));
  const outside = edges.map(({ needs_id }) => needs_id).filter((id) => !own.has(id));
  const below = outside.length === 0 ? [] : yield* needsBelow([...new Set(outside)]);
  refuseCycle(planned, [...edges.filter(({ kind }) => kind !== "related"), ...below]);
  return edges;
}

function refuseCycle(planned: readonly Planned[], edges: readonly Edge[]): void {
  const ids = planned.map(({ id }) => id);
  // Edges of tasks that were there before count too: a plan made anew may close a circle through them.
  const all = [...new Set([...ids, ...edges.flatMap(({ task_id, needs_id }) => [task_id, needs_id])])];
  const ordered = new Set(topologicalOrder(all, edges));
  const titles = new Map(planned.map(({ id, item }) => [id, item.title]));
  for (const id of all) {
    // What stands in a circle is never ready, and neither is what waits for one.
    const cycle = ordered.has(id) ? undefined : findCycle(edges, id);
    if (!cycle) continue;
    const way = cycle.map((one) => `"${titles.get(one) ?? one}"`).join(" needs ");
    throw new AppError("conflict", `cannot plan: ${way}`, { hint: "Take one of these needs out." });
  }
}

function made(plan: PlanMade["plan"], session: string, planned: readonly Planned[], edges: readonly Need[]): PlanMade {
  const waiting = edges.filter(({ kind }) => kind !== "related");
  const waitsFor = new Map<string, number>();
  for (const { task_id } of waiting) waitsFor.set(task_id, (waitsFor.get(task_id) ?? 0) + 1);
  const titles = new Map(planned.map(({ id, item }) => [id, item.title]));
  const order = topologicalOrder(
    planned.map(({ id }) => id),
    waiting,
  );
  const weighed = planned.map(({ id, item: { effort = "", complexity = "moderate" } }) => ({ id, effort, complexity }));
  return {
    plan,
    session,
    tasks: order.map((id) => ({ id, title: titles.get(id) ?? "", waits_for: waitsFor.get(id) ?? 0 })),
    criticalPath: criticalPath(weighed, waiting),
  };
}
