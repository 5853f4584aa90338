// All rows of one workspace, for taking it out of one database and into another. Holds are not among them, because
// who holds a task is true of one database only; nor is what a search finds, which is made from the rest.
import { type ArtifactRow, type NewArtifact, toArtifact } from "./artifacts.ts";
import type { CommitRow } from "./commits.ts";
import type { DecisionRow } from "./decisions.ts";
import type { DraftRow } from "./drafts.ts";
import type { EventRow } from "./events.ts";
import type { SessionRow } from "./sessions.ts";
import type { Reader } from "./snapshot.ts";
import { type Part, type Row, run } from "./sql.ts";
import { type Need, type TaskRow, toTask } from "./tasks.ts";
import type { WorkspaceRow } from "./workspaces.ts";

export type LoggedEvent = Pick<EventRow, "seq" | "at_ms" | "subject" | "type" | "data">;

export interface PieceRow {
  readonly piece: number;
  readonly text: string;
}

export interface ContentRow {
  readonly hash: string;
  readonly size_bytes: number;
  readonly bytes: Uint8Array;
  readonly created_ms: number;
}

/** Every list below comes in pages: what follows `after`, at most so many rows. */
const PAGE_ROWS = 200;

export async function readAllSessions(reader: Reader, workspaceId: string, after: number): Promise<SessionRow[]> {
  return reader.all<SessionRow>("SELECT * FROM session WHERE workspace_id = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3", [
    workspaceId,
    after,
    PAGE_ROWS,
  ]);
}

/** Archived ones too. */
export async function readAllTasks(reader: Reader, workspaceId: string, after: number): Promise<TaskRow[]> {
  const rows = await reader.all<Row>("SELECT * FROM task WHERE workspace_id = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3", [
    workspaceId,
    after,
    PAGE_ROWS,
  ]);
  return rows.map(toTask);
}

export async function readAllNeeds(
  reader: Reader,
  workspaceId: string,
  after: Pick<Need, "task_id" | "needs_id">,
): Promise<Need[]> {
  return reader.all<Need>(
    `SELECT n.task_id, n.needs_id, n.kind, n.waived
     FROM task_need n JOIN task t ON t.id = n.task_id
     WHERE t.workspace_id = ?1 AND (n.task_id, n.needs_id) > (?2, ?3)
     ORDER BY n.task_id, n.needs_id LIMIT ?4`,
    [workspaceId, after.task_id, after.needs_id, PAGE_ROWS],
  );
}

/** Open ones and old ones. */
export async function readAllDrafts(reader: Reader, workspaceId: string, after: string): Promise<DraftRow[]> {
  return reader.all<DraftRow>(
    `SELECT d.* FROM draft d JOIN task t ON t.id = d.task_id
     WHERE t.workspace_id = ?1 AND d.id > ?2
     ORDER BY d.id LIMIT ?3`,
    [workspaceId, after, PAGE_ROWS],
  );
}

export async function readPieces(reader: Reader, draftId: string, after: number): Promise<PieceRow[]> {
  return reader.all<PieceRow>(PIECES, [draftId, after, PAGE_ROWS]);
}

const PIECES = "SELECT piece, text FROM draft_piece WHERE draft_id = ?1 AND piece > ?2 ORDER BY piece LIMIT ?3";

/** Every version. */
export async function readAllArtifacts(reader: Reader, workspaceId: string, after: number): Promise<ArtifactRow[]> {
  const rows = await reader.all<Row>(
    "SELECT * FROM artifact WHERE workspace_id = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3",
    [workspaceId, after, PAGE_ROWS],
  );
  return rows.map(toArtifact);
}

export async function readWholeContent(reader: Reader, hash: string): Promise<ContentRow | undefined> {
  const rows = await reader.all<ContentRow>("SELECT hash, size_bytes, bytes, created_ms FROM content WHERE hash = ?1", [
    hash,
  ]);
  return rows[0];
}

export async function readAllDecisions(reader: Reader, workspaceId: string, after: number): Promise<DecisionRow[]> {
  return reader.all<DecisionRow>(DECISIONS, [workspaceId, after, PAGE_ROWS]);
}

const DECISIONS = "SELECT * FROM decision WHERE workspace_id = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3";

export async function readAllCommits(
  reader: Reader,
  workspaceId: string,
  after: Pick<CommitRow, "task_id" | "hash">,
): Promise<CommitRow[]> {
  return reader.all<CommitRow>(
    `SELECT * FROM task_commit
     WHERE workspace_id = ?1 AND (task_id, hash) > (?2, ?3)
     ORDER BY task_id, hash LIMIT ?4`,
    [workspaceId, after.task_id, after.hash, PAGE_ROWS],
  );
}

export async function readAllEvents(reader: Reader, workspaceId: string, after: number): Promise<LoggedEvent[]> {
  const rows = await reader.all<LoggedText>(EVENTS, [workspaceId, after, PAGE_ROWS]);
  return rows.map((row) => ({ ...row, data: JSON.parse(row.data) as Record<string, unknown> }));
}

const EVENTS = `SELECT seq, at_ms, subject, type, data FROM event
  WHERE workspace_id = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3`;

