// A task's row as it is shown: what is empty or as usual is left out.
import { ATTEMPTS_MAX, PRIORITY_DEFAULT, ROW_TITLE_CHARS_MAX } from "../base/limits.ts";
import { clip } from "../base/text.ts";
import type { Need, TaskRow } from "../store/tasks.ts";
import type { Task, TaskBrief, TaskChanged } from "./task.ts";

export function changed({ id, title, status, revision }: TaskRow): TaskChanged {
  return { id, title: clip(title, ROW_TITLE_CHARS_MAX), status, revision };
}

export function brief(task: TaskRow, waitsFor: number): TaskBrief {
  return {
    id: task.id,
    title: clip(task.title, ROW_TITLE_CHARS_MAX),
    status: task.status,
    ...(task.priority === PRIORITY_DEFAULT ? {} : { priority: task.priority }),
    ...(waitsFor > 0 ? { waits_for: waitsFor } : {}),
  };
}

export function shown(row: TaskRow, needs: readonly Need[]): Task {
  const of = (kind: Need["kind"]) => needs.filter((need) => need.kind === kind).map(({ needs_id }) => needs_id);
  return leaveOutEmpty({
    id: row.id,
    title: row.title,
    status: row.status,
    description: row.description,
    acceptance: [...row.acceptance],
    role: row.role,
    priority: row.priority,
    complexity: row.complexity === "moderate" ? undefined : row.complexity,
    effort: row.effort,
    worker: row.worker === "client" ? undefined : row.worker,
    tags: [...row.tags],
    needs: of("completion"),
    environment: row.environment,
    language: row.language,
    session: row.session_id ?? undefined,
    parent: row.parent_id ?? undefined,
    summary: row.summary,
    note: row.note,
    attempts: row.attempts || undefined,
    attempts_max: row.attempts_max === ATTEMPTS_MAX ? undefined : row.attempts_max,
    ready_ms: row.ready_ms || undefined,
    revision: row.revision,
    created_ms: row.created_ms,
    updated_ms: row.updated_ms,
    archived_ms: row.archived_ms ?? undefined,
  });
}

/** The same with every key, but without those that say nothing. */
export function leaveOutEmpty<T extends Record<string, unknown>>(value: T): T {
  const said = Object.entries(value).filter(
    ([, inner]) => inner !== undefined && inner !== "" && !(Array.isArray(inner) && inner.length === 0),
  );
  return Object.fromEntries(said) as T;
}
