// Programs from a terminal, as main.ts runs the commands; with real programs.

import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { invoke, runCli } from "../../harness/cli.ts";
import { type TempFolder, tempFolder } from "../../harness/folder.ts";
import { isDeno } from "../../harness/self.ts";

/** It tries every limit there is. */
const DOCTOR_MS = 60_000;

let folder: TempFolder;
beforeEach(() => {
  folder = tempFolder();
});
afterEach(() => folder[Symbol.dispose]());

const code = (args: readonly string[], isTerminal = false) =>
  invoke(["code", ...args], { workspace: folder.path, home: join(folder.path, "home"), isTerminal });

test("code run shows what a program prints on stdout and stderr, and how it ended", async () => {
  const ran = await code(["run", "bash", "--code", "echo out; echo err >&2; exit 3"]);

  expect(ran.stdout).toBe("out\n");
  expect(ran.stderr).toStartWith("err\nerror exit 3 · ");
  expect(ran.stderr).toMatch(/network off · execution_\w+\n$/);
  expect(ran.exit).toBe(1);
});

test("code run exits as the program did, when asked", async () => {
  expect((await code(["run", "bash", "--code", "exit 3", "--exit-code"])).exit).toBe(3);
  expect((await code(["run", "bash", "--code", "true", "--exit-code"])).exit).toBe(0);
});

test("code run takes a file, arguments, variables and input files, and writes what is left", async () => {
  writeFileSync(
    join(folder.path, "main.py"),
    'import os, sys\nprint(sys.argv[1:], os.environ["WORD"])\nopen("o.bin", "wb").write(open("d/in.bin", "rb").read())',
  );
  writeFileSync(join(folder.path, "in.bin"), Uint8Array.of(0, 255, 128));

  const ran = await code([
    "run",
    "python",
    "main.py",
    "a",
    "b",
    "--env",
    "WORD=w",
    "--file",
    "in.bin:d/in.bin",
    "--out",
    "left",
  ]);

  expect(ran).toMatchObject({ exit: 0, stdout: "['a', 'b'] w\n3\n" });
  expect([...readFileSync(join(folder.path, "left", "o.bin"))]).toEqual([0, 255, 128]);
});

test("code run reads the program, or its input, from stdin", async () => {
  const env = { CADRE_HOME: join(folder.path, "home") };
  const options = { env, cwd: folder.path };

  expect(await runCli(["code", "run", "javascript", "-"], { ...options, input: "console.log(1 + 1)" })).toMatchObject({
    stdout: "2\n",
    exit: 0,
  });
  expect(
    await runCli(["code", "run", "bash", "--code", "cat", "--stdin", "-"], { ...options, input: "in" }),
  ).toMatchObject({ stdout: "in", exit: 0 });
});

test("code run shows a value and rows, and with --json the whole answer", async () => {
  expect((await code(["run", "javascript", "--code", "({ a: input.b })", "--input", '{"b": 5}'])).stdout).toBe(
    '{\n  "a": 5\n}\n',
  );
  expect((await code(["run", "sql", "--code", "SELECT 1 AS a, 'x' AS b"])).stdout).toContain("a  b\n1  x\n");
  const json = JSON.parse((await code(["run", "bash", "--code", "echo a", "--json"])).stdout);
  expect(json).toMatchObject({ status: "completed", stdout: "a\n" });
});

test("a terminal is not told to do what a program likes", async () => {
  const ran = await code(["run", "bash", "--code", "printf '\\033]0;title\\007a\\n'"], true);

  expect(ran.stdout).toBe("\\x1b]0;title\\x07a\n");
});

test.each<[string[], string]>([
  [["run"], "no language was given"],
  [["run", "bash", "nowhere.sh"], "cannot read nowhere.sh: ENOENT"],
  [["run", "cobol", "--code", "x"], "language"],
  [["run", "bash", "--code", "x", "--env", "A"], "it names no value"],
  [["allow", "everything"], "cannot allow everything"],
  [["allow", "network", "http://x"], "that is no host"],
])("code %j is refused, with the next step", async (args, problem) => {
  const refused = await code(args);

  expect(refused.exit).not.toBe(0);
  expect(refused.stderr).toContain(problem);
  expect(refused.stderr).toContain("→");
});

test("code allow changes the policy, which code policy shows and programs feel", async () => {
  expect((await code(["run", "bash", "--code", "true", "--net"])).stderr).toContain("the policy keeps it off");

  expect(JSON.parse((await code(["allow", "network", "PyPI.org", "--json"])).stdout)).toMatchObject({
    network: ["pypi.org"],
  });
  expect(JSON.parse((await code(["policy", "--json"])).stdout)).toMatchObject({
    network: ["pypi.org"],
    timeout: "10m",
  });
  expect((await code(["run", "bash", "--code", "true", "--net"])).stderr).toContain("network hosts");

  mkdirSync(join(folder.path, ".cadre"), { recursive: true });
  writeFileSync(join(folder.path, ".cadre", "policy.yaml"), "network: off\n");
  expect((await code(["run", "bash", "--code", "true", "--net"])).stderr).toContain("the policy keeps it off");
});

test(
  "code doctor proves each limit by trying, and leaves nothing behind",
  async () => {
    const { stdout, exit } = await code(["doctor", "--json"]);

    const { levels, languages, limits } = JSON.parse(stdout) as Record<
      string,
      { name: string; ok: boolean; detail: string }[]
    >;
    expect(levels?.map(({ name }) => name)).toEqual(["process", "landlock", "namespace"]);
    const failed = [...(languages ?? []), ...(limits ?? [])].filter(({ ok }) => !ok);
    expect(failed.map(({ name }) => name)).toEqual(isDeno ? ["javascript, engine bun"] : []);
    expect(limits?.length).toBeGreaterThan(10);
    expect(exit).toBe(isDeno ? 1 : 0);
    expect(readdirSync(tmpdir()).filter((name) => name.startsWith("cadre-doctor-"))).toEqual([]);
  },
  DOCTOR_MS,
);