type LoggedText = Omit<LoggedEvent, "data"> & { readonly data: string };

/** The workspaces that have this id or this path. */
export function* likeWorkspace({ id, path }: WorkspaceRow): Part<WorkspaceRow[]> {
  return yield* run<WorkspaceRow>("SELECT id, path, created_ms FROM workspace WHERE id = ?1 OR path = ?2", [id, path]);
}

/** For a task that was inserted before the plan that it is a part of. */
export function* setParent(id: string, parentId: string): Part<void> {
  yield* run("UPDATE task SET parent_id = ?2 WHERE id = ?1", [id, parentId]);
}

export function* knownNeed({ task_id, needs_id }: Pick<Need, "task_id" | "needs_id">): Part<Need | undefined> {
  const rows = yield* run<Need & Row>(
    "SELECT task_id, needs_id, kind, waived FROM task_need WHERE task_id = ?1 AND needs_id = ?2",
    [task_id, needs_id],
  );
  return rows[0];
}

/** What waits for what in a workspace: the edges that must not close a circle. */
export function* waitingEdges(workspaceId: string): Part<Pick<Need, "task_id" | "needs_id">[]> {
  return yield* run<Pick<Need, "task_id" | "needs_id">>(
    `SELECT n.task_id, n.needs_id FROM task_need n JOIN task t ON t.id = n.task_id
     WHERE t.workspace_id = ?1 AND n.kind <> 'related'`,
    [workspaceId],
  );
}

export function* knownDraft(id: string): Part<DraftRow | undefined> {
  return (yield* run<DraftRow & Row>("SELECT * FROM draft WHERE id = ?1 {lock}", [id]))[0];
}

/** The texts of a draft's pieces in their order. */
export function* pieceTexts(draftId: string): Part<string[]> {
  const texts: string[] = [];
  for (let after = 0; ; ) {
    const rows = yield* run<PieceRow & Row>(PIECES, [draftId, after, PAGE_ROWS]);
    for (const { piece, text } of rows) {
      texts.push(text);
      after = piece;
    }
    if (rows.length < PAGE_ROWS) return texts;
  }
}

export function* insertWholeDraft(draft: DraftRow, pieces: readonly string[]): Part<void> {
  yield* run(
    `INSERT INTO draft (id, task_id, status, next_piece, chars, told_ms, created_ms, updated_ms)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)`,
    [
      draft.id,
      draft.task_id,
      draft.status,
      draft.next_piece,
      draft.chars,
      draft.told_ms,
      draft.created_ms,
      draft.updated_ms,
    ],
  );
  for (const [at, text] of pieces.entries()) {
    yield* run("INSERT INTO draft_piece (draft_id, piece, text) VALUES (?1, ?2, ?3)", [draft.id, at + 1, text]);
  }
}

/** The artifact of this id, or the one that has its place: a task has each version of a name once. */
export function* knownArtifact({
  id,
  task_id,
  name,
  version,
}: ArtifactRow | NewArtifact): Part<ArtifactRow | undefined> {
  const rows = yield* run<Row>(
    `SELECT * FROM artifact WHERE id = ?1 OR (task_id = ?2 AND name = ?3 AND version = ?4)
     ORDER BY CASE WHEN id = ?1 THEN 0 ELSE 1 END LIMIT 1`,
    [id, task_id, name, version],
  );
  return rows.map(toArtifact)[0];
}

/** Shows what was decided here already, each decision in one text: they have no id. */
export function* knownDecisions(workspaceId: string, see: (decision: string) => void): Part<void> {
  for (let after = 0; ; ) {
    const rows = yield* run<DecisionRow & Row>(DECISIONS, [workspaceId, after, PAGE_ROWS]);
    for (const row of rows) {
      see(decisionText(row));
      after = row.seq;
    }
    if (rows.length < PAGE_ROWS) return;
  }
}

export function decisionText({ task_id, created_ms, text }: Omit<DecisionRow, "seq" | "workspace_id">): string {
  return `${Number(created_ms)} ${task_id} ${text}`;
}

export function* knownCommit(taskId: string, hash: string): Part<CommitRow | undefined> {
  const rows = yield* run<CommitRow & Row>("SELECT * FROM task_commit WHERE task_id = ?1 AND hash = ?2", [
    taskId,
    hash,
  ]);
  return rows[0];
}

/** Shows what the log of a workspace tells already, each event in one text. */
export function* loggedEvents(workspaceId: string, see: (event: string) => void): Part<void> {
  for (let after = 0; ; ) {
    const rows = yield* run<LoggedText & Row>(EVENTS, [workspaceId, after, LOG_PAGE_ROWS]);
    for (const row of rows) {
      see(eventText(row, row.data));
      after = row.seq;
    }
    if (rows.length < LOG_PAGE_ROWS) return;
  }
}

const LOG_PAGE_ROWS = 2_000;

export function eventText({ at_ms, subject, type }: Omit<LoggedEvent, "seq" | "data">, data: string): string {
  return `${Number(at_ms)} ${subject} ${type} ${data}`;
}
