import { describe, expect, test } from "bun:test";
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { exportArtifacts } from "../../../src/artifacts/export-artifacts.ts";
import { importArtifacts } from "../../../src/artifacts/import-artifacts.ts";
import { Mirror } from "../../../src/artifacts/mirror.ts";
import { PROBLEMS_MAX } from "../../../src/base/limits.ts";
import { readAllArtifacts } from "../../../src/store/artifacts.ts";
import { type Part, run } from "../../../src/store/sql.ts";
import { insertTask } from "../../../src/store/tasks.ts";
import { newTask } from "../../../src/tasks/new-task.ts";
import { refusalOf } from "../../harness/errors.ts";
import { OTHER_TASK, openStage, type Stage, TASK, treeOf } from "./stage.ts";

interface Options {
  readonly dryRun?: boolean;
  readonly from?: string;
}

function bring(stage: Stage, { dryRun = false, from = stage.outside }: Options = {}) {
  const { sql, clock, workspace } = stage;
  let made = 0;
  function* makeTask(title: string, now: number): Part<string> {
    const id = `task_00000000010${++made}`;
    const place = {
      id,
      workspace_id: workspace.id,
      session_id: null,
      parent_id: null,
      created_ms: now,
      updated_ms: now,
    };
    yield* insertTask({ ...newTask({ title }, place), status: "completed" });
    return id;
  }
  return importArtifacts({ sql, clock, makeTask }, workspace, from, { dryRun });
}

async function kept({ sql, artifacts, workspace }: Stage) {
  const rows = await readAllArtifacts(sql, { workspace_id: workspace.id }, 0, 100);
  return Promise.all(rows.map(async (row) => ({ ...row, text: Buffer.from(await artifacts.bytes(row)).toString() })));
}

function put(folder: string, files: Readonly<Record<string, string | Record<string, unknown>>>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), typeof content === "string" ? content : JSON.stringify(content));
  }
}

const OLD = ".task_orchestrator/artifacts";
const OLD_TASK = "documenter_3c9aec";

/** As the orchestrator before this one wrote them: one without files, one with, on Windows, and its index. */
function putOld(folder: string): void {
  put(folder, {
    [`${OLD}/${OLD_TASK}/artifact_1a2b3c4d.md`]: "# Task Artifact\n\n## Detailed Work\n\nall of it\n",
    [`${OLD}/${OLD_TASK}/artifact_1a2b3c4d_metadata.json`]: {
      artifact_id: "artifact_1a2b3c4d",
      task_id: OLD_TASK,
      summary: "Wrote the guide\nand more",
      artifact_type: "documentation",
      file_paths: [],
      mirrored_paths: ["/old/place/artifact_1a2b3c4d.md"],
      created_at: "2025-06-01T12:34:56.123456",
      primary_file: "/old/place/artifact_1a2b3c4d.md",
      relative_path: `${OLD_TASK}/artifact_1a2b3c4d.md`,
    },
    [`${OLD}/${OLD_TASK}/mirrored/src/a.ts_artifact_5e6f7a8b.md`]: "about a.ts",
    [`${OLD}/${OLD_TASK}/artifact_5e6f7a8b_metadata.json`]: {
      artifact_id: "artifact_5e6f7a8b",
      task_id: OLD_TASK,
      summary: "",
      artifact_type: "something else",
      file_paths: ["src/a.ts"],
      created_at: "2025-06-01T12:00:00",
      relative_path: `${OLD_TASK}\\mirrored\\src\\a.ts_artifact_5e6f7a8b.md`,
    },
    [`${OLD}/${OLD_TASK}/task_index.json`]: { task_id: OLD_TASK, artifacts: [] },
  });
}

