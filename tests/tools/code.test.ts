// Programs through the tool: what they answer, what the history keeps of them, and what becomes of them when a
// process dies. Real programs in the sandbox of this machine.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "../../src/base/clock.ts";
import { insertExecution, startExecution } from "../../src/store/executions.ts";
import { findResource } from "../../src/tools/resources.ts";
import { openTestApp, type TestApp } from "../harness/app.ts";
import { until } from "../harness/condition.ts";
import { refusalOf } from "../harness/errors.ts";

let app: TestApp<Clock>;
beforeAll(async () => {
  app = await openTestApp();
});
afterAll(() => app.close());

const run = (language: string, code: string, more: Record<string, unknown> = {}) =>
  app.call("code_run", { language, code, ...more });

test.each([
  ["python", 'print("hello")'],
  ["javascript", 'console.log("hello")'],
  ["typescript", 'const word: string = "hello"; console.log(word)'],
  ["bash", "echo hello"],
])("code_run runs %s, and says what was enforced", async (language, code) => {
  const ran = await run(language, code);

  expect(ran).toMatchObject({ status: "completed", stdout: "hello\n", stderr: "" });
  expect(ran["isolation"]).toMatchObject({ network: "off", verified: true });
  expect(ran["usage"]).toMatchObject({ wall_ms: expect.any(Number), processes: expect.any(Number) });
});

test("code_run answers the rows of a query with values", async () => {
  const ran = await run(
    "sql",
    "CREATE TABLE t (a, b); INSERT INTO t VALUES (:a, x'00ff'); SELECT a, b, 9007199254740993 AS big FROM t",
    {
      input: { a: "it's" },
    },
  );

  expect(ran).toMatchObject({
    status: "completed",
    columns: ["a", "b", "big"],
    rows: [["it's", { base64: "AP8=" }, "9007199254740993"]],
    changes: 1,
  });
});

test("code_run answers the value of the last line, as JSON", async () => {
  expect(await run("javascript", "({ sum: input.a + input.b })", { input: { a: 1, b: 2 } })).toMatchObject({
    result: { sum: 3 },
  });
  expect(await run("python", "import math\n[math.floor(2.5), {'a': None}]")).toMatchObject({
    result: [2, { a: null }],
  });
});

test("a program that fails is an answer, with its error and the line", async () => {
  expect(await run("python", "x = 1\nraise ValueError('no ' + str(x))")).toMatchObject({
    status: "error",
    exit_code: 1,
    failure: { name: "ValueError", message: "no 1", line: 2 },
  });
  expect(await run("javascript", "const a = 1;\nnull.b;")).toMatchObject({
    status: "error",
    failure: { name: "TypeError", line: 2 },
  });
  expect(await run("typescript", "const a: number = ;")).toMatchObject({
    status: "error",
    failure: { name: "SyntaxError" },
  });
  expect(await run("bash", "exit 7")).toMatchObject({ status: "error", exit_code: 7 });
  expect(await run("sql", "SELECT nothing FROM nowhere")).toMatchObject({
    status: "error",
    failure: { name: "SqlError" },
  });
});

test.each(['require("fs")', 'import fs from "fs"', 'await fetch("http://127.0.0.1")'])(
  "a program that was written for Node is told of the engine that has what it wants: %s",
  async (code) => {
    const ran = await run("javascript", code);

    expect(ran).toMatchObject({ status: "error" });
    expect((ran["failure"] as { hint: string }).hint).toContain('engine "bun"');
  },
);

test("a file that a program left can be read at its address", async () => {
  const ran = await run("bash", "mkdir -p out; echo 42 > 'out/a b.txt'");
  const [{ uri }] = ran["files"] as [{ uri: string }];

  const { resource, id } = findResource(uri);

  expect(await resource.read(app, app.workspace, id)).toEqual({ mime: "text/plain", text: "42\n" });
  const whole = findResource(`cadre://execution/${ran["id"]}`);
  expect(await whole.resource.read(app, app.workspace, whole.id)).toMatchObject({ mime: "application/json" });
});

