import { test } from "node:test";
import { casesFor } from "../contract/all-cases.ts";
import { freshSqlite } from "../contract/sqlite-database.ts";

for (const { name, run } of casesFor("sqlite")) {
  test(`node:sqlite: ${name}`, async () => {
    await using db = await freshSqlite();
    await run(db);
  });
}
