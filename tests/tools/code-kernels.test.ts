// Interpreters that keep their state between calls, through the tool.
import { afterAll, afterEach, beforeAll, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname } from "node:path";
import type { Clock } from "../../src/base/clock.ts";
import { openTestApp, type TestApp } from "../harness/app.ts";
import { until } from "../harness/condition.ts";
import { refusalOf } from "../harness/errors.ts";

let app: TestApp<Clock>;
beforeAll(async () => {
  app = await openTestApp();
});
afterAll(async () => {
  await app.close();
  expect(readdirSync(tmpdir()).filter((name) => name.startsWith(`cadre-run-${process.pid}-`))).toEqual([]);
});

afterEach(async () => {
  const { kernels } = (await app.call("kernel_list", {})) as { kernels: { name: string }[] };
  for (const { name } of kernels) await app.call("kernel_close", { name });
});

const cell = (language: string, code: string, kernel: string, more: Record<string, unknown> = {}) =>
  app.call("code_run", { language, code, ...more, options: { kernel, ...(more["options"] as object) } });

test("a Python kernel keeps what a cell defined, and prints each cell's own output", async () => {
  expect(await cell("python", "import math\nx = 41\nprint('first')", "py")).toMatchObject({
    status: "completed",
    stdout: "first\n",
  });
  expect(await cell("python", "x += 1\nprint('second')\n[x, math.floor(2.5)]", "py")).toMatchObject({
    stdout: "second\n",
    result: [42, 2],
  });
  expect(await app.call("kernel_list", {})).toMatchObject({
    kernels: [{ name: "py", language: "python", cells: 2, level: expect.any(String) }],
  });
});

test("an error in a cell names its line and ends nothing", async () => {
  await cell("python", "def f():\n    raise ValueError('deep')", "errors");
  const failed = await cell("python", "\nf()", "errors");

  expect(failed).toMatchObject({ status: "error", failure: { name: "ValueError", message: "deep", line: 2 } });
  expect(failed["stderr"]).toContain("    raise ValueError('deep')");
  expect(await cell("python", "import sys\nsys.exit(3)", "errors")).toMatchObject({ status: "error", exit_code: 3 });
  expect(await cell("python", "f.__name__", "errors")).toMatchObject({ result: "f" });
});

test("output of children is a cell's, too, and stdin is empty", async () => {
  const code =
    "import subprocess, sys\nsubprocess.run(['sh', '-c', 'echo out; echo err >&2'])\nprint(repr(sys.stdin.read()))";

  expect(await cell("python", code, "children")).toMatchObject({ stdout: "out\n''\n", stderr: "err\n" });
});

test("files are told by the cell that made them, and what is a link is not read", async () => {
  expect(await cell("python", "open('a.txt', 'w').write('1')", "files")).toMatchObject({ files: [{ path: "a.txt" }] });
  expect((await cell("python", "1", "files"))["files"]).toBeUndefined();
  expect(await cell("python", "open('a.txt', 'w').write('2')", "files")).toMatchObject({ files: [{ path: "a.txt" }] });
  expect(
    await cell("python", "import os\nos.symlink('/etc/shadow', 's')\nos.symlink('/etc', 'd')", "files"),
  ).toMatchObject({ refused_files: expect.arrayContaining(["s: it is a link"]) });
});

test("a cell that takes too long ends its kernel, and the next begins anew", async () => {
  await cell("python", "x = 1", "slow");
  expect(await cell("python", "while True: pass", "slow", { timeout: "500ms" })).toMatchObject({
    status: "timeout",
    limit: "wall",
  });
  expect(await cell("python", "x", "slow")).toMatchObject({ status: "error", failure: { name: "NameError" } });
});

test("a kernel that is too large is ended, one that ends itself is gone", async () => {
  const hungry = await cell("python", "x = bytearray(10**9)", "hungry", { options: { memory: "128MiB" } });
  expect(hungry).toMatchObject({ status: "limit", limit: "memory" });

  expect(await cell("python", "import os\nprint('bye', flush=True)\nos._exit(4)", "gone")).toMatchObject({
    status: "error",
    exit_code: 4,
    stdout: "bye\n",
  });
  expect(await cell("python", "'x' in dir()", "gone")).toMatchObject({ result: false });
});

