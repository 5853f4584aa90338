// What may be forgotten, in chunks: one long delete would hold the lock for seconds and grow the log file
// by hundreds of megabytes. Nothing of the user's work is deleted unless the settings say how long to keep it.
import type { Clock } from "../base/clock.ts";
import { IDEMPOTENCY_MS, MCP_SESSION_IDLE_MS_MAX, RETENTION_ROWS_MAX, WEBHOOK_KEPT_MS } from "../base/limits.ts";
import { run, type Sql } from "./sql.ts";

export interface RetentionRules {
  /** How long events are kept; undefined keeps them for ever. */
  readonly eventsMs?: number | undefined;
  /** How long archived tasks can be restored; undefined keeps them for ever. */
  readonly archivedMs?: number | undefined;
  /** How long the history of programs is kept; undefined keeps it for ever. */
  readonly executionsMs?: number | undefined;
  /** How long runs are kept that are over; undefined keeps them for ever. */
  readonly runsMs?: number | undefined;
}

export interface Forgotten {
  readonly events: number;
  readonly archived_tasks: number;
  readonly executions: number;
  readonly scans: number;
  readonly runs: number;
  readonly workflow_definitions: number;
  readonly webhook_deliveries: number;
  readonly mcp_sessions: number;
  readonly idempotency_keys: number;
  readonly caller_rates: number;
}

/** Events are in the order of their time, so the oldest stand first. The newest stays: its number must not be given twice. */
const CHUNKS = {
  events: `DELETE FROM event
     WHERE seq < (SELECT min(seq) + ?2 FROM event) AND seq < (SELECT max(seq) FROM event) AND at_ms < ?1
     RETURNING 1 AS gone`,
  archived_tasks:
    "DELETE FROM task WHERE id IN (SELECT id FROM task WHERE archived_ms < ?1 ORDER BY archived_ms LIMIT ?2) RETURNING 1 AS gone",
  // What runs is not forgotten, and neither is the newest: its number must not be given twice.
  executions: `DELETE FROM execution WHERE id IN (
       SELECT id FROM execution WHERE created_ms < ?1 AND status NOT IN ('queued', 'running')
         AND seq < (SELECT max(seq) FROM execution) ORDER BY created_ms LIMIT ?2
     ) RETURNING 1 AS gone`,
  scans: `DELETE FROM scan WHERE id IN (
       SELECT id FROM scan WHERE created_ms < ?1 AND seq < (SELECT max(seq) FROM scan) ORDER BY created_ms LIMIT ?2
     ) RETURNING 1 AS gone`,
  // With all that a run started; as long as any of that is open, none of it goes.
  runs: `DELETE FROM run WHERE id IN (
       SELECT r.id FROM run r WHERE r.ended_ms < ?1 AND r.parent_id IS NULL AND r.seq < (SELECT max(seq) FROM run)
         AND NOT EXISTS (SELECT 1 FROM run b WHERE b.root_id = r.id AND b.ended_ms IS NULL)
       ORDER BY r.ended_ms LIMIT ?2
     ) RETURNING 1 AS gone`,
  // Texts that no run needs any more.
  workflow_definitions: `DELETE FROM workflow_definition WHERE digest IN (
       SELECT d.digest FROM workflow_definition d
       WHERE d.created_ms < ?1 AND NOT EXISTS (SELECT 1 FROM run r WHERE r.version = d.digest) LIMIT ?2
     ) RETURNING 1 AS gone`,
  webhook_deliveries: `DELETE FROM webhook_delivery WHERE id IN (
       SELECT id FROM webhook_delivery WHERE ended_ms < ?1 LIMIT ?2
     ) RETURNING 1 AS gone`,
  mcp_sessions:
    "DELETE FROM mcp_session WHERE id IN (SELECT id FROM mcp_session WHERE seen_ms < ?1 LIMIT ?2) RETURNING 1 AS gone",
  idempotency_keys:
    "DELETE FROM idempotency WHERE key IN (SELECT key FROM idempotency WHERE created_ms < ?1 LIMIT ?2) RETURNING 1 AS gone",
  caller_rates:
    "DELETE FROM caller_rate WHERE caller IN (SELECT caller FROM caller_rate WHERE next_us < CAST(?1 AS BIGINT) * 1000 LIMIT ?2) RETURNING 1 AS gone",
} as const;

export async function forget(sql: Sql, clock: Clock, rules: RetentionRules, signal: AbortSignal): Promise<Forgotten> {
  const ages = {
    events: rules.eventsMs,
    archived_tasks: rules.archivedMs,
    executions: rules.executionsMs,
    scans: rules.executionsMs,
    runs: rules.runsMs,
    workflow_definitions: rules.runsMs,
    webhook_deliveries: WEBHOOK_KEPT_MS,
    mcp_sessions: MCP_SESSION_IDLE_MS_MAX,
    idempotency_keys: IDEMPOTENCY_MS,
    caller_rates: IDEMPOTENCY_MS,
  };
  const forgotten = {
    events: 0,
    archived_tasks: 0,
    executions: 0,
    scans: 0,
    runs: 0,
    workflow_definitions: 0,
    webhook_deliveries: 0,
    mcp_sessions: 0,
    idempotency_keys: 0,
    caller_rates: 0,
  };
  for (const [what, age] of Object.entries(ages) as [keyof typeof ages, number | undefined][]) {
    if (age === undefined) continue;
    forgotten[what] = await forgetOlder(sql, CHUNKS[what], clock.now() - age, signal);
  }
  return forgotten;
}

async function forgetOlder(sql: Sql, text: string, beforeMs: number, signal: AbortSignal): Promise<number> {
  let total = 0;
  for (;;) {
    const gone = await sql.write(function* () {
      return (yield* run(text, [beforeMs, RETENTION_ROWS_MAX])).length;
    });
    total += gone;
    if (gone === 0 || signal.aborted) return total;
  }
}
