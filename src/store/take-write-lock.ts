import type { Clock } from "../base/clock.ts";
import { LOCK_WAIT_MS_MAX } from "../base/limits.ts";
import type { SqliteConnection } from "../runtime/runtime.ts";
import { isBusy } from "./sqlite-errors.ts";

/**
 * Another process's commit is mostly over within half a millisecond, before any timer can wake: so much is waited for
 * in naps. After that the pause between two tries is random, so that several processes get their turns.
 */
const NAPS_MAX = 4;
const PAUSE_MS_MAX = 2;

/**
 * Begins a transaction that writes. The wait is ours, not SQLite's: its busy handler would stop the event loop for all of
 * it, and looks but ten times a second in the end, when somebody who writes all the time has the lock again.
 */
export async function takeWriteLock(connection: SqliteConnection, clock: Clock): Promise<void> {
  const until = clock.elapsed() + LOCK_WAIT_MS_MAX;
  for (let tries = 0; ; tries++) {
    try {
      connection.all("BEGIN IMMEDIATE");
      return;
    } catch (cause) {
      if (!isBusy(cause) || clock.elapsed() >= until) throw cause;
      if (tries < NAPS_MAX) clock.nap();
      else await clock.sleep(1 + clock.random() * PAUSE_MS_MAX);
    }
  }
}
