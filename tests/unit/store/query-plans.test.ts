import { expect, test } from "bun:test";
import { readEvents } from "../../../src/store/events.ts";
import { takeKey } from "../../../src/store/idempotency.ts";
import { readMcpSession } from "../../../src/store/mcp-sessions.ts";
import { forget } from "../../../src/store/retention.ts";
import { inDialect, type Part, type Row, type Sql, type Statement } from "../../../src/store/sql.ts";
import {
  countTasks,
  knownTasks,
  needsBelow,
  purgeTask,
  readNeeds,
  readTask,
  readTaskIds,
  readTasks,
  readUnmet,
  updateTask,
} from "../../../src/store/tasks.ts";
import { ensureWorkspace, readWorkspace } from "../../../src/store/workspaces.ts";
import { openTestApp } from "../../harness/app.ts";
import { fakeClock } from "../../harness/clock.ts";

/** What the statements of a part or of a read are, without running them on anything. */
async function statementsOf(use: (sql: Sql) => unknown): Promise<Statement[]> {
  const seen: Statement[] = [];
  const sql = {
    dialect: "sqlite",
    all: async (text: string, values: Statement["values"] = []) => {
      seen.push({ text, values });
      return [];
    },
    write: async (change: () => Part<unknown>) => {
      walk(change(), seen);
      return 0;
    },
  };
  const used = await use(sql as unknown as Sql);
  if (used && typeof used === "object" && "next" in used) walk(used as Part<unknown>, seen);
  return seen;
}

function walk(part: Part<unknown>, seen: Statement[]): void {
  for (let step = part.next([]); !step.done; step = part.next([])) seen.push(step.value);
}

const filter = { workspace_id: "w", archived: false } as const;
const workspace = { id: "w", path: "/w", created_ms: 0 };
const rules = { eventsMs: 1, archivedMs: 1 };

/** Everything that runs once per call, per look, per request or per chunk; a table of millions must not slow it. */
const LOOPS: Record<string, (sql: Sql) => unknown> = {
  "readTask()": (sql) => readTask(sql, "t"),
  "readTasks() of a page": (sql) => readTasks(sql, filter, 0, 21),
  "readTasks() by status": (sql) => readTasks(sql, { ...filter, status: "active" }, 0, 21),
  "countTasks()": (sql) => countTasks(sql, filter),
  "countTasks() by status": (sql) => countTasks(sql, { ...filter, status: "active" }),
  "readNeeds()": (sql) => readNeeds(sql, ["t"]),
  "readUnmet()": (sql) => readUnmet(sql, ["t"]),
  "readTaskIds()": (sql) => readTaskIds(sql, "task_0", 20),
  "updateTask()": () => updateTask("t", 1, { title: "x" }, 0),
  "purgeTask()": () => purgeTask("t"),
  "knownTasks()": () => knownTasks("w", ["t"]),
  "needsBelow()": () => needsBelow(["t"]),
  "readEvents()": (sql) => readEvents(sql, 0, 100, 500),
  "readWorkspace()": (sql) => readWorkspace(sql, "/w"),
  "ensureWorkspace()": () => ensureWorkspace(workspace.path, () => workspace),
  "readMcpSession()": (sql) => readMcpSession(sql, "s", 0),
  "takeKey()": () => takeKey("k", "r", 0, 0),
  "forget()": (sql) => forget(sql, fakeClock(), rules, new AbortController().signal),
};

/** Reading every row of a table or of one of its indexes. The rows of a list that came as a parameter are few. */
const WHOLE_TABLE = /^SCAN (?!json_each|below|b\b)/;

test.each(Object.entries(LOOPS))("%s reads through an index", async (_name, use) => {
  await using app = await openTestApp();
  const statements = await statementsOf(use);

  const plans: string[] = [];
  for (const { text, values } of statements) {
    const rows = await app.sql.all<Row>(`EXPLAIN QUERY PLAN ${inDialect("sqlite", text)}`, values);
    plans.push(...rows.map((row) => String(row["detail"])));
  }

  expect(statements.length).toBeGreaterThan(0);
  expect(plans.filter((step) => WHOLE_TABLE.test(step))).toEqual([]);
});

test("a page of tasks is read in the order of its index, without sorting", async () => {
  await using app = await openTestApp();
  const [statement] = await statementsOf((sql) => readTasks(sql, filter, 0, 21));

  const rows = await app.sql.all<Row>(`EXPLAIN QUERY PLAN ${statement?.text}`, statement?.values);

  expect(rows.map((row) => row["detail"])).toEqual(["SEARCH task USING INDEX task_list (workspace_id=? AND seq>?)"]);
});

test("the page of one status is read in the order of the same index", async () => {
  await using app = await openTestApp();
  const [statement] = await statementsOf((sql) => readTasks(sql, { ...filter, status: "active" }, 0, 21));

  const rows = await app.sql.all<Row>(`EXPLAIN QUERY PLAN ${statement?.text}`, statement?.values);

  expect(rows.map((row) => row["detail"])).toEqual(["SEARCH task USING INDEX task_list (workspace_id=? AND seq>?)"]);
});