describe("importArtifacts() of the orchestrator's before this one", () => {
  test("brings each with what was known of it, under a completed task called after the folder", async () => {
    await using stage = await openStage();
    putOld(stage.outside);

    const imported = await bring(stage);

    expect(imported).toEqual({ artifacts: 2, bytes: 55, known: 0, tasks: 1 });
    expect(await stage.sql.all("SELECT title, status FROM task ORDER BY seq DESC LIMIT 1")).toEqual([
      { title: OLD_TASK, status: "completed" },
    ]);
    expect(await kept(stage)).toMatchObject([
      {
        name: "artifact_5e6f7a8b",
        title: "artifact_5e6f7a8b",
        type: "general",
        files: ["src/a.ts"],
        created_ms: Date.UTC(2025, 5, 1, 12),
        text: "about a.ts",
        task_id: "task_000000000101",
      },
      {
        name: "artifact_1a2b3c4d",
        title: "Wrote the guide",
        type: "documentation",
        mime: "text/markdown",
        files: [],
        created_ms: Date.UTC(2025, 5, 1, 12, 34, 56, 123),
        text: "# Task Artifact\n\n## Detailed Work\n\nall of it\n",
        task_id: "task_000000000101",
      },
    ]);
  });

  test("brings nothing a second time", async () => {
    await using stage = await openStage();
    putOld(stage.outside);
    await bring(stage);

    const again = await bring(stage);
    const direct = await bring(stage, { from: join(stage.outside, OLD) });

    expect(again).toEqual({ artifacts: 0, bytes: 0, known: 2, tasks: 0 });
    expect(direct).toEqual(again);
    expect(await kept(stage)).toHaveLength(2);
  });

  test("brings what was added since to the task that it made the last time", async () => {
    await using stage = await openStage();
    putOld(stage.outside);
    await bring(stage);
    put(stage.outside, { [`${OLD}/${OLD_TASK}/artifact_99999999.md`]: "without metadata" });

    const imported = await bring(stage);

    expect(imported).toEqual({ artifacts: 1, bytes: 16, known: 2, tasks: 0 });
    expect((await kept(stage)).at(-1)).toMatchObject({ task_id: "task_000000000101", type: "general" });
  });

  test("only says what it would bring when asked", async () => {
    await using stage = await openStage();
    putOld(stage.outside);

    expect(await bring(stage, { dryRun: true })).toEqual({ artifacts: 2, bytes: 55, known: 0, tasks: 1 });
    expect(await kept(stage)).toEqual([]);
    expect(await stage.sql.all("SELECT id FROM task")).toHaveLength(2);
  });

  test("names what it cannot read, and brings the rest", async () => {
    await using stage = await openStage();
    putOld(stage.outside);
    const folder = join(stage.outside, OLD, OLD_TASK);
    put(folder, {
      "artifact_aaaaaaaa_metadata.json": "{ not json",
      "artifact_bbbbbbbb_metadata.json": { artifact_id: "artifact_bbbbbbbb" },
      "artifact_cccccccc_metadata.json": [] as unknown as Record<string, unknown>,
    });
    symlinkSync("/etc/passwd", join(folder, "artifact_dddddddd.md"));

    const imported = await bring(stage);

    expect(imported).toMatchObject({ artifacts: 2 });
    expect(imported.problems?.sort()).toEqual([
      `${OLD_TASK}/artifact_aaaaaaaa_metadata.json: cannot read its metadata: not valid JSON`,
      `${OLD_TASK}/artifact_bbbbbbbb: what it holds is not in the folder`,
      `${OLD_TASK}/artifact_cccccccc_metadata.json: it is not the metadata of an artifact`,
      `${OLD_TASK}/artifact_dddddddd: what it holds is not in the folder`,
    ]);
  });

  test("names some of many problems, and counts the others", async () => {
    await using stage = await openStage();
    const bad = Array.from({ length: PROBLEMS_MAX + 3 }, (_, at) => [`t/artifact_${at}_metadata.json`, "x"]);
    put(join(stage.outside, OLD), Object.fromEntries(bad));

    const { problems, more_problems } = await bring(stage);

    expect([problems?.length, more_problems]).toEqual([PROBLEMS_MAX, 3]);
  });

  test.each([
    "../../secret.txt",
    `${OLD_TASK}/../../../secret.txt`,
    `${OLD_TASK}/link/secret.txt`,
    "/etc/passwd",
    "other_task/artifact_00000000.md",
  ])("reads nothing outside of the task's folder: %s", async (relative_path) => {
    await using stage = await openStage();
    put(stage.outside, {
      "secret.txt": "secret",
      [`${OLD}/secret.txt`]: "secret",
      [`${OLD}/other_task/artifact_00000000.txt`]: "secret",
      [`${OLD}/${OLD_TASK}/artifact_12345678_metadata.json`]: { artifact_id: "artifact_12345678", relative_path },
    });
    symlinkSync(stage.outside, join(stage.outside, OLD, OLD_TASK, "link"));

    const imported = await bring(stage);

    expect(imported).toMatchObject({ artifacts: 0 });
    expect(imported.problems).toHaveLength(1);
  });

  test("goes into no folder that is a link", async () => {
    await using stage = await openStage();
    putOld(stage.outside);
    const project = join(stage.workspace.path, "project");
    mkdirSync(join(project, OLD), { recursive: true });
    symlinkSync(join(stage.outside, OLD, OLD_TASK), join(project, OLD, OLD_TASK));

    expect(await bring(stage, { from: project })).toMatchObject({ artifacts: 0, known: 0 });
    rmSync(join(project, ".task_orchestrator"), { recursive: true });
    symlinkSync(join(stage.outside, ".task_orchestrator"), join(project, ".task_orchestrator"));
    expect(await refusalOf(() => bring(stage, { from: project }))).toMatchObject({ code: "forbidden" });
  });
});

