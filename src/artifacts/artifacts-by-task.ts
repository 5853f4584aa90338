import { type ArtifactRow, readAllArtifacts, readTasksWithArtifacts } from "../store/artifacts.ts";
import type { Sql } from "../store/sql.ts";

const PAGE_ROWS = 500;

/** All versions of everything in a workspace, task after task, each in the order it was kept. */
export async function* artifactsByTask(
  sql: Sql,
  workspaceId: string,
  signal?: AbortSignal,
): AsyncGenerator<ArtifactRow[]> {
  for (let after = ""; ; ) {
    const tasks = await readTasksWithArtifacts(sql, workspaceId, after, PAGE_ROWS);
    for (const task of tasks) {
      signal?.throwIfAborted();
      yield await artifactsOfTask(sql, task);
      after = task;
    }
    if (tasks.length < PAGE_ROWS) return;
  }
}

async function artifactsOfTask(sql: Sql, taskId: string): Promise<ArtifactRow[]> {
  const all: ArtifactRow[] = [];
  for (;;) {
    const rows = await readAllArtifacts(sql, { task_id: taskId }, all.at(-1)?.seq ?? 0, PAGE_ROWS);
    all.push(...rows);
    if (rows.length < PAGE_ROWS) return all;
  }
}
