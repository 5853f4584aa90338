import { afterAll, expect, test } from "bun:test";
import { isRequired } from "../harness/requirement.ts";
import { PostgresServer } from "./postgres-database.ts";
import { runCases } from "./run-cases.ts";
import { freshSqlite } from "./sqlite-database.ts";

const mustRun = isRequired("postgres");

runCases({ name: "bun:sqlite", dialect: "sqlite", fresh: freshSqlite });

const server = await PostgresServer.open();
if (server) {
  runCases({ name: "postgres", dialect: "postgres", fresh: () => server.fresh() });
  afterAll(() => server.close());
} else if (mustRun) {
  test("a PostgreSQL server answers, as CADRE_TEST_REQUIRE=postgres asks", () => expect(server).toBeDefined());
} else {
  console.warn("SKIPPED: the PostgreSQL contract. No server answers; set CADRE_TEST_POSTGRES=postgres://… to run it.");
}
