import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Artifacts } from "../../../src/artifacts/artifacts.ts";
import { Mirror } from "../../../src/artifacts/mirror.ts";
import { systemClock } from "../../../src/base/clock.ts";
import { artifactCommands } from "../../../src/cli/artifact-commands.ts";
import { runtime } from "../../../src/runtime/current.ts";
import { openStore } from "../../../src/store/open.ts";
import { run } from "../../../src/store/sql.ts";
import { invoke } from "../../harness/cli.ts";
import { tempFolder } from "../../harness/folder.ts";
import { keepInput, makeWork, OTHER_TASK, TASK, treeOf } from "../artifacts/stage.ts";

setDefaultTimeout(60_000);

const FOLDER = `.cadre/artifacts/${TASK}`;

interface Project extends AsyncDisposable {
  /** Where the test's folders lie. */
  readonly path: string;
  /** Has three artifacts, two of them with the same content, and their mirror. */
  readonly project: string;
  cadre(...args: string[]): Promise<{ exit: number; answer: Record<string, unknown>; error: Record<string, unknown> }>;
  /** Makes changes as another process would. */
  change(text: string, values?: (string | number)[]): Promise<void>;
}

async function openProject(): Promise<Project> {
  const folder = tempFolder();
  const [home, project] = [join(folder.path, "home"), join(folder.path, "project")];
  mkdirSync(project);
  const openDatabase = () =>
    openStore({
      runtime,
      clock: systemClock,
      db: join(home, "cadre.db"),
      profile: "default",
      keepCopy: async () => {},
    });
  const sql = await openDatabase();
  const workspace = await makeWork(sql, project, systemClock);
  const artifacts = new Artifacts(sql);
  const kept = [{ text: "one" }, { text: "two", name: "notes" }, { text: "one", task_id: OTHER_TASK }];
  for (const [at, given] of kept.entries()) {
    const input = keepInput(workspace, `artifact_00000000000${at + 1}`, given, systemClock.now());
    const row = await sql.write(() => artifacts.keep(input));
    await new Mirror(sql, systemClock).write(project, row, given.text);
  }
  await sql.close();
  return {
    path: folder.path,
    project,
    cadre: async (...args) => {
      const done = await invoke([...args, "--json"], { home, workspace: project, commands: artifactCommands });
      const parse = (text: string) => JSON.parse(text || "{}") as Record<string, unknown>;
      return {
        exit: done.exit,
        answer: parse(done.stdout),
        error: (done.exit === 0 ? {} : parse(done.stderr)["error"]) as Record<string, unknown>,
      };
    },
    change: async (text, values = []) => {
      const changing = await openDatabase();
      await changing.write(() => run(text, values));
      await changing.close();
    },
    [Symbol.asyncDispose]: async () => folder[Symbol.dispose](),
  };
}

describe("cadre artifact export", () => {
  test("writes everything to a new folder, relative to where the user stands", async () => {
    await using stage = await openProject();

    const { answer } = await stage.cadre("artifact", "export", "out");

    expect(answer).toEqual({ folder: join(stage.project, "out"), artifacts: 3, bytes: 9 });
    expect(existsSync(join(stage.project, "out", "index.json"))).toBe(true);
  });

  test("writes those of one task", async () => {
    await using stage = await openProject();

    const { answer } = await stage.cadre("artifact", "export", "out", "--task", OTHER_TASK);

    expect(answer).toMatchObject({ artifacts: 1 });
  });

  test("refuses a folder that holds something, a task and a project that are not there, and no folder", async () => {
    await using stage = await openProject();
    const failed = async (...args: string[]) => {
      const { exit, error } = await stage.cadre("artifact", "export", ...args);
      return [exit, error["message"]];
    };

    expect(await failed(".")).toEqual([5, `cannot export to ${stage.project}: it is not an empty folder`]);
    expect(await failed("out", "--task", "task_ffffffffffff")).toEqual([
      4,
      `no task task_ffffffffffff in ${stage.project}`,
    ]);
    expect(await failed("out", "--workspace", "/no/such")).toEqual([4, "no workspace /no/such"]);
    expect(await failed()).toMatchObject([2, expect.stringContaining("folder")]);
  });
});

describe("cadre artifact import", () => {
  test("brings an export into another project, with its files, once", async () => {
    await using stage = await openProject();
    await stage.cadre("artifact", "export", "../out");
    const other = join(stage.path, "other");
    mkdirSync(other);

    const looked = await stage.cadre("artifact", "import", "../out", "--workspace", other, "--dry-run");
    const imported = await stage.cadre("artifact", "import", "../out", "--workspace", other);
    const again = await stage.cadre("artifact", "import", "../out", "--workspace", other);

    const folder = join(stage.path, "out");
    const counts = { folder, artifacts: 3, bytes: 9, known: 0, tasks: 2 };
    expect(looked.answer).toEqual({ ...counts, dry_run: true });
    expect(imported.answer).toEqual({ ...counts, files: 6 });
    expect(again.answer).toEqual({ ...counts, artifacts: 0, bytes: 0, known: 3, tasks: 0, files: 0 });
    expect(Object.values(treeOf(other)).filter((text) => text === "one")).toHaveLength(2);
  });

  test("makes tasks that nobody is to start", async () => {
    await using stage = await openProject();
    await stage.cadre("artifact", "export", "../out");
    await stage.change("DELETE FROM task");

    await stage.cadre("artifact", "import", "../out");
    const { answer } = await stage.cadre("artifact", "export", "../again");

    expect(answer).toMatchObject({ artifacts: 3 });
  });

  test("brings the rows where the files cannot be written, and says so", async () => {
    await using stage = await openProject();
    await stage.cadre("artifact", "export", "../out");

    const { answer } = await stage.cadre("artifact", "import", "../out", "--workspace", "/no/such/project");

    expect(answer).toMatchObject({
      artifacts: 3,
      files: 0,
      mirror_problems: ["cannot write into /no/such/project: there is no such folder"],
    });
    expect(existsSync("/no/such/project")).toBe(false);
  });
});

