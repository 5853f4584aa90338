// Where a project stands, for whoever comes back to it: what was interrupted, what is next, what was decided.
import type { Clock } from "../base/clock.ts";
import {
  HANDOVER_CHARS_MAX,
  HANDOVER_DECISIONS,
  HANDOVER_DRAFTS,
  HANDOVER_INTERRUPTED,
  HANDOVER_NEXT,
  ROW_TITLE_CHARS_MAX,
} from "../base/limits.ts";
import type { Liveness } from "../base/liveness.ts";
import { pageCursor } from "../base/page-cursor.ts";
import { clip } from "../base/text.ts";
import type { TaskStatus } from "../base/transitions.ts";
import { readDecisions } from "../store/decisions.ts";
import { readDraftsOf, readOpenDrafts } from "../store/drafts.ts";
import { readHeldTasks, readLeases } from "../store/leases.ts";
import { type ReadyFilter, readChildCounts, readReady, readStuck } from "../store/ready.ts";
import type { SessionRow } from "../store/sessions.ts";
import type { Sql } from "../store/sql.ts";
import { countTasks, readPlans, readTasks, readUnmet, type TaskRow } from "../store/tasks.ts";
import { type Progress, shownProgress } from "./completion.ts";
import { isLive, lookOnce, shownHold } from "./hold.ts";
import { type SessionTree, sessionTree } from "./session-tree.ts";
import { leaveOutEmpty } from "./shown-task.ts";
import { type Synthesis, synthesize } from "./synthesis.ts";
import type { Held } from "./task.ts";

export interface TaskLine {
  id: string;
  title: string;
  role?: string;
}

export interface Handover extends Record<string, unknown> {
  counts: Partial<Record<TaskStatus, number>>;
  interrupted?: (TaskLine & { was: string })[];
  next?: TaskLine[];
  stuck?: TaskLine[];
  drafts?: { task: string; title: string; chars: number }[];
  decisions?: string[];
  plans?: Progress[];
  /** When more is open than stands here: from here on session_status lists it. */
  cursor?: string;
}

export interface StatusRow {
  id: string;
  title: string;
  status: TaskStatus;
  waits_for?: number;
  held?: Held;
  draft_chars?: number;
}

export interface StatusPage {
  counts?: Partial<Record<TaskStatus, number>>;
  tasks: StatusRow[];
  cursor?: string;
}

const ALL_BUT_COMPLETED: readonly TaskStatus[] = ["pending", "active", "blocked", "failed", "cancelled"];

export class Overview {
  readonly #sql: Sql;
  readonly #clock: Clock;
  readonly #liveness: Liveness;

  constructor(sql: Sql, clock: Clock, liveness: Liveness) {
    this.#sql = sql;
    this.#clock = clock;
    this.#liveness = liveness;
  }

