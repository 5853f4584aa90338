// Results that are saved while they are written. Invariant: what was answered with `next_piece` is on disk and
// can be read by whoever comes after the writer.
import type { Clock } from "../base/clock.ts";
import { AppError } from "../base/errors.ts";
import type { Ids } from "../base/ids.ts";
import { DRAFT_CHARS_MAX, DRAFT_TOLD_MS } from "../base/limits.ts";
import {
  addPiece,
  type DraftRow,
  insertDraft,
  moveDraft,
  openDraft,
  pieceText,
  readDraft,
  readDraftTail,
} from "../store/drafts.ts";
import { appendEvent } from "../store/events.ts";
import type { Part, Sql } from "../store/sql.ts";
import { readTask, type TaskRow, taskForChange } from "../store/tasks.ts";
import { type Claimant, requireHold } from "./hold.ts";
import { noTask, refuseResting } from "./task-errors.ts";
import { taskEvent } from "./task-event.ts";

export interface Piece {
  /** From 1. */
  readonly piece: number;
  readonly text: string;
  /** Sets what was written before aside and begins anew. */
  readonly restart?: boolean | undefined;
}

export interface Appended {
  next_piece: number;
  chars: number;
}

export interface DraftText {
  readonly task: string;
  readonly title: string;
  readonly status: DraftRow["status"];
  readonly chars: number;
  readonly next_piece: number;
  /** The end of it. */
  readonly tail: string;
}

export class Drafts {
  readonly #sql: Sql;
  readonly #clock: Clock;
  readonly #ids: Ids;

  constructor(sql: Sql, clock: Clock, ids: Ids) {
    this.#sql = sql;
    this.#clock = clock;
    this.#ids = ids;
  }

  async append(taskId: string, piece: Piece, claimant: Claimant): Promise<Appended> {
    const now = this.#clock.now();
    const id = this.#ids.next("draft");
    return this.#sql.write(function* () {
      const task = yield* taskForChange(taskId);
      if (!task || task.archived_ms !== null) throw noTask(taskId);
      refuseResting(task, "write to");
      yield* requireHold(task, claimant, now, "write to");
      return yield* append(task, id, piece, now);
    });
  }

  /** What is there of a task's draft, the last `chars` characters of its text; undefined when it never had one. */
  async read(taskId: string, chars: number): Promise<DraftText | undefined> {
    const task = await readTask(this.#sql, taskId);
    if (!task) throw noTask(taskId);
    const draft = await readDraft(this.#sql, taskId);
    if (!draft) return undefined;
    return {
      task: taskId,
      title: task.title,
      status: draft.status,
      chars: draft.chars,
      next_piece: draft.next_piece,
      tail: (await readDraftTail(this.#sql, draft.id, chars)).slice(-chars),
    };
  }
}

function* append(task: TaskRow, newId: string, given: Piece, now: number): Part<Appended> {
  const { piece, text } = given;
  const draft = yield* draftToWrite(task, given, now);
  if (draft && piece < draft.next_piece) return yield* repeated(task, draft, piece, text);
  const expected = draft?.next_piece ?? 1;
  if (piece !== expected) throw wrongPiece(task, piece, expected, "a piece before it is missing");
  refuseLong(task, (draft?.chars ?? 0) + text.length);
  if (!draft) yield* insertDraft(newId, task.id, now);
  const isTold = !draft || now - draft.told_ms >= DRAFT_TOLD_MS;
  const after = yield* addPiece(draft?.id ?? newId, piece, text, { now, toldMs: isTold ? now : draft.told_ms });
  if (!after) throw wrongPiece(task, piece, expected, "another piece came first");
  if (isTold) yield* appendEvent(draftEvent("draft.grown", task, after, now));
  return { next_piece: after.next_piece, chars: after.chars };
}

/** The open draft, unless it is to be begun anew; asked for twice, that happens once. */
function* draftToWrite(task: TaskRow, { piece, text, restart }: Piece, now: number): Part<DraftRow | undefined> {
  const draft = yield* openDraft(task.id);
  if (!draft || !restart) return draft;
  if (piece === 1 && (yield* pieceText(draft.id, 1)) === text) return draft;
  yield* moveDraft(draft.id, "set_aside", now);
  yield* appendEvent(draftEvent("draft.set_aside", task, draft, now));
  return undefined;
}

function refuseLong({ id }: TaskRow, chars: number): void {
  if (chars <= DRAFT_CHARS_MAX) return;
  throw new AppError(
    "too_large",
    `cannot write to ${id}: its draft would be longer than ${DRAFT_CHARS_MAX} characters`,
    {
      hint: "Complete the task with what is there, and create another for the rest.",
    },
  );
}

/** A piece that is there already: sent again it changes nothing, but another text is a mistake. */
function* repeated(task: TaskRow, draft: DraftRow, piece: number, text: string): Part<Appended> {
  if ((yield* pieceText(draft.id, piece)) === text) return { next_piece: draft.next_piece, chars: draft.chars };
  throw wrongPiece(task, piece, draft.next_piece, "it is there already with another text");
}

function wrongPiece({ id }: TaskRow, piece: number, next: number, why: string): AppError {
  return new AppError("conflict", `cannot write piece ${piece} of ${id}: ${why}`, {
    hint:
      next === 1
        ? "Nothing is written yet: begin with piece 1."
        : `The next piece is ${next}. task_show with draft shows the end of what is there; restart begins anew.`,
  });
}

function draftEvent(type: string, task: TaskRow, draft: Pick<DraftRow, "next_piece" | "chars">, now: number) {
  return taskEvent(type, { ...task, updated_ms: now }, { next_piece: draft.next_piece, chars: draft.chars });
}
