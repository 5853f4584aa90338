// A lock between processes that ends with its holder, however it ends: the write lock of a tiny SQLite file.
// The kernel frees it at kill -9, so that nobody ever has to guess whether a lock is stale.
import { closeSync, openSync } from "node:fs";
import type { Clock } from "../../base/clock.ts";
import { AppError } from "../../base/errors.ts";
import { BACKUP_WAIT_MS_MAX } from "../../base/limits.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import { FILE_MODE } from "../durable-file.ts";
import { fileError } from "../file-errors.ts";
import { isBusy } from "../sqlite-errors.ts";

const PAUSE_MS = 20;

export interface LockParts {
  readonly runtime: Pick<Runtime, "openSqlite">;
  readonly clock: Clock;
}

/** Waits for the lock at `path`, whose folder is there; `doing` says what it is for. */
export async function holdLock({ runtime, clock }: LockParts, path: string, doing: string): Promise<Disposable> {
  const until = clock.elapsed() + BACKUP_WAIT_MS_MAX;
  const connection = openLock(runtime, path, doing);
  for (;;) {
    try {
      // Nothing is ever written: no journal is needed either.
      connection.exec("PRAGMA journal_mode = MEMORY");
      connection.exec("BEGIN EXCLUSIVE");
      return { [Symbol.dispose]: () => connection.close() };
    } catch (cause) {
      if (isBusy(cause) && clock.elapsed() < until) {
        await clock.sleep(PAUSE_MS);
        continue;
      }
      connection.close();
      if (!isBusy(cause)) throw fileError(cause, doing);
      throw new AppError("unavailable", `cannot ${doing}: another cadre is still at work on the backups`, {
        hint: "Try again when it is done.",
        retryAfterMs: BACKUP_WAIT_MS_MAX,
        cause,
      });
    }
  }
}

function openLock(runtime: Pick<Runtime, "openSqlite">, path: string, doing: string) {
  try {
    closeSync(openSync(path, "a", FILE_MODE));
    const connection = runtime.openSqlite(path);
    connection.exec("PRAGMA busy_timeout = 0");
    return connection;
  } catch (cause) {
    throw fileError(cause, doing);
  }
}