test("a program is given arguments, variables, files and stdin, and what it leaves is kept", async () => {
  const ran = await run(
    "python",
    'import os, sys\nrows = open("data/in.txt").read()\nopen("out.csv", "w").write(rows + sys.stdin.read() + sys.argv[1] + os.environ["WORD"])',
    { stdin: "b", options: { args: ["c"], env: { WORD: "d" }, files: { "data/in.txt": "a" } } },
  );

  expect(ran).toMatchObject({ status: "completed", files: [{ path: "out.csv", mime: "text/csv", size_bytes: 4 }] });
  const { bytes } = await app.executions.file(String(ran["id"]), "out.csv");
  expect(new TextDecoder().decode(bytes)).toBe("abcd");
});

test("a program finds its output again as /dev/stdout and /dev/stderr, and is no terminal's and no network's", async () => {
  const code = "echo out > /dev/stdout; echo err > /dev/stderr; [ -t 1 ] || [ -S /dev/stdin ] || echo pipe";

  expect(await run("bash", code)).toMatchObject({ status: "completed", stdout: "out\npipe\n", stderr: "err\n" });
});

test("code_run runs what no stripping of types can do: namespaces and enums on one line", async () => {
  const code = "enum A { B = 2 } namespace N { export const q = 1 } N.q + A.B";

  expect(await run("typescript", code)).toMatchObject({ status: "completed", result: 3 });
});

test("a program may end without reading its input, and leave somebody behind who holds it", async () => {
  const code = 'import subprocess\nsubprocess.Popen(["sleep", "600"])\nprint("done")';

  const ran = await run("python", code, { stdin: "x".repeat(1_000_000), timeout: "20s" });

  expect(ran).toMatchObject({ status: "completed", stdout: "done\n" });
});

test("what is not ended by itself is ended by its time, and the row says so", async () => {
  const ran = await run("bash", "sleep 60", { timeout: "300ms" });

  expect(ran).toMatchObject({ status: "timeout", limit: "wall" });
  expect(await app.call("execution_show", { id: ran["id"] })).toMatchObject({
    status: "timeout",
    limit: "wall",
    code: "sleep 60",
  });
});

test("output above its limit is cut, with a mark, and the server does not keep it", async () => {
  const ran = await run("bash", "head -c 20M /dev/zero | tr '\\0' x", { options: { output: 10_485_760 } });

  expect(ran).toMatchObject({ status: "completed", truncated: true });
  expect(String(ran["stdout"]).length).toBe(10_485_760);
  const shown = await run("bash", "seq 1 100000");
  expect(shown).toMatchObject({ clipped: true });
  expect(String(shown["stdout"])).toMatch(/^1\n2\n[\s\S]* characters left out [\s\S]*99999\n100000\n$/);
});

test("memory above the limit ends the program, whatever its language", async () => {
  const options = { memory: "64MiB" };
  expect(await run("python", "x = b'x' * (1 << 28)", { options })).toMatchObject({ status: "limit", limit: "memory" });
  expect(await run("javascript", "const a = []; for (;;) a.push(new Uint8Array(1e6))", { options })).toMatchObject({
    status: "limit",
    limit: "memory",
  });
});

test("a caller that goes takes the program with it", async () => {
  const stop = new AbortController();
  const running = app.call("code_run", { language: "bash", code: "sleep 60" }, { signal: stop.signal });
  running.catch(() => {}); // It is looked at below.
  await until(
    async () => (await app.executions.list({ statuses: ["running"] }, { limit: 5 })).executions.length > 0,
    "it runs",
  );

  stop.abort();

  expect(await refusalOf(() => running)).toMatchObject({ code: "cancelled" });
  await until(
    async () => (await app.executions.list({ statuses: ["cancelled"] }, { limit: 5 })).executions.length > 0,
    "the row says that it was cancelled",
  );
});

test("files of a program that belongs to a task become the task's results", async () => {
  const { id } = await app.call("task_create", { title: "Count" });

  const ran = await run("bash", "echo 42 > answer.txt", { task: id });

  expect(ran["files"]).toEqual([
    expect.objectContaining({ path: "answer.txt", artifact: expect.stringMatching(/^artifact_/) }),
  ]);
  expect((await app.call("artifact_list", { task: id }))["artifacts"]).toMatchObject([{ name: "answer.txt" }]);
  expect(await app.call("execution_list", { task: id })).toMatchObject({ executions: [{ id: ran["id"], task: id }] });
});

