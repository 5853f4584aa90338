import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { invoke } from "../../harness/cli.ts";
import { type TempFolder, tempFolder } from "../../harness/folder.ts";
import { database, PLANS } from "../../harness/old-plans.ts";

interface Place {
  readonly project: string;
  readonly options: { readonly home: string; readonly workspace: string; readonly userHome: string };
}

function placeIn(folder: TempFolder): Place {
  const project = join(folder.path, "project");
  mkdirSync(project, { recursive: true });
  return {
    project,
    options: { home: join(folder.path, "data"), workspace: project, userHome: join(folder.path, "me") },
  };
}

async function cadre(place: Place, ...args: string[]) {
  const result = await invoke([...args, "--json"], place.options);
  return { ...result, answer: JSON.parse(result.stdout || result.stderr) };
}

async function tasksOf(place: Place) {
  return (await cadre(place, "task", "list")).answer.tasks as { id: string; title: string; status: string }[];
}

test("plans of the Python orchestrator come with their subtasks, needs, results and artifacts, once", async () => {
  using folder = tempFolder();
  const place = placeIn(folder);
  const file = database(join(place.project, ".task_orchestrator/task_orchestrator.db"), ...PLANS);
  const artifacts = join(place.project, ".task_orchestrator/artifacts/arch_1");
  mkdirSync(artifacts, { recursive: true });
  writeFileSync(join(artifacts, "artifact_abc123.md"), "# The design");

  const dry = await cadre(place, "import", "--dry-run");
  const before = await tasksOf(place);
  const first = await cadre(place, "import");
  const again = await cadre(place, "import");
  const tasks = await tasksOf(place);
  const design = await cadre(place, "task", "show", tasks.find(({ title }) => title === "Design")?.id ?? "");
  const build = await cadre(place, "task", "show", tasks.find(({ title }) => title === "Build")?.id ?? "");

  expect(dry.answer).toMatchObject({
    dry_run: true,
    imported: [{ tasks: 3, needs: 1, dropped_needs: 1, known: 0, file }],
  });
  expect(before).toEqual([]);
  expect(first.answer.imported).toMatchObject([
    { source: "task-orchestrator", tasks: 3, needs: 1, artifacts: 2, known: 0, dropped_needs: 1 },
  ]);
  expect(again.answer.imported).toMatchObject([{ tasks: 0, needs: 0, artifacts: 0, known: 3 }]);
  expect(tasks.map(({ title, status }) => `${title}: ${status}`).sort()).toEqual([
    ...["Build a scraper: pending", "Build: pending", "Design: completed"],
  ]);
  expect(design.answer).toMatchObject({ role: "architect", summary: "Two queues, no broker.", effort: "2 hours" });
  expect(design.answer.artifacts).toHaveLength(2);
  expect(build.answer.parent_id).toBe(design.answer.parent_id);
});

test("what was changed here since stays as it is, and what is new there comes", async () => {
  using folder = tempFolder();
  const place = placeIn(folder);
  const file = database(join(folder.path, "old.db"), ...PLANS);
  await cadre(place, "import", file);
  const [task] = (await tasksOf(place)).filter(({ title }) => title === "Build");
  await cadre(place, "task", "update", task?.id ?? "", "--title", "Build it");
  database(
    file,
    "INSERT INTO subtasks VALUES ('test_1', 'task_1', 'Test', 'It', 'tester', '[\"impl_1\"]', '', 'pending', NULL, '[]', '2025-06-03', NULL)",
  );

  const again = await cadre(place, "import", file);

  expect(again.stderr).toBe("");
  expect(again.answer.imported).toMatchObject([{ tasks: 1, needs: 1, known: 3 }]);
  expect((await tasksOf(place)).map(({ title }) => title).sort()).toEqual([
    "Build a scraper",
    "Build it",
    "Design",
    "Test",
  ]);
});

