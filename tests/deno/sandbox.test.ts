// Engines of the sandbox on Deno: JavaScript, TypeScript and SQL, confined as well as on Bun.
import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert";
import { test } from "node:test";
import { tempFolder } from "../harness/folder.ts";
import { DenoProgram } from "./program.ts";

interface Ran {
  readonly status: string;
  readonly result?: unknown;
  readonly rows?: unknown;
  readonly isolation: { readonly network: string };
}

async function run(language: string, code: string): Promise<Ran> {
  using folder = tempFolder();
  const env = { CADRE_HOME: folder.path, CADRE_WORKSPACE: folder.path };
  const program = new DenoProgram(["code", "run", language, "--code", code, "--json"], env);
  await program.exited;
  return JSON.parse(program.stdout || program.stderr) as Ran;
}

test("JavaScript on Deno answers its value, and no program reaches the host", async () => {
  const ran = await run("javascript", "[typeof Deno, typeof process, await Promise.resolve(6 * 7)]");

  equal(ran.status, "completed");
  deepEqual(ran.result, ["undefined", "undefined", 42]);
  equal(ran.isolation.network, "off");
});

test("TypeScript on Deno loses its types, whatever its syntax", async () => {
  const ran = await run("typescript", "enum A { B = 2 } namespace N { export const q: number = 1 } N.q + A.B");

  deepEqual([ran.status, ran.result], ["completed", 3]);
});

test("SQL on Deno answers rows, and refuses another database", async () => {
  deepEqual((await run("sql", "SELECT 1 AS a, 'x' AS b")).rows, [[1, "x"]]);
  equal((await run("sql", "ATTACH '/tmp/x' AS y")).status, "denied");
});
