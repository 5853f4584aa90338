import { describe, expect, test } from "bun:test";
import {
  type ArtifactFilter,
  contentOf,
  dropContents,
  keepContent,
  newestVersion,
  readAllArtifacts,
  readArtifact,
  readArtifactIds,
  readArtifacts,
  readArtifactsById,
  readContent,
  readContentSizes,
  readNewest,
  readNewestOfTasks,
  readTasksWithArtifacts,
  readVersion,
} from "../../../src/store/artifacts.ts";
import { inDialect, type Part, type Row, type Sql, type Statement } from "../../../src/store/sql.ts";
import { OTHER_TASK, openStage, TASK } from "../artifacts/stage.ts";

/** What the statements of a part or of a read are, without running them on anything. */
async function statementsOf(use: (sql: Sql) => unknown): Promise<Statement[]> {
  const seen: Statement[] = [];
  const all = async (text: string, values: Statement["values"] = []) => {
    seen.push({ text, values });
    return [];
  };
  const used = await use({ dialect: "sqlite", all } as unknown as Sql);
  if (used && typeof used === "object" && "next" in used) {
    const part = used as Part<unknown>;
    for (let step = part.next([]); !step.done; step = part.next([])) seen.push(step.value);
  }
  return seen;
}

async function plansOf(use: (sql: Sql) => unknown): Promise<string[]> {
  await using stage = await openStage();
  const plans: string[] = [];
  for (const { text, values } of await statementsOf(use)) {
    const rows = await stage.sql.all<Row>(`EXPLAIN QUERY PLAN ${inDialect("sqlite", text)}`, values);
    plans.push(...rows.map((row) => String(row["detail"])));
  }
  return plans;
}

const artifact = {
  id: "artifact_1",
  workspace_id: "w",
  task_id: "t",
  name: "n",
  version: 1,
  type: "general",
  mime: "text/markdown",
  title: "",
  files: [],
  hash: "h",
  size_bytes: 1,
  created_ms: 0,
} as const;
const page = (filter: ArtifactFilter) => (sql: Sql) => readArtifacts(sql, filter, 100, 21);

/** Everything that runs for a call or for each of many rows; a table of millions must not slow it. */
const LOOPS: Record<string, (sql: Sql) => unknown> = {
  "keepContent()": () => keepContent(contentOf("x"), 0),
  "newestVersion()": () => newestVersion("t", "n"),
  "dropContents()": () => dropContents(["h"]),
  "readArtifact()": (sql) => readArtifact(sql, "artifact_1"),
  "readArtifactsById()": (sql) => readArtifactsById(sql, ["artifact_1"]),
  "readNewest()": (sql) => readNewest(sql, "t", "n"),
  "readVersion()": (sql) => readVersion(sql, artifact, 1),
  "readArtifacts() of a workspace": page({ workspace_id: "w" }),
  "readArtifacts() of a type": page({ workspace_id: "w", type: "code" }),
  "readArtifacts() of a task": page({ task_id: "t" }),
  "readAllArtifacts() of a workspace": (sql) => readAllArtifacts(sql, { workspace_id: "w" }, 0, 500),
  "readAllArtifacts() of a task": (sql) => readAllArtifacts(sql, { task_id: "t" }, 0, 500),
  "readNewestOfTasks()": (sql) => readNewestOfTasks(sql, ["t"]),
  "readTasksWithArtifacts()": (sql) => readTasksWithArtifacts(sql, "w", "", 500),
  "readArtifactIds()": (sql) => readArtifactIds(sql, "artifact_0", 20),
  "readContent()": (sql) => readContent(sql, "h"),
  "readContentSizes()": (sql) => readContentSizes(sql, "", 500),
};

test.each(Object.entries(LOOPS))("%s reads through an index", async (_name, use) => {
  const plans = await plansOf(use);

  expect(plans.filter((step) => /^SCAN (?!json_each)/.test(step))).toEqual([]);
  expect(plans.length).toBeGreaterThan(0);
});

test("a page of a workspace's artifacts is read in the order of its index, without sorting", async () => {
  const plans = await plansOf(page({ workspace_id: "w" }));

  expect(plans).toContain("SEARCH a USING INDEX artifact_list (workspace_id=? AND seq<?)");
  expect(plans.join()).not.toContain("TEMP B-TREE");
});

describe("keepContent()", () => {
  test("does not send again what is there", async () => {
    await using stage = await openStage();
    await stage.keep({ text: "one" });
    const sent: number[] = [];

    await stage.sql.write(function* () {
      const part = keepContent(contentOf("one"), 0);
      for (let step = part.next([]); !step.done; ) {
        sent.push(step.value.values.length);
        step = part.next(yield step.value);
      }
    });

    expect(sent).toEqual([1]);
  });
});

describe("dropContents()", () => {
  test("drops only what nothing refers to, and says how much it was", async () => {
    await using stage = await openStage();
    const kept = await stage.keep({ text: "kept" });
    const gone = await stage.keep({ text: "gone", task_id: OTHER_TASK });
    await stage.sql.write(function* () {
      yield { text: "DELETE FROM task WHERE id = ?1", values: [OTHER_TASK] };
    });

    const dropped = await stage.sql.write(() => dropContents([kept.hash, gone.hash, "unknown"]));

    expect(dropped).toEqual([{ hash: gone.hash, size_bytes: 4 }]);
    expect(await readContent(stage.sql, kept.hash)).toBeDefined();
    expect(await readContent(stage.sql, gone.hash)).toBeUndefined();
  });
});

describe("readContentSizes()", () => {
  test("gives pages in the order of the hashes, and what is used", async () => {
    await using stage = await openStage();
    for (const text of ["a", "b", "c"]) await stage.keep({ text, name: text });
    await stage.sql.write(function* () {
      yield* keepContent(contentOf("nobody's"), 0);
    });

    const [first, ...rest] = await readContentSizes(stage.sql, "", 10);
    const after = await readContentSizes(stage.sql, first?.hash ?? "", 2);

    expect(after).toEqual(rest.slice(0, 2));
    expect([first, ...rest].map((row) => row?.hash)).toEqual([first, ...rest].map((row) => row?.hash).sort());
    expect([first, ...rest].filter((row) => row?.isUsed === false).map((row) => row?.size_bytes)).toEqual([8]);
  });
});

test("readTasksWithArtifacts() gives each task once, after another", async () => {
  await using stage = await openStage();
  const { sql, workspace } = stage;
  await stage.keep({ text: "one" });
  await stage.keep({ text: "two" });
  await stage.keep({ task_id: OTHER_TASK });

  expect(await readTasksWithArtifacts(sql, workspace.id, "", 10)).toEqual([TASK, OTHER_TASK]);
  expect(await readTasksWithArtifacts(sql, workspace.id, TASK, 10)).toEqual([OTHER_TASK]);
});
