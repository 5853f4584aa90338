// The shares of HTTP callers on a server's database, where several machines count together. The time is the server's.
import type { Sql } from "./sql.ts";

export interface CallerRate {
  readonly caller: string;
  readonly perSecond: number;
  /** How many may come at once. */
  readonly most: number;
}

const SECOND_US = 1_000_000;
const MS_US = 1_000;
const NOW = "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint";

/** Counts one request. Answers 0, or after how many milliseconds there is room for it. */
export async function countRequest(sql: Sql, { caller, perSecond, most }: CallerRate): Promise<number> {
  const stepUs = Math.max(1, Math.round(SECOND_US / perSecond));
  const aheadUs = stepUs * (most - 1);
  const taken = await sql.writeOne(
    `WITH t AS MATERIALIZED (SELECT ${NOW} AS now_us)
     INSERT INTO caller_rate AS r (caller, next_us) SELECT ?1, now_us + ?2::bigint FROM t
     ON CONFLICT (caller) DO UPDATE SET next_us = GREATEST(r.next_us, (SELECT now_us FROM t)) + ?2::bigint
       WHERE r.next_us <= (SELECT now_us FROM t) + ?3::bigint
     RETURNING 1 AS taken`,
    [caller, stepUs, aheadUs],
  );
  if (taken.length > 0) return 0;
  const [row] = await sql.all<{ wait_us: number }>(
    `SELECT next_us - ?2::bigint - ${NOW} AS wait_us FROM caller_rate WHERE caller = ?1`,
    [caller, aheadUs],
  );
  return Math.max(1, Math.ceil(Number(row?.wait_us ?? 0) / MS_US));
}
