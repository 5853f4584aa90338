// What can be changed safely is changed; what has been changed since, or would not be the same when written again, stays.
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { analyzeText } from "../../../src/analysis/analyze-text.ts";
import { withEdits } from "../../../src/analysis/fix-project.ts";
import { systemClock } from "../../../src/base/clock.ts";
import { invoke } from "../../harness/cli.ts";
import { type TempFolder, tempFolder } from "../../harness/folder.ts";
import cases from "./quality-cases.yaml" with { type: "text" };

let folder: TempFolder;
let project: string;
beforeEach(() => {
  folder = tempFolder();
  project = join(folder.path, "project");
  mkdirSync(project);
});
afterEach(() => folder[Symbol.dispose]());

const analyze = (...args: readonly string[]) =>
  invoke(["code", "analyze", ...args], { workspace: project, home: join(folder.path, "home") });
const write = (path: string, content: string | Uint8Array) => writeFileSync(join(project, path), content);
const read = (path: string) => readFileSync(join(project, path), "utf8");

test("what was found is changed, and what that lets be seen, too", async () => {
  write("a.py", "import os\nimport json\n\nif not a in json.b:\n    print(f'x')\n");
  write("b.js", 'import { a, b } from "m";\nif (!!a) go();\ndebugger;\nstop(010);\n');
  write("c.sh", '#!/bin/bash\necho "`date`"\n');

  const { stdout } = await analyze("--fix", "--json");

  expect(JSON.parse(stdout).fixed).toEqual({ findings: 8, files: ["a.py", "b.js", "c.sh"] });
  expect(read("a.py")).toBe("import json\n\nif a not in json.b:\n    print('x')\n");
  expect(read("b.js")).toBe('import { a } from "m";\nif (a) go();\nstop(0o10);\n');
  expect(read("c.sh")).toBe('#!/bin/bash\necho "$(date)"\n');
});

test("names that go one after the other take several rounds, and the last import stays", async () => {
  write("a.ts", 'import { a, b, c } from "m";\nimport type { D } from "n";\n');

  const { stdout } = await analyze("--fix");

  expect(stdout).toStartWith("3 findings fixed in a.ts\n");
  expect(read("a.ts")).toBe('import { c } from "m";\n');
});

test("in Python, too, the last import of a module stays, unless it came with Python", async () => {
  write("a.py", "import os\nimport models\nfrom views import a, b\n\nprint(a)\n");

  await analyze("--fix");

  expect(read("a.py")).toBe("import models\nfrom views import a\n\nprint(a)\n");
});

test("where nothing can be fixed nothing is written", async () => {
  write("a.js", "eval(req.query.a);\n");
  const before = statSync(join(project, "a.js")).mtimeMs;

  const { stdout, exit } = await analyze("--fix");

  expect(stdout).toStartWith("nothing that can be fixed safely\n\na.js\n");
  expect(exit).toBe(1);
  expect(statSync(join(project, "a.js")).mtimeMs).toBe(before);
});

test("what is let be, and what the baseline has, stays", async () => {
  write("a.js", "debugger; // cadre-ignore debugger-left: a demonstration\n");
  write("b.js", "debugger;\n");
  await invoke(["code", "baseline"], { workspace: project, home: join(folder.path, "home") });
  write("c.js", "debugger;\nf();\n");

  const { stdout } = await analyze("--fix", "--json");

  expect(JSON.parse(stdout).fixed).toEqual({ findings: 1, files: ["c.js"] });
});

test("rights and the ends of lines stay, and what is not UTF-8 is not touched", async () => {
  write("a.js", "f();\r\ndebugger;\r\ng();\r\n");
  chmodSync(join(project, "a.js"), 0o750);
  write("b.js", Buffer.from("debugger; // caf\xe9\n", "latin1"));
  write("c.js", Buffer.from("\ufeffdebugger;\n", "utf16le"));

  const { stdout } = await analyze("--fix", "--json");

  expect(JSON.parse(stdout).fixed.files).toEqual(["a.js"]);
  expect(read("a.js")).toBe("f();\r\ng();\r\n");
  expect(statSync(join(project, "a.js")).mode & 0o777).toBe(0o750);
  expect(readFileSync(join(project, "b.js"), "latin1")).toBe("debugger; // caf\xe9\n");
});

test("a text that is given has no file to change", async () => {
  expect(await analyze("--fix", "--code", "debugger;")).toMatchObject({
    exit: 2,
    stderr: expect.stringContaining("there is no file to change"),
  });
});

describe("changes", () => {
  const edit = (column: number, was: string, text: string) => ({
    line: 1,
    column,
    end_line: 1,
    end_column: column + was.length,
    was,
    text,
  });

  test("of a finding are made together or not at all", () => {
    expect(withEdits("abc", [[edit(1, "a", "x"), edit(3, "c", "z")]])).toEqual({ changed: "xbz", count: 1 });
    expect(withEdits("abc", [[edit(1, "a", "x"), edit(3, "d", "z")]])).toEqual({ changed: "abc", count: 0 });
  });

  test("that touch each other are made one at a time", () => {
    expect(withEdits("abc", [[edit(1, "ab", "x")], [edit(2, "bc", "y")]])).toEqual({ changed: "xc", count: 1 });
  });
});

/** Whatever rule says that it can be fixed: after its changes it is gone, and the code can still be read. */
describe.each(Object.entries(parse(cases) as Record<string, Record<string, { bad: string[] }>>))(
  "%s",
  (language, rules) => {
    const path = { javascript: "a.js", typescript: "a.ts", bash: "a.sh", sql: "a.sql", python: "a.py" }[language] ?? "";
    const pieces = Object.entries(rules).flatMap(([id, { bad }]) => bad.map((code) => [id, code] as const));

    test("what has a fix is gone after it", async () => {
      for (const [id, code] of pieces) {
        const found = async (text: string) =>
          (await analyzeText(path, text, { clock: systemClock })).findings.filter(({ rule }) =>
            rule.endsWith(`/${id}`),
          );
        const before = await found(code);
        const fixes = before.flatMap(({ fix }) => (fix ? [fix] : []));
        if (fixes.length === 0) continue;
        const { changed, count } = withEdits(code, fixes);
        expect({ code, left: (await found(changed)).length }).toEqual({ code, left: before.length - count });
      }
    });
  },
);
