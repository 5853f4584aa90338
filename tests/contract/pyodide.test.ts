// A machine without python3, and what cadre code fetch pyodide does there. The archive is the one that npm installs.
import { afterAll, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { systemClock } from "../../src/base/clock.ts";
import { runtime } from "../../src/runtime/current.ts";
import type { Program } from "../../src/sandbox/program.ts";
import { Pyodide } from "../../src/sandbox/pyodide/pyodide.ts";
import { Sandbox } from "../../src/sandbox/sandbox.ts";
import { tempFolder } from "../harness/folder.ts";
import { programOf } from "./sandbox-corpus.ts";

/** Pyodide takes seconds to start. */
const TEST_MS = 120_000;
const folder = tempFolder();
const host = { ...runtime.host, env: { ...runtime.host.env, PATH: "/nowhere" } };
const sandbox = new Sandbox({ ...runtime, host }, systemClock, folder.path);
afterAll(async () => {
  await sandbox.close();
  folder[Symbol.dispose]();
});

function run(code: string, more: Partial<Program> = {}) {
  const program = programOf({ id: "pyodide", language: "python", code, expect: { status: "ok" } }, {}, undefined);
  return sandbox.run(
    { ...program, limits: { ...program.limits, wallMs: TEST_MS, cpuMs: TEST_MS }, ...more },
    { signal: new AbortController().signal, onOutput: () => {} },
  );
}

test("without it the answer says how to get it", async () => {
  await expect(run("1")).rejects.toMatchObject({
    code: "unavailable",
    message: expect.stringContaining("no python3"),
    hint: expect.stringContaining("cadre code fetch pyodide"),
  });
});

test.if(process.platform === "linux")(
  "with it Python runs, confined: its value, its files and its error are what they always are",
  async () => {
    mkdirSync(sandbox.pyodide.folder, { recursive: true });
    const from = join(import.meta.dirname, "../../node_modules/pyodide");
    const { version } = JSON.parse(readFileSync(join(from, "package.json"), "utf8")) as { version: string };
    expect(sandbox.pyodide.folder).toEndWith(version);
    for (const name of readdirSync(from).filter((one) => /\.(mjs|wasm|zip|json)$/.test(one)))
      cpSync(join(from, name), join(sandbox.pyodide.folder, name));

    const ran = await run(
      `
import sys, pyodide_js
print(sys.argv[1:], sys.stdin.read())
open("made.txt", "w").write("made")
process = pyodide_js.constructor.constructor("return process")()
try:
    print(process.getBuiltinModule("fs").readFileSync("${import.meta.path}"))
except BaseException as refused:
    print("EACCES" in str(refused) or "ENOENT" in str(refused))
{"n": sum(range(10))}`,
      { args: ["word"], stdin: "input" },
    );
    const failed = await run("def f():\n    raise ValueError('no')\nf()");

    expect(ran).toMatchObject({ status: "completed", stdout: "['word'] input\nTrue\n", result: { n: 45 } });
    expect(ran.files.map(({ path }) => path)).toEqual(["made.txt"]);
    expect(ran.isolation.level).not.toBe("process");
    expect(failed).toMatchObject({ status: "error", failure: { name: "ValueError", message: "no", line: 2 } });
    await expect(run("1", { packages: ["six"] })).rejects.toMatchObject({
      message: expect.stringContaining("packages"),
    });
  },
  TEST_MS,
);

test("what is fetched is what the digest says, whole, or is not there", async () => {
  const archive = gzipSync(
    Buffer.concat([
      tarred("package/pyodide.mjs", "export const loadPyodide = 1;"),
      tarred("package/long.txt", "x".repeat(600)),
      tarred("package/package.json", "{}"),
    ]),
  );
  const sha512 = createHash("sha512").update(archive).digest("base64");
  using server = Bun.serve({ port: 0, fetch: ({ url }) => (url.endsWith("tgz") ? new Response(archive) : notFound()) });
  const url = new URL("/pyodide.tgz", server.url).href;
  const file = join(folder.path, "pyodide.tgz");
  writeFileSync(file, archive);
  const right = new Pyodide(folder.path, { version: "0.0.1", url, sha512 });
  const wrong = new Pyodide(folder.path, { version: "0.0.2", url, sha512: "other" });

  await right.fetch();
  await right.fetch(file);

  expect(readFileSync(join(right.folder, "pyodide.mjs"), "utf8")).toBe("export const loadPyodide = 1;");
  expect(readFileSync(join(right.folder, "package.json"), "utf8")).toBe("{}");
  expect(existsSync(join(right.folder, "long.txt"))).toBe(false);
  await expect(wrong.fetch()).rejects.toMatchObject({ code: "forbidden" });
  await expect(right.fetch(new URL("/other", server.url).href)).rejects.toMatchObject({
    code: "unavailable",
    message: expect.stringContaining("404"),
  });
  await expect(right.fetch(join(folder.path, "missing"))).rejects.toMatchObject({ code: "not_found" });
  expect(wrong.isThere).toBe(false);
  expect(readdirSync(folder.path).filter((name) => name.startsWith("draft-"))).toEqual([]);
});

const notFound = () => new Response("", { status: 404 });

function tarred(name: string, text: string): Buffer {
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write(text.length.toString(8).padStart(11, "0"), 124);
  header.write("0", 156);
  const content = Buffer.alloc(Math.ceil(text.length / 512) * 512);
  content.write(text);
  return Buffer.concat([header, content]);
}
