import { AppError } from "../base/errors.ts";
import type { Row } from "../runtime/runtime.ts";

/** Asked inside every transaction that writes: another process may have migrated since this one started. */
export const SCHEMA_VERSION = "SELECT max(version) AS version FROM migration";

export function refuseNewerSchema(rows: readonly Row[], known: number): void {
  const version = Number(rows[0]?.["version"] ?? 0);
  if (version <= known) return;
  throw new AppError(
    "outdated",
    `cannot write the database: its schema ${version} is newer than ${known}, which this cadre knows`,
    {
      hint: "Restart this client, so that it starts the newer cadre; or install the newest release.",
    },
  );
}
