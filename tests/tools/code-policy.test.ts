// What the user's policy and the project's change: each key of it, and what is refused.
import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "../../src/base/clock.ts";
import { openTestApp, type TestApp } from "../harness/app.ts";
import { refusalOf } from "../harness/errors.ts";

let app: TestApp<Clock>;
beforeAll(async () => {
  app = await openTestApp();
  mkdirSync(join(app.workspace, ".cadre"), { recursive: true });
});
afterAll(() => app.close());
beforeEach(() => {
  rmSync(app.policyFile, { force: true });
  rmSync(join(app.workspace, ".cadre", "policy.yaml"), { force: true });
});

const user = (text: string) => writeFileSync(app.policyFile, text);
const project = (text: string) => writeFileSync(join(app.workspace, ".cadre", "policy.yaml"), text);
const run = (language: string, code: string, more: Record<string, unknown> = {}) =>
  app.call("code_run", { language, code, ...more });
const refusal = (language: string, code: string, more: Record<string, unknown> = {}) =>
  refusalOf(() => run(language, code, more));

test.each<[string, string, string, string, Record<string, unknown>]>([
  [
    "timeout",
    "timeout: 300ms",
    "bash",
    "sleep 60",
    { status: "timeout", limit: "wall", lowered: ["timeout to 300ms"] },
  ],
  [
    "memory",
    "memory: 64MiB",
    "javascript",
    "const all = []; for (;;) all.push(new Uint8Array(1e6))",
    { status: "limit", limit: "memory", lowered: ["memory to 64MiB"] },
  ],
  [
    "output",
    "output: 1KiB",
    "bash",
    "head -c 5000 /dev/zero | tr '\\0' x",
    { truncated: true, stdout: "x".repeat(1024) },
  ],
  [
    "processes",
    "processes: 8",
    "bash",
    "for i in $(seq 30); do sleep 9 & done; wait",
    { status: "limit", limit: "processes" },
  ],
  ["disk", "disk: 1MiB", "bash", "head -c 5M /dev/zero > big; sleep 9", { status: "limit", limit: "disk" }],
  ["open_files", "open_files: 16", "bash", "ulimit -n", { stdout: "16\n" }],
  [
    "imports",
    "imports: [json]",
    "python",
    "import json\nimport os",
    { status: "error", failure: { name: "ImportError", message: "the policy does not allow the module os", line: 2 } },
  ],
])("the policy's %s holds, the user's and the project's", async (_key, text, language, code, outcome) => {
  for (const write of [user, project]) {
    write(text);
    expect(await run(language, code)).toMatchObject(outcome);
    rmSync(app.policyFile, { force: true });
  }
});

test.each<[string, string, string, Record<string, unknown>, string]>([
  ["languages: [sql]", "bash", "ls", {}, "the policy does not allow it"],
  ["blocked_commands: [git push]", "bash", "git push", {}, "git push"],
  ["allowed_commands: [ls]", "bash", "cat x", {}, "the command cat is not allowed"],
  ["security: high", "bash", "touch x", {}, "the command touch is not allowed"],
  ["security: high", "bash", "ls", { options: { network: true } }, "the security level is high"],
  ["imports: [json]", "javascript", "1", { options: { engine: "bun" } }, "modules that may be imported"],
  ["network: off", "bash", "ls", { options: { network: true } }, "the policy keeps it off"],
])("a project that says %s is heard", async (text, language, code, more, problem) => {
  user("network: on");
  project(text);

  const refused = await refusal(language, code, more);

  expect(refused).toMatchObject({ code: "forbidden" });
  expect(refused.message).toContain(problem);
  const { executions } = (await app.call("execution_list", { limit: 1 })) as { executions: { status: string }[] };
  expect(executions[0]?.status).toBe("denied");
});

