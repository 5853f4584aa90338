// A database that outgrows its file is copied to a server: whole, the same, and usable only then.
import { afterAll, expect, test } from "bun:test";
import { join } from "node:path";
import { SQL } from "bun";
import { systemClock } from "../../src/base/clock.ts";
import { randomIds } from "../../src/base/ids.ts";
import { runtime } from "../../src/runtime/current.ts";
import type { PostgresPool, Runtime } from "../../src/runtime/runtime.ts";
import { keepContent } from "../../src/store/artifacts.ts";
import { COPIED_TABLES, LEFT_OUT } from "../../src/store/copy/copied-tables.ts";
import { copyDatabase } from "../../src/store/copy/copy-database.ts";
import { run } from "../../src/store/sql.ts";
import { walk } from "../acceptance/five-steps.ts";
import { openTestApp, type TestApp } from "../harness/app.ts";
import { runCli } from "../harness/cli.ts";
import { until } from "../harness/condition.ts";
import { openDatabase } from "../harness/database.ts";
import { refusalOf } from "../harness/errors.ts";
import { isRequired } from "../harness/requirement.ts";
import { PostgresServer } from "./postgres-database.ts";

const server = await PostgresServer.open();
afterAll(() => server?.close());
const mustRun = isRequired("postgres");
if (!server && !mustRun) console.warn("SKIPPED: copies to a PostgreSQL server. None answers.");
const onPostgres = test.skipIf(!server && !mustRun);

/** Something of everything, with a task whose plan was made after it. */
async function work(app: TestApp<typeof systemClock>): Promise<void> {
  await walk((name, input) => app.call(name, input));
  const later = await app.call("task_create", { title: "A plan that came later" });
  await app.sql.write(() => run("UPDATE task SET parent_id = ?1 WHERE title = 'Documentation'", [String(later["id"])]));
  await app.sql.write(() =>
    keepContent({ hash: "a".repeat(64), size_bytes: 4, bytes: new Uint8Array([0, 1, 2, 255]) }, 1),
  );
  app.worker.start();
  const started = await app.call("run_start", { workflow: "release-checklist", inputs: { version: "1.0.0" } });
  await until(async () => {
    const [row] = await app.sql.all<{ status: string }>("SELECT status FROM run WHERE id = ?1", [
      String(started["id"]),
    ]);
    return row?.status === "waiting" || row?.status === "completed" || row?.status === "failed";
  }, "the run is at rest");
  await app.worker.stop();
}

interface Source extends AsyncDisposable {
  readonly app: TestApp<typeof systemClock>;
  copy(through?: Partial<Runtime>): ReturnType<typeof copyDatabase>;
}

async function source(): Promise<Source> {
  await (await server?.fresh())?.[Symbol.asyncDispose]();
  const app = await openTestApp({ clock: systemClock });
  await work(app);
  return {
    app,
    copy: (through = {}) =>
      copyDatabase({
        runtime: { ...runtime, ...through },
        clock: systemClock,
        ids: randomIds,
        source: app.sql,
        path: app.db,
        url: server?.url ?? "",
        tell: () => {},
      }),
    [Symbol.asyncDispose]: () => app.close(),
  };
}

/** A server that goes away after so many transactions. */
function goesAway(after: number): Partial<Runtime> {
  let left = after;
  return {
    openPostgres: async (...given): Promise<PostgresPool> => {
      const pool = await runtime.openPostgres(...given);
      return {
        ...pool,
        transaction: (change) => {
          if (left-- <= 0) throw new Error("away");
          return pool.transaction(change);
        },
      };
    },
  };
}

test("each table is copied, or left out by name", async () => {
  await using app = await openTestApp();
  const rows = await app.sql.all<{ name: string }>(
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name NOT LIKE 'search_text_%'",
  );

  expect([...COPIED_TABLES.map(({ name }) => name), ...LEFT_OUT].sort()).toEqual(rows.map(({ name }) => name).sort());
});

