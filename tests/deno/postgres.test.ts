import assert from "node:assert/strict";
import { after, test } from "node:test";
import { casesFor } from "../contract/all-cases.ts";
import { PostgresServer } from "../contract/postgres-database.ts";
import { isRequired } from "../harness/requirement.ts";

const server = await PostgresServer.open();
if (server) {
  after(() => server.close());
  for (const { name, run } of casesFor("postgres")) {
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