test("secrets that a program prints are shown to its caller and not kept", async () => {
  const secret = "cadre_0123456789abcdef0123456789abcdef";

  const ran = await run("bash", `echo ${secret}`);

  expect(ran["stdout"]).toBe(`${secret}\n`);
  const kept = await app.call("execution_show", { id: ran["id"] });
  expect(JSON.stringify(kept)).not.toContain(secret);
  expect(kept["stdout"]).toBe("[hidden]\n");
});

test("execution_list filters by language, status and time, in pages", async () => {
  const page = await app.call("execution_list", { language: "python", limit: 1 });

  expect(page["executions"]).toMatchObject([{ language: "python" }]);
  expect(page["cursor"]).toMatch(/^\d+$/);
  const next = await app.call("execution_list", { language: "python", limit: 1, cursor: String(page["cursor"]) });
  expect(next["executions"]).not.toEqual(page["executions"]);
  expect(await app.call("execution_list", { status: "queued", since: "1h" })).toEqual({ executions: [] });
});

test("execution_list finds words in the code, in what was printed and in how it ended", async () => {
  const run = async (code: string, options = {}) =>
    (await app.call("code_run", { language: "javascript", code, options }))["id"] as string;
  const printed = await run('console.log("Quince", 6 * 7 - 1)');
  const failed = await run('throw new RangeError("100%_of medlars")');
  const idsWith = async (text: string) => {
    const { executions } = (await app.call("execution_list", { text })) as { executions: { id: string }[] };
    return executions.map(({ id }) => id);
  };

  expect(await idsWith("quince 41")).toEqual([printed]);
  expect(await idsWith("QUINCE")).toEqual([printed]);
  expect(await idsWith("100%_of MEDLARS")).toEqual([failed]);
  expect(await idsWith("100_%of")).toEqual([]);
  expect(await idsWith("'; DROP TABLE execution; --\\")).toEqual([]);
});

test("a program of a process that died was interrupted", async () => {
  const dead = "process_dddddddddddd";
  await using other = await openTestApp({ liveness: { hold: () => {}, isAlive: (id) => id !== dead } });
  const { id: workspace_id } = await other.workspaces.at(other.workspace);
  await other.sql.write(function* () {
    yield* insertExecution({
      id: "execution_0123456789ab",
      workspace_id,
      task_id: null,
      process: dead,
      language: "bash",
      engine: "",
      code: "sleep 60",
      given: {},
      created_ms: 1,
    });
    yield* startExecution("execution_0123456789ab", 2);
  });

  expect(await other.call("execution_show", { id: "execution_0123456789ab" })).toMatchObject({ status: "interrupted" });
});

test("a folder of the project is worked in, but for what cadre and git own", async () => {
  const project = join(app.workspace, "project");
  mkdirSync(join(project, ".git", "hooks"), { recursive: true });
  writeFileSync(join(project, ".git", "config"), "[core]\n");
  const code =
    'touch new; for f in .git/hooks/x .cadre/x; do echo x > "$f" || echo held; done; mv .git .old || echo held';

  const ran = await run("bash", code, { options: { workspace: project, working_directory: "." } }).catch(
    (error) => error,
  );

  if (ran.code === "forbidden") return; // Without mount namespaces it is refused as a whole.
  expect(ran).toMatchObject({ status: "completed", stdout: "held\nheld\nheld\n" });
  expect(existsSync(join(project, "new"))).toBe(true);
  expect(readFileSync(join(project, ".git", "config"), "utf8")).toBe("[core]\n");
});

test.each([
  ["../", "forbidden"],
  ["/etc", "forbidden"],
  [".git", "forbidden"],
  ["nowhere", "not_found"],
])("code_run refuses to work in %s", async (working_directory, code) => {
  mkdirSync(join(app.workspace, ".git"), { recursive: true });

  expect(await refusalOf(() => run("bash", "true", { options: { working_directory } }))).toMatchObject({ code });
});

test("a database file is read, written only when it was said, and never cadre's own", async () => {
  const { Database } = await import("bun:sqlite");
  const path = join(app.workspace, "data.sqlite");
  const database = new Database(path, { create: true });
  database.run("CREATE TABLE t (a)");
  database.close();
  const insert = "INSERT INTO t VALUES (1); SELECT count(*) AS n FROM t";

  expect(await run("sql", insert, { options: { database: "data.sqlite" } })).toMatchObject({ status: "error" });
  expect(await run("sql", insert, { options: { database: "data.sqlite", write: true } })).toMatchObject({
    rows: [[1]],
  });
  expect(await run("sql", "SELECT * FROM t", { options: { database: "data.sqlite" } })).toMatchObject({ rows: [[1]] });
});