  /** What fits into a glance; everything else is a call away. */
  async handover(workspaceId: string): Promise<Handover> {
    const now = this.#clock.now();
    const sql = this.#sql;
    const filter: ReadyFilter = { workspace_id: workspaceId, now };
    const [counts, held, next, stuck, drafts, decisions, plans] = await Promise.all([
      countTasks(sql, { workspace_id: workspaceId, archived: false }),
      readHeldTasks(sql, workspaceId),
      readReady(sql, filter, HANDOVER_NEXT),
      readStuck(sql, workspaceId, HANDOVER_STUCK),
      readDraftsOf(sql, workspaceId, HANDOVER_DRAFTS),
      readDecisions(sql, workspaceId, HANDOVER_DECISIONS),
      readPlans(sql, workspaceId, HANDOVER_PLANS),
    ]);
    const liveness = lookOnce(this.#liveness);
    const left = held.filter(({ lease }) => !isLive(lease, now, liveness)).slice(0, HANDOVER_INTERRUPTED);
    const progress = await Promise.all(
      plans.map(async (plan) => shownProgress(plan, await readChildCounts(sql, plan.id))),
    );
    return fit({
      counts,
      interrupted: left.map(({ task, lease }) => ({ ...line(task), was: clip(lease.holder, HOLDER_SHOWN_CHARS) })),
      next: next.map(line),
      stuck: stuck.map(line),
      drafts: drafts.map(({ task_id, title, chars }) => ({ task: task_id, title: glance(title), chars })),
      decisions: decisions.map(({ text }) => clip(text, DECISION_SHOWN_CHARS)),
      plans: progress.map((plan) => ({ ...plan, title: glance(plan.title) })),
    });
  }

  /** What came of a plan, put together. */
  async synthesize(workspaceId: string, planId: string | undefined): Promise<Synthesis> {
    return synthesize(this.#sql, workspaceId, planId);
  }

  /** Everything of a workspace, or of one session, as a tree. */
  async tree(workspaceId: string, session: SessionRow | undefined): Promise<SessionTree> {
    return sessionTree(this.#sql, { workspaceId, session, now: this.#clock.now(), liveness: this.#liveness });
  }

  /** The tasks of a workspace, or of one session of it, with who holds what. */
  async status(
    workspaceId: string,
    options: { session?: string | undefined; withCompleted: boolean; limit: number; cursor?: string | undefined },
  ): Promise<StatusPage> {
    const sql = this.#sql;
    const after = pageCursor(options.cursor, "session_status", 0);
    const filter = { workspace_id: workspaceId, session_id: options.session, archived: false };
    const rows = await readTasks(
      sql,
      { ...filter, statuses: options.withCompleted ? undefined : ALL_BUT_COMPLETED },
      after,
      options.limit + 1,
    );
    const page = rows.slice(0, options.limit);
    const ids = page.map(({ id }) => id);
    const now = this.#clock.now();
    const [unmet, leases, drafts, counts] = await Promise.all([
      readUnmet(sql, ids),
      readLeases(sql, ids),
      readOpenDrafts(sql, ids),
      after === 0 ? countTasks(sql, filter) : undefined,
    ]);
    const liveness = lookOnce(this.#liveness);
    const last = page.at(-1);
    return {
      ...(counts ? { counts } : {}),
      tasks: page.map((task) => {
        const lease = leases.get(task.id);
        return {
          id: task.id,
          title: clip(task.title, ROW_TITLE_CHARS_MAX),
          status: task.status,
          ...(unmet.has(task.id) ? { waits_for: unmet.get(task.id) ?? 0 } : {}),
          ...(lease ? { held: shownHold(lease, now, liveness) } : {}),
          ...(drafts.has(task.id) ? { draft_chars: drafts.get(task.id)?.chars ?? 0 } : {}),
        };
      }),
      ...(rows.length > page.length && last ? { cursor: String(last.seq) } : {}),
    };
  }
}

const HANDOVER_PLANS = 2;
const HANDOVER_STUCK = 3;
const DECISION_SHOWN_CHARS = 100;
const HOLDER_SHOWN_CHARS = 30;
const GLANCE_CHARS = 50;

function line({ id, title, role }: TaskRow): TaskLine {
  return { id, title: glance(title), ...(role ? { role: clip(role, HOLDER_SHOWN_CHARS) } : {}) };
}

function glance(title: string): string {
  return clip(title, GLANCE_CHARS);
}

/** What can be spared first stands first. */
const SPARED = ["plans", "stuck", "decisions", "drafts", "next", "interrupted"] as const;

/** Long rows make short lists: the whole stays a glance. */
function fit(handover: Handover): Handover {
  const left = leaveOutEmpty({ ...handover });
  for (const list of [...SPARED, ...SPARED]) {
    while (JSON.stringify(left).length > HANDOVER_CHARS_MAX && (left[list]?.length ?? 0) > 1) left[list]?.pop();
  }
  return { ...left, ...(isMoreOpen(left) ? { cursor: FIRST_PAGE } : {}) };
}

const FIRST_PAGE = "0";

function isMoreOpen({ counts, interrupted = [], next = [], stuck = [] }: Handover): boolean {
  const open = ALL_BUT_COMPLETED.reduce((sum, status) => sum + (counts[status] ?? 0), 0) - (counts.cancelled ?? 0);
  return open > interrupted.length + next.length + stuck.length;
}
