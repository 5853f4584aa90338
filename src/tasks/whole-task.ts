// A task with everything that belongs to it.
import { ROW_TITLE_CHARS_MAX } from "../base/limits.ts";
import type { Liveness } from "../base/liveness.ts";
import { clip } from "../base/text.ts";
import { readNewestOfTasks } from "../store/artifacts.ts";
import { readCommitsOf } from "../store/commits.ts";
import { readOpenDraft } from "../store/drafts.ts";
import { readLeases } from "../store/leases.ts";
import { readChildCounts } from "../store/ready.ts";
import type { Sql } from "../store/sql.ts";
import { readNeedsOf, readTask, readUnmetOf } from "../store/tasks.ts";
import { shownHold } from "./hold.ts";
import { leaveOutEmpty, shown } from "./shown-task.ts";
import type { TaskWhole } from "./task.ts";
import { noTask } from "./task-errors.ts";

export async function wholeTask(sql: Sql, id: string, now: number, liveness: Liveness): Promise<TaskWhole> {
  const row = await readTask(sql, id);
  if (!row) throw noTask(id);
  const [needs, unmet, children, leases, draft, artifacts, commits] = await Promise.all([
    readNeedsOf(sql, id),
    readUnmetOf(sql, id),
    readChildCounts(sql, id),
    readLeases(sql, [id]),
    readOpenDraft(sql, id),
    readNewestOfTasks(sql, [id]),
    readCommitsOf(sql, [id]),
  ]);
  const lease = row.status === "active" ? leases.get(id) : undefined;
  const of = (kind: string) => needs.filter((need) => need.kind === kind).map(({ needs_id }) => needs_id);
  return leaveOutEmpty({
    ...shown(row, needs),
    held: lease ? shownHold(lease, now, liveness) : undefined,
    after: of("blocks"),
    related: of("related"),
    waived: needs.flatMap(({ needs_id, waived }) => (waived === null ? [] : [{ id: needs_id, why: waived }])),
    waits_for: unmet.map((task) => ({
      id: task.id,
      title: clip(task.title, ROW_TITLE_CHARS_MAX),
      status: task.status,
    })),
    children: Object.values(children).reduce((sum, number) => sum + number, 0) || undefined,
    draft: draft ? { chars: draft.chars, next_piece: draft.next_piece } : undefined,
    artifacts: artifacts.map((artifact) => ({ id: artifact.id, name: artifact.name, type: artifact.type })),
    commits: commits.map(({ hash, message }) => ({ hash, message })),
  });
}