test.each([
  ["a bare number as time", { timeout: 30 }],
  ["a time that is too long", { timeout: "1h" }],
  ["memory without a unit", { options: { memory: "512" } }],
  ["an unknown option", { options: { sudo: true } }],
  ["write without a database", { options: { write: true } }],
  ["files for an engine that has none", { options: { files: { a: "b" } } }],
  ["no language of ours", { language: "cobol" }],
])("code_run refuses %s", async (_what, more) => {
  expect(await refusalOf(() => app.call("code_run", { language: "javascript", code: "1", ...more }))).toMatchObject({
    code: "invalid_input",
  });
});

test("a file outside the working directory is not given", async () => {
  expect(await refusalOf(() => run("bash", "true", { options: { files: { "../x": "y" } } }))).toMatchObject({
    code: "invalid_input",
  });
});

test("the engine bun has Node's interfaces, and no more rights than others", async () => {
  const code =
    'import { readFileSync } from "node:fs"; console.log(typeof process.version); try { readFileSync("/etc/shadow"); console.log("ESCAPED") } catch { console.log("held") }';

  expect(await run("typescript", code, { options: { engine: "bun" } })).toMatchObject({
    status: "completed",
    stdout: "string\nheld\n",
  });
});

test("a program in QuickJS composes tools, and the execution tells which", async () => {
  for (const title of ["One", "Two"]) await app.call("task_create", { title, options: { workspace: app.workspace } });
  const code = `
const { tasks } = await tools.task_list({});
const whole = await Promise.all(tasks.map(({ id }) => tools.task_show({ id })));
whole.map(({ title }) => title).sort()`;

  const ran = await run("javascript", code);

  expect(ran["result"]).toEqual(expect.arrayContaining(["One", "Two"]));
  expect(ran["tools_called"]).toEqual(
    expect.arrayContaining([{ tool: "task_list", ms: expect.any(Number), outcome: "ok" }]),
  );
  expect(await app.call("execution_show", { id: ran["id"] })).toMatchObject({ tools_called: ran["tools_called"] });
});

test("a program may write only with tools that the call names", async () => {
  const code = 'await tools.task_create({ title: "From a program" })';

  expect(await run("javascript", code)).toMatchObject({ status: "error", failure: { name: "TypeError" } });
  expect(await run("javascript", code, { options: { tools: ["task_create"] } })).toMatchObject({
    result: { title: "From a program" },
  });
  expect(await refusalOf(() => run("javascript", code, { options: { tools: ["task_creat"] } }))).toMatchObject({
    code: "not_found",
  });
});

test("what goes wrong in a tool is an error that a program can catch, with its hint", async () => {
  const code = `try { await tools.task_show({ id: "task_000000000000" }) } catch (e) { [e.name, e.code, e.hint] }`;

  expect((await run("javascript", code))["result"]).toEqual(["ToolError", "not_found", expect.any(String)]);
});

test("programs in programs come to an end", async () => {
  const nest = (code: string) =>
    `(await tools.code_run({ language: "javascript", code: ${JSON.stringify(code)}, options: { tools: ["code_run"] } })).result`;
  const code = nest(nest(nest("typeof tools")));

  expect(await run("javascript", code, { options: { tools: ["code_run"] } })).toMatchObject({ result: "undefined" });
});

test("a caller's filter holds for its programs, too", async () => {
  const filter = { tools: ["code_run", "task_list"] };
  const ran = await app.call("code_run", { language: "javascript", code: "Object.keys(tools)" }, { filter });

  expect(ran["result"]).toEqual(["task_list"]);
});

test("a program that calls tools without end is stopped by their number", async () => {
  const code = `let n = 0; let last; for (let i = 0; i < 300; i++) try { await tools.task_list({}); n++ } catch (e) { last = e.code } [n, last]`;

  expect((await run("javascript", code))["result"]).toEqual([200, "too_large"]);
});

test("the types of tools can be read, and are TypeScript", async () => {
  const { resource, id } = findResource("cadre://types/tools");
  const content = await resource.read(app, app.workspace, id);
  const text = "text" in content ? content.text : "";

  expect(text).toContain("task_show(input: {");
  expect(() => new Bun.Transpiler({ loader: "ts" }).transformSync(text)).not.toThrow();
});
