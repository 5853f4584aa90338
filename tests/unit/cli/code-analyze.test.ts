// What was found, for whoever sits at a terminal and for CI.
import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { invoke } from "../../harness/cli.ts";
import { type TempFolder, tempFolder } from "../../harness/folder.ts";

const BAD = "const a = req.query.a;\neval(a);\n";

let folder: TempFolder;
let project: string;
beforeEach(() => {
  folder = tempFolder();
  project = join(folder.path, "project");
  mkdirSync(project);
});
afterEach(() => folder[Symbol.dispose]());

const code = (args: readonly string[], isTerminal = false) =>
  invoke(["code", ...args], { workspace: project, home: join(folder.path, "home"), isTerminal });

test("each finding stands under its file with its way and its help, and something grave is an exit code", async () => {
  writeFileSync(join(project, "a.js"), BAD);

  const { exit, stdout } = await code(["analyze"]);

  expect(exit).toBe(1);
  expect(stdout).toMatch(/^a\.js\n +2:1 critical javascript\/code-injection\n/);
  expect(stdout).toContain("1 comes with the request → 1 is kept as a → 2 reaches eval");
  expect(stdout).toContain("→ Read values with JSON.parse");
  expect(stdout).toMatch(/1 critical\nscore 40 .*\n1 file, 2 lines of code\n$/);
});

test("from which severity on it fails is said, and what is no severity is told", async () => {
  writeFileSync(join(project, "a.js"), 'crypto.createHash("md5");\n');

  expect((await code(["analyze"])).exit).toBe(0);
  expect((await code(["analyze", "--fail-on", "medium"])).exit).toBe(1);
  expect((await code(["analyze", "--fail-on", "never"])).exit).toBe(0);
  expect(await code(["analyze", "--fail-on", "grave"])).toMatchObject({
    exit: 2,
    stderr: expect.stringContaining("There are critical, high, medium, low, info, never."),
  });
});

test("what the baseline has is no failure any more", async () => {
  writeFileSync(join(project, "a.js"), BAD);

  const { stdout } = await code(["baseline"]);
  const kept = JSON.parse(readFileSync(join(project, ".cadre", "analysis-baseline.json"), "utf8"));
  const after = await code(["analyze"]);

  expect(stdout).toContain("findings     1");
  expect(kept.findings).toMatchObject([{ rule: "javascript/code-injection", path: "a.js" }]);
  expect(after).toMatchObject({ exit: 0, stdout: expect.stringContaining("nothing new found (1 known)") });
});

test("as SARIF it is SARIF and nothing else, as JSON what the tool answers", async () => {
  writeFileSync(join(project, "a.js"), BAD);

  const sarif = JSON.parse((await code(["analyze", "--format", "sarif"])).stdout);
  const json = JSON.parse((await code(["analyze", "--json"])).stdout);

  expect(sarif).toMatchObject({ version: "2.1.0", runs: [{ results: [{ ruleId: "javascript/code-injection" }] }] });
  expect(json.found).toEqual(["critical javascript/code-injection: a.js:2"]);
  expect(json).not.toHaveProperty("details");
});

test("a folder with nothing in it says so", async () => {
  const { exit, stdout } = await code(["analyze"]);

  expect({ exit, stdout }).toEqual({ exit: 0, stdout: "there is nothing here to look at\n" });
});

test("at a terminal it says how far it is, and leaves nothing of that behind", async () => {
  writeFileSync(join(project, "a.js"), BAD);

  const { stderr } = await code(["analyze"], true);

  expect(stderr).toContain("1/1 a.js");
  expect(stderr).toEndWith("\r\u001b[K");
});
