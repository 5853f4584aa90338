import { type Part, run, type Sql } from "./sql.ts";

export interface DecisionRow {
  readonly seq: number;
  readonly workspace_id: string;
  readonly task_id: string;
  readonly text: string;
  readonly created_ms: number;
}

export function* insertDecision(decision: Omit<DecisionRow, "seq">): Part<void> {
  yield* run("INSERT INTO decision (workspace_id, task_id, text, created_ms) VALUES (?1, ?2, ?3, ?4)", [
    decision.workspace_id,
    decision.task_id,
    decision.text,
    decision.created_ms,
  ]);
}

/** The newest first. */
export async function readDecisions(sql: Sql, workspaceId: string, rowsMax: number): Promise<DecisionRow[]> {
  return sql.all<DecisionRow>("SELECT * FROM decision WHERE workspace_id = ?1 ORDER BY seq DESC LIMIT ?2", [
    workspaceId,
    rowsMax,
  ]);
}

export async function readDecisionsOf(sql: Sql, taskIds: readonly string[]): Promise<DecisionRow[]> {
  if (taskIds.length === 0) return [];
  return sql.all<DecisionRow>("SELECT * FROM decision WHERE task_id IN ({each 1}) ORDER BY seq", [
    JSON.stringify(taskIds),
  ]);
}
