import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { mkdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { Analyzer } from "../../../src/analysis/analyzer.ts";
import { PLAIN_SETTINGS } from "../../../src/analysis/settings.ts";
import { systemClock } from "../../../src/base/clock.ts";
import { ANALYSIS_FILE_NODES_MAX } from "../../../src/base/limits.ts";
import { runtime } from "../../../src/runtime/current.ts";
import { openTestApp } from "../../harness/app.ts";
import { refusalOf } from "../../harness/errors.ts";
import { tempFolder } from "../../harness/folder.ts";

const none = new AbortController().signal;
const FUNCTION = "def f(a):\n  if a and a > 1: return a\n";

test("there is one report for each file, in their order, whatever the files hold", async () => {
  using folder = tempFolder();
  const files: Record<string, string | Uint8Array> = {
    "a.py": FUNCTION,
    "bytes.bin": Uint8Array.from([1, 0, 2]),
    "deep.py": `x = ${"(".repeat(20_000)}1${")".repeat(20_000)}\n`,
    "broken.py": "def f(:\n  if if if\n",
    "mark.js": "\u{feff}let a = 1;\r\nlet b = 2;\r\n",
    "latin.py": Uint8Array.from([0x78, 0x3d, 0x27, 0xe9, 0x27, 0x0a]),
    "many.js": `f(${"a,".repeat(ANALYSIS_FILE_NODES_MAX / 2)}1)`,
    "note.txt": "nothing to count",
    run: "#!/usr/bin/env python3\nx = 1\n",
  };
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder.path, name), content);
  const names = [...Object.keys(files), "gone.py"];
  const jobs = names.map((path) => ({ path, file: join(folder.path, path) }));
  const told: string[] = [];

  const reports = await new Analyzer({ runtime, clock: systemClock }).analyze(jobs, none, {
    onReport: ({ path }) => void told.push(path),
  });

  expect(
    reports.map(({ path, language, skipped }) => [path, skipped?.replace(/: .*/, "") ?? language ?? "text"]),
  ).toEqual([
    ["a.py", "python"],
    ["bytes.bin", "binary"],
    ["deep.py", "python"],
    ["broken.py", "python"],
    ["mark.js", "javascript"],
    ["latin.py", "python"],
    ["many.js", "budget"],
    ["note.txt", "text"],
    ["run", "python"],
    ["gone.py", "unreadable"],
  ]);
  expect(told.toSorted()).toEqual(names.toSorted());
  expect(reports[0]?.functions).toMatchObject([{ name: "f", line: 1, cyclomatic: 3, cognitive: 2 }]);
});

test("many files are looked into by several processes", async () => {
  const jobs = Array.from({ length: 100 }, (_one, at) => ({ path: `${at}.py`, text: `${FUNCTION}\nx = ${at}\n` }));

  const reports = await new Analyzer({ runtime, clock: systemClock, processes: 3 }).analyze(jobs, none);

  expect(reports.map(({ path }) => path)).toEqual(jobs.map(({ path }) => path));
  expect(reports.every(({ metrics }) => metrics?.code === 3)).toBe(true);
});

describe("what was said of a file", () => {
  const KEPT = { key: "", report: "" };
  const setUp = () => {
    const folder = tempFolder();
    const file = join(folder.path, "a.py");
    const cache = { file: join(folder.path, "analysis.db"), program: "1" };
    writeFileSync(file, FUNCTION);
    const analyze = async (at = cache, settings = PLAIN_SETTINGS) => {
      const analyzer = new Analyzer({ runtime, clock: systemClock, cache: at });
      const [report] = await analyzer.analyze([{ path: "a.py", file }], none, { settings });
      return report?.functions.map(({ name }) => name);
    };
    /** Whoever reads what is kept answers that. */
    const swap = () => {
      using kept = new Database(cache.file);
      const { report } = kept.query("SELECT * FROM report").get() as typeof KEPT;
      const other = zstdDecompressSync(report as unknown as Uint8Array)
        .toString()
        .replace('"name":"f"', '"name":"kept"');
      kept.run("UPDATE report SET report = ?1", [zstdCompressSync(other)]);
    };
    return { file, cache, analyze, swap, [Symbol.dispose]: () => folder[Symbol.dispose]() };
  };

  test("is said again, until the file, the program or the settings are others", async () => {
    using kept = setUp();
    expect(await kept.analyze()).toEqual(["f"]);
    kept.swap();

    expect(await kept.analyze()).toEqual(["kept"]);
    expect(await kept.analyze({ ...kept.cache, program: "2" })).toEqual(["f"]);
    expect(await kept.analyze(kept.cache, { ...PLAIN_SETTINGS, rules: { "python/*": "off" } })).toEqual(["f"]);
    writeFileSync(kept.file, FUNCTION.replace("f(", "g("));
    expect(await kept.analyze()).toEqual(["g"]);
  });

  test("is said anew where what is kept is no use", async () => {
    using kept = setUp();
    writeFileSync(kept.cache.file, "no database".repeat(1_000));

    expect(await kept.analyze()).toEqual(["f"]);
    expect(await kept.analyze()).toEqual(["f"]);
    mkdirSync(join(kept.cache.file, "..", "folder"));
    expect(await kept.analyze({ ...kept.cache, file: join(kept.cache.file, "..", "folder") })).toEqual(["f"]);
    kept.swap();
    expect(await kept.analyze()).toEqual(["kept"]);
  });

  test("can be read by nobody else", async () => {
    using kept = setUp();
    await kept.analyze();

    expect(statSync(kept.cache.file).mode & 0o777).toBe(0o600);
  });
});

