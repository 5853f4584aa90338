import type { NewEvent } from "../store/events.ts";
import type { TaskRow } from "../store/tasks.ts";

type EventTask = Pick<TaskRow, "id" | "workspace_id" | "session_id" | "parent_id" | "revision" | "updated_ms">;

/** What the log tells of a task: always its revision, and where it belongs. */
export function taskEvent(type: string, task: EventTask, data: Record<string, unknown>): NewEvent {
  return {
    at_ms: task.updated_ms,
    workspace_id: task.workspace_id,
    subject: task.id,
    type,
    data: {
      ...data,
      revision: task.revision,
      ...(task.session_id === null ? {} : { session: task.session_id }),
      ...(task.parent_id === null ? {} : { parent: task.parent_id }),
    },
  };
}
