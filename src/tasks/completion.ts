// What comes of a task. Invariant: the task's new state, the work, the decisions and the event that tells of them
// are one change: whoever sees the task completed can read what came of it.
import type { Artifacts } from "../artifacts/artifacts.ts";
import type { Clock } from "../base/clock.ts";
import type { Ids } from "../base/ids.ts";
import type { ArtifactType } from "../base/kinds.ts";
import { clip } from "../base/text.ts";
import type { ArtifactRow } from "../store/artifacts.ts";
import { insertDecision } from "../store/decisions.ts";
import { draftText, moveDraft, openDraft } from "../store/drafts.ts";
import { appendEvent } from "../store/events.ts";
import { endLease } from "../store/leases.ts";
import { childCounts, nextReady, type StatusCounts } from "../store/ready.ts";
import type { Part, Sql } from "../store/sql.ts";
import { type TaskEdit, type TaskRow, taskForChange, updateTask } from "../store/tasks.ts";
import { type Claimant, requireHold } from "./hold.ts";
import { refuseMisfit, tellStep } from "./step-task.ts";
import { noTask, refuseOpenPlan, refuseResting, staleRevision } from "./task-errors.ts";
import { taskEvent } from "./task-event.ts";

/** Where a task goes when its work is handed in. */
export const NEXT_ACTIONS = ["continue", "complete", "needs_revision", "blocked"] as const;
export type NextAction = (typeof NEXT_ACTIONS)[number];

export interface HandedIn {
  readonly summary: string;
  /** The whole result; without it, the draft is the result. */
  readonly work?: string | undefined;
  /** The draft, with `work` after it. */
  readonly useDraft?: boolean | undefined;
  readonly files?: readonly string[] | undefined;
  readonly type: ArtifactType;
  /** Of the result; Markdown unless it says otherwise. */
  readonly mime?: string | undefined;
  readonly next: NextAction;
  /** Why it is blocked, or what is to be revised; without it, the summary says so. */
  readonly note?: string | undefined;
  readonly decisions?: readonly string[] | undefined;
}

export interface Progress {
  readonly id: string;
  readonly title: string;
  readonly completed: number;
  readonly total: number;
  readonly percentage: number;
}

export interface Result {
  readonly task: TaskRow;
  readonly artifact?: ArtifactRow | undefined;
  /** What the artifact holds, for its mirror in the project. */
  readonly text?: string | undefined;
  readonly plan?: Progress | undefined;
  readonly upNext?: TaskRow | undefined;
}

/** A file that was made for a task. */
export interface MadeFile {
  readonly name: string;
  readonly mime: string;
  readonly title: string;
  readonly bytes: Uint8Array;
}

/** The one name of what a task brings forth: handed in again it is a new version. */
const RESULT_NAME = "result";
const EVENT_SUMMARY_CHARS = 200;

export class Completion {
  readonly #sql: Sql;
  readonly #artifacts: Pick<Artifacts, "keep">;
  readonly #clock: Clock;
  readonly #ids: Ids;

  constructor(sql: Sql, artifacts: Pick<Artifacts, "keep">, clock: Clock, ids: Ids) {
    this.#sql = sql;
    this.#artifacts = artifacts;
    this.#clock = clock;
    this.#ids = ids;
  }

  async handIn(id: string, done: HandedIn, claimant: Claimant): Promise<Result> {
    const now = this.#clock.now();
    return this.#sql.write(() => this.#handIn(id, done, claimant, now));
  }

