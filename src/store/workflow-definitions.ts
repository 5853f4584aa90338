// Texts of workflows, by their digest: a run goes on with the text that it began with.
import { type Part, run, type Sql } from "./sql.ts";

export function* keepDefinition(digest: string, text: string, now: number): Part<void> {
  yield* run(
    // One that is kept again is as new: it must not be forgotten before its run is there.
    `INSERT INTO workflow_definition (digest, text, created_ms) VALUES (?1, ?2, ?3)
     ON CONFLICT (digest) DO UPDATE SET created_ms = excluded.created_ms RETURNING digest`,
    [digest, text, now],
  );
}

export async function readDefinition(sql: Sql, digest: string): Promise<string | undefined> {
  const [row] = await sql.all<{ text: string }>("SELECT text FROM workflow_definition WHERE digest = ?1", [digest]);
  return row?.text;
}
