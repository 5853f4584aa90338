import { describe, expect, test } from "bun:test";
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { AnalysisAnswer } from "../../../src/analysis/analysis-answer.ts";
import { analyzeText } from "../../../src/analysis/analyze-text.ts";
import { findDuplicates } from "../../../src/analysis/duplication/find-duplicates.ts";
import type { Finding } from "../../../src/analysis/finding.ts";
import { scoreOf } from "../../../src/analysis/score.ts";
import { systemClock } from "../../../src/base/clock.ts";
import { openTestApp } from "../../harness/app.ts";
import { refusalOf } from "../../harness/errors.ts";

const EVAL = "eval(req.query.a);";
const FINDING: Finding = {
  rule: "javascript/code-injection",
  area: "security",
  message: "",
  severity: "medium",
  confidence: "high",
  cwe: [94],
  path: "a.js",
  line: 1,
  column: 1,
  end_line: 1,
  end_column: 2,
  snippet: "",
  help: "",
  fingerprint: "1",
};

async function project() {
  const app = await openTestApp();
  const write = (path: string, text: string) => {
    mkdirSync(join(app.workspace, path, ".."), { recursive: true });
    writeFileSync(join(app.workspace, path), text);
  };
  const analyze = (input: Record<string, unknown> = {}) =>
    app.call("code_analyze", input) as unknown as Promise<AnalysisAnswer>;
  return { app, write, analyze, [Symbol.asyncDispose]: () => app[Symbol.asyncDispose]() };
}

describe("a comment lets a finding be", () => {
  test.each([
    ["ours", "a.js", `${EVAL} // cadre-ignore`],
    ["ours, on the line before", "a.js", `// cadre-ignore code-injection: of a test\n${EVAL}`],
    ["ours, by the whole name", "a.js", `${EVAL} // cadre-ignore javascript/code-injection`],
    ["ours, by family", "a.js", `${EVAL} /* cadre-ignore javascript/* */`],
    ["ours, for the file", "a.js", `// cadre-ignore-file code-injection\n\n\n${EVAL}`],
    ["ESLint's", "a.js", `${EVAL} // eslint-disable-line no-eval`],
    ["ESLint's for the next line", "a.js", `// eslint-disable-next-line\n${EVAL}`],
    ["bandit's", "a.py", "from flask import request\neval(request.args['a'])  # nosec B307"],
    ["ruff's", "a.py", "from flask import request\neval(request.args['a'])  # noqa: S307"],
  ])("%s", async (_whose, path, text) => {
    const { findings } = await analyzeText(path, text, { clock: systemClock });

    expect(findings.filter(({ suppressed }) => !suppressed).map(({ rule }) => rule)).toEqual([]);
    expect(findings.some(({ suppressed }) => suppressed)).toBe(true);
  });

  test.each([
    ["another rule", "a.js", `${EVAL} // cadre-ignore weak-hash`],
    ["another line", "a.js", `// cadre-ignore code-injection\n\n${EVAL}`],
    ["a style", "a.py", "from flask import request\neval(request.args['a'])  # noqa: E501"],
    ["a rule of another kind", "a.js", `${EVAL} // eslint-disable-line max-len`],
  ])("but not by %s", async (_what, path, text) => {
    const { findings } = await analyzeText(path, text, { clock: systemClock });

    expect(findings.find(({ rule }) => rule.endsWith("/code-injection"))?.suppressed).toBeUndefined();
  });

  test("and one that lets nothing be is told", async () => {
    const { findings } = await analyzeText("a.js", "// cadre-ignore weak-hash: once\nf();\n", { clock: systemClock });

    expect(findings).toMatchObject([{ rule: "cadre/unused-suppression", line: 1 }]);
  });
});

describe(".cadre/analysis.yaml", () => {
  test("turns rules off, weighs them, leaves paths out, and adds rules and names of the project's own", async () => {
    await using on = await project();
    on.write(
      ".cadre/analysis.yaml",
      `rules: { javascript/weak-hash: off, javascript/code-injection: low, "sql/*": off }
ignore: [old/]
own:
  - { id: no-print, pattern: "^print\\\\(", paths: ["*.py"], message: Use the log. }
flows:
  javascript:
    sources: [ask.human]
    sinks: { command-injection: ["shell.go:0"] }
    sanitizers: { command-injection: [shell.quote] }
`,
    );
    on.write(
      "a.js",
      `${EVAL}\ncrypto.createHash("md5");\nshell.go(ask.human());\nshell.go(shell.quote(ask.human()));\n`,
    );
    on.write("a.sql", "delete from t;");
    on.write("a.py", "print(1)\nx = 'print(2)'\n");
    on.write("old/b.js", EVAL);

    const { found } = await on.analyze();

    expect(found).toEqual([
      "critical javascript/command-injection: a.js:3",
      "medium own/no-print: a.py:1",
      "low javascript/code-injection: a.js:1",
    ]);
  });

  test.each([
    ["colour: red", "there is no colour"],
    ["own: [{ id: a, pattern: '(', message: b }]", "own.a"],
    ["flows: { javascript: { sinks: { comand-injection: [a] } } }", "Did you mean command-injection?"],
    ["rules: { a: grave }", "rules.a"],
    ["rules: [", "analysis.yaml:1"],
  ])("says what is wrong with %p", async (text, said) => {
    await using on = await project();
    on.write(".cadre/analysis.yaml", text);

    const { message, hint } = await refusalOf(() => on.analyze());

    expect(`${message} ${hint}`).toContain(said);
  });
});

