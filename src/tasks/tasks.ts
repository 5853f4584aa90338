// The task graph. Invariants: every change writes its event with it; a status moves only along
// TASK_NEXT; nothing needs itself, however many steps lie between.
import type { Clock } from "../base/clock.ts";
import { AppError } from "../base/errors.ts";
import type { Ids } from "../base/ids.ts";
import { GRAPH_TASKS_MAX, PRIORITY_DEFAULT, ROW_TITLE_CHARS_MAX } from "../base/limits.ts";
import { clip } from "../base/text.ts";
import { mayBecome, TASK_NEXT, type TaskStatus } from "../base/transitions.ts";
import { appendEvent } from "../store/events.ts";
import type { Part, Sql } from "../store/sql.ts";
import {
  archiveTask,
  countTasks,
  insertNeeds,
  insertTask,
  knownTasks,
  lockGraph,
  type Need,
  needsBelow,
  purgeTask,
  readNeeds,
  readTask,
  readTaskIds,
  readTasks,
  readUnmet,
  replaceNeeds,
  type TaskEdit,
  type TaskRow,
  taskForChange,
  updateTask,
} from "../store/tasks.ts";
import { findCycle, mermaid } from "./graph.ts";
import type { Task, TaskBrief, TaskChanged } from "./task.ts";
import type { Workspaces } from "./workspaces.ts";

export interface TaskDraft {
  readonly title: string;
  readonly description?: string | undefined;
  readonly role?: string | undefined;
  readonly priority?: number | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly needs?: readonly string[] | undefined;
  readonly environment?: string | undefined;
  readonly language?: string | undefined;
}

export interface TaskChange extends Omit<TaskDraft, "title"> {
  readonly title?: string | undefined;
  readonly status?: TaskStatus | undefined;
  /** The revision that the caller has read; without one the newest is changed. */
  readonly revision?: number | undefined;
  readonly note?: string | undefined;
}

export interface ListOptions {
  readonly status?: TaskStatus | undefined;
  readonly role?: string | undefined;
  readonly language?: string | undefined;
  readonly archived?: boolean | undefined;
  readonly limit: number;
  readonly cursor?: string | undefined;
}

export interface TaskPage {
  tasks: TaskBrief[];
  counts?: Partial<Record<TaskStatus, number>>;
  cursor?: string;
}

export class Tasks {
  readonly #sql: Sql;
  readonly #workspaces: Workspaces;
  readonly #clock: Clock;
  readonly #ids: Ids;

  constructor(sql: Sql, workspaces: Workspaces, clock: Clock, ids: Ids) {
    this.#sql = sql;
    this.#workspaces = workspaces;
    this.#clock = clock;
    this.#ids = ids;
  }