onPostgres("everything is there, says the same, and work goes on", async () => {
  await using from = await source();
  const { tables, resumed } = await from.copy();
  await using to = await openTestApp({ clock: systemClock, db: server?.url ?? "" });

  const rows = new Map(tables.map(({ table, rows: number }) => [table, number]));
  expect(resumed).toBe(false);
  for (const table of ["session", "task", "task_need", "artifact", "content", "run", "run_step", "event"]) {
    expect(rows.get(table)).toBeGreaterThan(0);
    const there = await to.sql.all<{ number: number }>(`SELECT count(*) AS number FROM ${table}`);
    expect(Number(there[0]?.number)).toBe(rows.get(table) as number);
  }
  const [linked] = await to.sql.all<{ title: string }>(
    "SELECT p.title FROM task t JOIN task p ON p.id = t.parent_id WHERE t.title = 'Documentation'",
  );
  expect(linked?.title).toBe("A plan that came later");
  const [bytes] = await to.sql.all<{ bytes: Uint8Array }>("SELECT bytes FROM content WHERE hash = ?1", [
    "a".repeat(64),
  ]);
  expect([...(bytes?.bytes ?? [])]).toEqual([0, 1, 2, 255]);
  // Numbers go on where they were, and what is there can be found.
  const newest = Math.max(...(await to.sql.all<{ seq: number }>("SELECT seq FROM task")).map(({ seq }) => seq));
  const made = await to.call("task_create", { title: "On the server" }, { workspace: from.app.workspace });
  const [row] = await to.sql.all<{ seq: number }>("SELECT seq FROM task WHERE id = ?1", [String(made["id"])]);
  expect(row?.seq).toBeGreaterThan(newest);
  const found = await to.call("task_list", { text: "scraper" }, { workspace: from.app.workspace });
  expect((found["tasks"] as unknown[]).length).toBeGreaterThan(0);
});

onPostgres("a copy that stops in the middle is not used, and goes on where it was", async () => {
  await using from = await source();
  for (const transactions of [4, 3, 3]) await from.copy(goesAway(transactions)).catch(() => {});

  const refusal = await refusalOf(() => openDatabase(server?.url ?? ""));
  const { resumed } = await from.copy();
  const sql = await openDatabase(server?.url ?? "");
  await sql.close();

  expect([refusal.code, resumed]).toEqual(["unavailable", true]);
});

onPostgres("a copy begins anew when the file has changed since", async () => {
  await using from = await source();
  await from.copy(goesAway(7)).catch(() => {});
  // Its artifacts refer to tasks, which the copy has passed already.
  await walk((name, input) => from.app.call(name, input));
  await from.app.sql.write(() => run("UPDATE workspace SET path = '/elsewhere'"));

  const { tables } = await from.copy();
  const sql = await openDatabase(server?.url ?? "");
  const [row] = await sql.all<{ path: string }>("SELECT path FROM workspace");
  await sql.close();

  expect(row?.path).toBe("/elsewhere");
  expect(tables.find(({ table }) => table === "workspace")?.rows).toBe(1);
});

onPostgres("what holds something already is left alone, and so is what PostgreSQL cannot keep", async () => {
  await using from = await source();
  await from.app.sql.write(() => run("UPDATE workspace SET path = ?1", ["a\0b"]));
  const unkept = await refusalOf(() => from.copy());
  await from.app.sql.write(() => run("UPDATE workspace SET path = '/w'"));
  await from.copy();
  const again = await refusalOf(() => from.copy());

  expect(unkept.message).toContain("a row of workspace");
  expect([unkept.code, again.code]).toEqual(["invalid_input", "conflict"]);
});

onPostgres("db copy copies from the command line, and refuses what it cannot", async () => {
  await using from = await source();
  const file = join(from.app.workspace, "data", "cadre.db");

  const elsewhere = await runCli(["--db", file, "db", "copy", "cadre.db"]);
  const copied = await runCli(["--db", file, "db", "copy", server?.url ?? "", "--live", "--json"]);
  const admin = new SQL(server?.url ?? "", { max: 1 });
  const [row] = await admin.unsafe("SELECT count(*)::int AS number FROM task");
  await admin.close();

  expect(elsewhere.exit).toBe(2);
  expect(copied.exit).toBe(0);
  expect(JSON.parse(copied.stdout).tables.find(({ table }: { table: string }) => table === "task").rows).toBe(
    row.number,
  );
});
