import assert from "node:assert/strict";
import { after, test } from "node:test";
import { artifactCases } from "../contract/artifacts-contract.ts";
import { eventCases } from "../contract/events-contract.ts";
import { orchestratorCases } from "../contract/orchestrator-contract.ts";
import { PostgresServer } from "../contract/postgres-database.ts";
import { runFaultCases } from "../contract/run-faults-contract.ts";
import { durableRunCases } from "../contract/runs-contract.ts";
import { searchCases } from "../contract/search-contract.ts";
import { sqlCases } from "../contract/sql-contract.ts";
import { taskCases } from "../contract/tasks-contract.ts";
import { transferCases } from "../contract/transfer-contract.ts";
import { isRequired } from "../harness/requirement.ts";

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

const server = await PostgresServer.open();
if (server) {
  after(() => server.close());
  for (const { name, only, run } of cases) {
    if (only && only !== "postgres") continue;
    test(`postgres: ${name}`, async () => {
      await using db = await server.fresh();
      await run(db);
    });
  }
} else if (isRequired("postgres")) {
  test("a PostgreSQL server answers, as CADRE_TEST_REQUIRE=postgres asks", () => assert.ok(server));
} else {
  console.warn("SKIPPED: the PostgreSQL contract on Deno. No server answers; see CADRE_TEST_POSTGRES.");
}