describe("importArtifacts() of cadre's own", () => {
  /** A mirror and an export of three artifacts, and a database without them. */
  async function lostStage(): Promise<
    Stage & { readonly exported: string; readonly rows: Awaited<ReturnType<typeof kept>> }
  > {
    const stage = await openStage();
    const mirror = new Mirror(stage.sql, stage.clock);
    for (const given of [{ text: "one" }, { text: "two" }, { text: "three", name: "notes", files: ["a.ts"] }]) {
      const row = await stage.keep(given);
      await mirror.write(stage.workspace.path, row, given.text);
      stage.clock.advance(1_000);
    }
    const picture = await stage.keep({ bytes: Uint8Array.of(0, 255), mime: "image/png", task_id: OTHER_TASK });
    await mirror.write(stage.workspace.path, picture, Uint8Array.of(0, 255));
    const exported = join(stage.outside, "exported");
    await exportArtifacts(stage.sql, stage.workspace, exported);
    const rows = await kept(stage);
    await stage.sql.write(() => run("DELETE FROM artifact"));
    return { ...stage, exported, rows };
  }

  test.each(["exported", "mirrored"] as const)("brings back what was %s, as it was", async (source) => {
    await using stage = await lostStage();
    const from = source === "exported" ? stage.exported : stage.workspace.path;

    const imported = await bring(stage, { from });

    expect(imported).toEqual({ artifacts: 4, bytes: 13, known: 0, tasks: 0 });
    const unnumbered = (rows: typeof stage.rows) => rows.map(({ seq: _seq, ...row }) => row);
    expect(unnumbered(await kept(stage))).toEqual(unnumbered(stage.rows));
  });

  test("gives an artifact that another workspace has a new id", async () => {
    await using stage = await lostStage();
    await bring(stage, { from: stage.exported });
    const other = { ...stage.workspace, id: "workspace_000000000002", path: "/elsewhere" };
    await stage.sql.write(() =>
      run("INSERT INTO workspace (id, path, created_ms) VALUES (?1, ?2, 0)", [other.id, other.path]),
    );

    const first = await bring({ ...stage, workspace: other }, { from: stage.exported });
    const again = await bring({ ...stage, workspace: other }, { from: stage.exported });

    expect(first).toMatchObject({ artifacts: 4, tasks: 2 });
    expect(again).toMatchObject({ artifacts: 0, known: 4, tasks: 0 });
    expect(await kept(stage)).toHaveLength(4);
  });

  test("leaves what is here as it is when the file was changed, and says so", async () => {
    await using stage = await lostStage();
    await bring(stage, { from: stage.exported });
    writeFileSync(join(stage.exported, TASK, "artifact_000000000001.md"), "changed");

    const imported = await bring(stage, { from: stage.exported });

    expect(imported).toMatchObject({ artifacts: 0, known: 3 });
    expect(imported.problems).toEqual([
      `${TASK}/artifact_000000000001: it differs from artifact_000000000001, which is here and stays as it is`,
    ]);
  });

  test("brings from a project both its old and its new artifacts", async () => {
    await using stage = await lostStage();
    putOld(stage.workspace.path);

    expect(await bring(stage, { from: stage.workspace.path })).toMatchObject({ artifacts: 6, tasks: 1 });
  });
});

