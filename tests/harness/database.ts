import { systemClock } from "../../src/base/clock.ts";
import { runtime } from "../../src/runtime/current.ts";
import { openStore } from "../../src/store/open.ts";
import type { Sql } from "../../src/store/sql.ts";

/** The store, as one process of cadre opens it: a file, or postgres://… */
export function openDatabase(db: string): Promise<Sql> {
  return openStore({ runtime, clock: systemClock, db, profile: "default", keepCopy: async () => {} });
}