// What the kernel makes when it is read is another thing than its size says.
test.if(process.platform === "linux")("a file that changes while it is read is skipped", async () => {
  const [report] = await new Analyzer({ runtime, clock: systemClock }).analyze(
    [{ path: "status.py", file: "/proc/self/status" }],
    none,
  );

  expect(report).toMatchObject({ skipped: "changing", findings: [] });
});

test("whoever stops waiting ends the processes", async () => {
  const stop = new AbortController();
  const jobs = Array.from({ length: 200 }, (_one, at) => ({ path: `${at}.py`, text: FUNCTION.repeat(200) }));
  const analyzing = new Analyzer({ runtime, clock: systemClock }).analyze(jobs, stop.signal, {
    onReport: () => stop.abort(),
  });

  expect(await analyzing.then(String, (cause: Error) => cause.name)).toBe("AbortError");
});

test("code_analyze tells of a project, and shows nothing of its secrets", async () => {
  await using app = await openTestApp();
  const write = (path: string, text: string) => writeFileSync(join(app.workspace, path), text);
  mkdirSync(join(app.workspace, "node_modules"));
  write("app.py", `${FUNCTION}\npassword = "Tr0ub4dor&3x"\n`);
  write("tool.sh", "#!/bin/sh\necho a\n");
  write("node_modules/x.py", 'password = "Tr0ub4dor&3x"\n');
  write(".gitignore", "ignored.py\n");
  write("ignored.py", "x = 1\n");
  symlinkSync(app.workspace, join(app.workspace, "loop"));

  const answer = await app.call("code_analyze", { options: { sarif: true, details: true } });
  const one = await app.call("code_analyze", { path: "tool.sh" });
  const code = await app.call("code_analyze", { code: "const f = (a) => a?.b;", options: { language: "typescript" } });

  expect({ ...answer }).toMatchObject({
    languages: { python: 1, bash: 1 },
    functions: 1,
    counts: { high: 1 },
    hardest: ["app.py:1 f 3/2"],
    found: ["high secrets/hardcoded-password (medium confidence): app.py:4"],
    details: { findings: [{ rule: "secrets/hardcoded-password", path: "app.py", line: 4, status: "new" }] },
  });
  expect(JSON.stringify(answer)).not.toContain("ub4dor");
  expect(answer["sarif"]).toMatchObject({
    version: "2.1.0",
    runs: [
      { results: [{ ruleId: "secrets/hardcoded-password", partialFingerprints: { "cadre/v1": expect.any(String) } }] },
    ],
  });
  expect(one).toMatchObject({ files: 1, languages: { bash: 1 } });
  expect(code).toMatchObject({ files: 1, hardest: ["code:1 f 2/0"] });
});

test("what an option takes is told, whatever is there without it", async () => {
  await using app = await openTestApp();

  const refused = await refusalOf(() => app.call("code_analyze", { options: { colour: "red" } }));

  expect(refused.hint).toContain("pattern, language, confidence, diff, history, task, all, details, sarif");
});

test("nothing outside of the project is looked into", async () => {
  await using app = await openTestApp();

  const outside = await refusalOf(() => app.call("code_analyze", { path: "/etc" }));
  const gone = await refusalOf(() => app.call("code_analyze", { path: "nothing" }));

  expect([outside.code, gone.code]).toEqual(["forbidden", "not_found"]);
});
