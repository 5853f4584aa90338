import { describe, expect, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { Mirror, type Mirrored } from "../../../src/artifacts/mirror.ts";
import { UNFINISHED_MS } from "../../../src/base/limits.ts";
import type { ArtifactRow } from "../../../src/store/artifacts.ts";
import { mayMount, smallDisk } from "../../harness/disk.ts";
import { refusalOf } from "../../harness/errors.ts";
import { faultyDisk } from "./faulty-disk.ts";
import { modeOf, OTHER_TASK, openStage, type Stage, TASK, treeOf } from "./stage.ts";

const ID = "artifact_000000000001";
const FOLDER = `.cadre/artifacts/${TASK}`;
const OWN = `${FOLDER}/${ID}.md`;

function mirrorOf({ sql, clock }: Stage): Mirror {
  return new Mirror(sql, clock);
}

/** Keeps it and mirrors it. */
async function write(stage: Stage, given: Parameters<Stage["keep"]>[0] = {}): Promise<Mirrored & { row: ArtifactRow }> {
  const row = await stage.keep(given);
  return { row, ...(await mirrorOf(stage).write(stage.workspace.path, row, await stage.artifacts.bytes(row))) };
}

const pathsOf = (folder: string) => Object.keys(treeOf(folder)).sort();

describe("Mirror.write()", () => {
  test("writes the artifact as it was kept, and beside it what is to be said about it", async () => {
    await using stage = await openStage();
    const { path } = stage.workspace;

    const { row, ...mirrored } = await write(stage, { text: "# Grüße\r\n", type: "code" });

    expect(mirrored).toEqual({ path: OWN });
    const { [`${FOLDER}/${ID}_metadata.json`]: metadata = "", ...tree } = treeOf(path);
    expect(tree).toEqual({ [OWN]: "# Grüße\r\n", ".cadre/.gitignore": "artifacts/\n" });
    expect(JSON.parse(metadata)).toEqual({
      id: ID,
      uri: `cadre://artifact/${ID}`,
      task_id: TASK,
      title: "What came of it",
      name: "result",
      version: 1,
      type: "code",
      mime: "text/markdown",
      files: [],
      file: `${ID}.md`,
      sha256: row.hash,
      size_bytes: row.size_bytes,
      created: new Date(row.created_ms).toISOString(),
    });
  });

  test("takes the text as well as its bytes", async () => {
    await using stage = await openStage();
    const row = await stage.keep({ text: "Grüße" });

    await mirrorOf(stage).write(stage.workspace.path, row, "Grüße");

    expect(readFileSync(join(stage.workspace.path, OWN), "utf8")).toBe("Grüße");
  });

  test.each([
    ["text/plain; charset=utf-8", "txt"],
    ["application/json", "json"],
    ["image/png", "png"],
    ["application/x-unknown", "bin"],
    ["text/x-unknown", "md"],
  ])("gives %s the ending %s", async (mime, ending) => {
    await using stage = await openStage();

    expect((await write(stage, { mime })).path).toBe(`${FOLDER}/${ID}.${ending}`);
  });

  test("mirrors the one file that it is about", async () => {
    await using stage = await openStage();
    const { path } = stage.workspace;

    await write(stage, { text: "export const a = 1;", files: [join(path, "src/a.ts")] });

    expect(treeOf(path)[`${FOLDER}/mirrored/src/a.ts`]).toBe("export const a = 1;");
  });

  test("leads to itself from each of several files", async () => {
    await using stage = await openStage();
    const { path } = stage.workspace;

    await write(stage, { files: ["src", "src/a.ts", "../b.ts"] });

    const tree = treeOf(path);
    expect(
      Object.keys(tree)
        .filter((name) => name.includes("mirrored"))
        .sort(),
    ).toEqual([
      `${FOLDER}/mirrored/_up/b.ts.artifact.json`,
      `${FOLDER}/mirrored/src.artifact.json`,
      `${FOLDER}/mirrored/src/a.ts.artifact.json`,
    ]);
    const pointer = JSON.parse(tree[`${FOLDER}/mirrored/src/a.ts.artifact.json`] ?? "");
    expect(pointer).toMatchObject({ uri: `cadre://artifact/${ID}`, files: ["src", "src/a.ts", "../b.ts"] });
    expect(readFileSync(join(path, FOLDER, "mirrored/src", pointer.file), "utf8")).toBe("the work");
  });

  test("keeps every version, and the newest at the place of its file", async () => {
    await using stage = await openStage();
    await write(stage, { text: "one", files: ["a.ts"] });

    await write(stage, { text: "two", files: ["a.ts"] });

    const tree = treeOf(join(stage.workspace.path, FOLDER));
    expect([tree[`${ID}.md`], tree["artifact_000000000002.md"], tree["mirrored/a.ts"]]).toEqual(["one", "two", "two"]);
  });

  test("leaves a .gitignore that is there as it is", async () => {
    await using stage = await openStage();
    mkdirSync(join(stage.workspace.path, ".cadre"));
    writeFileSync(join(stage.workspace.path, ".cadre/.gitignore"), "secret.yaml\n");

    await write(stage);

    expect(readFileSync(join(stage.workspace.path, ".cadre/.gitignore"), "utf8")).toBe("secret.yaml\n");
  });

  test("writes nothing again that is there", async () => {
    await using stage = await openStage();
    const { row } = await write(stage, { files: ["a.ts", "b.ts"] });
    const before = lstatSync(join(stage.workspace.path, OWN)).ino;

    await mirrorOf(stage).write(stage.workspace.path, row, "the work");

    expect(lstatSync(join(stage.workspace.path, OWN)).ino).toBe(before);
  });

  test("is as open as the project's folder, and nothing is executable", async () => {
    await using stage = await openStage();
    const { path } = stage.workspace;
    chmodSync(path, 0o750);

    await write(stage, { files: ["a.ts"] });

    const umask = process.umask();
    expect(modeOf(join(path, FOLDER))).toBe(0o750 & ~umask);
    expect(modeOf(join(path, OWN))).toBe(0o640 & ~umask);
    expect(modeOf(join(path, FOLDER, "mirrored/a.ts"))).toBe(0o640 & ~umask);
  });

  test("gives names that are one name elsewhere one place", async () => {
    await using stage = await openStage();
    await write(stage, { name: "one", text: "one", files: ["Src/README.md"] });

    await write(stage, { name: "two", text: "two", files: ["src/readme.md"] });
    await write(stage, { name: "three", text: "three", files: ["SRC/Gru\u0308n.md"] });
    await write(stage, { name: "four", text: "four", files: ["src/GRÜN.MD"] });

    expect(treeOf(join(stage.workspace.path, FOLDER, "mirrored"))).toEqual({
      "Src/README.md": "two",
      "Src/Grün.md": "four",
    });
  });

  test("makes room for a folder where the copy of a file was", async () => {
    await using stage = await openStage();
    await write(stage, { name: "one", text: "one", files: ["src"] });

    const second = await write(stage, { name: "two", text: "two", files: ["src/a.ts"] });
    const third = await write(stage, { name: "three", text: "three", files: ["src"] });

    expect([second.problem, third.problem]).toEqual([undefined, undefined]);
    expect(treeOf(join(stage.workspace.path, FOLDER, "mirrored"))).toEqual({ "src/a.ts": "two" });
  });

  test("never leaves the artifact's folder, whatever the paths say", async () => {
    await using stage = await openStage();
    const { path } = stage.workspace;
    const attacks = [
      "../../../../outside/a.txt",
      "/etc/passwd",
      "..\\..\\..\\..\\outside\\b.txt",
      join(stage.outside, "c.txt"),
      ".git/config",
      "a\0/../../b",
      "C:\\Windows\\system.ini",
      "../.cadre/roles/x.yaml",
      "../../.gitignore",
    ];

    for (const [at, attack] of attacks.entries())
      await write(stage, { name: `${at}`, text: "attack", files: [attack] });
    await write(stage, { name: "all", text: "attack", files: attacks });

    const outside = pathsOf(path).filter((name) => !name.startsWith(`${FOLDER}/`));
    expect(outside).toEqual([".cadre/.gitignore"]);
    expect(treeOf(stage.outside)).toEqual({});
    expect(pathsOf(path).filter((name) => /(^|\/)\.git(\/|$)/.test(name))).toEqual([]);
  });
});

/** Each is put where a cloned repository could have it. */
const LINKS = [".cadre", ".cadre/artifacts", FOLDER, `${FOLDER}/mirrored`, `${FOLDER}/mirrored/src`];

describe("Mirror.write() follows no link", () => {
  test.each(LINKS)("at %s", async (place) => {
    await using stage = await openStage();
    const { path } = stage.workspace;
    mkdirSync(join(path, place, ".."), { recursive: true });
    symlinkSync(stage.outside, join(path, place));

    const mirrored = await write(stage, { files: ["src/a.ts"] });

    expect(mirrored.problem).toBe(`cannot use ${place}: it is a link`);
    expect(treeOf(stage.outside)).toEqual({});
    expect(mirrored.path).toBe(place.includes("mirrored") ? OWN : undefined);
  });

  test.each([OWN, `${FOLDER}/${ID}_metadata.json`, `${FOLDER}/mirrored/src/a.ts`])(
    "in place of %s: the link goes, what it led to stays",
    async (place) => {
      await using stage = await openStage();
      const { path } = stage.workspace;
      writeFileSync(join(stage.outside, "victim"), "precious");
      mkdirSync(join(path, place, ".."), { recursive: true });
      symlinkSync(join(stage.outside, "victim"), join(path, place));

      const { problem } = await write(stage, { files: ["src/a.ts"] });

      expect(problem).toBeUndefined();
      expect(treeOf(stage.outside)).toEqual({ victim: "precious" });
      expect(lstatSync(join(path, place)).isFile()).toBe(true);
    },
  );

  test("a second name of another file gives way, and the file stays", async () => {
    await using stage = await openStage();
    const { path } = stage.workspace;
    mkdirSync(join(path, FOLDER), { recursive: true });
    writeFileSync(join(stage.outside, "victim"), "precious");
    linkSync(join(stage.outside, "victim"), join(path, OWN));

    await write(stage);

    expect(treeOf(stage.outside)).toEqual({ victim: "precious" });
  });

  test("in place of .gitignore, which stays a link", async () => {
    await using stage = await openStage();
    mkdirSync(join(stage.workspace.path, ".cadre"));
    symlinkSync(join(stage.outside, "victim"), join(stage.workspace.path, ".cadre/.gitignore"));

    const { problem } = await write(stage);

    expect(problem).toBeUndefined();
    expect(treeOf(stage.outside)).toEqual({});
  });

  test("that is put there between two of our calls, whichever these are", async () => {
    await using stage = await openStage();
    const row = await stage.keep({ files: ["src/a.ts"] });
    const writeRacing = async (project: string, before: () => void): Promise<number> => {
      const disk = faultyDisk({ before });
      mkdirSync(project);
      await new Mirror(stage.sql, stage.clock, disk).write(project, row, "the work");
      return disk.asked;
    };
    const calls = await writeRacing(join(stage.workspace.path, "counted"), () => {});

    for (const place of LINKS) {
      for (let at = 1; at <= calls; at++) {
        const project = join(stage.workspace.path, `${LINKS.indexOf(place)} ${at}`);
        let call = 0;
        await writeRacing(project, () => {
          if (++call !== at || !existsSync(join(project, place))) return;
          renameSync(join(project, place), join(project, "moved away"));
          symlinkSync(stage.outside, join(project, place));
        });

        // At most a folder or a file without anything in it was begun there.
        const written = Object.values(treeOf(stage.outside)).filter((text) => !["", "(empty)"].includes(text));
        expect(written, `${place} at call ${at}`).toEqual([]);
      }
    }
  }, 60_000);
});

describe("Mirror.write() says why there is no mirror, and makes no project", () => {
  test.each([
    ["c:/code/app", "it is a path of another system"],
    ["//server/share/app", "it is a path of another system"],
    ["relative/app", "it is a path of another system"],
    ["/no/such/project", "there is no such folder"],
  ])("in %s", async (path, why) => {
    await using stage = await openStage();
    const row = await stage.keep();

    const mirrored = await mirrorOf(stage).write(path, row, "the work");

    expect(mirrored).toEqual({ problem: `cannot write into ${path}: ${why}` });
    expect(existsSync(path)).toBe(false);
  });

  test("where a file has the project's name", async () => {
    await using stage = await openStage();
    const row = await stage.keep();
    const path = join(stage.outside, "file");
    writeFileSync(path, "");

    expect(await mirrorOf(stage).write(path, row, "the work")).toEqual({
      problem: `cannot write into ${path}: it is no folder`,
    });
  });

  test.each([".cadre", ".cadre/artifacts", FOLDER])("where a file is in place of %s", async (place) => {
    await using stage = await openStage();
    mkdirSync(join(stage.workspace.path, place, ".."), { recursive: true });
    writeFileSync(join(stage.workspace.path, place), "mine");

    const { row: _row, ...mirrored } = await write(stage);

    expect(mirrored).toEqual({ problem: `cannot use ${place}: it is no folder` });
    expect(readFileSync(join(stage.workspace.path, place), "utf8")).toBe("mine");
  });

  test("where a folder is in place of the artifact", async () => {
    await using stage = await openStage();
    mkdirSync(join(stage.workspace.path, OWN), { recursive: true });

    const { problem } = await write(stage);

    expect(problem).toBe(`cannot write ${OWN}: it is a folder`);
  });

  test.if(process.getuid?.() !== 0)("without the right to write", async () => {
    await using stage = await openStage();
    chmodSync(stage.workspace.path, 0o500);

    const { problem } = await write(stage);

    chmodSync(stage.workspace.path, 0o700);
    expect(problem).toBe(`cannot write ${OWN}: no right to write there`);
  });

  test.if(mayMount)("on a disk that is read-only", async () => {
    await using stage = await openStage();
    using disk = smallDisk("size=1m");
    disk.makeReadOnly();
    const row = await stage.keep();

    expect(await mirrorOf(stage).write(disk.path, row, "the work")).toEqual({
      problem: `cannot write ${OWN}: the disk is read-only`,
    });
  });

  test.if(mayMount)("on a full disk, whose old files stay whole", async () => {
    await using stage = await openStage();
    using disk = smallDisk("size=1m");
    const mirror = mirrorOf(stage);
    const small = await stage.keep({ text: "small", files: ["a.ts"] });
    await mirror.write(disk.path, small, "small");
    const before = treeOf(disk.path);
    const large = await stage.keep({ text: "x".repeat(2_000_000), files: ["a.ts"] });

    const mirrored = await mirror.write(disk.path, large, await stage.artifacts.bytes(large));

    expect(mirrored).toEqual({
      problem: `cannot write ${FOLDER}/artifact_000000000002.md: the disk is full`,
    });
    expect(treeOf(disk.path)).toEqual(before);
  });
});

test("Mirror.write() leaves every file old or new, and nothing half written, whichever call of the disk fails", async () => {
  const [old, next] = ["old ".repeat(1_000), "new ".repeat(1_000)];
  const tried: string[] = [];

  for (let failAt = 1; ; failAt++) {
    await using stage = await openStage();
    const { path } = stage.workspace;
    await write(stage, { text: old, files: ["src/a.ts"] });
    const row = await stage.keep({ text: next, files: ["src/a.ts"] });
    const disk = faultyDisk({ failAt });

    const mirrored = await new Mirror(stage.sql, stage.clock, disk).write(path, row, next);
    tried.push(mirrored.problem ?? "");

    for (const [name, text] of Object.entries(treeOf(path))) {
      if (name.endsWith(".gitignore")) expect(text).toBe("artifacts/\n");
      else if (name.endsWith("_metadata.json")) expect(JSON.parse(text).task_id).toBe(TASK);
      else if (!name.endsWith(".part")) expect([old, next], name).toContain(text);
      else expect.unreachable(`${name} was left behind`);
    }
    if (disk.asked < failAt) break;
    expect(mirrored.problem, `call ${failAt}`).toStartWith("cannot ");
  }

  expect(tried.length).toBeGreaterThan(40);
  expect(tried.at(-1)).toBe("");
});

test("Mirror.write() makes each file durable beside its place, brings it there, then makes its name durable", async () => {
  await using stage = await openStage();
  await write(stage, { text: "one" });
  const row = await stage.keep({ text: "two" });
  const steps: string[] = [];
  const disk = faultyDisk({
    before: (what, path) => {
      if (!["look", "read", "names"].includes(what))
        steps.push(`${what} ${path.endsWith(".part") ? "part" : ""}`.trim());
    },
  });

  await new Mirror(stage.sql, stage.clock, disk).write(stage.workspace.path, row, "two");

  const file = ["create part", "write part", "flush part", "rename part", "flushFolder"];
  expect(steps).toEqual([...file, ...file]);
});

test("Mirror.write() of one artifact by many at once ends with whole files, and nothing else", async () => {
  await using stage = await openStage();
  const texts = Array.from({ length: 8 }, (_, at) => `${at}`.repeat(50_000));
  const row = await stage.keep({ text: texts[0] ?? "", files: ["src/a.ts"] });

  const all = await Promise.all(texts.map((text) => mirrorOf(stage).write(stage.workspace.path, row, text)));

  expect(all.filter(({ problem }) => problem)).toEqual([]);
  const tree = treeOf(stage.workspace.path);
  expect(Object.keys(tree).sort()).toEqual([
    ".cadre/.gitignore",
    OWN,
    `${FOLDER}/${ID}_metadata.json`,
    `${FOLDER}/mirrored/src/a.ts`,
  ]);
  expect(texts).toContain(tree[OWN] ?? "");
  expect(texts).toContain(tree[`${FOLDER}/mirrored/src/a.ts`] ?? "");
});

describe("Mirror.repair()", () => {
  async function mirroredStage(): Promise<Stage> {
    const stage = await openStage();
    await write(stage, { text: "one", files: ["a.ts"] });
    await write(stage, { text: "two", files: ["a.ts"] });
    await write(stage, { task_id: OTHER_TASK, files: ["b.ts", "c.ts"] });
    return stage;
  }

  test("writes what is missing or different, and nothing else", async () => {
    await using stage = await mirroredStage();
    const { path } = stage.workspace;
    const before = treeOf(path);
    rmSync(join(path, `.cadre/artifacts/${OTHER_TASK}`), { recursive: true });
    rmSync(join(path, ".cadre/.gitignore"));
    writeFileSync(join(path, OWN), "onf");
    writeFileSync(join(path, FOLDER, "mirrored/a.ts"), "longer than it was");
    writeFileSync(join(path, FOLDER, "notes.txt"), "mine");

    const repaired = await mirrorOf(stage).repair(stage.workspace);
    const again = await mirrorOf(stage).repair(stage.workspace);

    expect(repaired).toEqual({ artifacts: 3, written: 6, unfinished: 0 });
    expect(again).toEqual({ artifacts: 3, written: 0, unfinished: 0 });
    expect(treeOf(path)).toEqual({ ...before, [`${FOLDER}/notes.txt`]: "mine" });
  });

  test("makes the same mirror anew as call after call has made", async () => {
    await using stage = await mirroredStage();
    await write(stage, { name: "three", text: "three", files: ["A.TS"] });
    await write(stage, { name: "four", text: "four", files: ["d", "d/e.ts"] });
    const before = treeOf(stage.workspace.path);
    rmSync(join(stage.workspace.path, ".cadre"), { recursive: true });

    await mirrorOf(stage).repair(stage.workspace);

    const {
      [`${FOLDER}/mirrored/A.TS`]: upper,
      [`${FOLDER}/mirrored/a.ts`]: lower,
      ...after
    } = treeOf(stage.workspace.path);
    expect(upper ?? lower).toBe("three");
    delete before[`${FOLDER}/mirrored/a.ts`];
    expect(after).toEqual(before);
  });

  test("only says what it would write when asked", async () => {
    await using stage = await mirroredStage();
    rmSync(join(stage.workspace.path, ".cadre"), { recursive: true });

    const looked = await mirrorOf(stage).repair(stage.workspace, { dryRun: true });

    expect(looked).toEqual({ artifacts: 3, written: 9, unfinished: 0 });
    expect(treeOf(stage.workspace.path)).toEqual({});
  });

  test("takes away what a crash left half written, but nothing that may still be at work", async () => {
    await using stage = await mirroredStage();
    const folder = join(stage.workspace.path, FOLDER);
    const long = new Date(stage.clock.now() - UNFINISHED_MS - 1_000);
    const short = new Date(stage.clock.now() - UNFINISHED_MS + 1_000);
    for (const [name, at] of [
      [".cadre-0123456789ab.part", long],
      ["mirrored/.cadre-0123456789ab.part", long],
      [".cadre-ba9876543210.part", short],
      ["old.part", long],
    ] as const) {
      writeFileSync(join(folder, name), "half");
      utimesSync(join(folder, name), at, at);
    }
    symlinkSync(stage.outside, join(folder, ".cadre-aaaaaaaaaaaa.part"));

    const repaired = await mirrorOf(stage).repair(stage.workspace);

    expect(repaired).toEqual({ artifacts: 3, written: 0, unfinished: 2 });
    expect(pathsOf(folder).filter((name) => name.endsWith(".part"))).toEqual([
      ".cadre-aaaaaaaaaaaa.part",
      ".cadre-ba9876543210.part",
      "old.part",
    ]);
  });

  test("goes on where one file cannot be written, and names it", async () => {
    await using stage = await mirroredStage();
    const { path } = stage.workspace;
    rmSync(join(path, FOLDER), { recursive: true });
    symlinkSync(stage.outside, join(path, FOLDER));
    rmSync(join(path, `.cadre/artifacts/${OTHER_TASK}`), { recursive: true });

    const { problems, ...repaired } = await mirrorOf(stage).repair(stage.workspace);

    expect(repaired).toEqual({ artifacts: 3, written: 4, unfinished: 0 });
    expect(new Set(problems)).toEqual(new Set([`cannot use ${FOLDER}: it is a link`]));
    expect(treeOf(stage.outside)).toEqual({});
  });

  test("refuses a project that is not here", async () => {
    await using stage = await mirroredStage();

    const refused = await refusalOf(() => mirrorOf(stage).repair({ ...stage.workspace, path: "c:/code/app" }));

    expect(refused).toMatchObject({ code: "not_found", hint: expect.stringContaining("cadre workspace move") });
  });

  test("ends when it is told to", async () => {
    await using stage = await mirroredStage();
    const stop = new AbortController();
    stop.abort(new Error("told to"));

    await expect(mirrorOf(stage).repair(stage.workspace, { signal: stop.signal })).rejects.toThrow("told to");
  });

  test("leaves the times of what is right", async () => {
    await using stage = await mirroredStage();
    const before = statSync(join(stage.workspace.path, OWN)).mtimeMs;

    await mirrorOf(stage).repair(stage.workspace);

    expect(statSync(join(stage.workspace.path, OWN)).mtimeMs).toBe(before);
  });
});