  /** Files that are results of a task, all of them or none. */
  async keepFiles(taskId: string, files: readonly MadeFile[]): Promise<ArtifactRow[]> {
    const now = this.#clock.now();
    const ids = files.map(() => this.#ids.next("artifact"));
    const artifacts = this.#artifacts;
    return this.#sql.write(function* () {
      const task = yield* taskForChange(taskId);
      if (!task || task.archived_ms !== null) throw noTask(taskId);
      const { workspace_id, session_id } = task;
      const rows: ArtifactRow[] = [];
      for (const [at, file] of files.entries()) {
        const place = { id: ids[at] ?? "", workspace_id, task_id: taskId, session_id: session_id ?? undefined, now };
        rows.push(yield* artifacts.keep({ ...place, type: "documentation", files: [], ...file }));
      }
      return rows;
    });
  }

  *#handIn(id: string, done: HandedIn, claimant: Claimant, now: number): Part<Result> {
    const task = yield* taskForChange(id);
    if (!task || task.archived_ms !== null) throw noTask(id);
    const parts = yield* childCounts(id);
    // A plan whose parts are over need not be started to be completed.
    const isPlan = Object.keys(parts).length > 0;
    if (isPlan) refuseOpenPlan(task, parts, "complete");
    if (!(isPlan && task.status === "pending")) refuseResting(task, "complete");
    yield* requireHold(task, claimant, now, "complete");
    const text = yield* takeWork(id, done, now);
    if (done.next === "continue" || done.next === "complete") yield* refuseMisfit(id, text);
    const after = yield* this.#move(task, done, now);
    const artifact = text === undefined ? undefined : yield* this.#keep(after, done, text, now);
    for (const decision of done.decisions ?? []) {
      yield* insertDecision({ workspace_id: task.workspace_id, task_id: id, text: decision, created_ms: now });
    }
    yield* appendEvent(
      taskEvent(EVENTS[done.next], after, {
        status: after.status,
        from: task.status,
        summary: clip(done.summary, EVENT_SUMMARY_CHARS),
        ...(artifact ? { artifact: artifact.id } : {}),
        ...(done.decisions?.length ? { decisions: done.decisions.length } : {}),
      }),
    );
    if (after.status === "completed") {
      const { summary, decisions } = done;
      yield* tellStep(after, { status: "completed", summary, work: text, artifact: artifact?.id, decisions }, now);
    }
    const plan = task.parent_id === null ? undefined : yield* progressOf(task.parent_id);
    const upNext = done.next === "complete" ? undefined : yield* upNextAfter(after, now);
    return { task: after, artifact, text, plan, upNext };
  }

  *#move(task: TaskRow, done: HandedIn, now: number): Part<TaskRow> {
    const note = done.note ?? done.summary;
    const edits: Record<NextAction, TaskEdit> = {
      continue: { status: "completed", summary: done.summary, note: "" },
      complete: { status: "completed", summary: done.summary, note: "" },
      needs_revision: { summary: done.summary, note },
      blocked: { status: "blocked", summary: done.summary, note },
    };
    const after = yield* updateTask(task.id, task.revision, edits[done.next], now);
    if (!after) throw staleRevision(task, task.revision);
    if (done.next !== "needs_revision") yield* endLease(task.id);
    return after;
  }

  *#keep(task: TaskRow, done: HandedIn, text: string, now: number): Part<ArtifactRow> {
    return yield* this.#artifacts.keep({
      id: this.#ids.next("artifact"),
      workspace_id: task.workspace_id,
      task_id: task.id,
      session_id: task.session_id ?? undefined,
      name: RESULT_NAME,
      type: done.type,
      mime: done.mime ?? "text/markdown",
      title: task.title,
      files: done.files ?? [],
      text,
      now,
    });
  }
}

const EVENTS: Record<NextAction, string> = {
  continue: "task.completed",
  complete: "task.completed",
  needs_revision: "task.revised",
  blocked: "task.blocked",
};

/** The text that is handed in; undefined when there is none. */
function* takeWork(
  id: string,
  { work, useDraft = work === undefined }: HandedIn,
  now: number,
): Part<string | undefined> {
  const draft = useDraft ? yield* openDraft(id) : undefined;
  if (!draft) return work === "" ? undefined : work;
  const text = (yield* draftText(draft.id)) + (work ?? "");
  yield* moveDraft(draft.id, "used", now);
  return text;
}

function* progressOf(planId: string): Part<Progress | undefined> {
  const plan = yield* taskForChange(planId);
  if (!plan) return undefined;
  return shownProgress(plan, yield* childCounts(planId));
}

/** What was cancelled is no longer part of the way. */
export function shownProgress({ id, title }: TaskRow, counts: StatusCounts): Progress {
  const { completed = 0, cancelled = 0 } = counts;
  const total = Object.values(counts).reduce((sum, number) => sum + number, 0) - cancelled;
  return { id, title, completed, total, percentage: total === 0 ? 100 : Math.floor((completed / total) * 100) };
}

/** The next of the same plan, or else of the project. */
function* upNextAfter(task: TaskRow, now: number): Part<TaskRow | undefined> {
  const filter = { workspace_id: task.workspace_id, now };
  const ofPlan = task.parent_id === null ? undefined : yield* nextReady({ ...filter, parent_id: task.parent_id });
  return ofPlan ?? (yield* nextReady(filter));
}
