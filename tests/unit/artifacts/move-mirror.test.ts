import { describe, expect, test } from "bun:test";
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Mirror } from "../../../src/artifacts/mirror.ts";
import { moveMirror } from "../../../src/artifacts/move-mirror.ts";
import { refusalOf } from "../../harness/errors.ts";
import { openStage, type Stage, TASK, treeOf } from "./stage.ts";

const FOLDER = `.cadre/artifacts/${TASK}`;
const ID = "artifact_000000000001";

/** A project with a mirror, whose work has moved to another folder. */
async function movedStage(): Promise<Stage & { readonly from: string; readonly to: string }> {
  const stage = await openStage();
  const from = stage.workspace.path;
  const to = stage.outside;
  for (const [name, files] of [
    ["one", ["src/a.ts"]],
    ["two", ["src/a.ts", "src/b.ts"]],
  ] as const) {
    const row = await stage.keep({ name, files });
    await new Mirror(stage.sql, stage.clock).write(from, row, "the work");
  }
  return { ...stage, from, to };
}

const move = ({ sql, clock, from, to, workspace }: Awaited<ReturnType<typeof movedStage>>, dryRun = false) =>
  moveMirror({ sql, clock }, from, { ...workspace, path: to }, { dryRun });

describe("moveMirror()", () => {
  test("writes the mirror at the new place, and leaves nothing of it at the old one", async () => {
    await using stage = await movedStage();
    const before = treeOf(stage.from);

    const moved = await move(stage);

    expect(moved).toEqual({ artifacts: 2, written: 7, unfinished: 0, removed: 7, kept: 0 });
    expect(treeOf(stage.to)).toEqual(before);
    expect(treeOf(stage.from)).toEqual({});
  });

  test("leaves what somebody has changed or added, and the .gitignore with it", async () => {
    await using stage = await movedStage();
    writeFileSync(join(stage.from, FOLDER, `${ID}.md`), "my own words");
    writeFileSync(join(stage.from, FOLDER, "notes.txt"), "mine");

    const moved = await move(stage);

    expect(moved).toMatchObject({ removed: 6, kept: 1 });
    expect(treeOf(stage.from)).toEqual({
      ".cadre/.gitignore": "artifacts/\n",
      [`${FOLDER}/${ID}.md`]: "my own words",
      [`${FOLDER}/notes.txt`]: "mine",
    });
  });

  test("leaves a .gitignore that is not ours", async () => {
    await using stage = await movedStage();
    writeFileSync(join(stage.from, ".cadre/.gitignore"), "artifacts/\nmine\n");

    await move(stage);

    expect(treeOf(stage.from)).toEqual({ ".cadre/.gitignore": "artifacts/\nmine\n" });
  });

  test("only says what it would do when asked", async () => {
    await using stage = await movedStage();
    const before = treeOf(stage.from);

    const looked = await move(stage, true);

    expect(looked).toEqual({ artifacts: 2, written: 7, unfinished: 0, removed: 7, kept: 0 });
    expect([treeOf(stage.from), treeOf(stage.to)]).toEqual([before, {}]);
  });

  test("takes nothing away when the new place cannot be written", async () => {
    await using stage = await movedStage();
    const before = treeOf(stage.from);
    mkdirSync(join(stage.to, ".cadre/artifacts"), { recursive: true });
    symlinkSync(stage.from, join(stage.to, FOLDER));

    const moved = await move(stage);

    expect(moved).toMatchObject({
      removed: 0,
      problems: expect.arrayContaining([`cannot use ${FOLDER}: it is a link`]),
    });
    expect(treeOf(stage.from)).toEqual(before);
  });

  test("writes the new mirror when the old folder is not there any more", async () => {
    await using stage = await movedStage();
    rmSync(stage.from, { recursive: true });

    expect(await move(stage)).toMatchObject({ written: 7, removed: 0 });
  });

  test("refuses two names of one folder, which would lose all", async () => {
    await using stage = await movedStage();
    const link = join(stage.outside, "link");
    symlinkSync(stage.from, link);
    const before = treeOf(stage.from);

    const refused = await refusalOf(() => move({ ...stage, to: link }));

    expect(refused).toMatchObject({ code: "conflict", hint: expect.stringContaining("cadre artifact repair") });
    expect(treeOf(stage.from)).toEqual(before);
  });
});
