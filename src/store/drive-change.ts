import type { SqliteConnection } from "../runtime/runtime.ts";
import { type Change, inDialect } from "./sql.ts";

/** Makes a change on a connection to SQLite, to its end, without yielding to the event loop. */
export function driveChange<T>(connection: SqliteConnection, change: Change<T>): T {
  const steps = change();
  let step = steps.next();
  while (!step.done) {
    const { text, values } = step.value;
    step = steps.next(connection.all(inDialect("sqlite", text), values));
  }
  return step.value;
}
