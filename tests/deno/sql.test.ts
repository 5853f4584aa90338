import { test } from "node:test";
import { artifactCases } from "../contract/artifacts-contract.ts";
import { eventCases } from "../contract/events-contract.ts";
import { orchestratorCases } from "../contract/orchestrator-contract.ts";
import { runFaultCases } from "../contract/run-faults-contract.ts";
import { durableRunCases } from "../contract/runs-contract.ts";
import { searchCases } from "../contract/search-contract.ts";
import { sqlCases } from "../contract/sql-contract.ts";
import { freshSqlite } from "../contract/sqlite-database.ts";
import { taskCases } from "../contract/tasks-contract.ts";
import { transferCases } from "../contract/transfer-contract.ts";

const cases = [
  ...orchestratorCases,
  ...durableRunCases,
  ...runFaultCases,
  ...sqlCases,
  ...eventCases,
  ...taskCases,
  ...transferCases,
  ...searchCases,
  ...artifactCases,
];

for (const { name, only, run } of cases) {
  if (only && only !== "sqlite") continue;
  test(`node:sqlite: ${name}`, async () => {
    await using db = await freshSqlite();
    await run(db);
  });
}