test("network is off unless the user allows it; then it is what was asked for", async () => {
  const refused = await refusal("bash", "ls", { options: { network: true } });
  expect(refused.hint).toContain("cadre code allow network");

  user("network: on");
  expect(await run("bash", "echo a", { options: { network: true } })).toMatchObject({ isolation: { network: "on" } });
  expect(await run("bash", "echo a")).toMatchObject({ isolation: { network: "off" } });
  expect(await run("bash", "echo a", { options: { security: "low" } })).toMatchObject({ isolation: { network: "on" } });

  user("network: [example.com]");
  expect(await run("bash", "echo a", { options: { network: true } })).toMatchObject({
    isolation: { network: "hosts" },
  });
});

test("at the security level high a program looks, and changes nothing", async () => {
  writeFileSync(join(app.workspace, "notes.txt"), "as it was\n");
  const options = { security: "high", working_directory: "." };

  expect(await run("bash", "cat notes.txt", { options })).toMatchObject({ stdout: "as it was\n" });
  expect(await run("python", 'open("notes.txt", "w").write("changed")', { options })).toMatchObject({
    status: "error",
  });
  expect(await run("bash", "cat notes.txt", { options })).toMatchObject({ stdout: "as it was\n" });
});

test("variables of the server are given by name, and a program's own go before them", async () => {
  process.env["CADRE_TEST_WORD"] = "from outside";
  const code = 'echo "$CADRE_TEST_WORD"';

  expect(await run("bash", code)).toMatchObject({ stdout: "\n" });
  user("env: [CADRE_TEST_WORD]");
  expect(await run("bash", code)).toMatchObject({ stdout: "from outside\n" });
  expect(await run("bash", code, { options: { env: { CADRE_TEST_WORD: "own" } } })).toMatchObject({ stdout: "own\n" });
  delete process.env["CADRE_TEST_WORD"];
});

test("the user's policy may raise what a program can ask for", async () => {
  user("memory: 2GiB");

  const ran = await run("python", "x = bytearray(700_000_000); print(len(x))", { options: { memory: "1GiB" } });

  expect(ran).toMatchObject({ status: "completed", stdout: "700000000\n" });
});

test("what nobody means to run is refused, what only looks like it is not", async () => {
  expect(await refusal("bash", "rm -rf /")).toMatchObject({ code: "forbidden" });
  for (const code of ["echo terminal", "git init -q . && echo made", "echo 'npm run format'"])
    expect(await run("bash", code)).toMatchObject({ status: "completed" });
});

test.each<[string, string]>([
  ["timeout: [1", ".yaml:1:"],
  ["timeout: soon", "timeout: expected a duration"],
  ["time_out: 1s", "there is no time_out"],
  ["- a", "expected object"],
])("a policy that says %j stops programs, and says where it is wrong", async (text, place) => {
  for (const write of [user, project]) {
    write(text);
    const refused = await refusal("bash", "ls");
    expect(refused).toMatchObject({ code: "invalid_input" });
    expect(refused.message).toContain(place);
    rmSync(app.policyFile, { force: true });
  }
});

test("a project's policy that is a link is not followed, and not ignored", async () => {
  symlinkSync("/etc/passwd", join(app.workspace, ".cadre", "policy.yaml"));

  expect((await refusal("bash", "ls")).message).toContain("it is a link");
});

test.each(["LD_PRELOAD", "DYLD_INSERT_LIBRARIES", "BASH_ENV", "BUN_OPTIONS", "NODE_OPTIONS"])(
  "%s, which would have something else run first, is nobody's to set",
  async (name) => {
    const before = process.env[name];
    process.env[name] = "/nowhere";
    user(`env: [${name}]`);

    expect((await refusal("bash", "env", { options: { env: { [name]: "./trap" } } })).message).toContain(name);
    expect((await run("bash", "env"))["stdout"]).not.toContain(`${name}=`);
    if (before === undefined) delete process.env[name];
    else process.env[name] = before;
  },
);

test.each(["network: off", "network: on"])(
  "who asks for network in an engine is told that it has none, with %s",
  async (text) => {
    user(text);

    const refused = await refusal("javascript", "1", { options: { network: true } });

    expect(refused).toMatchObject({ code: "invalid_input", hint: expect.stringContaining('engine "bun"') });
  },
);
