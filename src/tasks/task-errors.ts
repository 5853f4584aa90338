// What is said of a task that is not there, or not as it would have to be.
import { AppError } from "../base/errors.ts";
import { mayBecome, TASK_NEXT, type TaskStatus } from "../base/transitions.ts";
import type { StatusCounts } from "../store/ready.ts";
import type { TaskRow } from "../store/tasks.ts";

export function noTask(id: string): AppError {
  return new AppError("not_found", `no task ${id}`, { hint: "List the tasks with task_list." });
}

export function staleRevision(task: TaskRow, revision: number): AppError {
  return new AppError("conflict", `cannot change ${task.id}: it is at revision ${task.revision}, not ${revision}`, {
    hint: "Read it again with task_show, then change what you see there.",
  });
}

export function refuseStale(task: TaskRow, revision: number | undefined): void {
  if (revision !== undefined && revision !== task.revision) throw staleRevision(task, revision);
}

export function refuseMove(task: TaskRow, status: TaskStatus | undefined): void {
  if (status === undefined || mayBecome(task.status, status)) return;
  const next = TASK_NEXT[task.status];
  throw new AppError("conflict", `cannot set ${task.id} to ${status}: it is ${task.status}`, {
    hint: next.length > 0 ? `From ${task.status} it can become ${next.join(", ")}.` : FINAL,
  });
}

const FINAL = "That is final: make a new one with task_create.";

/** A task that nobody works on, and what to do so that somebody does. */
export function refuseResting({ id, status }: TaskRow, what: string): void {
  if (status === "active") return;
  throw new AppError("conflict", `cannot ${what} ${id}: it is ${status}`, { hint: RESTING[status] });
}

const RESTING: Record<Exclude<TaskStatus, "active">, string> = {
  pending: "Start it first with task_start.",
  completed:
    "Nothing is lost: go on with task_start without an id. To hand in better work, set it to active with task_update first.",
  blocked: "When what blocked it is settled, set it to active with task_update.",
  failed: "Set it to pending with task_update, then start it with task_start.",
  cancelled: FINAL,
};

/** What is over, or cannot go on. */
export function refuseUnstartable({ id, status, note }: TaskRow): void {
  if (status === "pending" || status === "active") return;
  throw new AppError("conflict", `cannot start ${id}: it is ${status}${note ? ` (${note})` : ""}`, {
    hint: UNSTARTABLE[status],
  });
}

const UNSTARTABLE: Record<Exclude<TaskStatus, "pending" | "active">, string> = {
  blocked: "When that is settled, set it to pending with task_update, then start it with task_start.",
  failed: "To try again, set it to pending with task_update, then start it with task_start.",
  completed:
    "Read what came of it with task_show. To revise it, set it to active with task_update and say why in options.note.",
  cancelled: FINAL,
};

/** A task whose time has not come. */
export function waitsFor(task: TaskRow, unmet: readonly TaskRow[], what: string): AppError {
  const named = unmet.slice(0, NAMED_MAX).map(({ id, title, status }) => `${id} (${title}, ${status})`);
  const more = unmet.length > NAMED_MAX ? ` and ${unmet.length - NAMED_MAX} more` : "";
  const over = unmet.find(({ status }) => status === "failed" || status === "cancelled");
  return new AppError("conflict", `cannot ${what} ${task.id}: it waits for ${named.join(", ")}${more}`, {
    hint: over
      ? `${over.id} is ${over.status}: retry it with task_update status pending, or waive it with task_update options.waive on ${task.id}.`
      : "Start what can be started with task_start without an id.",
  });
}

const NAMED_MAX = 5;

/** A plan is worked by its parts; its own turn comes when they are over: to put together what came of them. */
export function refuseOpenPlan(
  task: TaskRow,
  { pending = 0, active = 0, blocked = 0 }: StatusCounts,
  what = "start",
): void {
  const open = pending + active + blocked;
  if (open === 0) return;
  throw new AppError("conflict", `cannot ${what} ${task.id}: it is a plan with ${open} open tasks`, {
    hint: "Work its tasks first: task_start without an id takes the next one.",
  });
}

export function refuseExhausted({ id, attempts, attempts_max }: TaskRow): void {
  if (attempts < attempts_max) return;
  throw new AppError("conflict", `cannot retry ${id}: it was tried ${attempts} times, of ${attempts_max}`, {
    hint: "Look at why it failed with task_show; give options.attempts_max to allow more, or plan another way.",
  });
}
