import { describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { AnalysisAnswer } from "../../../src/analysis/analysis-answer.ts";
import type { ScanBrief } from "../../../src/analysis/scans.ts";
import { openTestApp } from "../../harness/app.ts";
import { refusalOf } from "../../harness/errors.ts";

const BAD = 'eval(req.query.a);\ncrypto.createHash("md5");\n';

async function project() {
  const app = await openTestApp();
  const write = (path: string, text: string) => writeFileSync(join(app.workspace, path), text);
  return { app, write, [Symbol.asyncDispose]: () => app[Symbol.asyncDispose]() };
}

test("each look at a project is kept, and can be asked about", async () => {
  await using on = await project();
  on.write("a.js", BAD);
  on.write("b.py", "def f(a):\n    return a\n");
  const first = (await on.app.call("code_analyze", {})) as unknown as AnalysisAnswer;
  on.write("a.js", "f();\n");
  await on.app.call("code_analyze", { options: { pattern: "*.js" } });
  // A text that somebody gives is no state of the project.
  expect(await on.app.call("code_analyze", { code: BAD })).not.toHaveProperty("scan");

  const { scans, chart } = (await on.app.call("scan_list", { path: "a.js", chart: true })) as unknown as {
    scans: ScanBrief[];
    chart: string;
  };

  expect(scans).toMatchObject([
    { path: ".", pattern: "*.js", score: 100, files: 1, counts: {}, file: { findings: 0 } },
    { id: first.scan, path: ".", score: 40, counts: { critical: 1, medium: 1 }, file: { findings: 2 } },
  ]);
  expect(chart).toContain("xychart-beta");
  expect((await on.app.call("scan_list", { limit: 1 })) as object).toMatchObject({
    scans: [{ score: 100 }],
    cursor: expect.any(String),
  });

  const rulesOf = async (filter: Record<string, unknown>) => {
    const { findings } = (await on.app.call("scan_show", { id: first.scan, ...filter })) as unknown as {
      findings: { rule: string }[];
    };
    return findings.map(({ rule }) => rule);
  };
  expect(await rulesOf({})).toEqual(["javascript/code-injection", "javascript/weak-hash"]);
  expect(await rulesOf({ rule: "weak-hash" })).toEqual(["javascript/weak-hash"]);
  expect(await rulesOf({ severity: "high" })).toEqual(["javascript/code-injection"]);
  expect(await rulesOf({ text: "MD5" })).toEqual(["javascript/weak-hash"]);
  expect(await rulesOf({ path: "b.py" })).toEqual([]);
  expect(await rulesOf({ language: "python" })).toEqual([]);
  expect((await refusalOf(() => on.app.call("scan_show", { id: "scan_000000000000" }))).code).toBe("not_found");
});

test("a look for a task is found by it, and its score stands with the task", async () => {
  await using on = await project();
  on.write("a.js", BAD);
  const { id } = (await on.app.call("task_create", { title: "Mend it" })) as unknown as { id: string };
  const { scan } = (await on.app.call("code_analyze", { options: { task: id } })) as unknown as AnalysisAnswer;

  expect(await on.app.call("scan_list", { task: id })).toMatchObject({ scans: [{ id: scan, task: id }] });
  expect(await on.app.call("task_show", { id })).toMatchObject({ quality: { score: 40, scan } });
  expect((await refusalOf(() => on.app.call("code_analyze", { options: { task: "task_000000000000" } }))).code).toBe(
    "not_found",
  );
});

describe("old names", () => {
  test("analyze_code_quality answers a score, issues and suggestions", async () => {
    await using on = await project();

    const answer = await on.app.call("analyze_code_quality", { code: BAD, analysis_depth: "full" });

    expect({ ...answer }).toMatchObject({
      quality_score: 40,
      issues: [
        { line: 1, severity: "critical", type: "javascript/code-injection", suggestion: expect.any(String) },
        { line: 2, severity: "medium", type: "javascript/weak-hash" },
      ],
      suggestions: [expect.any(String), expect.any(String)],
    });
  });

  test.each([
    ["python", "eval(text)", "code-injection"],
    ["python", "exec(text)", "code-injection"],
    ["python", "import subprocess\nsubprocess.run(text, shell=True)", "command-injection"],
    ["python", "import os\nos.system(text)", "command-injection"],
    ["python", "import pickle\npickle.load(file)", "unsafe-deserialization"],
    ["python", "__import__(name)", "foreign-module"],
    ["javascript", "element.innerHTML = text;", "cross-site-scripting"],
    ["javascript", "document.write(text);", "cross-site-scripting"],
    ["javascript", "eval(text);", "code-injection"],
    ["python", 'password = "Tr0ub4dor&3x"', "hardcoded-password"],
    ["javascript", 'const api_key = "a8f5f167f44f4964e6c998dee827110c";', "hardcoded-key"],
    ["javascript", 'const secret = "a8f5f167f44f4964e6c998dee827110c";', "hardcoded-key"],
    ["javascript", 'const token = "a8f5f167f44f4964e6c998dee827110c";', "hardcoded-key"],
  ])("scan_security finds what may be harmful in %s: %s", async (language, code, rule) => {
    await using on = await project();

    const { vulnerabilities } = (await on.app.call("scan_security", { code, language })) as unknown as {
      vulnerabilities: { type: string; line: number }[];
    };

    expect(vulnerabilities).toMatchObject([
      { type: expect.stringMatching(new RegExp(`/${rule}$`)), line: code.split("\n").length },
    ]);
  });

  test("scan_security looks for what is asked", async () => {
    await using on = await project();
    const code = `${BAD}const password = "Tr0ub4dor&3x";\n`;
    const typesOf = async (scan_types: string[]) => {
      const answer = await on.app.call("scan_security", { code, scan_types });
      return (answer["vulnerabilities"] as { type: string }[]).map(({ type }) => type);
    };

    expect(await typesOf(["secrets"])).toEqual(["secrets/hardcoded-password"]);
    expect(await typesOf(["injection"])).toEqual(["javascript/code-injection"]);
  });

  test("get_code_metrics counts, and tells how it went", async () => {
    await using on = await project();
    on.write("a.py", "def f(a):\n    if a:\n        return 1\n    return 2\n");
    await on.app.call("get_code_metrics", { target_path: "a.py" });

    const answer = await on.app.call("get_code_metrics", { target_path: "a.py", include_trends: true });

    expect({ ...answer }).toMatchObject({
      metrics: { loc: 4, functions: 1, cyclomatic_complexity: 2, maintainability_index: expect.any(Number) },
      trends: [{ loc: 4 }, { loc: 4 }],
    });
  });

  test("get_analysis_results lists what was found before", async () => {
    await using on = await project();
    on.write("a.js", `${BAD}if (a == b) c();\n`);
    await on.app.call("analyze_code_quality", { target_path: "a.js" });

    const security = await on.app.call("get_analysis_results", { analysis_type: "security" });
    const quality = await on.app.call("get_analysis_results", { analysis_type: "quality" });

    expect({ ...security }).toMatchObject({ results: [{ quality_score: 40, issues: [{}, {}] }] });
    expect({ ...quality }).toMatchObject({ results: [{ issues: [{ type: "javascript/loose-equality" }] }] });
  });
});
