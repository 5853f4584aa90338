// The time of the rows on a server is the server's: machines that share it need not agree on theirs. Between two
// looks the time goes on by a clock that nobody can set, so that neither a machine's clock nor its correction matters.
import { type Clock, every } from "../base/clock.ts";
import { SERVER_CLOCK_LOOK_MS } from "../base/limits.ts";
import type { Sql } from "./sql.ts";

export interface StoreClock {
  readonly clock: Clock;
  stop(): void;
}

const LOOKS = 3;

/** The clock by which rows are written: of a file the machine's own. */
export async function clockOf(sql: Sql, clock: Clock): Promise<StoreClock> {
  if (sql.dialect === "sqlite") return { clock, stop: () => {} };
  let ahead = await aheadOf(sql, clock, LOOKS);
  const stop = every(SERVER_CLOCK_LOOK_MS, () => {
    // While the server is away, nobody writes to it.
    aheadOf(sql, clock, 1).then(
      (now) => {
        ahead = now;
      },
      () => {},
    );
  });
  return { clock: { ...clock, now: () => Math.round(clock.elapsed() + ahead) }, stop };
}

/** What to add to the time that has passed here. The look that took the shortest time knows best. */
async function aheadOf(sql: Sql, clock: Clock, looks: number): Promise<number> {
  let best = { tookMs: Number.POSITIVE_INFINITY, ahead: 0 };
  for (let look = 0; look < looks; look++) {
    const asked = clock.elapsed();
    const [row] = await sql.all<{ now_ms: number }>(
      "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now_ms",
    );
    const tookMs = clock.elapsed() - asked;
    if (tookMs < best.tookMs) best = { tookMs, ahead: Number(row?.now_ms) - (asked + tookMs / 2) };
  }
  return best.ahead;
}