test("a JavaScript kernel keeps what a cell declared", async () => {
  await cell("javascript", "let n = 40; const words = ['a']; function twice(x) { return 2 * x }", "js");
  expect(
    await cell("javascript", "n += 1; words.push('b'); [twice(n), words, await Promise.resolve(input)]", "js", {
      input: 7,
    }),
  ).toMatchObject({ result: [82, ["a", "b"], 7] });
  expect((await cell("javascript", "let n = 1", "js"))["failure"]).toMatchObject({
    name: "SyntaxError",
    hint: expect.stringContaining("keeps what was declared"),
  });
  expect(await cell("javascript", "for (;;);", "js", { timeout: "300ms" })).toMatchObject({ status: "timeout" });
  expect(await cell("javascript", "typeof n", "js")).toMatchObject({ result: "undefined" });
});

test("a kernel is its owner's alone, in one project", async () => {
  await cell("python", "secret = 1", "mine");
  const other = { agent: { id: "agent_other", label: "other", isShared: false, process: "" } };

  expect(await app.call("kernel_list", {}, other)).toEqual({ kernels: [] });
  expect(
    await app.call("code_run", { language: "python", code: "'secret' in dir()", options: { kernel: "mine" } }, other),
  ).toMatchObject({ result: false });
  await app.call("kernel_close", { name: "mine" }, other);
});

test("kernel_close ends its process, and its folder goes with it", async () => {
  const { result } = await cell("python", "import os\nos.environ['TMPDIR']", "closing");
  const folder = dirname(String(result));
  expect(processesOf(folder)).not.toEqual([]);

  expect(await app.call("kernel_close", { name: "closing" })).toEqual({ name: "closing", closed: true });

  expect(processesOf(folder)).toEqual([]);
  expect(existsSync(folder)).toBe(false);
  expect(await refusalOf(() => app.call("kernel_close", { name: "closing" }))).toMatchObject({ code: "not_found" });
});

function processesOf(folder: string): string[] {
  return readdirSync("/proc").filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, "latin1").includes(folder);
    } catch {
      return false;
    }
  });
}

test.each<[string, string, Record<string, unknown>, string]>([
  ["bash", "ls", {}, "invalid_input"],
  ["sql", "SELECT 1", {}, "invalid_input"],
  ["javascript", "1", { options: { engine: "bun" } }, "invalid_input"],
  ["python", "1", { stdin: "x" }, "invalid_input"],
])("a kernel of %s %j %j is refused", async (language, code, more, problem) => {
  expect(await refusalOf(() => cell(language, code, "odd", more))).toMatchObject({ code: problem });
});

test("a kernel cannot become another one, and takes no files later", async () => {
  await cell("python", "1", "fixed", { options: { files: { "in.txt": "a" } } });

  expect(await cell("python", "open('in.txt').read()", "fixed")).toMatchObject({ result: "a" });
  expect(await refusalOf(() => cell("javascript", "1", "fixed"))).toMatchObject({ code: "conflict" });
  expect(await refusalOf(() => cell("python", "1", "fixed", { options: { files: { b: "c" } } }))).toMatchObject({
    code: "invalid_input",
  });
});

test("cells come one after the other, and those of a caller who goes are ended", async () => {
  const all = await Promise.all([1, 2, 3].map((n) => cell("python", `import time\ntime.sleep(0.05)\n${n}`, "line")));
  expect(all.map(({ result }) => result)).toEqual([1, 2, 3]);

  const stop = new AbortController();
  const running = app.call(
    "code_run",
    { language: "python", code: "import time\ntime.sleep(60)", options: { kernel: "line" } },
    { signal: stop.signal },
  );
  running.catch(() => {}); // It is looked at below.
  await until(
    async () => (await app.executions.list({ statuses: ["running"] }, { limit: 5 })).executions.length > 0,
    "it runs",
  );
  stop.abort();
  expect(await refusalOf(() => running)).toMatchObject({ code: "cancelled" });
});
