import { type Part, run, type Sql } from "./sql.ts";

export interface McpSessionRow {
  readonly id: string;
  /** The params of the `initialize` request, as JSON: with them a restarted server greets itself again. */
  readonly initialize: string;
  /** What the client has asked for since, as JSON. */
  readonly state: string;
  readonly created_ms: number;
  readonly seen_ms: number;
}

export function* insertMcpSession(row: Omit<McpSessionRow, "state">): Part<void> {
  yield* run("INSERT INTO mcp_session (id, initialize, created_ms, seen_ms) VALUES (?1, ?2, ?3, ?4)", [
    row.id,
    row.initialize,
    row.created_ms,
    row.seen_ms,
  ]);
}

export async function readMcpSession(sql: Sql, id: string, seenAfterMs: number): Promise<McpSessionRow | undefined> {
  return (
    await sql.all<McpSessionRow>("SELECT * FROM mcp_session WHERE id = ?1 AND seen_ms > ?2", [id, seenAfterMs])
  )[0];
}

export function* touchMcpSession(id: string, now: number): Part<void> {
  yield* run("UPDATE mcp_session SET seen_ms = ?2 WHERE id = ?1", [id, now]);
}

export function* keepMcpSessionState(id: string, state: string): Part<void> {
  yield* run("UPDATE mcp_session SET state = ?2 WHERE id = ?1", [id, state]);
}

export function* deleteMcpSession(id: string): Part<void> {
  yield* run("DELETE FROM mcp_session WHERE id = ?1", [id]);
}
