import { afterAll, expect, test } from "bun:test";
import { isRequired } from "../harness/requirement.ts";
import { artifactCases } from "./artifacts-contract.ts";
import { eventCases } from "./events-contract.ts";
import { orchestratorCases } from "./orchestrator-contract.ts";
import { PostgresServer } from "./postgres-database.ts";
import { runCases } from "./run-cases.ts";
import { runFaultCases } from "./run-faults-contract.ts";
import { durableRunCases } from "./runs-contract.ts";
import { searchCases } from "./search-contract.ts";
import { sqlCases } from "./sql-contract.ts";
import { freshSqlite } from "./sqlite-database.ts";
import { taskCases } from "./tasks-contract.ts";
import { transferCases } from "./transfer-contract.ts";

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
const mustRun = isRequired("postgres");

runCases({ name: "bun:sqlite", dialect: "sqlite", fresh: freshSqlite }, cases);

const server = await PostgresServer.open();
if (server) {
  runCases({ name: "postgres", dialect: "postgres", fresh: () => server.fresh() }, cases);
  afterAll(() => server.close());
} else if (mustRun) {
  test("a PostgreSQL server answers, as CADRE_TEST_REQUIRE=postgres asks", () => expect(server).toBeDefined());
} else {
  console.warn("SKIPPED: the PostgreSQL contract. No server answers; set CADRE_TEST_POSTGRES=postgres://… to run it.");
}
