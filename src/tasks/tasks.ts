// The task graph. Invariants: every change writes its event with it; a status moves only along
// TASK_NEXT; nothing needs itself, however many steps lie between.
import { backoffMs } from "../base/backoff.ts";
import type { Clock } from "../base/clock.ts";
import { AppError } from "../base/errors.ts";
import type { Ids } from "../base/ids.ts";
import type { NeedKind } from "../base/kinds.ts";
import { GRAPH_TASKS_MAX } from "../base/limits.ts";
import type { TaskStatus } from "../base/transitions.ts";
import { linkCommit, readRecentCommits } from "../store/commits.ts";
import { appendEvent } from "../store/events.ts";
import { leaseForChange } from "../store/leases.ts";
import { openSession } from "../store/sessions.ts";
import type { Part, Sql } from "../store/sql.ts";
import {
  archiveTask,
  countTasks,
  type Edge,
  insertNeeds,
  insertTask,
  knownTasks,
  lockGraph,
  type Need,
  needsBelow,
  purgeTask,
  readNeeds,
  readTaskIds,
  readTasks,
  readTasksById,
  readUnmet,
  replaceNeeds,
  type TaskEdit,
  type TaskRow,
  taskForChange,
  unmetNeeds,
  updateTask,
  waiveNeed,
} from "../store/tasks.ts";
import { findCycle, mermaid } from "./graph.ts";
import { type Claimant, endHold, type Liveness, NOBODY, requireHold } from "./hold.ts";
import { newTask } from "./new-task.ts";
import { parseCursor } from "./page-cursor.ts";
import { criticalPath } from "./plan-order.ts";
import { brief, changed } from "./shown-task.ts";
import type { TaskBrief, TaskChanged, TaskDraft, TaskWhole } from "./task.ts";
import { noTask, refuseMove, refuseStale, staleRevision, waitsFor } from "./task-errors.ts";
import { taskEvent } from "./task-event.ts";
import { wholeTask } from "./whole-task.ts";
import type { Workspaces } from "./workspaces.ts";

/** A task on its own, outside of a plan or added to one. */
export interface SingleDraft extends TaskDraft {
  readonly needs?: readonly string[] | undefined;
  readonly after?: readonly string[] | undefined;
  readonly related?: readonly string[] | undefined;
  /** The plan that it becomes a part of. */
  readonly parent?: string | undefined;
}

export interface TaskChange extends Omit<SingleDraft, "title" | "parent"> {
  readonly title?: string | undefined;
  readonly status?: TaskStatus | undefined;
  /** The revision that the caller has read; without one the newest is changed. */
  readonly revision?: number | undefined;
  readonly note?: string | undefined;
  /** No longer waits for this task, for the reason in `note`. */
  readonly waive?: string | undefined;
  readonly commit?: { readonly hash: string; readonly message: string; readonly author: string } | undefined;
  /** Moves a task that somebody else holds. */
  readonly force?: boolean | undefined;
}

export interface ListOptions {
  readonly status?: TaskStatus | undefined;
  readonly role?: string | undefined;
  readonly language?: string | undefined;
  readonly parent?: string | undefined;
  readonly archived?: boolean | undefined;
  readonly limit: number;
  readonly cursor?: string | undefined;
}

export interface TaskPage {
  tasks: TaskBrief[];
  counts?: Partial<Record<TaskStatus, number>>;
  cursor?: string;
}

export interface LinkedCommit {
  task: string;
  hash: string;
  message: string;
  author: string;
  linked_ms: number;
}

export interface Graph {
  tasks: TaskBrief[];
  edges: { task_id: string; needs_id: string; kind: NeedKind; waived?: string }[];
  /** The chain that takes longest. */
  critical_path: string[];
  mermaid: string;
  /** There are more tasks than one graph shows. */
  cut: boolean;
}

export class Tasks {
  readonly #sql: Sql;
  readonly #workspaces: Workspaces;
  readonly #clock: Clock;
  readonly #ids: Ids;
  readonly #liveness: Liveness;

  constructor(sql: Sql, workspaces: Workspaces, clock: Clock, ids: Ids, liveness: Liveness) {
    this.#sql = sql;
    this.#workspaces = workspaces;
    this.#clock = clock;
    this.#ids = ids;
    this.#liveness = liveness;
  }