test("its generic tasks come with their tree, needs and artifacts", async () => {
  using folder = tempFolder();
  const place = placeIn(folder);
  const file = database(
    join(folder.path, "generic.db"),
    "CREATE TABLE generic_tasks (task_id TEXT PRIMARY KEY, parent_task_id TEXT, title TEXT, description TEXT, hierarchy_level INTEGER, status TEXT, complexity TEXT, estimated_effort TEXT, specialist_type TEXT, results TEXT, summary TEXT, created_at TEXT, updated_at TEXT, deleted_at TEXT)",
    "CREATE TABLE task_dependencies (dependency_id INTEGER PRIMARY KEY, dependent_task_id TEXT, prerequisite_task_id TEXT)",
    "CREATE TABLE task_artifacts (artifact_id TEXT PRIMARY KEY, task_id TEXT, artifact_type TEXT, artifact_name TEXT, content TEXT, created_at TEXT)",
    "INSERT INTO generic_tasks VALUES ('r', NULL, 'Root', '', 0, 'pending', 'simple', '', 'architect', NULL, NULL, '2025-01-01', '2025-01-02', NULL)",
    "INSERT INTO generic_tasks VALUES ('a', 'r', 'A', '', 1, 'failed', 'very_complex', '', NULL, NULL, NULL, '2025-01-01', '2025-01-02', NULL)",
    "INSERT INTO generic_tasks VALUES ('b', 'r', 'B', '', 1, 'archived', 'odd', '', NULL, NULL, NULL, '2025-01-01', '2025-01-02', NULL)",
    "INSERT INTO generic_tasks VALUES ('gone', NULL, 'Gone', '', 0, 'pending', '', '', NULL, NULL, NULL, '2025-01-01', '2025-01-02', '2025-01-03')",
    "INSERT INTO task_dependencies VALUES (1, 'b', 'a')",
    "INSERT INTO task_artifacts VALUES ('x', 'a', 'code', 'main.py', 'print(1)', '2025-01-01')",
  );

  const imported = await cadre(place, "import", file);

  expect(imported.answer.imported).toMatchObject([{ tasks: 3, needs: 1, artifacts: 1 }]);
  expect((await tasksOf(place)).map(({ title, status }) => `${title}: ${status}`).sort()).toEqual([
    ...["A: failed", "B: cancelled", "Root: pending"],
  ]);
});

test("the orchestrator with code execution comes with its executions and commits", async () => {
  using folder = tempFolder();
  const place = placeIn(folder);
  database(
    join(place.options.userHome, ".mcp/tasks/tasks.db"),
    "CREATE TABLE tasks (id INTEGER PRIMARY KEY, title TEXT, description TEXT, status TEXT, priority INTEGER, dependencies TEXT, tags TEXT, code_language TEXT, execution_environment TEXT, created_at TEXT, updated_at TEXT, completed_at TEXT)",
    "CREATE TABLE code_executions (id INTEGER PRIMARY KEY, task_id INTEGER, language TEXT, code TEXT, output TEXT, error TEXT, exit_code INTEGER, execution_time REAL, timestamp TEXT)",
    "CREATE TABLE git_commits (id INTEGER PRIMARY KEY, task_id INTEGER, commit_hash TEXT, commit_message TEXT, author TEXT, timestamp TEXT)",
    `INSERT INTO tasks VALUES (1, 'Sort it', 'fast', 'in_progress', 4, '[]', '["perf"]', 'python', NULL, '2025-01-01 00:00:00', '2025-01-01 00:00:00', NULL)`,
    `INSERT INTO tasks VALUES (2, 'Ship it', NULL, 'pending', 0, '[1]', 'not json', NULL, NULL, '2025-01-01 00:00:00', NULL, NULL)`,
    "INSERT INTO code_executions VALUES (1, 1, 'python', 'print(sorted([2, 1]))', '[1, 2]', NULL, 0, 0.1, '2025-01-01')",
    "INSERT INTO git_commits VALUES (1, 1, 'abc1234', 'Sort', 'Ann', '2025-01-01')",
  );

  const imported = await cadre(place, "import");
  const [sort] = (await tasksOf(place)).filter(({ title }) => title === "Sort it");
  const shown = await cadre(place, "task", "show", sort?.id ?? "");

  expect(imported.answer.imported).toMatchObject([
    { source: "code-orchestrator", tasks: 2, needs: 1, artifacts: 1, commits: 1 },
  ]);
  expect(shown.answer).toMatchObject({ priority: 1, tags: ["perf"], language: "python", status: "pending" });
});

