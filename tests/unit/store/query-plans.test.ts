import { expect, test } from "bun:test";
import { readArtifactIds, readArtifacts, readNewestOfTasks } from "../../../src/store/artifacts.ts";
import { linkCommit, readCommitsOf, readRecentCommits } from "../../../src/store/commits.ts";
import { readDecisions, readDecisionsOf } from "../../../src/store/decisions.ts";
import {
  addPiece,
  draftText,
  moveDraft,
  openDraft,
  pieceText,
  readDraft,
  readDraftsOf,
  readDraftTail,
  readOpenDraft,
  readOpenDrafts,
} from "../../../src/store/drafts.ts";
import { readEvents } from "../../../src/store/events.ts";
import { takeKey } from "../../../src/store/idempotency.ts";
import {
  endLease,
  leaseForChange,
  readHeldTasks,
  readHoldingProcesses,
  readLeases,
  renewLease,
  takeLease,
  takeLeft,
} from "../../../src/store/leases.ts";
import { forgiveCrashes, recoverRuns } from "../../../src/store/lost-runs.ts";
import { readMcpSession } from "../../../src/store/mcp-sessions.ts";
import {
  childCounts,
  childrenForChange,
  nextReady,
  nextRetryMs,
  readChildCounts,
  readChildren,
  readReady,
  readStuck,
  takeReady,
} from "../../../src/store/ready.ts";
import { forget } from "../../../src/store/retention.ts";
import { readFamily } from "../../../src/store/run-family.ts";
import { admit, dueAtGate } from "../../../src/store/run-limits.ts";
import { takeSignal, wasSaid } from "../../../src/store/run-signals.ts";
import {
  claimRuns,
  fence,
  hasCome,
  hasQueued,
  nextWake,
  openChildren,
  readCancelled,
  readHeldRuns,
  readWorkers,
  renewRuns,
  wakeDue,
} from "../../../src/store/runs.ts";
import { sqliteSearch } from "../../../src/store/search-sqlite.ts";
import {
  moveSession,
  openSession,
  readIdleSessions,
  readSession,
  readSessions,
  readSessionsById,
  touchSession,
} from "../../../src/store/sessions.ts";
import { inDialect, type Part, type Row, type Sql, type Statement } from "../../../src/store/sql.ts";
import {
  countTasks,
  knownTasks,
  needsBelow,
  purgeTask,
  readNeeds,
  readNeedsOf,
  readPlans,
  readTask,
  readTaskIds,
  readTasks,
  readTasksById,
  readUnmet,
  readUnmetOf,
  tasksNamed,
  unmetNeeds,
  updateTask,
} from "../../../src/store/tasks.ts";
import { readRunCounts, readWorkerLoads } from "../../../src/store/workers.ts";
import { ensureWorkspace, readWorkspace } from "../../../src/store/workspaces.ts";
import { openTestApp } from "../../harness/app.ts";
import { fakeClock } from "../../harness/clock.ts";
import { isDeno } from "../../harness/self.ts";

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
const lease = { task_id: "t", token: "k", holder: "h", agent: "a", process: "p", until_ms: 1 };
const commit = { task_id: "t", hash: "abc", workspace_id: "w", message: "m", author: "a", linked_ms: 0 };

function readSearch(sql: Sql): unknown {
  const { text, values } = sqliteSearch.ranked(
    { kind: "task", workspace_id: "w" },
    [{ words: ["word"], isPrefix: true }],
    "anywhere",
    20,
  );
  return sql.all(text, values);
}

