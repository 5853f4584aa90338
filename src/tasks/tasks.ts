// The task graph. Invariants: every change writes its event with it; a status moves only along
// TASK_NEXT; nothing needs itself, however many steps lie between.
import type { Artifacts } from "../artifacts/artifacts.ts";
import { backoffMs } from "../base/backoff.ts";
import type { Clock } from "../base/clock.ts";
import { AppError } from "../base/errors.ts";
import type { Ids } from "../base/ids.ts";
import type { NeedKind } from "../base/kinds.ts";
import { GRAPH_TASKS_MAX } from "../base/limits.ts";
import type { Liveness } from "../base/liveness.ts";
import { pageCursor } from "../base/page-cursor.ts";
import type { TaskStatus } from "../base/transitions.ts";
import { linkCommit, readRecentCommits } from "../store/commits.ts";
import { appendEvent } from "../store/events.ts";
import { leaseForChange } from "../store/leases.ts";
import { linkTask, taskOfStep } from "../store/run-tasks.ts";
import { openSession } from "../store/sessions.ts";
import type { Part, Sql } from "../store/sql.ts";
import {
  archiveTask,
  countTasks,
  insertNeeds,
  insertTask,
  purgeTask,
  readNeeds,
  readTaskIds,
  readTasks,
  readTasksById,
  readUnmet,
  type TaskEdit,
  type TaskRow,
  taskForChange,
  updateTask,
} from "../store/tasks.ts";
import { mermaid } from "./graph.ts";
import { type Claimant, endHold, NOBODY, requireHold } from "./hold.ts";
import { newTask } from "./new-task.ts";
import { criticalPath } from "./plan-order.ts";
import { brief, changed } from "./shown-task.ts";
import { elsewhere, promptOf, type StepLink, stepDraft, tellStep } from "./step-task.ts";
import type { TaskBrief, TaskChanged, TaskWhole } from "./task.ts";
import { editOf, refuseNothing, type SingleDraft, type TaskChange, toldOf } from "./task-change.ts";
import { noTask, refuseExhausted, refuseMove, refuseStale, staleRevision } from "./task-errors.ts";
import { taskEvent } from "./task-event.ts";
import { changeNeeds, edgesOf, refuseWaiting, requireKnown, waive } from "./task-needs.ts";
import { wholeTask } from "./whole-task.ts";
import type { Workspaces } from "./workspaces.ts";

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
  readonly #artifacts: Pick<Artifacts, "keep">;

  constructor(
    sql: Sql,
    workspaces: Workspaces,
    clock: Clock,
    ids: Ids,
    liveness: Liveness,
    artifacts: Pick<Artifacts, "keep">,
  ) {
    this.#sql = sql;
    this.#workspaces = workspaces;
    this.#clock = clock;
    this.#ids = ids;
    this.#liveness = liveness;
    this.#artifacts = artifacts;
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

  /** A task that a step of a run waits for; asked for again, it is the same one. What it says is checked here. */
  async createForStep(
    path: string,
    draft: Readonly<Record<string, unknown>>,
    { run, step, form }: StepLink,
  ): Promise<string> {
    const workspaces = this.#workspaces;
    const now = this.#clock.now();
    const { draft: task, rest } = stepDraft(draft, form);
    const id = this.#ids.next("task");
    const prompt = rest === undefined ? "" : this.#ids.next("artifact");
    const artifacts = this.#artifacts;
    const output_schema = form === undefined ? null : JSON.stringify(form);
    return this.#sql.write(function* () {
      const before = yield* taskOfStep(run, step);
      if (before) return before.task_id;
      const workspace = yield* workspaces.ensure(path);
      const session_id = yield* sessionFor(workspace.id, undefined);
      const place = { id, workspace_id: workspace.id, session_id, created_ms: now, updated_ms: now };
      const whole = rest === undefined ? task : { ...task, description: `${task.description}${elsewhere(prompt)}` };
      const row = yield* insertTask(newTask(whole, { ...place, parent_id: null }));
      if (!row) throw noTask(id);
      if (rest !== undefined) yield* artifacts.keep(promptOf(row, { id: prompt, text: rest, now }));
      yield* linkTask({ task_id: id, run_id: run, step, is_made: 1, output_schema });
      yield* appendEvent(taskEvent("task.created", row, { title: row.title, status: row.status, run, step }));
      return id;
    });
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
    const { status, note } = after;
    if (change.status === "failed" || change.status === "cancelled") yield* tellStep(after, { status, note }, now);
    if (change.status === "completed") yield* tellStep(after, { status, summary: after.summary || note }, now);
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
  #moved(task: TaskRow, { status, note, waive: waived }: TaskChange, now: number): TaskEdit {
    // The reason of a waiver stands at the waiver.
    if (status === undefined) return note === undefined || waived !== undefined ? {} : { note };
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
    const after = pageCursor(options.cursor, "task_list", 0);
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
      const before = yield* taskForChange(id);
      if (before) yield* tellStep(before, { status: "deleted" }, now);
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
        if (archivedMs !== null) yield* tellStep(after, { status: "deleted" }, now);
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