test("importArtifacts() refuses a folder that is not there", async () => {
  await using stage = await openStage();

  expect(await refusalOf(() => bring(stage, { from: "/no/such/folder" }))).toMatchObject({ code: "not_found" });
});

describe("exportArtifacts()", () => {
  test("writes every version to its task's folder, and an index of them", async () => {
    await using stage = await openStage();
    await stage.keep({ text: "one" });
    await stage.keep({ text: "two" });
    await stage.keep({ bytes: Uint8Array.of(1, 2, 3), mime: "image/png", task_id: OTHER_TASK });
    const folder = join(stage.outside, "new", "folder");

    const exported = await exportArtifacts(stage.sql, stage.workspace, folder);

    expect(exported).toEqual({ artifacts: 3, bytes: 9 });
    expect(Object.keys(treeOf(folder)).sort()).toEqual([
      "index.json",
      `${TASK}/artifact_000000000001.md`,
      `${TASK}/artifact_000000000001_metadata.json`,
      `${TASK}/artifact_000000000002.md`,
      `${TASK}/artifact_000000000002_metadata.json`,
      `${OTHER_TASK}/artifact_000000000003.png`,
      `${OTHER_TASK}/artifact_000000000003_metadata.json`,
    ]);
    const index = JSON.parse(readFileSync(join(folder, "index.json"), "utf8"));
    expect(index.workspace).toBe(stage.workspace.path);
    expect(index.artifacts).toHaveLength(3);
    expect(index.artifacts[1]).toMatchObject({ version: 2, file: `${TASK}/artifact_000000000002.md`, size_bytes: 3 });
  });

  test("writes those of one task alone when asked", async () => {
    await using stage = await openStage();
    await stage.keep();
    await stage.keep({ task_id: OTHER_TASK });

    expect(await exportArtifacts(stage.sql, stage.workspace, join(stage.outside, "x"), { task: TASK })).toMatchObject({
      artifacts: 1,
    });
  });

  test("refuses a folder that holds something, and a file", async () => {
    await using stage = await openStage();
    await stage.keep();
    writeFileSync(join(stage.outside, "file"), "mine");

    for (const path of [stage.outside, join(stage.outside, "file")]) {
      expect(await refusalOf(() => exportArtifacts(stage.sql, stage.workspace, path))).toMatchObject({
        code: "conflict",
        message: `cannot export to ${path}: it is not an empty folder`,
      });
    }
    expect(treeOf(stage.outside)).toEqual({ file: "mine" });
  });

  test("writes an index of nothing when there is nothing", async () => {
    await using stage = await openStage();
    const folder = join(stage.outside, "empty");
    mkdirSync(folder);

    expect(await exportArtifacts(stage.sql, stage.workspace, folder)).toEqual({ artifacts: 0, bytes: 0 });
    expect(Object.keys(treeOf(folder))).toEqual(["index.json"]);
  });
});

test("an export that was copied elsewhere is imported as well", async () => {
  await using stage = await openStage();
  await stage.keep({ text: "one" });
  await exportArtifacts(stage.sql, stage.workspace, join(stage.outside, "a"));
  cpSync(join(stage.outside, "a"), join(stage.outside, "b"), { recursive: true });
  await stage.sql.write(() => run("DELETE FROM task"));

  expect(await bring(stage, { from: join(stage.outside, "b") })).toEqual({
    artifacts: 1,
    bytes: 3,
    known: 0,
    tasks: 1,
  });
});
