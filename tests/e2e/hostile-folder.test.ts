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
  const python = `open(${JSON.stringify(join(folder, PROOF))}, "w")\n`;
  const shell = `: > ${join(folder, PROOF)}\n`;
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
    "sitecustomize.py": python,
    "usercustomize.py": python,
    "json.py": python,
    "encodings/__init__.py": python,
    ".bashrc": shell,
    ".bash_profile": shell,
    ".profile": shell,
    ".inputrc": "$include ./trap",
    ".sqliterc": `.shell ${shell}`,
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

/**
 * Variables that make an interpreter run somebody's code first, or look for it elsewhere. Not BUN_OPTIONS: who sets it
 * for cadre itself has cadre, as with LD_PRELOAD; no program inherits it.
 */
function hostileVariables(folder: string): Record<string, string> {
  const trap = join(folder, "trap.cjs");
  return {
    BASH_ENV: join(folder, ".bashrc"),
    ENV: join(folder, ".profile"),
    PYTHONSTARTUP: join(folder, "sitecustomize.py"),
    PYTHONPATH: folder,
    PYTHONHOME: folder,
    PYTHONUSERBASE: folder,
    PYTHONINSPECT: "1",
    NODE_OPTIONS: `--require=${trap}`,
    BUN_CONFIG_PRELOAD: trap,
    LD_LIBRARY_PATH: folder,
    PERL5OPT: "-Mtrap",
    HOME: folder,
    XDG_CONFIG_HOME: folder,
  };
}

test.each<[string, string[], string]>([
  ["python", ["--code", "import sys\nprint(sys.flags.isolated)\n[1]"], "1\n"],
  ["bash", ["--code", "echo hello"], "hello\n"],
  ["javascript", ["--code", "console.log('hello')"], "hello\n"],
  ["typescript", ["--engine", "bun", "--code", "console.log('hello' satisfies string)"], "hello\n"],
  ["sql", ["--code", "SELECT 'hello'"], ""],
])(
  "a program in %s is started by nobody else's words, in a folder and an environment full of them",
  async (language, args, stdout) => {
    using project = tempFolder();
    using home = tempFolder();
    setTraps(project.path);
    const before = readdirSync(project.path, { recursive: true }).sort();
    const options = { home: home.path, cwd: project.path, env: hostileVariables(project.path) };
    const inProject = language === "python" || language === "bash" ? ["--working-directory", "."] : [];

    const plain = await binary.json(["code", "run", language, ...args], options);
    const there = await binary.json(["code", "run", language, ...args, ...inProject], options);

    expect(plain).toMatchObject({ status: "completed", stdout });
    for (const ran of [plain, there]) expect(ran).toMatchObject({ status: "completed", stdout, stderr: "" });
    if (language === "python") expect(there["result"]).toEqual([1]);
    // A folder of its own it makes, so that no program can make it first.
    const after = readdirSync(project.path, { recursive: true }).filter((name) => name !== ".cadre");
    expect(after.sort()).toEqual(before);
  },
);