describe("cadre artifact dedupe", () => {
  test("says what sharing saves, and drops what nothing refers to", async () => {
    await using stage = await openProject();
    await stage.change("DELETE FROM artifact WHERE name = 'notes'");

    const looked = await stage.cadre("artifact", "dedupe", "--dry-run");
    const dropped = await stage.cadre("artifact", "dedupe");
    const again = await stage.cadre("artifact", "dedupe");

    const kept = { artifacts: 2, contents: 1, stored_bytes: 3, shared_bytes: 3 };
    expect(looked.answer).toEqual({ dry_run: true, ...kept, unused: 1, unused_bytes: 3 });
    expect(dropped.answer).toMatchObject({ ...kept, unused: 1, next: expect.stringContaining("cadre db optimize") });
    expect(again.answer).toEqual({ ...kept, unused: 0, unused_bytes: 0 });
  });
});

describe("cadre artifact move", () => {
  test("brings the files of a project that was moved to its new place", async () => {
    await using stage = await openProject();
    const to = join(stage.path, "moved");
    mkdirSync(to);
    const before = treeOf(stage.project);
    await stage.change("UPDATE workspace SET path = ?1", [to]);

    const looked = await stage.cadre("artifact", "move", ".", to, "--dry-run");
    const moved = await stage.cadre("artifact", "move", ".", "../moved");

    const counts = { from: stage.project, to, artifacts: 3, written: 6, unfinished: 0, removed: 6, kept: 0 };
    expect(looked.answer).toEqual({ ...counts, dry_run: true });
    expect(moved.answer).toEqual(counts);
    expect(treeOf(to)).toEqual(before);
    expect(treeOf(stage.project)).toEqual({});
  });

  test("says what comes first when the work has not moved, and what is not there", async () => {
    await using stage = await openProject();
    const to = join(stage.path, "moved");

    const early = await stage.cadre("artifact", "move", stage.project, to);
    const unknown = await stage.cadre("artifact", "move", "/no/such", "/no/more");

    expect(early).toMatchObject({
      exit: 5,
      error: { hint: `Move it first with cadre workspace move ${stage.project} ${to}.` },
    });
    expect(unknown).toMatchObject({ exit: 4, error: { message: "no workspace /no/more" } });
  });

  test("comes from a path of another system", async () => {
    await using stage = await openProject();
    rmSync(join(stage.project, ".cadre"), { recursive: true });

    const { answer } = await stage.cadre("artifact", "move", "C:\\Code\\App", ".");

    expect(answer).toMatchObject({ from: "C:\\Code\\App", written: 6, removed: 0 });
  });
});

describe("cadre artifact repair", () => {
  test("writes again what is missing or different", async () => {
    await using stage = await openProject();
    const before = treeOf(stage.project);
    rmSync(join(stage.project, FOLDER, "artifact_000000000001.md"));
    writeFileSync(join(stage.project, FOLDER, "artifact_000000000002.md"), "changed");

    const looked = await stage.cadre("artifact", "repair", "--dry-run");
    const repaired = await stage.cadre("artifact", "repair");

    const counts = { workspace: stage.project, artifacts: 3, written: 2, unfinished: 0 };
    expect(looked.answer).toEqual({ ...counts, dry_run: true });
    expect(repaired.answer).toEqual(counts);
    expect(treeOf(stage.project)).toEqual(before);
  });

  test("refuses a project without work, and one that is not here", async () => {
    await using stage = await openProject();
    await stage.change("UPDATE workspace SET path = 'c:/code/app'");

    const foreign = await stage.cadre("artifact", "repair", "--workspace", "C:\\Code\\App");
    const unknown = await stage.cadre("artifact", "repair");

    expect([foreign.exit, unknown.exit]).toEqual([4, 4]);
    expect(foreign.error["message"]).toContain("it is a path of another system");
  });
});

test("a mirror that was copied with its project is imported there", async () => {
  await using stage = await openProject();
  const copy = join(stage.path, "copy");
  cpSync(stage.project, copy, { recursive: true });

  const { answer } = await stage.cadre("artifact", "import", copy, "--workspace", copy);

  expect(answer).toMatchObject({ artifacts: 3, known: 0, tasks: 2 });
});
