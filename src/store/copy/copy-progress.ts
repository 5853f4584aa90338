import { AppError } from "../../base/errors.ts";
import { readFact } from "../facts.ts";
import { type Part, run, type Sql, type Value } from "../sql.ts";

export const COPY_FACT = "copy";

/** How far a copy into this database has come. */
export interface CopyProgress {
  /** What is copied. */
  readonly from: string;
  /** A table, or a table and what is linked in it afterwards. */
  readonly stage?: string;
  /** The key of the last row. */
  readonly after?: readonly Value[];
}

export async function copyProgress(sql: Sql): Promise<CopyProgress | undefined> {
  const text = await readFact(sql, COPY_FACT);
  return text === undefined ? undefined : (JSON.parse(text) as CopyProgress);
}

export function* keepCopyProgress(progress: CopyProgress): Part<void> {
  yield* run("INSERT INTO fact (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value", [
    COPY_FACT,
    JSON.stringify(progress),
  ]);
}

/** Half of what somebody has looks like all of it. */
export async function refuseHalfCopied(sql: Sql): Promise<void> {
  if ((await copyProgress(sql)) === undefined) return;
  throw new AppError("unavailable", "cannot use the database: a copy into it has not come to its end", {
    hint: "Go on with it: cadre --db FILE db copy postgres://…, with the same file.",
  });
}
