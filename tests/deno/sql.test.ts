import { test } from "node:test";
import { eventCases } from "../contract/events-contract.ts";
import { sqlCases } from "../contract/sql-contract.ts";
import { freshSqlite } from "../contract/sqlite-database.ts";
import { taskCases } from "../contract/tasks-contract.ts";
import { transferCases } from "../contract/transfer-contract.ts";

for (const { name, only, run } of [...sqlCases, ...eventCases, ...taskCases, ...transferCases]) {
  if (only && only !== "sqlite") continue;
  test(`node:sqlite: ${name}`, async () => {
    await using db = await freshSqlite();
    await run(db);
  });
}
