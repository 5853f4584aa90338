// All rows of one workspace, for taking it out of one database and into another.
import type { EventRow } from "./events.ts";
import type { Reader } from "./snapshot.ts";
import { type Part, type Row, run } from "./sql.ts";
import type { Need, TaskRow } from "./tasks.ts";
import type { WorkspaceRow } from "./workspaces.ts";

export type LoggedEvent = Pick<EventRow, "seq" | "at_ms" | "subject" | "type" | "data">;

/** Archived ones too, in their order. */
export async function readAllTasks(
  reader: Reader,
  workspaceId: string,
  after: number,
  rowsMax: number,
): Promise<TaskRow[]> {
  const rows = await reader.all<Row>("SELECT * FROM task WHERE workspace_id = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3", [
    workspaceId,
    after,
    rowsMax,
  ]);
  return rows.map((row) => ({ ...(row as unknown as TaskRow), tags: JSON.parse(String(row["tags"])) as string[] }));
}

export async function readAllNeeds(reader: Reader, workspaceId: string): Promise<Need[]> {
  return reader.all<Need>(NEEDS, [workspaceId]);
}

const NEEDS = `SELECT n.task_id, n.needs_id
  FROM task_need n JOIN task t ON t.id = n.task_id
  WHERE t.workspace_id = ?1
  ORDER BY n.task_id, n.needs_id`;

export async function readAllEvents(
  reader: Reader,
  workspaceId: string,
  after: number,
  rowsMax: number,
): Promise<LoggedEvent[]> {
  const rows = await reader.all<Row>(
    `SELECT seq, at_ms, subject, type, data FROM event
     WHERE workspace_id = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3`,
    [workspaceId, after, rowsMax],
  );
  return rows.map((row) => ({
    ...(row as unknown as LoggedEvent),
    data: JSON.parse(String(row["data"])) as Record<string, unknown>,
  }));
}

/** The workspaces that have this id or this path. */
export function* likeWorkspace({ id, path }: WorkspaceRow): Part<WorkspaceRow[]> {
  return yield* run<WorkspaceRow>("SELECT id, path, created_ms FROM workspace WHERE id = ?1 OR path = ?2", [id, path]);
}

export function* allNeeds(workspaceId: string): Part<Need[]> {
  return yield* run<Need & Row>(NEEDS, [workspaceId]);
}

/** What the log of a workspace tells already, each event in one text. */
export function* loggedEvents(workspaceId: string): Part<Set<string>> {
  const rows = yield* run<LoggedEvent & { data: string }>(
    "SELECT at_ms, subject, type, data FROM event WHERE workspace_id = ?1",
    [workspaceId],
  );
  return new Set(rows.map(({ at_ms, subject, type, data }) => eventText({ at_ms, subject, type }, data)));
}

export function eventText({ at_ms, subject, type }: Omit<LoggedEvent, "seq" | "data">, data: string): string {
  return `${Number(at_ms)} ${subject} ${type} ${data}`;
}
