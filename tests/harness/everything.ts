import { EventReader, type EventRow } from "../../src/store/events.ts";
import type { Sql } from "../../src/store/sql.ts";
import type { Task } from "../../src/tasks/task.ts";
import type { Tasks } from "../../src/tasks/tasks.ts";

const ROWS_MAX = 200;

/** All that can be read of a workspace: its tasks, deleted ones too, and the whole log. */
export async function readEverything(
  { tasks, sql }: { readonly tasks: Tasks; readonly sql: Sql },
  workspace: string,
): Promise<{ tasks: Task[]; events: EventRow[] }> {
  const pages = await Promise.all([
    tasks.list(workspace, { limit: ROWS_MAX }),
    tasks.list(workspace, { limit: ROWS_MAX, archived: true }),
  ]);
  const ids = pages.flatMap((page) => page.tasks.map(({ id }) => id));
  return {
    tasks: await Promise.all(ids.map((id) => tasks.show(id))),
    events: await new EventReader(sql, 0).next(ROWS_MAX),
  };
}
