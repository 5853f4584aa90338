// A process that works on runs and says what it was acknowledged: power-worker.ts DATABASE RUNS [process]. The third word
// says that no change need outlive a power cut, which a power cut must then show.
import { writeSync } from "node:fs";
import type { Json } from "../../src/base/json.ts";
import { defineWorkflow } from "../../src/runs/workflow.ts";
import type { Outlives, Sql } from "../../src/store/sql.ts";
import { aroundSql } from "../harness/around-sql.ts";
import { openDatabase } from "../harness/database.ts";
import { testRuns } from "../harness/runs.ts";

export const STEPS = 4;

/** What was acknowledged, one a line. */
export type Told =
  | { readonly told: "started"; readonly id: string }
  | { readonly told: "step"; readonly id: string; readonly key: string; readonly value: number }
  | { readonly told: "ended"; readonly id: string; readonly value: Json };

let tell = (_told: Told) => {};

/** Of a number n it makes n + 4, one by one. */
export const count = defineWorkflow({
  name: "count",
  version: "1",
  run: async (context, input) => {
    let value = Number(input);
    for (let at = 1; at <= STEPS; at++) {
      const next = value + 1;
      value = await context.step(`step ${at}`, async () => next);
      tell({ told: "step", id: context.id, key: `step ${at}`, value });
      if (at === 2) await context.sleep("pause", 1);
    }
    return value;
  },
});

/** A database whose changes outlive no more than that. */
function lasting(sql: Sql, outlives: Outlives | undefined): Sql {
  return outlives === undefined ? sql : aroundSql(sql, { write: (change) => sql.write(change, outlives) });
}

if (import.meta.main) {
  const [database = "", runs = "0", outlives] = process.argv.slice(2);
  tell = (told) => writeSync(1, `${JSON.stringify(told)}\n`);
  const sql = lasting(await openDatabase(database), outlives === "process" ? "process" : undefined);
  await using house = testRuns(sql);
  house.add(count);
  await Promise.all(
    Array.from({ length: Number(runs) }, async (_, n) => {
      const { id } = await house.runs.start(count, n);
      tell({ told: "started", id });
      const { output } = await house.reaches(id, "completed");
      tell({ told: "ended", id, value: JSON.parse(output ?? "null") });
    }),
  );
  process.exit(0);
}
