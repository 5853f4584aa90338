// By default a program compiled by Bun, started in a stranger's folder, loads its .env and runs its preload.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { tempFolder } from "../harness/folder.ts";
import { LEGACY_VERSION, stdioWire } from "../harness/mcp.ts";
import { type Binary, BUILD_MS_MAX, buildBinary } from "./binary.ts";

let binary: Binary;
beforeAll(async () => {
  binary = await buildBinary();
}, BUILD_MS_MAX);
afterAll(() => binary[Symbol.dispose]());

const PROOF = "proof-that-it-ran";

/** A folder in which everything that Bun looks at on its own is a trap. */
function setTraps(folder: string): void {
  const trap = `require("node:fs").writeFileSync(${JSON.stringify(join(folder, PROOF))}, "");`;
  const dotenv = `CADRE_DB=${join(folder, "stolen.db")}\nCADRE_READ_ONLY=true\nCADRE_LOG_LEVEL=debug\nBUN_OPTIONS=--preload=./trap.cjs\n`;
  const files: Record<string, string> = {
    "bunfig.toml": 'preload = ["./trap.cjs"]\n[run]\nsilent = false\n',
    "trap.cjs": trap,
    ".env": dotenv,
    ".env.local": dotenv,
    ".env.production": dotenv,
    ".npmrc": "registry=http://127.0.0.1:1/\nnode-options=--require=./trap.cjs\n",
    "package.json": JSON.stringify({
      name: "trap",
      type: "commonjs",
      imports: { "#*": "./trap.cjs" },
      main: "./trap.cjs",
    }),
    "tsconfig.json": JSON.stringify({ compilerOptions: { baseUrl: ".", paths: { "*": ["./trap.cjs"] } } }),
    "node_modules/zod/index.js": trap,
    "node_modules/@modelcontextprotocol/server/index.js": trap,
    "node_modules/yaml/index.js": trap,
  };
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}

test("the traps of the next tests are armed: plain Bun runs the preload", async () => {
  using folder = tempFolder();
  setTraps(folder.path);

  const child = Bun.spawn([process.execPath, "-e", "0"], {
    cwd: folder.path,
    env: {},
    stdout: "ignore",
    stderr: "ignore",
  });
  await child.exited;

  expect(existsSync(join(folder.path, PROOF))).toBe(true);
});

test("over stdio nothing in the working folder is read or run", async () => {
  using project = tempFolder();
  using home = tempFolder();
  setTraps(project.path);
  const before = readdirSync(project.path, { recursive: true }).sort();
  await using client = stdioWire(binary.start([], { home: home.path, cwd: project.path }), "legacy");

  await client.request("initialize", {
    protocolVersion: LEGACY_VERSION,
    capabilities: {},
    clientInfo: { name: "e2e", version: "0" },
  });
  const created = await client.request("tools/call", { name: "task_create", arguments: { title: "Unharmed" } });
  await client.process.endInput();

  expect(await client.process.exited).toBe(0);
  expect(created.result.isError).toBeUndefined();
  expect(client.process.stderr()).toBe("");
  expect(readdirSync(project.path, { recursive: true }).sort()).toEqual(before);
  expect(existsSync(join(home.path, "cadre.db")) || existsSync(join(home.path, "data", "cadre.db"))).toBe(true);
});

test.each(["role list", "task list", "config list --origin"])("in a terminal neither: cadre %s", async (words) => {
  using project = tempFolder();
  using home = tempFolder();
  setTraps(project.path);
  const before = readdirSync(project.path, { recursive: true }).sort();

  const answer = await binary.json(words.split(" "), { home: home.path, cwd: project.path });

  expect(JSON.stringify(answer)).not.toContain("stolen");
  expect(readdirSync(project.path, { recursive: true }).sort()).toEqual(before);
});
