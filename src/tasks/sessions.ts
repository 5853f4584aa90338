// Orchestrations of a workspace. Several windows may work at one; it ends when somebody closes it, not when a
// window does.
import type { Clock } from "../base/clock.ts";
import { AppError } from "../base/errors.ts";
import type { Ids } from "../base/ids.ts";
import { TITLE_CHARS_MAX } from "../base/limits.ts";
import type { Liveness } from "../base/liveness.ts";
import { pageCursor } from "../base/page-cursor.ts";
import { clip } from "../base/text.ts";
import type { SessionStatus } from "../base/transitions.ts";
import { appendEvent } from "../store/events.ts";
import { endLease, heldTasks } from "../store/leases.ts";
import {
  insertSession,
  moveSession,
  openSession,
  readIdleSessions,
  readSession,
  readSessionIds,
  readSessions,
  readSessionsById,
  type SessionCounts,
  type SessionRow,
  sessionForChange,
  touchSession,
} from "../store/sessions.ts";
import type { Part, Sql } from "../store/sql.ts";
import { type TaskRow, updateTask } from "../store/tasks.ts";
import { isLive, lookOnce } from "./hold.ts";
import { taskEvent } from "./task-event.ts";
import type { Workspaces } from "./workspaces.ts";

export interface Begun {
  readonly session: SessionRow;
  /** It was open already. */
  readonly isContinued: boolean;
}

export interface CleanedUp {
  readonly closed: readonly Pick<SessionRow, "id" | "title">[];
  /** Tasks whose holder is gone, and which anybody can start again. */
  readonly released: readonly Pick<TaskRow, "id" | "title">[];
}

export interface SessionPage {
  readonly sessions: readonly SessionCounts[];
  readonly cursor?: string;
}

const AFTER_ALL = Number.MAX_SAFE_INTEGER;

export class Sessions {
  readonly #sql: Sql;
  readonly #workspaces: Workspaces;
  readonly #clock: Clock;
  readonly #ids: Ids;
  readonly #liveness: Liveness;

  constructor(sql: Sql, workspaces: Workspaces, clock: Clock, ids: Ids, liveness: Liveness) {
    this.#sql = sql;
    this.#workspaces = workspaces;
    this.#clock = clock;
    this.#ids = ids;
    this.#liveness = liveness;
  }

  /** The open session of a workspace, or a new one when there is none, or when a new one is wanted. */
  async begin(
    path: string,
    options: { title?: string | undefined; isNew?: boolean | undefined; client: string },
  ): Promise<Begun> {
    const now = this.#clock.now();
    const { title = "", isNew = false, client } = options;
    return this.#sql.write(() => this.#begin(path, title, isNew, client, now));
  }

  *#begin(path: string, title: string, isNew: boolean, client: string, now: number): Part<Begun> {
    const workspace = yield* this.#workspaces.ensure(path);
    const known = isNew ? undefined : yield* openSession(workspace.id);
    if (!known) return { session: yield* this.#open(workspace.id, title, client, now), isContinued: false };
    const session = yield* touchSession(known.id, title, now);
    return { session: session ?? known, isContinued: true };
  }

  /** The same as a part of a change that needs a session to belong to. */
  *ensureOpen(
    workspaceId: string,
    { title, client, now }: { title: string; client: string; now: number },
  ): Part<SessionRow> {
    return (yield* openSession(workspaceId)) ?? (yield* this.#open(workspaceId, title, client, now));
  }

  *#open(workspaceId: string, title: string, client: string, now: number): Part<SessionRow> {
    const id = this.#ids.next("session");
    const row = yield* insertSession({
      id,
      workspace_id: workspaceId,
      title: clip(title, TITLE_CHARS_MAX),
      status: "open",
      client,
      created_ms: now,
      updated_ms: now,
      closed_ms: null,
    });
    if (!row) throw noSession(id);
    yield* appendEvent(sessionEvent("session.started", row, { title: row.title, client }));
    return row;
  }

