// Results still being written, piece by piece. Invariant: the pieces of a draft are 1 … next_piece − 1, and a
// piece never changes.
import { type Part, type Row, run, type Sql } from "./sql.ts";

export interface DraftRow {
  readonly id: string;
  readonly task_id: string;
  readonly status: "open" | "used" | "set_aside";
  readonly next_piece: number;
  readonly chars: number;
  readonly told_ms: number;
  readonly created_ms: number;
  readonly updated_ms: number;
}

export function* openDraft(taskId: string): Part<DraftRow | undefined> {
  return (yield* run<DraftRow & Row>("SELECT * FROM draft WHERE task_id = ?1 AND status = 'open'", [taskId]))[0];
}

export function* insertDraft(id: string, taskId: string, now: number): Part<void> {
  yield* run(
    `INSERT INTO draft (id, task_id, status, next_piece, chars, told_ms, created_ms, updated_ms)
     VALUES (?1, ?2, 'open', 1, 0, ?3, ?3, ?3)`,
    [id, taskId, now],
  );
}

/** Nothing when the draft does not wait for this piece. */
export function* addPiece(
  draftId: string,
  piece: number,
  text: string,
  times: { readonly now: number; readonly toldMs: number },
): Part<DraftRow | undefined> {
  const rows = yield* run<DraftRow & Row>(
    `UPDATE draft SET next_piece = ?2 + 1, chars = chars + ?3, told_ms = ?4, updated_ms = ?5
     WHERE id = ?1 AND next_piece = ?2 AND status = 'open'
     RETURNING *`,
    [draftId, piece, text.length, times.toldMs, times.now],
  );
  if (rows[0])
    yield* run("INSERT INTO draft_piece (draft_id, piece, text) VALUES (?1, ?2, ?3)", [draftId, piece, text]);
  return rows[0];
}

export function* pieceText(draftId: string, piece: number): Part<string | undefined> {
  const rows = yield* run<{ text: string }>("SELECT text FROM draft_piece WHERE draft_id = ?1 AND piece = ?2", [
    draftId,
    piece,
  ]);
  return rows[0]?.text;
}

export function* draftText(draftId: string): Part<string> {
  const rows = yield* run<{ text: string }>("SELECT text FROM draft_piece WHERE draft_id = ?1 ORDER BY piece", [
    draftId,
  ]);
  return rows.map(({ text }) => text).join("");
}

export function* moveDraft(id: string, status: "used" | "set_aside", now: number): Part<void> {
  yield* run("UPDATE draft SET status = ?2, updated_ms = ?3 WHERE id = ?1 AND status = 'open'", [id, status, now]);
}

/** The newest of a task, open or not. */
export async function readDraft(sql: Sql, taskId: string): Promise<DraftRow | undefined> {
  const rows = await sql.all<DraftRow>(
    `SELECT * FROM draft WHERE task_id = ?1
     ORDER BY CASE WHEN status = 'open' THEN 0 ELSE 1 END, created_ms DESC, id LIMIT 1`,
    [taskId],
  );
  return rows[0];
}

export async function readOpenDraft(sql: Sql, taskId: string): Promise<DraftRow | undefined> {
  return (await sql.all<DraftRow>("SELECT * FROM draft WHERE status = 'open' AND task_id = ?1", [taskId]))[0];
}

export async function readOpenDrafts(sql: Sql, taskIds: readonly string[]): Promise<Map<string, DraftRow>> {
  if (taskIds.length === 0) return new Map();
  const rows = await sql.all<DraftRow>("SELECT * FROM draft WHERE status = 'open' AND task_id IN ({each 1})", [
    JSON.stringify(taskIds),
  ]);
  return new Map(rows.map((row) => [row.task_id, row]));
}

export interface DraftOfTask extends DraftRow {
  readonly title: string;
}

/** Drafts that somebody left behind or is writing, the newest first. */
export async function readDraftsOf(sql: Sql, workspaceId: string, rowsMax: number): Promise<DraftOfTask[]> {
  return sql.all<DraftOfTask>(
    `SELECT d.*, t.title FROM draft d JOIN task t ON t.id = d.task_id
     WHERE d.status = 'open' AND t.workspace_id = ?1 AND t.archived_ms IS NULL
       AND t.status IN ('pending', 'active', 'blocked')
     ORDER BY d.updated_ms DESC, d.id LIMIT ?2`,
    [workspaceId, rowsMax],
  );
}

/** The end of a draft: at least `chars` characters when it has so many, in whole pieces. */
export async function readDraftTail(sql: Sql, draftId: string, chars: number): Promise<string> {
  const tail: string[] = [];
  let left = chars;
  for (let before = Number.MAX_SAFE_INTEGER; left > 0; ) {
    const rows = await sql.all<{ piece: number; text: string }>(
      "SELECT piece, text FROM draft_piece WHERE draft_id = ?1 AND piece < ?2 ORDER BY piece DESC LIMIT ?3",
      [draftId, before, PIECES_A_READ],
    );
    for (const { piece, text } of rows) {
      tail.unshift(text);
      left -= text.length;
      before = piece;
      if (left <= 0) break;
    }
    if (rows.length < PIECES_A_READ) break;
  }
  return tail.join("");
}

const PIECES_A_READ = 20;
