// What a caller wants of a task, and what of it is written to the row and told to the log.
import { AppError } from "../base/errors.ts";
import type { TaskStatus } from "../base/transitions.ts";
import type { TaskEdit, TaskRow } from "../store/tasks.ts";
import type { TaskDraft } from "./task.ts";
import type { NeedLists } from "./task-needs.ts";

/** A task on its own, outside of a plan or added to one. */
export interface SingleDraft extends TaskDraft, NeedLists {
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

/** Words of a change that are no columns. */
const NO_COLUMNS = ["needs", "after", "related", "revision", "note", "waive", "commit", "force"] as const;

export function refuseNothing(id: string, change: TaskChange): void {
  const said = Object.entries(change).filter(
    ([key, value]) => value !== undefined && key !== "revision" && key !== "force",
  );
  if (said.length > 0) return;
  throw new AppError("invalid_input", `cannot change ${id}: nothing to change was given`, {
    hint: "Give at least one of title, description, status, role, needs, or an option.",
  });
}

export function editOf(change: TaskChange): TaskEdit {
  const omitted: readonly string[] = NO_COLUMNS;
  return Object.fromEntries(
    Object.entries(change).filter(([key, value]) => value !== undefined && !omitted.includes(key)),
  ) as TaskEdit;
}

/** What the log is told of a change. A long text has its place in the row; the log says that it changed. */
export function toldOf(before: TaskRow, change: TaskChange, edit: TaskEdit): Record<string, unknown> {
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
