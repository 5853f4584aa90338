import { describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { invoke, runCli } from "../../harness/cli.ts";
import { until } from "../../harness/condition.ts";
import { type TempFolder, tempFolder } from "../../harness/folder.ts";
import { startCommand } from "../../harness/process.ts";
import { SELF, SELF_IN_SHELL } from "../../harness/self.ts";

/** A home with two clients in it, one of which has a file already. */
function homeWithClients(folder: TempFolder): { home: string; cursor: string; codex: string; original: string } {
  const home = join(folder.path, "me");
  mkdirSync(join(home, ".cursor"), { recursive: true });
  mkdirSync(join(home, ".codex"), { recursive: true });
  const codex = join(home, ".codex/config.toml");
  const original = '# mine\nmodel = "o9"\n';
  writeFileSync(codex, original);
  return { home, cursor: join(home, ".cursor/mcp.json"), codex, original };
}

async function setup(
  args: readonly string[],
  { home, ...options }: { home: string; workspace?: string; env?: Record<string, string> },
) {
  return invoke(["setup", ...args], { userHome: home, home: join(home, "../data"), ...options });
}

test("setup starts what it will write, writes it, says what to do next, and takes it back", async () => {
  using folder = tempFolder();
  const { home, cursor, codex, original } = homeWithClients(folder);

  const done = await setup(["--yes"], { home });
  const entry = JSON.parse(readFileSync(cursor, "utf8")).mcpServers.cadre;
  const check = await setup(["--check"], { home });
  const undone = await setup(["--undo", "--yes"], { home });

  expect(done.stderr).toBe("");
  expect(done.exit).toBe(0);
  expect(done.stdout).toMatch(/^codex\s+will add\s+~\/\.codex\/config\.toml$/m);
  expect(done.stdout).toContain("+[mcp_servers.cadre]");
  expect(done.stdout).toMatch(
    /^started as written: cadre [\d.]+, \d+ tools, protocol 2026-07-28 and 2025-11-25, \d+ ms$/m,
  );
  expect(done.stdout).toContain("Paste this into your client:");
  expect(entry.env).toEqual({ CADRE_HOME: join(home, "../data") });
  expect(check).toMatchObject({ exit: 0, stderr: "" });
  expect(undone.exit).toBe(0);
  expect(readFileSync(codex, "utf8")).toBe(original);
  expect(existsSync(cursor)).toBe(false);
});

test("--check and --dry-run change nothing; --check says by its exit code that something would", async () => {
  using folder = tempFolder();
  const { home, cursor, codex, original } = homeWithClients(folder);

  const check = await setup(["--check"], { home });
  const dry = await setup(["--dry-run"], { home });

  expect(check.exit).toBe(1);
  expect(check.stdout).not.toContain("@@");
  expect(dry.exit).toBe(0);
  expect(dry.stdout).toContain("@@");
  expect(existsSync(cursor)).toBe(false);
  expect(readFileSync(codex, "utf8")).toBe(original);
});

test("without a terminal nothing is changed unless --yes says so", async () => {
  using folder = tempFolder();
  const { home, cursor } = homeWithClients(folder);

  const asked = await setup(["--no-verify"], { home });

  expect(asked.exit).toBe(2);
  expect(asked.stderr).toContain("cannot change 2 files: nobody is there to be asked\n  → Add --yes");
  expect(existsSync(cursor)).toBe(false);
});

test("only the clients that are named are changed, as a flag, as words, and under other names", async () => {
  using folder = tempFolder();
  const { home, cursor, codex, original } = homeWithClients(folder);

  const named = await setup(["--yes", "--no-verify", "--clients", "cursor-ide", "claude-desktop"], { home });

  expect(named.exit).toBe(0);
  expect(existsSync(cursor)).toBe(true);
  expect(existsSync(join(home, ".config/Claude/claude_desktop_config.json"))).toBe(true);
  expect(readFileSync(codex, "utf8")).toBe(original);
});

test("a client that nobody knows is an error with the one that may be meant", async () => {
  using folder = tempFolder();

  const wrong = await setup(["cursr"], { home: folder.path });

  expect(wrong).toMatchObject({ exit: 2, stderr: "error no client cursr is known\n  → Did you mean cursor?\n" });
});

test("where no client is, the places that were searched and the snippet are shown", async () => {
  using folder = tempFolder();

  const nothing = await setup([], { home: join(folder.path, "me") });
  const asJson = await setup(["--json"], { home: join(folder.path, "me") });

  expect(nothing.exit).toBe(2);
  expect(nothing.stdout).toContain("no MCP client was found that cadre sets up by itself");
  expect(nothing.stdout).toContain("~/.cursor");
  expect(nothing.stdout).toContain('"mcpServers"');
  expect(asJson.exit).toBe(2);
  expect(JSON.parse(asJson.stdout).searched.length).toBeGreaterThan(25);
  expect(nothing.stdout.split("\n").length).toBeLessThan(60);
  expect(nothing.stdout).not.toContain("{{");
});

test("a client that is set up by hand is told as that one, with its snippet and its places", async () => {
  using folder = tempFolder();

  const shown = await setup(["devin"], { home: join(folder.path, "me") });

  expect(shown.exit).toBe(2);
  expect(shown.stdout).toContain("Devin Local is set up by hand: cadre setup --print devin");
  expect(shown.stdout).toContain("~/.config/devin/mcp_config.json");
  expect(shown.stdout).not.toContain("~/.cursor");
});

test("with nothing to take back, --undo says so", async () => {
  using folder = tempFolder();
  const { home } = homeWithClients(folder);

  const nothing = await setup(["--undo", "--yes"], { home });
  await setup(["--yes", "--no-verify"], { home });
  const dry = await setup(["--undo", "--dry-run"], { home });

  expect(nothing).toMatchObject({ exit: 0, stderr: "" });
  expect(nothing.stdout).toContain("nothing to take back");
  expect(dry.stdout).toBe("cursor  ~/.cursor/mcp.json\ncodex   ~/.codex/config.toml\n");
});

test("nothing is written when what would be written does not start", async () => {
  using folder = tempFolder();
  const { home, cursor } = homeWithClients(folder);

  const failed = await setup(["--yes", "--env", "CADRE_PORT=no number"], { home });
  const nobody = await setup(["--yes", "--http=http://127.0.0.1:9/mcp"], { home });

  expect(failed.exit).toBe(1);
  expect(failed.stderr).toContain("it ended before it answered; it said: error cannot use port from CADRE_PORT");
  expect(nobody.stderr).toContain("cannot use http://127.0.0.1:9/mcp: nothing answers there");
  expect(existsSync(cursor)).toBe(false);
});

test("a file that cannot be edited is told with its place, and the others are written", async () => {
  using folder = tempFolder();
  const { home, cursor, codex } = homeWithClients(folder);
  writeFileSync(cursor, '{\n  "mcpServers": {,}\n}\n');

  const partly = await setup(["--yes", "--no-verify"], { home });

  expect(partly.exit).toBe(5);
  expect(partly.stdout).toContain("not valid JSON (value expected) at line 2, column 18");
  expect(partly.stdout).toContain("→ mend the file, then: cadre setup cursor");
  expect(readFileSync(cursor, "utf8")).toBe('{\n  "mcpServers": {,}\n}\n');
  expect(readFileSync(codex, "utf8")).toContain("[mcp_servers.cadre]");
});

test("keys that stand in other entries are not shown", async () => {
  using folder = tempFolder();
  const { home, cursor, codex } = homeWithClients(folder);
  writeFileSync(cursor, '{\n  "mcpServers": {\n    "x": { "env": { "X_API_KEY": "sk-very-secret" } }\n  }\n}\n');
  writeFileSync(codex, '[mcp_servers.x.env]\nGITHUB_TOKEN = "ghp_very_secret"\n');

  const shown = await setup(["--dry-run", "--env", "OPENAI_API_KEY=sk-my-own-secret"], { home });
  const asJson = await setup(["--dry-run", "--json", "--env", "OPENAI_API_KEY=sk-my-own-secret"], { home });

  expect(shown.stdout).toContain('"X_API_KEY": "[hidden]"');
  expect(shown.stdout + asJson.stdout).not.toContain("secret");
});

describe("for those who do it by hand", () => {
  test.each([
    ["claude-code", '"type": "stdio"'],
    ["codex", "[mcp_servers.cadre]"],
    ["opencode", '"environment": {'],
    ["goose", "extensions:\n  cadre:"],
    ["continue", "schema: v1"],
    ["mistral-vibe", "[[mcp_servers]]"],
    ["vscode", '"servers": {'],
  ])("--print %s shows the snippet in its form", async (client, part) => {
    using folder = tempFolder();

    const printed = await setup(["--print", client], { home: folder.path });

    expect(printed.stdout).toContain(part);
  });

  test("--link gives the link that puts it in", async () => {
    using folder = tempFolder();

    const linked = await setup(["--link", "cursor", "--http=http://127.0.0.1:1/mcp"], { home: folder.path });
    const none = await setup(["--link", "codex"], { home: folder.path });

    const config = new URL(linked.stdout.trim()).searchParams.get("config") ?? "";
    expect(JSON.parse(Buffer.from(config, "base64").toString())).toEqual({ url: "http://127.0.0.1:1/mcp" });
    expect(none).toMatchObject({ exit: 4 });
  });
});

test("a project's files name the program, and no folder of its user", async () => {
  using folder = tempFolder();
  const { home } = homeWithClients(folder);
  const workspace = join(folder.path, "project");
  mkdirSync(workspace);

  const done = await setup(["--yes", "--no-verify", "--project", "--json"], { home, workspace });

  const files = (JSON.parse(done.stdout).clients as { file: string }[]).map(({ file }) => file);
  expect(files).toEqual([join(workspace, ".codex/config.toml"), join(workspace, ".cursor/mcp.json")]);
  expect(readFileSync(join(workspace, ".cursor/mcp.json"), "utf8")).not.toContain("CADRE_");
});

test("a data folder that was given relative to here is written whole", async () => {
  using folder = tempFolder();
  const { home } = homeWithClients(folder);

  const printed = await invoke(["setup", "--print", "cursor"], {
    userHome: home,
    home: "data",
    workspace: folder.path,
  });

  expect(printed.stdout).toContain(`"CADRE_HOME": "${join(folder.path, "data")}"`);
});

test("--json is one object, with the edit of each file", async () => {
  using folder = tempFolder();
  const { home, codex } = homeWithClients(folder);

  const done = await setup(["--yes", "--no-verify", "--json", "codex"], { home });

  expect(JSON.parse(done.stdout)).toMatchObject({
    name: "cadre",
    clients: [{ client: "codex", file: codex, state: "missing", action: "add", outcome: "written" }],
  });
});

test("--roles writes an example role once", async () => {
  using folder = tempFolder();
  const { home } = homeWithClients(folder);

  const done = await setup(["--yes", "--no-verify", "--roles", "codex"], { home, workspace: folder.path });

  expect(done.stdout).toContain("example role: ");
  expect(existsSync(join(folder.path, ".cadre/roles/example.yaml"))).toBe(true);
});

/** As a process of its own, which the system can stop. */
function setupProcess(home: string, limit?: string) {
  const env = { HOME: home, PATH: process.env["PATH"] ?? "", CADRE_HOME: join(home, "../data") };
  const command = [...SELF, "setup", "--yes", "--no-verify"];
  const limited = limit === undefined ? command : ["sh", "-c", `ulimit -f ${limit}; exec "$@"`, "sh", ...command];
  return startCommand(limited, { env, cwd: home });
}

test("a disk that is full leaves every file as it was", async () => {
  using folder = tempFolder();
  const { home, codex } = homeWithClients(folder);
  const long = `# ${"x".repeat(100_000)}\n`;
  writeFileSync(codex, long);

  await using child = setupProcess(home, "40");
  const exit = await child.exited;

  expect(exit).not.toBe(0);
  expect(readFileSync(codex, "utf8")).toBe(long);
  expect(readdirSync(join(home, ".codex"))).toEqual(["config.toml"]);
});

test("whenever setup is killed, each file is the old one or the new one, and can be had back", async () => {
  using folder = tempFolder();
  const { home, codex, original } = homeWithClients(folder);
  const began = performance.now();
  await using first = setupProcess(home);
  await first.exited;
  const wholeMs = performance.now() - began;
  const whole = readFileSync(codex, "utf8");
  await runCli(["setup", "--undo", "--yes"], { env: { HOME: home, CADRE_HOME: join(home, "../data") } });

  for (const share of [0.4, 0.55, 0.7, 0.85, 0.95]) {
    await using child = setupProcess(home);
    await Promise.race([pause(wholeMs * share), child.exited]);
    child.signal("SIGKILL");
    await child.exited;

    expect([original, whole]).toContain(readFileSync(codex, "utf8"));
    expect(readFileSync(codex, "utf8").length).toBeGreaterThan(0);
  }
  const env = { HOME: home, CADRE_HOME: join(home, "../data") };
  await runCli(["setup", "--undo", "--yes"], { env });
  expect(readFileSync(codex, "utf8")).toBe(original);
});

test("two setups and an editor that saves leave one entry and all that the editor wrote", async () => {
  using folder = tempFolder();
  const { home, cursor } = homeWithClients(folder);
  writeFileSync(cursor, JSON.stringify({ saved: 0 }));
  let saved = 0;
  let isOver = false;
  const editor = (async () => {
    while (!isOver) {
      const value = JSON.parse(readFileSync(cursor, "utf8")) as { saved: number };
      saved = value.saved + 1;
      writeFileSync(`${cursor}.editor`, JSON.stringify({ ...value, saved }, null, 2));
      renameSync(`${cursor}.editor`, cursor);
      await pause(20);
    }
  })();

  await using one = setupProcess(home);
  await using two = setupProcess(home);
  await Promise.all([one.exited, two.exited]);
  isOver = true;
  await editor;
  // Both may have written while the editor had read already: its own save then lacks the entry, as with any program.
  await using last = setupProcess(home);
  await last.exited;

  const { mcpServers, ...rest } = JSON.parse(readFileSync(cursor, "utf8")) as { mcpServers?: Record<string, unknown> };
  expect(rest).toEqual({ saved });
  expect(Object.keys(mcpServers ?? {})).toEqual(["cadre"]);
  expect(readdirSync(join(home, ".cursor"))).toEqual(["mcp.json"]);
});

const SCRIPT = "/usr/bin/script";
if (existsSync(SCRIPT)) {
  test.each([
    ["cursor", true, false],
    ["cursor, codex", true, true],
    ["y", true, true],
    ["n", false, false],
    ["nobody", false, false],
  ])("on a terminal whoever is asked about several may answer %p", async (answer, hasCursor, hasCodex) => {
    using folder = tempFolder();
    const { home, cursor, codex, original } = homeWithClients(folder);
    const env = { HOME: home, CADRE_HOME: join(home, "../data"), TERM: "xterm" };
    const command = `${SELF_IN_SHELL} setup --verify=false`;
    await using asked = startCommand([SCRIPT, "-qefc", command, "/dev/null"], { env, cwd: folder.path });
    await until(() => asked.stdout().includes("[y/N, or which: "), "it asks");

    await asked.write(`${answer}\n`);
    const exit = await asked.exited;

    expect(existsSync(cursor)).toBe(hasCursor);
    expect(readFileSync(codex, "utf8") !== original).toBe(hasCodex);
    expect(exit === 0).toBe(hasCursor || hasCodex);
  });
}