  async create(path: string, draft: TaskDraft): Promise<TaskChanged> {
    const workspaces = this.#workspaces;
    const now = this.#clock.now();
    const id = this.#ids.next("task");
    const needs = [...new Set(draft.needs ?? [])];
    const task = await this.#sql.write(function* () {
      const workspace = yield* workspaces.ensure(path);
      yield* requireKnown(workspace.id, needs);
      const row = yield* insertTask({
        id,
        workspace_id: workspace.id,
        title: draft.title,
        description: draft.description ?? "",
        status: "pending",
        role: draft.role ?? "",
        priority: draft.priority ?? PRIORITY_DEFAULT,
        tags: draft.tags ?? [],
        environment: draft.environment ?? "",
        language: draft.language ?? "",
        revision: 1,
        created_ms: now,
        updated_ms: now,
        archived_ms: null,
      });
      if (!row) throw noTask(id);
      yield* insertNeeds(id, needs);
      yield* appendEvent(taskEvent("task.created", row, { title: row.title, status: row.status }));
      return row;
    });
    return changed(task);
  }

  async update(id: string, change: TaskChange): Promise<TaskChanged> {
    const now = this.#clock.now();
    const { needs, revision, note, ...fields } = change;
    const edit = definedOnly(fields);
    if (needs === undefined && note === undefined && Object.keys(edit).length === 0) {
      throw new AppError("invalid_input", `cannot change ${id}: nothing to change was given`, {
        hint: "Give at least one of title, description, status, role, needs, or an option.",
      });
    }
    const task = await this.#sql.write(function* () {
      const before = yield* taskForChange(id);
      if (!before || before.archived_ms !== null) throw noTask(id);
      refuseStale(before, revision);
      refuseMove(before, change.status);
      if (needs) yield* changeNeeds(before, [...new Set(needs)]);
      const after = yield* updateTask(id, before.revision, edit, now);
      if (!after) throw staleRevision(before, before.revision);
      yield* appendEvent(
        taskEvent("task.updated", after, {
          ...shortly(edit),
          ...(needs ? { needs } : {}),
          ...(note ? { note } : {}),
          ...(change.status ? { from: before.status } : {}),
        }),
      );
      return after;
    });
    return changed(task);
  }

  async show(id: string): Promise<Task> {
    const task = await readTask(this.#sql, id);
    if (!task) throw noTask(id);
    const needs = await readNeeds(this.#sql, [id]);
    return toTask(
      task,
      needs.map(({ needs_id }) => needs_id),
    );
  }

  async list(path: string, options: ListOptions): Promise<TaskPage> {
    const after = parseCursor(options.cursor);
    const workspace = await this.#workspaces.find(path);
    if (!workspace) return { tasks: [], counts: {} };
    const { status, role, language, archived = false } = options;
    const filter = { workspace_id: workspace.id, status, role, language, archived };
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

  async graph(path: string): Promise<{ tasks: TaskBrief[]; edges: Need[]; mermaid: string; cut: boolean }> {
    const workspace = await this.#workspaces.find(path);
    if (!workspace) return { tasks: [], edges: [], mermaid: mermaid([], []), cut: false };
    const filter = { workspace_id: workspace.id, archived: false };
    const rows = await readTasks(this.#sql, filter, 0, GRAPH_TASKS_MAX + 1);
    const shown = rows.slice(0, GRAPH_TASKS_MAX);
    const ids = shown.map(({ id }) => id);
    const edges = await readNeeds(this.#sql, ids);
    const unmet = await readUnmet(this.#sql, ids);
    return {
      tasks: shown.map((task) => brief(task, unmet.get(task.id) ?? 0)),
      edges,
      mermaid: mermaid(shown, edges),
      cut: rows.length > shown.length,
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

function* requireKnown(workspaceId: string, needs: readonly string[]): Part<void> {
  if (needs.length === 0) return;
  const known = new Set(yield* knownTasks(workspaceId, needs));
  const unknown = needs.filter((id) => !known.has(id));
  if (unknown.length === 0) return;
  throw new AppError("not_found", `cannot depend on ${unknown.join(", ")}: no such task in this workspace`, {
    hint: "List the tasks with task_list and give their ids in needs.",
  });
}

function* changeNeeds(task: TaskRow, needs: readonly string[]): Part<void> {
  yield* lockGraph(task.workspace_id);
  yield* requireKnown(task.workspace_id, needs);
  const below = yield* needsBelow(needs);
  const added = needs.map((needs_id) => ({ task_id: task.id, needs_id }));
  // What the task needs today is about to be replaced: it can close no cycle.
  const edges = [...below.filter(({ task_id }) => task_id !== task.id), ...added];
  const cycle = findCycle(edges, task.id);
  if (cycle) {
    throw new AppError("conflict", `cannot depend on itself: ${cycle.join(" → ")}`, {
      hint: "Take one of these tasks out of needs.",
    });
  }
  yield* replaceNeeds(task.id, needs);
}

function refuseStale(task: TaskRow, revision: number | undefined): void {
  if (revision !== undefined && revision !== task.revision) throw staleRevision(task, revision);
}

function staleRevision(task: TaskRow, revision: number): AppError {
  return new AppError("conflict", `cannot change ${task.id}: it is at revision ${task.revision}, not ${revision}`, {
    hint: "Read it again with task_show, then change what you see there.",
  });
}

function refuseMove(task: TaskRow, status: TaskStatus | undefined): void {
  if (status === undefined || mayBecome(task.status, status)) return;
  const next = TASK_NEXT[task.status];
  throw new AppError("conflict", `cannot set ${task.id} to ${status}: it is ${task.status}`, {
    hint:
      next.length > 0
        ? `From ${task.status} it can become ${next.join(", ")}.`
        : `${task.status} is final; create a new task.`,
  });
}

function noTask(id: string): AppError {
  return new AppError("not_found", `no task ${id}`, { hint: "List the tasks with task_list." });
}

function parseCursor(cursor: string | undefined): number {
  if (cursor === undefined) return 0;
  if (/^\d{1,15}$/.test(cursor)) return Number(cursor);
  throw new AppError("invalid_input", "cannot use this cursor: it is not one that task_list gave", {
    hint: "Take cursor from the last answer, or leave it out to begin at the first page.",
  });
}

function taskEvent(type: string, task: TaskRow, data: Record<string, unknown>) {
  return {
    at_ms: task.updated_ms,
    workspace_id: task.workspace_id,
    subject: task.id,
    type,
    data: { ...data, revision: task.revision },
  };
}

/** A long text has its place in the row; the log says that it changed. */
function shortly(edit: TaskEdit): Record<string, unknown> {
  const { description, ...rest } = edit;
  return description === undefined ? rest : { ...rest, description: { chars: description.length } };
}

function definedOnly(fields: Record<string, unknown>): TaskEdit {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as TaskEdit;
}

function changed({ id, title, status, revision }: TaskRow): TaskChanged {
  return { id, title: clip(title, ROW_TITLE_CHARS_MAX), status, revision };
}

function brief(task: TaskRow, waitsFor: number): TaskBrief {
  return {
    id: task.id,
    title: clip(task.title, ROW_TITLE_CHARS_MAX),
    status: task.status,
    ...(task.priority === PRIORITY_DEFAULT ? {} : { priority: task.priority }),
    ...(waitsFor > 0 ? { waits_for: waitsFor } : {}),
  };
}

function toTask(row: TaskRow, needs: string[]): Task {
  const { id, title, status, description, role, priority, tags, environment, language } = row;
  return {
    id,
    title,
    status,
    ...(description ? { description } : {}),
    ...(role ? { role } : {}),
    priority,
    ...(tags.length > 0 ? { tags: [...tags] } : {}),
    ...(needs.length > 0 ? { needs } : {}),
    ...(environment ? { environment } : {}),
    ...(language ? { language } : {}),
    revision: row.revision,
    created_ms: row.created_ms,
    updated_ms: row.updated_ms,
    ...(row.archived_ms === null ? {} : { archived_ms: row.archived_ms }),
  };
}
