import type { Ids } from "../base/ids.ts";
import { readFact, replaceFact } from "./facts.ts";
import type { Sql } from "./sql.ts";

const NAME = "cluster";

/** What all who use one database share, and those of another do not; made by the first who asks. */
export async function clusterId(sql: Sql, ids: Ids): Promise<string> {
  const known = await readFact(sql, NAME);
  if (known !== undefined) return known;
  await sql.write(() => replaceFact(NAME, undefined, ids.next("cluster")));
  return (await readFact(sql, NAME)) ?? "";
}
