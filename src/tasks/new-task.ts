import { ATTEMPTS_MAX, PRIORITY_DEFAULT } from "../base/limits.ts";
import type { NewTask } from "../store/tasks.ts";
import type { TaskDraft } from "./task.ts";

/** Where a task belongs. */
export type Place = Pick<NewTask, "id" | "workspace_id" | "session_id" | "parent_id" | "created_ms" | "updated_ms">;

/** A task that nobody has worked on yet. */
export function newTask(draft: TaskDraft, place: Place): NewTask {
  return {
    ...place,
    title: draft.title,
    description: draft.description ?? "",
    status: "pending",
    role: draft.role ?? "",
    priority: draft.priority ?? PRIORITY_DEFAULT,
    tags: draft.tags ?? [],
    environment: draft.environment ?? "",
    language: draft.language ?? "",
    revision: 1,
    archived_ms: null,
    complexity: draft.complexity ?? "moderate",
    effort: draft.effort ?? "",
    worker: draft.worker ?? "client",
    acceptance: draft.acceptance ?? [],
    summary: "",
    note: "",
    attempts: 0,
    attempts_max: draft.attempts_max ?? ATTEMPTS_MAX,
    ready_ms: 0,
  };
}