test("what the baseline has is counted and not told", async () => {
  await using on = await project();
  on.write("a.js", `${EVAL}\n`);
  const before = await on.analyze({ options: { details: true } });
  const fingerprint = before.details?.findings[0]?.fingerprint;
  const kept = {
    format: "cadre-analysis-baseline",
    format_version: 1,
    findings: [{ fingerprint, rule: "", path: "" }],
  };
  on.write(".cadre/analysis-baseline.json", JSON.stringify(kept));
  on.write("a.js", `\n\n${EVAL}\ncrypto.createHash("md5");\n`);

  const after = await on.analyze();
  const all = await on.analyze({ options: { all: true } });

  expect(after).toMatchObject({ found: ["medium javascript/weak-hash: a.js:4"], known: 1 });
  expect(all.found).toHaveLength(2);

  on.write(".cadre/analysis-baseline.json", "[]");
  expect((await refusalOf(() => on.analyze())).hint).toContain("cadre code baseline");
});

test("without a repository there is nothing to compare with, and that is said", async () => {
  await using on = await project();
  on.write("a.js", EVAL);

  expect((await refusalOf(() => on.analyze({ options: { diff: "main" } }))).message).toContain("no git repository");
});

test("with a commit, only what has changed since is told of", async () => {
  await using on = await project();
  const git = (...args: string[]) =>
    execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@b", ...args], { cwd: on.app.workspace });
  git("init", "-q");
  // What the repository's own settings name is not run.
  git("config", "core.fsmonitor", "touch ran-monitor");
  git("config", "diff.external", "touch ran-driver");
  on.write("a.js", `${EVAL}\n`);
  on.write("same.js", `${EVAL}\n`);
  git("-c", "core.fsmonitor=false", "add", "-A");
  git("-c", "core.fsmonitor=false", "commit", "-qm", "a");
  on.write("a.js", `${EVAL}\nf();\ncrypto.createHash("md5");\n`);
  on.write("ü new.js", EVAL);

  const { found, files } = await on.analyze({ options: { diff: "HEAD" } });

  expect(found).toEqual(["critical javascript/code-injection: ü new.js:1", "medium javascript/weak-hash: a.js:3"]);
  expect(files).toBe(2);
  expect(() => readFileSync(join(on.app.workspace, "ran-monitor"))).toThrow();
  expect(() => readFileSync(join(on.app.workspace, "ran-driver"))).toThrow();
  expect((await refusalOf(() => on.analyze({ options: { diff: "nowhere" } }))).hint).toContain("--diff main");
  expect((await refusalOf(() => on.analyze({ options: { diff: "--output=x" } }))).code).toBe("invalid_input");
});

describe("the score", () => {
  const code = { code: 2_000, duplicated: 0, maintainability: 100 };

  test("is whole where nothing is found, and the same for the same", () => {
    expect(scoreOf({ findings: [], ...code })).toMatchObject({ score: 100, causes: [] });
    const findings = [FINDING, { ...FINDING, rule: "sql/drops", area: "reliability" as const }];
    expect(scoreOf({ findings, ...code })).toEqual(scoreOf({ findings: findings.toReversed(), ...code }));
  });

  test("is bounded by what is grave and sure, and says by what", () => {
    const { score, at_most: cap } = scoreOf({ findings: [{ ...FINDING, severity: "critical" }], ...code, code: 1e6 });

    expect(score).toBe(40);
    expect(cap?.because).toContain("a.js:1");
    expect(
      scoreOf({ findings: [{ ...FINDING, severity: "critical", confidence: "medium" }], ...code, code: 1e6 }).score,
    ).toBeGreaterThan(90);
  });

  test("falls with what is found, by what it is, and its parts add up", () => {
    const few = scoreOf({ findings: [FINDING], ...code });
    const many = scoreOf({ findings: Array.from({ length: 9 }, () => FINDING), ...code, duplicated: 500 });

    expect(many.score).toBeLessThan(few.score);
    expect(100 - many.parts.reduce((sum, { lost }) => sum + lost, 0)).toBeCloseTo(many.score, 0);
    expect(many.causes).toMatchObject([{ rule: "javascript/code-injection", findings: 9 }]);
  });
});

test("what stands twice is found, however it is laid out", async () => {
  const body = Array.from({ length: 12 }, (_one, at) => `  const a${at} = b(${at}, "c${at}") + d[${at}];`).join("\n");
  const one = `import x from "y";\nfunction f() {\n${body}\n}\n`;
  const other = `// Another.\nfunction g(h) {\n  h();\n${body.replaceAll(" = ", "  =  ")}\n  return h;\n}\n`;
  const apart = Array.from({ length: 40 }, (_one, at) => `export const e${at} = ${at} * ${at + 1};`).join("\n");
  const files = await Promise.all(
    [one, other, apart].map((text, at) => analyzeText(`${at}.js`, text, { clock: systemClock })),
  );

  const { lines, largest } = findDuplicates(files, 5);

  expect(lines).toBeGreaterThan(15);
  expect(largest[0]?.places.map(({ path }) => path)).toEqual(["0.js", "1.js"]);
  expect(largest.flatMap(({ places }) => places.map(({ path }) => path))).not.toContain("2.js");
});

test("twenty findings are told in few words", async () => {
  await using on = await project();
  const weak = ["md5", "sha1"].map((name) => `crypto.createHash("${name}");`);
  on.write("src/app/one.js", [EVAL, ...weak, "res.redirect(req.query.b);", "fetch(req.query.c);"].join("\n").repeat(2));
  on.write(
    "src/app/two.js",
    ["res.cookie('a', b);", "db.query('select ' + req.query.c);", "new RegExp(req.query.d);"].join("\n").repeat(4),
  );

  const answer = await on.analyze();
  const told = Object.values(answer.counts).reduce((sum, count) => sum + count, 0);

  expect(told).toBeGreaterThanOrEqual(20);
  // Four letters are about a token.
  expect(JSON.stringify(answer).length / 4).toBeLessThan(600);
});
