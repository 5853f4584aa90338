// Rows that a search can find, written as the rooms above write them: each with its event.
import { randomIds } from "../../src/base/ids.ts";
import { appendEvent } from "../../src/store/events.ts";
import { type Part, run, type Sql } from "../../src/store/sql.ts";
import { archiveTask, insertTask, type NewTask, taskForChange, updateTask } from "../../src/store/tasks.ts";

export interface ArtifactDraft {
  readonly workspace_id: string;
  readonly task_id: string;
  readonly title: string;
  readonly name: string;
  readonly text: string;
  readonly mime?: string;
  readonly files?: readonly string[];
  readonly version?: number;
}

const TASK = {
  description: "",
  status: "pending",
  role: "",
  priority: 5,
  tags: [],
  environment: "",
  language: "",
  revision: 1,
  created_ms: 1,
  updated_ms: 1,
  archived_ms: null,
  session_id: null,
  parent_id: null,
  complexity: "moderate",
  effort: "",
  worker: "client",
  acceptance: [],
  summary: "",
  note: "",
  attempts: 0,
  attempts_max: 3,
  ready_ms: 0,
} as const satisfies Partial<NewTask>;

function* told(type: string, subject: string, workspace_id: string): Part<void> {
  yield* appendEvent({ at_ms: 1, workspace_id, subject, type, data: {} });
}

export function tell(sql: Sql, type: string, subject: string, workspaceId: string): Promise<void> {
  return sql.write(() => told(type, subject, workspaceId));
}

export async function makeWorkspace(sql: Sql, id: string): Promise<void> {
  await sql.write(() =>
    run("INSERT INTO workspace (id, path, created_ms) VALUES (?1, ?2, 1) ON CONFLICT DO NOTHING", [id, `/${id}`]),
  );
}

/** The ids, in the order of the drafts. */
export function makeTasks(
  sql: Sql,
  workspaceId: string,
  ...drafts: (Partial<NewTask> & Pick<NewTask, "title">)[]
): Promise<string[]> {
  return sql.write(function* () {
    const ids: string[] = [];
    for (const draft of drafts) {
      const id = randomIds.next("task");
      yield* insertTask({ ...TASK, ...draft, id, workspace_id: workspaceId });
      yield* told("task.created", id, workspaceId);
      ids.push(id);
    }
    return ids;
  });
}

export function retitle(sql: Sql, id: string, title: string): Promise<void> {
  return sql.write(function* () {
    const task = yield* taskForChange(id);
    if (!task) throw new Error(`no ${id}`);
    yield* updateTask(id, task.revision, { title }, 2);
    yield* told("task.updated", id, task.workspace_id);
  });
}

export function archive(sql: Sql, id: string, isArchived: boolean): Promise<void> {
  return sql.write(function* () {
    const task = yield* archiveTask(id, isArchived ? 2 : null, 2);
    if (!task) throw new Error(`no ${id}`);
    yield* told(isArchived ? "task.archived" : "task.restored", id, task.workspace_id);
  });
}

export function makeSession(sql: Sql, workspaceId: string, title: string): Promise<string> {
  const id = randomIds.next("session");
  return sql.write(function* () {
    yield* run(
      `INSERT INTO session (id, workspace_id, title, status, created_ms, updated_ms) VALUES (?1, ?2, ?3, 'open', 1, 1)`,
      [id, workspaceId, title],
    );
    yield* told("session.started", id, workspaceId);
    return id;
  });
}

export async function makeArtifact(sql: Sql, draft: ArtifactDraft): Promise<string> {
  return sql.write(() => artifactPart(draft));
}

/** The same as a part of a change, for many at once. */
export function* artifactPart(draft: ArtifactDraft): Part<string> {
  const id = randomIds.next("artifact");
  const bytes = new TextEncoder().encode(draft.text);
  yield* run("INSERT INTO content (hash, size_bytes, bytes, created_ms) VALUES (?1, ?2, ?3, 1)", [
    id,
    bytes.length,
    bytes,
  ]);
  yield* run(
    `INSERT INTO artifact (id, workspace_id, task_id, name, version, type, mime, title, files, hash, size_bytes, created_ms)
     VALUES (?1, ?2, ?3, ?4, ?5, 'general', ?6, ?7, ?8, ?1, ?9, 1)`,
    [
      id,
      draft.workspace_id,
      draft.task_id,
      draft.name,
      draft.version ?? 1,
      draft.mime ?? "text/markdown",
      draft.title,
      JSON.stringify(draft.files ?? []),
      bytes.length,
    ],
  );
  yield* told("artifact.kept", id, draft.workspace_id);
  return id;
}
