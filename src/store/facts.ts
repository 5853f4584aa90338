import { type Part, run, type Sql } from "./sql.ts";

export async function readFact(sql: Sql, name: string): Promise<string | undefined> {
  return (await sql.all<{ value: string }>("SELECT value FROM fact WHERE name = ?1", [name]))[0]?.value;
}

/** Writes the fact only when it still says `expected`: of several processes, one wins. */
export function* replaceFact(name: string, expected: string | undefined, value: string): Part<boolean> {
  if (expected === undefined) {
    const made = yield* run("INSERT INTO fact (name, value) VALUES (?1, ?2) ON CONFLICT DO NOTHING RETURNING name", [
      name,
      value,
    ]);
    return made.length > 0;
  }
  const changed = yield* run("UPDATE fact SET value = ?3 WHERE name = ?1 AND value = ?2 RETURNING name", [
    name,
    expected,
    value,
  ]);
  return changed.length > 0;
}
