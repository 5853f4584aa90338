// Brings an exported workspace into a database, all of it or nothing. Invariant: a row that is there already
// is left alone when it is the same and refused when it is not; nothing is ever written over.

import { AppError } from "../base/errors.ts";
import { stableJson } from "../base/json.ts";
import { PROBLEMS_MAX } from "../base/limits.ts";
import { appendEvent } from "../store/events.ts";
import type { Part, Sql } from "../store/sql.ts";
import { insertNeeds, insertTask, lockGraph, type Need, type TaskRow, taskForChange } from "../store/tasks.ts";
import { allNeeds, eventText, likeWorkspace, loggedEvents } from "../store/workspace-rows.ts";
import { ensureWorkspace, type WorkspaceRow } from "../store/workspaces.ts";
import { badLine, type EventLine, type TaskLine, type WorkspaceFile } from "./workspace-line.ts";
import { workspaceIdentity } from "./workspaces.ts";

export interface Imported {
  readonly workspace: string;
  readonly path: string;
  readonly tasks: number;
  readonly needs: number;
  readonly events: number;
  /** Rows that were there already. */
  readonly skipped: number;
}

export async function importWorkspace(sql: Sql, file: WorkspaceFile, now: number): Promise<Imported> {
  const { kind: _kind, ...workspace } = file.workspace;
  if (workspaceIdentity(workspace.path) !== workspace.path)
    throw badLine(2, `${workspace.path} is not how cadre writes this path`);
  refuseStrangers(file);
  return sql.write(function* () {
    yield* takeWorkspace(workspace);
    const tasks = yield* takeTasks(workspace.id, file.tasks);
    const needs = yield* takeNeeds(workspace.id, file.needs);
    const events = yield* takeEvents(workspace.id, file.events);
    if (tasks + needs + events > 0) {
      yield* appendEvent({
        at_ms: now,
        workspace_id: workspace.id,
        subject: workspace.id,
        type: "workspace.imported",
        data: { tasks, needs, events },
      });
    }
    const rows = file.tasks.length + file.needs.length + file.events.length;
    return {
      workspace: workspace.id,
      path: workspace.path,
      tasks,
      needs,
      events,
      skipped: rows - tasks - needs - events,
    };
  });
}

/** A need leads from one task of the file to another. */
function refuseStrangers({ tasks, needs }: WorkspaceFile): void {
  const ids = new Set(tasks.map(({ id }) => id));
  const stranger = needs.find(({ task_id, needs_id }) => !ids.has(task_id) || !ids.has(needs_id));
  if (!stranger) return;
  throw new AppError(
    "invalid_input",
    `cannot import: ${stranger.task_id} needs ${stranger.needs_id}, and not both are in the file`,
    {
      hint: "Give a file that cadre db export has written.",
    },
  );
}

function* takeWorkspace(workspace: WorkspaceRow): Part<void> {
  for (const known of yield* likeWorkspace(workspace)) {
    if (known.id === workspace.id && known.path === workspace.path) continue;
    const isSame = known.id === workspace.id;
    throw new AppError(
      "conflict",
      isSame
        ? `cannot import ${workspace.path}: its workspace ${known.id} is ${known.path} here`
        : `cannot import ${workspace.path}: it has work of its own here, as ${known.id}`,
      {
        hint: isSame
          ? "Move the one that is here with cadre workspace move first."
          : "Move or forget the one that is here with cadre workspace move or forget first.",
      },
    );
  }
  yield* ensureWorkspace(workspace.path, () => workspace);
  yield* lockGraph(workspace.id);
}

function* takeTasks(workspaceId: string, tasks: readonly TaskLine[]): Part<number> {
  const clashes: string[] = [];
  let taken = 0;
  for (const { kind: _kind, ...line } of tasks) {
    const task = { ...line, workspace_id: workspaceId };
    const known = yield* taskForChange(task.id);
    if (!known) {
      yield* insertTask(task);
      taken++;
    } else if (!isSameTask(known, task)) clashes.push(task.id);
  }
  if (clashes.length === 0) return taken;
  const more = clashes.length > PROBLEMS_MAX ? ` and ${clashes.length - PROBLEMS_MAX} more` : "";
  throw new AppError(
    "conflict",
    `cannot import: ${clashes.slice(0, PROBLEMS_MAX).join(", ")}${more} differ from the tasks of the same ids here`,
    { hint: "Look at them with cadre task show; what is here is never written over." },
  );
}

function isSameTask({ seq: _seq, ...known }: TaskRow, task: Omit<TaskRow, "seq">): boolean {
  return stableJson(known) === stableJson(task);
}

function* takeNeeds(workspaceId: string, needs: readonly Need[]): Part<number> {
  const before = yield* allNeeds(workspaceId);
  for (const { task_id, needs_id } of needs) yield* insertNeeds(task_id, [needs_id]);
  const after = yield* allNeeds(workspaceId);
  const circular = findCircular(after);
  if (circular) {
    throw new AppError("invalid_input", `cannot import: ${circular} would wait for itself`, {
      hint: "Take one of the needs out of that circle, in the file or here.",
    });
  }
  return after.length - before.length;
}

/** A task that, over however many steps, needs itself. */
export function findCircular(needs: readonly Need[]): string | undefined {
  const neededBy = Map.groupBy(needs, ({ needs_id }) => needs_id);
  const open = new Map<string, number>();
  for (const { task_id } of needs) open.set(task_id, (open.get(task_id) ?? 0) + 1);
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

function* takeEvents(workspaceId: string, events: readonly EventLine[]): Part<number> {
  const known = yield* loggedEvents(workspaceId);
  let taken = 0;
  for (const { kind: _kind, ...event } of events) {
    if (known.has(eventText(event, JSON.stringify(event.data)))) continue;
    yield* appendEvent({ ...event, workspace_id: workspaceId });
    taken++;
  }
  return taken;
}