  async create(path: string, draft: SingleDraft): Promise<TaskChanged> {
    const workspaces = this.#workspaces;
    const now = this.#clock.now();
    const id = this.#ids.next("task");
    const edges = edgesOf(id, draft);
    const task = await this.#sql.write(function* () {
      const workspace = yield* workspaces.ensure(path);
      yield* requireKnown(
        workspace.id,
        edges.map(({ needs_id }) => needs_id),
      );
      const session_id = yield* sessionFor(workspace.id, draft.parent);
      const place = { id, workspace_id: workspace.id, session_id, created_ms: now, updated_ms: now };
      const row = yield* insertTask(newTask(draft, { ...place, parent_id: draft.parent ?? null }));
      if (!row) throw noTask(id);
      yield* insertNeeds(edges);
      yield* appendEvent(taskEvent("task.created", row, { title: row.title, status: row.status }));
      return row;
    });
    return changed(task);
  }

  async update(id: string, change: TaskChange, claimant: Claimant = NOBODY): Promise<TaskChanged> {
    refuseNothing(id, change);
    const now = this.#clock.now();
    return changed(await this.#sql.write(() => this.#update(id, change, claimant, now)));
  }

  *#update(id: string, change: TaskChange, claimant: Claimant, now: number): Part<TaskRow> {
    const before = yield* taskForChange(id);
    if (!before || before.archived_ms !== null) throw noTask(id);
    refuseStale(before, change.revision);
    refuseMove(before, change.status);
    yield* this.#checkHold(before, change, claimant, now);
    yield* changeNeeds(before, change);
    if (change.waive !== undefined) yield* waive(before, change.waive, change.note);
    if (change.status === "active") yield* refuseWaiting(before);
    const edit = { ...editOf(change), ...this.#moved(before, change, now) };
    const after = yield* updateTask(id, before.revision, edit, now);
    if (!after) throw staleRevision(before, before.revision);
    if (change.commit) {
      const { workspace_id } = after;
      yield* linkCommit({ ...change.commit, task_id: id, workspace_id, linked_ms: now });
    }
    yield* appendEvent(taskEvent("task.updated", after, toldOf(before, change, edit)));
    return after;
  }

  /** A change of status by who does not hold the task needs force; every call of its holder is a sign of life. */
  *#checkHold(task: TaskRow, change: TaskChange, claimant: Claimant, now: number): Part<void> {
    if (change.status !== undefined) {
      const what = `set to ${change.status}`;
      return yield* endHold(task, claimant, { now, liveness: this.#liveness, what, force: change.force === true });
    }
    if (task.status !== "active") return;
    const lease = yield* leaseForChange(task.id);
    const isHolders = claimant.lease !== undefined || lease?.agent === claimant.agent.id;
    if (isHolders) yield* requireHold(task, claimant, now, "change");
  }

  /** What a move of the status brings with it. */
  #moved(task: TaskRow, { status, note }: TaskChange, now: number): TaskEdit {
    if (status === undefined) return note === undefined ? {} : { note };
    if (task.status === "failed" && status === "pending") {
      refuseExhausted(task);
      return { note: note ?? "", ready_ms: now + backoffMs(task.attempts, this.#clock.random()) };
    }
    return { note: note ?? "" };
  }

  async show(id: string): Promise<TaskWhole> {
    return wholeTask(this.#sql, id, this.#clock.now(), this.#liveness);
  }

  async list(path: string, options: ListOptions): Promise<TaskPage> {
    const after = parseCursor(options.cursor, "task_list");
    const workspace = await this.#workspaces.find(path);
    if (!workspace) return { tasks: [], counts: {} };
    const { status, role, language, parent, archived = false } = options;
    const filter = { workspace_id: workspace.id, status, role, language, parent_id: parent, archived };
    const rows = await readTasks(this.#sql, filter, after, options.limit + 1);
    const page = rows.slice(0, options.limit);
    const unmet = await readUnmet(
      this.#sql,
      page.map(({ id }) => id),
    );
    const last = page.at(-1);
    return {
      tasks: page.map((task) => brief(task, unmet.get(task.id) ?? 0)),
      // The first page says how much there is; the next ones are only rows.
      ...(after === 0 ? { counts: await countTasks(this.#sql, filter) } : {}),
      ...(rows.length > page.length && last ? { cursor: String(last.seq) } : {}),
    };
  }

  /** Of these tasks those that fit the filter, in this order: what a search has found. */
  async those(ids: readonly string[], filter: Omit<ListOptions, "limit" | "cursor">): Promise<TaskBrief[]> {
    const { status, role, language, parent, archived = false } = filter;
    const rows = (await readTasksById(this.#sql, ids)).filter(
      (task) =>
        (task.archived_ms !== null) === archived &&
        Object.entries({ status, role, language, parent_id: parent }).every(
          ([column, wanted]) => wanted === undefined || task[column as keyof TaskRow] === wanted,
        ),
    );
    const byId = new Map(rows.map((row) => [row.id, row]));
    const unmet = await readUnmet(this.#sql, ids);
    return ids.flatMap((id) => byId.get(id) ?? []).map((task) => brief(task, unmet.get(task.id) ?? 0));
  }

  /** The commits that were linked last. */
  async commits(path: string, rowsMax: number): Promise<LinkedCommit[]> {
    const workspace = await this.#workspaces.find(path);
    if (!workspace) return [];
    const rows = await readRecentCommits(this.#sql, workspace.id, rowsMax);
    return rows.map(({ task_id: task, workspace_id: _same, ...commit }) => ({ task, ...commit }));
  }

  async graph(path: string, parent?: string): Promise<Graph> {
    const workspace = await this.#workspaces.find(path);
    if (!workspace) return { tasks: [], edges: [], critical_path: [], mermaid: mermaid([], []), cut: false };
    const filter = { workspace_id: workspace.id, parent_id: parent, archived: false };
    const rows = await readTasks(this.#sql, filter, 0, GRAPH_TASKS_MAX + 1);
    const tasks = rows.slice(0, GRAPH_TASKS_MAX);
    const ids = tasks.map(({ id }) => id);
    const edges = await readNeeds(this.#sql, ids);
    const unmet = await readUnmet(this.#sql, ids);
    const waiting = edges.filter(({ kind, waived }) => kind !== "related" && waived === null);
    return {
      tasks: tasks.map((task) => brief(task, unmet.get(task.id) ?? 0)),
      edges: edges.map(({ waived, ...edge }) => ({ ...edge, ...(waived === null ? {} : { waived }) })),
      critical_path: criticalPath(tasks, waiting),
      mermaid: mermaid(tasks, edges),
      cut: rows.length > tasks.length,
    };
  }

  /** Takes the task out of sight; `restore` brings it back. */
  async archive(id: string): Promise<TaskChanged> {
    const now = this.#clock.now();
    return this.#setArchived(id, now, "task.archived", {
      message: `cannot delete ${id}: it is deleted already`,
      hint: "Bring it back with task_restore, or remove it for good with purge.",
    });
  }

  async restore(id: string): Promise<TaskChanged> {
    return this.#setArchived(id, null, "task.restored", {
      message: `cannot restore ${id}: it was not deleted`,
      hint: "Look at it with task_show.",
    });
  }

  /** Deletes the row for good. */
  async purge(id: string): Promise<TaskChanged> {
    const now = this.#clock.now();
    const task = await this.#sql.write(function* () {
      const row = yield* purgeTask(id);
      if (!row) throw noTask(id);
      yield* appendEvent(taskEvent("task.purged", { ...row, updated_ms: now }, { title: row.title }));
      return row;
    });
    return changed(task);
  }

  async idsLike(prefix: string, rowsMax: number): Promise<string[]> {
    return readTaskIds(this.#sql, prefix, rowsMax);
  }

  async #setArchived(
    id: string,
    archivedMs: number | null,
    type: string,
    otherwise: { message: string; hint: string },
  ): Promise<TaskChanged> {
    const now = this.#clock.now();
    const task = await this.#sql.write(function* () {
      const after = yield* archiveTask(id, archivedMs, now);
      if (after) {
        yield* appendEvent(taskEvent(type, after, {}));
        return after;
      }
      if (!(yield* taskForChange(id))) throw noTask(id);
      throw new AppError("conflict", otherwise.message, { hint: otherwise.hint });
    });
    return changed(task);
  }
}

/** In a plan, its session; otherwise the one that is open. */
function* sessionFor(workspaceId: string, parentId: string | undefined): Part<string | null> {
  if (parentId === undefined) return (yield* openSession(workspaceId))?.id ?? null;
  const parent = yield* taskForChange(parentId);
  if (parent?.archived_ms !== null || parent.workspace_id !== workspaceId) throw noTask(parentId);
  if (parent.status === "pending" || parent.status === "active" || parent.status === "blocked")
    return parent.session_id;
  throw new AppError("conflict", `cannot add a task to ${parentId}: it is ${parent.status}`, {
    hint: "Create it without a parent, or choose a plan that is not over.",
  });
}

function* requireKnown(workspaceId: string, needs: readonly string[]): Part<void> {
  if (needs.length === 0) return;
  const known = new Set(yield* knownTasks(workspaceId, needs));
  const unknown = needs.filter((id) => !known.has(id));
  if (unknown.length === 0) return;
  throw new AppError("not_found", `cannot depend on ${unknown.join(", ")}: no such task in this workspace`, {
    hint: "List the tasks with task_list and give their ids in needs.",
  });
}

const KINDS = { needs: "completion", after: "blocks", related: "related" } as const satisfies Record<string, NeedKind>;

/** The edges that a draft or a change names; who is named twice is waited for in the stricter way. */
function edgesOf(id: string, draft: Pick<SingleDraft, keyof typeof KINDS>): Need[] {
  const byId = new Map<string, Need>();
  for (const list of ["related", "after", "needs"] as const) {
    for (const needs_id of draft[list] ?? []) {
      byId.set(needs_id, { task_id: id, needs_id, kind: KINDS[list], waived: null });
    }
  }
  return [...byId.values()];
}

/** Each list that is given takes the place of what stood there. */
function* changeNeeds(task: TaskRow, change: TaskChange): Part<void> {
  const lists = (Object.keys(KINDS) as (keyof typeof KINDS)[]).filter((list) => change[list] !== undefined);
  if (lists.length === 0) return;
  yield* lockGraph(task.workspace_id);
  const added = edgesOf(task.id, change);
  const ids = added.map(({ needs_id }) => needs_id);
  yield* requireKnown(task.workspace_id, ids);
  yield* replaceNeeds(
    task.id,
    lists.map((list) => KINDS[list]),
    added,
  );
  // What the task needs now is in the table: whatever circle there is leads through it.
  const cycle = findCycle(yield* needsBelow([task.id]), task.id);
  if (!cycle) return;
  throw new AppError("conflict", `cannot depend on itself: ${cycle.join(" → ")}`, {
    hint: "Take one of these tasks out of needs.",
  });
}

function* waive(task: TaskRow, needsId: string, why: string | undefined): Part<void> {
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

function* refuseWaiting(task: TaskRow): Part<void> {
  if (task.status !== "pending") return;
  const unmet = yield* unmetNeeds(task.id);
  if (unmet.length > 0) throw waitsFor(task, unmet, "set to active");
}

function refuseExhausted({ id, attempts, attempts_max }: TaskRow): void {
  if (attempts < attempts_max) return;
  throw new AppError("conflict", `cannot retry ${id}: it was tried ${attempts} times, of ${attempts_max}`, {
    hint: "Look at why it failed with task_show; give options.attempts_max to allow more, or plan another way.",
  });
}

/** Words of a change that are no columns. */
const NO_COLUMNS = ["needs", "after", "related", "revision", "note", "waive", "commit", "force"] as const;

function refuseNothing(id: string, change: TaskChange): void {
  const said = Object.entries(change).filter(
    ([key, value]) => value !== undefined && key !== "revision" && key !== "force",
  );
  if (said.length > 0) return;
  throw new AppError("invalid_input", `cannot change ${id}: nothing to change was given`, {
    hint: "Give at least one of title, description, status, role, needs, or an option.",
  });
}

function editOf(change: TaskChange): TaskEdit {
  const omitted: readonly string[] = NO_COLUMNS;
  return Object.fromEntries(
    Object.entries(change).filter(([key, value]) => value !== undefined && !omitted.includes(key)),
  ) as TaskEdit;
}

/** What the log is told of a change. A long text has its place in the row; the log says that it changed. */
function toldOf(before: TaskRow, change: TaskChange, edit: TaskEdit): Record<string, unknown> {
  const { description, note: _note, ...rest } = edit;
  const { needs, after, related, note, waive: waived, commit, status } = change;
  return {
    ...rest,
    ...(description === undefined ? {} : { description: { chars: description.length } }),
    ...Object.fromEntries(
      Object.entries({ needs, after, related, note, waived }).filter(([, value]) => value !== undefined),
    ),
    ...(commit ? { commit: commit.hash } : {}),
    ...(status ? { from: before.status } : {}),
  };
}
