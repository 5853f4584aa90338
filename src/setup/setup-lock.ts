// Two setups at once would each write what the other has not seen: the second waits. The lock is that of a SQLite
// file, which the system lets go of however its holder ends.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { AppError } from "../base/errors.ts";
import { SETUP_LOCK_MS } from "../base/limits.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { isBusy } from "../store/sqlite-errors.ts";

export function lockSetup(runtime: Pick<Runtime, "openSqlite">, folder: string): Disposable {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const connection = runtime.openSqlite(join(folder, "setup.lock"));
  try {
    connection.exec(`PRAGMA busy_timeout = ${SETUP_LOCK_MS}`);
    connection.exec("BEGIN EXCLUSIVE");
  } catch (cause) {
    connection.close();
    if (!isBusy(cause)) throw cause;
    throw new AppError("timeout", "cannot change the clients' files: another cadre setup is at it", {
      hint: "Try again when it has ended.",
    });
  }
  return { [Symbol.dispose]: () => connection.close() };
}