const rules = { eventsMs: 1, executionsMs: 1, archivedMs: 1, runsMs: 1 };

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
  "tasksNamed()": () => tasksNamed("w", ["Title"]),
  "unmetNeeds()": () => unmetNeeds("t"),
  "readNeedsOf()": (sql) => readNeedsOf(sql, "t"),
  "readUnmetOf()": (sql) => readUnmetOf(sql, "t"),
  "readTasksById()": (sql) => readTasksById(sql, ["t"]),
  "readPlans()": (sql) => readPlans(sql, "w", 2),
  "takeReady()": () => takeReady({ workspace_id: "w", now: 0 }),
  "takeReady() of a role": () => takeReady({ workspace_id: "w", role: "tester", now: 0 }),
  "nextRetryMs()": () => nextRetryMs("w", 1),
  "nextReady() of a plan": () => nextReady({ workspace_id: "w", parent_id: "p", now: 0 }),
  "readReady()": (sql) => readReady(sql, { workspace_id: "w", now: 0 }, 5),
  "readStuck()": (sql) => readStuck(sql, "w", 3),
  "childCounts()": () => childCounts("p"),
  "readChildCounts()": (sql) => readChildCounts(sql, "p"),
  "readChildren()": (sql) => readChildren(sql, "p"),
  "childrenForChange()": () => childrenForChange("p"),
  "takeLeft()": () => takeLeft({ workspace_id: "w", now: 1, dead: [] }),
  "leaseForChange()": () => leaseForChange("t"),
  "takeLease()": () => takeLease(lease),
  "renewLease()": () => renewLease("t", "token", 1),
  "endLease()": () => endLease("t"),
  "readHeldTasks()": (sql) => readHeldTasks(sql, "w"),
  "readHoldingProcesses()": (sql) => readHoldingProcesses(sql),
  "readLeases()": (sql) => readLeases(sql, ["t"]),
  "openDraft()": () => openDraft("t"),
  "addPiece()": () => addPiece("d", 1, "text", { now: 0, toldMs: 0 }),
  "pieceText()": () => pieceText("d", 1),
  "draftText()": () => draftText("d"),
  "moveDraft()": () => moveDraft("d", "used", 0),
  "readDraft()": (sql) => readDraft(sql, "t"),
  "readOpenDraft()": (sql) => readOpenDraft(sql, "t"),
  "readOpenDrafts()": (sql) => readOpenDrafts(sql, ["t"]),
  "readDraftsOf()": (sql) => readDraftsOf(sql, "w", 3),
  "readDraftTail()": (sql) => readDraftTail(sql, "d", 500),
  "openSession()": () => openSession("w"),
  "touchSession()": () => touchSession("s", "Title", 0),
  "moveSession()": () => moveSession("s", "closed", 0),
  "readSession()": (sql) => readSession(sql, "s"),
  "readSessions()": (sql) => readSessions(sql, { workspace_id: "w" }, 100, 21),
  "readSessionsById()": (sql) => readSessionsById(sql, ["s"]),
  "readIdleSessions()": (sql) => readIdleSessions(sql, "w", 1),
  "readDecisions()": (sql) => readDecisions(sql, "w", 3),
  "readDecisionsOf()": (sql) => readDecisionsOf(sql, ["t"]),
  "linkCommit()": () => linkCommit(commit),
  "readCommitsOf()": (sql) => readCommitsOf(sql, ["t"]),
  "readRecentCommits()": (sql) => readRecentCommits(sql, "w", 20),
  "readArtifacts()": (sql) => readArtifacts(sql, { workspace_id: "w" }, 100, 21),
  "readArtifacts() of a task": (sql) => readArtifacts(sql, { task_id: "t" }, 100, 21),
  "readNewestOfTasks()": (sql) => readNewestOfTasks(sql, ["t"]),
  "readArtifactIds()": (sql) => readArtifactIds(sql, "artifact_0", 20),
  "a search": (sql) => readSearch(sql),
  "claimRuns()": () => claimRuns({ process: "p", handlers: ["h"], host: "h", rowsMax: 1, leaseMs: 1, now: 1 }),
  "hasQueued()": (sql) => hasQueued(sql),
  "wakeDue()": () => wakeDue(1, 10),
  "recoverRuns()": () => recoverRuns(["p"], { now: 1, leasesCount: true }, 10),
  "forgiveCrashes()": () => forgiveCrashes("r", 5),
  "renewRuns()": () => renewRuns("p", 1),
  "readHeldRuns()": (sql) => readHeldRuns(sql, "p"),
  "readCancelled()": (sql) => readCancelled(sql, "p"),
  "readWorkers()": (sql) => readWorkers(sql),
  "hasCome()": (sql) => hasCome(sql, "r", ["s"], ["c"]),
  "openChildren()": () => openChildren("r"),
  "fence()": () => fence("r", 1, 1, 1),
  "nextWake()": (sql) => nextWake(sql),
  "readRunCounts()": (sql) => readRunCounts(sql),
  "readWorkerLoads()": (sql) => readWorkerLoads(sql),
  "readFamily()": (sql) => readFamily(sql, "r", 10),
  "takeSignal()": () => takeSignal("r", "s", "k"),
  "wasSaid()": () => wasSaid("r", "k"),
  "admit()": () => admit("r", 1),
  "dueAtGate()": () => dueAtGate(1, 10),
  "forget()": (sql) => forget(sql, fakeClock(), rules, new AbortController().signal),
};

/** Reading every row of a table or of one of its indexes. The rows of a list that came as a parameter are few. */
const WHOLE_TABLE = /^SCAN (?!json_each|below|b\b|family|f\b|next|due|lost)/;
/** What is held or being written at one moment is few, too, and these hold nothing else; a search looks up its words. */
const FEW =
  /USING (COVERING )?INDEX (lease_held|draft_open|run_ready|run_process|run_open)$|^SCAN search_text VIRTUAL TABLE INDEX \d+:M/;

// Deno has another SQLite, which plans otherwise.
test.skipIf(isDeno).each(Object.entries(LOOPS))("%s reads through an index", async (_name, use) => {
  await using app = await openTestApp();
  const statements = await statementsOf(use);

  const plans: string[] = [];
  for (const { text, values } of statements) {
    const rows = await app.sql.all<Row>(`EXPLAIN QUERY PLAN ${inDialect("sqlite", text)}`, values);
    plans.push(...rows.map((row) => String(row["detail"])));
  }

  expect(statements.length).toBeGreaterThan(0);
  expect(plans.filter((step) => WHOLE_TABLE.test(step) && !FEW.test(step))).toEqual([]);
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