  async find(id: string): Promise<SessionRow> {
    const row = await readSession(this.#sql, id);
    if (!row) throw noSession(id);
    return row;
  }

  /** The one that work of this workspace belongs to now. */
  async newestOpen(workspaceId: string): Promise<SessionRow | undefined> {
    const [newest] = await readSessions(this.#sql, { workspace_id: workspaceId, status: "open" }, AFTER_ALL, 1);
    return newest;
  }

  async withCounts(ids: readonly string[]): Promise<SessionCounts[]> {
    return readSessionsById(this.#sql, ids);
  }

  /** Newest first. */
  async list(
    path: string,
    options: { status?: SessionStatus | undefined; limit: number; cursor?: string | undefined },
  ): Promise<SessionPage> {
    const workspace = await this.#workspaces.find(path);
    if (!workspace) return { sessions: [] };
    const before = pageCursor(options.cursor, "session_list", AFTER_ALL);
    const filter = { workspace_id: workspace.id, status: options.status };
    const rows = await readSessions(this.#sql, filter, before, options.limit + 1);
    const sessions = rows.slice(0, options.limit);
    const last = sessions.at(-1);
    return { sessions, ...(rows.length > sessions.length && last ? { cursor: String(last.seq) } : {}) };
  }

  async close(id: string): Promise<SessionRow> {
    return this.#move(id, "closed", "session.closed");
  }

  /** Opens a closed session again. */
  async resume(id: string): Promise<SessionRow> {
    return this.#move(id, "open", "session.resumed");
  }

  /** Answers the session as it is when it has that status already: nothing is wrong with being told twice. */
  async #move(id: string, status: SessionStatus, type: string): Promise<SessionRow> {
    const now = this.#clock.now();
    return this.#sql.write(function* () {
      const before = yield* sessionForChange(id);
      if (!before) throw noSession(id);
      const after = yield* moveSession(id, status, now);
      if (!after) return before;
      yield* appendEvent(sessionEvent(type, after, { status }));
      return after;
    });
  }

  /** Closes sessions in which nothing is left to do, and lets go of tasks whose holder is gone. */
  async cleanUp(path: string, options: { idleMs: number; isDryRun: boolean }): Promise<CleanedUp> {
    const now = this.#clock.now();
    const workspace = await this.#workspaces.find(path);
    if (!workspace) return { closed: [], released: [] };
    const idle = await readIdleSessions(this.#sql, workspace.id, now - options.idleMs);
    const liveness = lookOnce(this.#liveness);
    return this.#sql.write(function* () {
      const left = (yield* heldTasks(workspace.id)).filter(({ lease }) => !isLive(lease, now, liveness));
      const answer = { closed: idle, released: left.map(({ task }) => task) };
      if (options.isDryRun) return answer;
      for (const { task } of left) yield* release(task, now);
      for (const { id } of idle) {
        const after = yield* moveSession(id, "closed", now);
        if (after) yield* appendEvent(sessionEvent("session.closed", after, { status: after.status, idle: true }));
      }
      return answer;
    });
  }

  async idsLike(prefix: string, rowsMax: number): Promise<string[]> {
    return readSessionIds(this.#sql, prefix, rowsMax);
  }
}

function* release(task: TaskRow, now: number): Part<void> {
  const after = yield* updateTask(task.id, task.revision, { status: "pending" }, now);
  if (!after) return;
  yield* endLease(task.id);
  yield* appendEvent(taskEvent("task.released", after, { status: after.status, from: task.status }));
}

function sessionEvent(type: string, session: SessionRow, data: Record<string, unknown>) {
  return {
    at_ms: session.updated_ms,
    workspace_id: session.workspace_id,
    subject: session.id,
    type,
    data: { ...data, session: session.id },
  };
}

function noSession(id: string): AppError {
  return new AppError("not_found", `no session ${id}`, { hint: "List them with session_list." });
}