test("Task Master's tasks come with their subtasks, tags and needs", async () => {
  using folder = tempFolder();
  const place = placeIn(folder);
  const file = join(place.project, ".taskmaster/tasks/tasks.json");
  mkdirSync(dirname(file), { recursive: true });
  const tasks = [
    {
      id: 1,
      title: "Base",
      description: "d",
      details: "more",
      testStrategy: "run it",
      status: "done",
      priority: "high",
      dependencies: [],
    },
    {
      id: 2,
      title: "Top",
      status: "review",
      dependencies: [1],
      subtasks: [
        { id: 1, title: "One", status: "pending", dependencies: [] },
        { id: 2, title: "Two", status: "pending", dependencies: [1, "1"] },
      ],
    },
  ];
  const metadata = { created: "2025-01-01T00:00:00.000Z" };
  writeFileSync(file, JSON.stringify({ master: { tasks, metadata }, later: { tasks: [{ id: 1, title: "Other" }] } }));

  const imported = await cadre(place, "import", place.project);
  const all = await tasksOf(place);
  const base = await cadre(place, "task", "show", all.find(({ title }) => title === "Base")?.id ?? "");
  const other = await cadre(place, "task", "show", all.find(({ title }) => title === "Other")?.id ?? "");

  expect(imported.answer.imported).toMatchObject([{ source: "task-master", tasks: 5, needs: 2 }]);
  expect(base.answer).toMatchObject({
    status: "completed",
    priority: 2,
    acceptance: ["run it"],
    description: "d\n\nmore",
  });
  expect(other.answer.tags).toEqual(["later"]);
});

test("long texts and signs of all kinds come as they were", async () => {
  using folder = tempFolder();
  const place = placeIn(folder);
  const file = database(join(folder.path, "old.db"), ...PLANS.slice(0, 2));
  const connection = new Database(file);
  const text = "𝄞é日本\u0000\n".repeat(200_000);
  connection.run("INSERT INTO task_breakdowns VALUES ('t', ?, 'simple', '', '2025-01-01')", [`${"x".repeat(5_000)}\n`]);
  connection.run("INSERT INTO subtasks VALUES ('s', 't', '', 'd', 'r', '[]', '', 'completed', ?, '[]', '', NULL)", [
    text,
  ]);
  connection.close();

  const imported = await cadre(place, "import", file);

  expect(imported.exit).toBe(0);
  expect(imported.answer.imported).toMatchObject([{ tasks: 2, artifacts: 1 }]);
});

describe("nothing is imported from", () => {
  test("a place where nothing is", async () => {
    using folder = tempFolder();

    const nothing = await cadre(placeIn(folder), "import");

    expect(nothing.exit).toBe(4);
    expect(nothing.answer.error.hint).toContain(".taskmaster/tasks/tasks.json");
  });

  test.each([
    ["a text", "a.txt", "hello"],
    ["other JSON", "a.json", '{"a": 1}'],
    ["broken JSON", "a.json", "{"],
  ])("%s", async (_what, name, text) => {
    using folder = tempFolder();
    writeFileSync(join(folder.path, name), text);

    const refused = await cadre(placeIn(folder), "import", join(folder.path, name));

    expect(refused.exit).toBe(2);
    expect(refused.answer.error.message).toContain("it is no store that cadre knows");
  });

  test("a database of somebody else, or a damaged one", async () => {
    using folder = tempFolder();
    const place = placeIn(folder);
    const other = database(join(folder.path, "other.db"), "CREATE TABLE things (id INTEGER)");
    writeFileSync(join(folder.path, "damaged.db"), `SQLite format 3\0${"x".repeat(5_000)}`);

    expect((await cadre(place, "import", other)).exit).toBe(2);
    expect((await cadre(place, "import", join(folder.path, "damaged.db"))).exit).toBe(9);
  });
});
