// A session as somebody who watches it sees it: plans with their parts, who works on what, drafts that grow.
import { TREE_TASKS_MAX } from "../base/limits.ts";
import type { Liveness } from "../base/liveness.ts";
import type { TaskStatus } from "../base/transitions.ts";
import { readOpenDrafts } from "../store/drafts.ts";
import { readLeases } from "../store/leases.ts";
import type { SessionRow } from "../store/sessions.ts";
import type { Sql } from "../store/sql.ts";
import { countTasks, readTasks, readUnmet, type TaskRow } from "../store/tasks.ts";
import { type Progress, shownProgress } from "./completion.ts";
import { lookOnce, shownHold } from "./hold.ts";
import type { Held } from "./task.ts";

export interface TreeTask {
  readonly id: string;
  readonly title: string;
  readonly status: TaskStatus;
  /** 0 for a plan, or a task that is a part of none. */
  readonly depth: number;
  readonly waits_for?: number;
  readonly held?: Held & { readonly since_ms: number };
  readonly draft_chars?: number;
  readonly attempts?: number;
  /** Of a plan: how far its parts are. */
  readonly progress?: Progress;
}

export interface SessionTree {
  readonly session?: Pick<SessionRow, "id" | "title" | "status">;
  readonly counts: Partial<Record<TaskStatus, number>>;
  readonly tasks: readonly TreeTask[];
  /** Tasks that are not shown. */
  readonly more: number;
}

interface TreeOptions {
  readonly workspaceId: string;
  /** Without one, all of the workspace. */
  readonly session?: SessionRow | undefined;
  readonly now: number;
  readonly liveness: Liveness;
}

export async function sessionTree(
  sql: Sql,
  { workspaceId, session, now, liveness }: TreeOptions,
): Promise<SessionTree> {
  const filter = { workspace_id: workspaceId, session_id: session?.id, archived: false };
  const [rows, counts] = await Promise.all([readTasks(sql, filter, 0, TREE_TASKS_MAX), countTasks(sql, filter)]);
  const ids = rows.map(({ id }) => id);
  const [unmet, leases, drafts] = await Promise.all([
    readUnmet(sql, ids),
    readLeases(sql, ids),
    readOpenDrafts(sql, ids),
  ]);
  const look = lookOnce(liveness);
  const parts = Map.groupBy(rows, ({ parent_id }) => parent_id);
  const all = Object.values(counts).reduce((sum, number) => sum + number, 0);
  const shown = inOrder(rows, parts).map(({ task, depth }): TreeTask => {
    const lease = task.status === "active" ? leases.get(task.id) : undefined;
    const own = parts.get(task.id);
    return {
      id: task.id,
      title: task.title,
      status: task.status,
      depth,
      ...(unmet.has(task.id) && task.status === "pending" ? { waits_for: unmet.get(task.id) ?? 0 } : {}),
      ...(lease ? { held: { ...shownHold(lease, now, look), since_ms: task.updated_ms } } : {}),
      ...(drafts.has(task.id) ? { draft_chars: drafts.get(task.id)?.chars ?? 0 } : {}),
      ...(task.attempts > 1 ? { attempts: task.attempts } : {}),
      ...(own ? { progress: shownProgress(task, countsOf(own)) } : {}),
    };
  });
  return {
    ...(session ? { session: { id: session.id, title: session.title, status: session.status } } : {}),
    counts,
    tasks: shown,
    more: all - rows.length,
  };
}

interface Placed {
  readonly task: TaskRow;
  readonly depth: number;
}

/** Each plan before its parts; what has no plan among these rows stands for itself. */
function inOrder(rows: readonly TaskRow[], parts: ReadonlyMap<string | null, readonly TaskRow[]>): Placed[] {
  const known = new Set(rows.map(({ id }) => id));
  const below = (task: TaskRow, depth: number): Placed[] => [
    { task, depth },
    ...(parts.get(task.id) ?? []).flatMap((part) => below(part, depth + 1)),
  ];
  return rows.filter(({ parent_id }) => parent_id === null || !known.has(parent_id)).flatMap((task) => below(task, 0));
}

function countsOf(tasks: readonly TaskRow[]): Partial<Record<TaskStatus, number>> {
  const byStatus = Map.groupBy(tasks, ({ status }) => status);
  return Object.fromEntries([...byStatus].map(([status, { length }]) => [status, length]));
}
