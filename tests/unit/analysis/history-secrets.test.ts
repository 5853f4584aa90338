// What once stood in a project is still in its history.
import { afterEach, beforeEach, expect, test } from "bun:test";
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { AnalysisAnswer } from "../../../src/analysis/analysis-answer.ts";
import type { Clock } from "../../../src/base/clock.ts";
import { openTestApp, type TestApp } from "../../harness/app.ts";
import { refusalOf } from "../../harness/errors.ts";

const AWS = `AKIA${"QX7PZJ4MRT2VNW5L"}`;
const GITHUB = `ghp_${"0aB3dE5fG7hI9jK1lM2nO4pQ6rS8tU0vW2xY"}`;

let app: TestApp<Clock>;
beforeEach(async () => {
  app = await openTestApp();
});
afterEach(() => app[Symbol.asyncDispose]());

const git = (...args: readonly string[]) =>
  execFileSync("git", ["-c", "user.email=ann@example.com", "-c", "user.name=Ann", ...args], {
    cwd: app.workspace,
    encoding: "utf8",
  }).trim();

function commit(files: Readonly<Record<string, string | undefined>>): string {
  for (const [path, text] of Object.entries(files)) {
    const file = join(app.workspace, path);
    if (text === undefined) rmSync(file);
    else {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
  }
  git("add", ".");
  git("commit", "--quiet", "--message", "Change");
  return git("rev-parse", "HEAD");
}

async function found(options: Record<string, unknown> = {}) {
  const { details } = (await app.call("code_analyze", {
    options: { history: true, details: true, ...options },
  })) as unknown as AnalysisAnswer;
  return (details?.findings ?? []).map(({ rule, path, line, commit: by }) => ({ rule, path, line, commit: by }));
}

test("what was taken out is told with the commit that brought it, at its line of that time", async () => {
  git("init", "--quiet");
  const brought = commit({ "a.yaml": `first: 1\nsecond: 2\nkey: ${AWS}\n` });
  commit({ "a.yaml": "first: 1\n" });
  commit({ "b.yaml": `key: ${GITHUB}\n` });

  expect(await found()).toEqual([
    { rule: "secrets/aws-access-key", path: "a.yaml", line: 3, commit: brought },
    { rule: "secrets/github-token", path: "b.yaml", line: 1, commit: undefined },
  ]);
});

test("lines that look like the marks of a diff hide nothing", async () => {
  git("init", "--quiet");
  const brought = commit({ "a.txt": `++ b/x.txt\n@@ -1,2 +3,4 @@\n-- old\n\u0001${"0".repeat(40)}\nkey: ${AWS}\n` });
  commit({ "a.txt": undefined, "b.txt": "" });

  expect(await found()).toEqual([{ rule: "secrets/aws-access-key", path: "a.txt", line: 5, commit: brought }]);
});

test("what other branches brought is told, too; with diff only what came since", async () => {
  git("init", "--quiet", "--initial-branch=main");
  const old = commit({ "a.txt": `key: ${AWS}\n` });
  const start = commit({ "a.txt": "" });
  git("checkout", "--quiet", "-b", "other");
  const other = commit({ "c.txt": `key: ${GITHUB}\n` });
  git("checkout", "--quiet", "main");
  commit({ "d.txt": "" });

  expect((await found()).map((one) => one.commit)).toEqual([old, other]);
  expect(await found({ diff: start })).toEqual([]);
});

test("a folder, a pattern and what the settings leave out hold for the history, too", async () => {
  git("init", "--quiet");
  commit({
    "in/a.txt": `key: ${AWS}\n`,
    "out/a.txt": `key: ${AWS}\n`,
    "in/b.md": `key: ${AWS}\n`,
    "in/c.txt": `key: ${AWS}\n`,
    ".cadre/analysis.yaml": "ignore: [in/c.txt]\n",
  });
  commit({ "in/a.txt": undefined, "out/a.txt": undefined, "in/b.md": undefined, "in/c.txt": undefined });

  const { found: told } = (await app.call("code_analyze", {
    path: ".",
    options: { history: true, pattern: "in/**,!*.md" },
  })) as unknown as AnalysisAnswer;

  expect(told).toEqual([expect.stringMatching(/^critical secrets\/aws-access-key: in\/a\.txt:1@[0-9a-f]{10}$/)]);
});

test("where there is no repository it is said", async () => {
  const refused = await refusalOf(() => app.call("code_analyze", { options: { history: true } }));

  expect(refused.message).toContain("the project is in no git repository");
});
