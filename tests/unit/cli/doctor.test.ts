import { describe, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { invoke, runCli } from "../../harness/cli.ts";
import { until } from "../../harness/condition.ts";
import { tempFolder } from "../../harness/folder.ts";
import { startProcess } from "../../harness/process.ts";

interface Checked {
  group: string;
  name: string;
  status: string;
  evidence: string;
  fix?: string;
  mended?: string;
}

async function doctor(args: readonly string[], options: Parameters<typeof invoke>[1] = {}) {
  const result = await invoke(["doctor", ...args, "--json"], options);
  const { healthy, checks } = JSON.parse(result.stdout || "{}") as { healthy?: boolean; checks?: Checked[] };
  const named = (name: string) => checks?.find((check) => check.name === name);
  return { ...result, healthy, checks, named };
}

test("on a clean machine nothing is wrong, and everything was looked at", async () => {
  using folder = tempFolder();

  const { exit, checks, healthy } = await doctor([], { home: join(folder.path, "data"), userHome: folder.path });

  expect(exit).toBe(0);
  expect(healthy).toBe(true);
  expect([...new Set(checks?.map(({ group }) => group))]).toEqual([
    ...["program", "data", "clients", "server", "tools", "sandbox", "models"],
  ]);
  expect(checks?.filter(({ status }) => status === "problem")).toEqual([]);
  expect(checks?.every(({ evidence }) => evidence !== "")).toBe(true);
});

test("people see each check with its evidence, and what to do", async () => {
  using folder = tempFolder();

  const shown = await invoke(["doctor", "program", "clients"], {
    userHome: folder.path,
    env: { BUN_OPTIONS: "--smol" },
  });

  expect(shown.stdout).toMatch(/^program\n {2}program +ok +cadre 0\.0\.0-test/);
  expect(shown.stdout).toContain("set: BUN_OPTIONS\n");
  expect(shown.stdout).toContain("→ unset BUN_OPTIONS");
  expect(shown.stdout).toMatch(/\d+ checks, 0 problems, \d warnings\n$/);
});

test("a group that is none is an error with the one that may be meant", async () => {
  const wrong = await invoke(["doctor", "cleints"]);

  expect(wrong).toMatchObject({ exit: 2, stderr: "error no group of checks cleints\n  → Did you mean clients?\n" });
});

describe("data", () => {
  test("a database that is damaged is a problem, with what to do", async () => {
    using folder = tempFolder();
    mkdirSync(join(folder.path, "data"), { mode: 0o700 });
    writeFileSync(join(folder.path, "data/cadre.db"), `SQLite format 3\0${"x".repeat(8_192)}`);

    const { exit, named } = await doctor(["data"], { home: join(folder.path, "data") });

    expect(exit).toBe(1);
    expect(named("database")).toMatchObject({ status: "problem", fix: "cadre db check, then cadre db restore" });
  });

  test("a folder that others may read is mended with --fix", async () => {
    using folder = tempFolder();
    const data = join(folder.path, "data");
    mkdirSync(data);
    chmodSync(data, 0o755);

    const before = await doctor(["data"], { home: data });
    const mended = await doctor(["data", "--fix"], { home: data });

    expect(before.named("folder")).toMatchObject({ status: "warning", fix: `chmod 700 ${data}` });
    expect(mended.named("folder")).toMatchObject({ status: "ok", mended: `took their rights from ${data}` });
    expect(statSync(data).mode & 0o777).toBe(0o700);
  });
});

describe("clients", () => {
  const withCursor = () => {
    const folder = tempFolder();
    mkdirSync(join(folder.path, "me/.cursor"), { recursive: true });
    const options = { userHome: join(folder.path, "me"), home: join(folder.path, "data") };
    return { folder, options, file: join(folder.path, "me/.cursor/mcp.json") };
  };
  const setup = (options: Parameters<typeof invoke>[1]) => invoke(["setup", "--yes", "--no-verify"], options);

  test("an entry that is there is started as it is written", async () => {
    const { folder, options, file } = withCursor();
    using _folder = folder;
    await setup(options);

    const { exit, named } = await doctor(["clients"], options);

    expect(exit).toBe(0);
    expect(named("cursor")).toEqual({ group: "clients", name: "cursor", status: "ok", evidence: file });
    expect(named("start")?.evidence).toMatch(/cadre [\d.]+, \d+ tools, 2026-07-28 and 2025-11-25/);
  });

  test("an entry that another program has dropped is a problem, and written again with --fix", async () => {
    const { folder, options, file } = withCursor();
    using _folder = folder;
    await setup(options);
    writeFileSync(file, '{"mcpServers": {}}');

    const before = await doctor(["clients"], options);
    const mended = await doctor(["clients", "--fix"], options);

    expect(before).toMatchObject({ exit: 1 });
    expect(before.named("cursor")?.evidence).toBe(`the entry is gone from ${file}: another program wrote it anew`);
    expect(mended.named("cursor")).toMatchObject({ status: "ok", mended: `wrote the entry into ${file}` });
    expect(readFileSync(file, "utf8")).toContain('"cadre"');
  });

  test("an entry under another name, or at an address, is looked at as it was written", async () => {
    const { folder, options, file } = withCursor();
    using _folder = folder;
    await invoke(["setup", "--yes", "--no-verify", "--name", "cadre-work"], options);
    await invoke(["setup", "--yes", "--no-verify", "--http=http://127.0.0.1:9/mcp", "--name", "shared"], options);

    const before = readFileSync(file, "utf8");
    const { named } = await doctor(["clients", "--fix"], options);

    expect(named("cursor, cadre-work")).toMatchObject({ status: "ok", evidence: file });
    expect(named("cursor, shared")).toMatchObject({ status: "ok", evidence: file });
    expect(named("cursor")).toBeUndefined();
    expect(readFileSync(file, "utf8")).toBe(before);
  });

  test("an entry whose program is gone is a problem", async () => {
    const { folder, options, file } = withCursor();
    using _folder = folder;
    writeFileSync(file, '{"mcpServers": {"cadre": {"command": "/gone/cadre", "args": []}}}');

    const { exit, named } = await doctor(["clients"], options);

    expect(exit).toBe(1);
    expect(named("cursor")).toMatchObject({ status: "problem", evidence: `${file} starts /gone/cadre, which is gone` });
    expect(named("start")).toMatchObject({ status: "problem" });
  });

  test("a file that its client cannot read is told with its place", async () => {
    const { folder, options, file } = withCursor();
    using _folder = folder;
    writeFileSync(file, "{,");

    expect((await doctor(["clients"], options)).named("cursor")).toMatchObject({
      status: "problem",
      evidence: `${file}: not valid JSON (value expected) at line 1, column 2`,
    });
  });

  test("keys that a client keeps from its servers are named, without their values", async () => {
    using folder = tempFolder();
    mkdirSync(join(folder.path, ".codex"));
    const options = { userHome: folder.path, env: { OPENAI_API_KEY: "sk-very-secret" } };
    await setup(options);

    const { named, stdout } = await doctor(["clients"], options);

    expect(named("codex, keys")).toMatchObject({ status: "note", fix: "cadre setup codex --env OPENAI_API_KEY=…" });
    expect(stdout).not.toContain("sk-very-secret");
  });
});

test("the server greets and answers a real call over both transports, and serves the tools that it lists", async () => {
  const { exit, checks } = await doctor(["server", "tools"], { env: { CADRE_TOOLSETS: "task", CADRE_PORT: "1" } });

  expect(exit).toBe(0);
  expect(checks?.map(({ name, status }) => `${name} ${status}`)).toEqual([
    "stdio ok",
    "http ok",
    "port ok",
    "tools ok",
  ]);
  expect(readdirSync(tmpdir()).filter((name) => name.startsWith("cadre-server-"))).toEqual([]);
  expect(checks?.[0]?.evidence).toMatch(
    /^greets in 2026-07-28 and 2025-11-25, lists \d+ tools, answers task_list, \d+ ms$/,
  );
});

test("--bundle writes what was seen into one file, without secrets and without the user's home", async () => {
  using folder = tempFolder();
  const bundle = join(folder.path, "report.json");
  const env = { CADRE_DB: "postgres://me:hunter2@127.0.0.1:9/x", ANTHROPIC_API_KEY: "sk-very-secret" };

  await doctor(["program", "data", "models", "--bundle", bundle], { userHome: folder.path, env });

  const text = readFileSync(bundle, "utf8");
  expect(JSON.parse(text)).toMatchObject({ cadre: { version: "0.0.0-test" }, settings: { db: {} } });
  expect(text).not.toMatch(/hunter2|sk-very-secret/);
  expect(text).not.toContain(folder.path);
  expect(statSync(bundle).mode & 0o777).toBe(0o600);
});

test("tasks whose holder died are told by status, and let go by --release-stale", async () => {
  using folder = tempFolder();
  const env = { CADRE_HOME: join(folder.path, "data"), CADRE_PORT: "1" };
  const task = JSON.parse(
    (await runCli(["task", "create", "--title", "Held", "--json"], { env, cwd: folder.path })).stdout,
  );
  await using holder = startProcess([], { env, cwd: folder.path });
  const call = { name: "task_start", arguments: { id: task.id } };
  await holder.write(
    `${[
      {
        jsonrpc: "2.0",
        id: 1,
        method: "initialize",
        params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "t", version: "0" } },
      },
      { jsonrpc: "2.0", method: "notifications/initialized" },
      { jsonrpc: "2.0", id: 2, method: "tools/call", params: call },
    ]
      .map((message) => JSON.stringify(message))
      .join("\n")}\n`,
  );
  await until(() => holder.stdout().includes('"id":2'), "the task is held");

  const held = JSON.parse((await runCli(["status", "--json"], { env, cwd: folder.path })).stdout);
  holder.signal("SIGKILL");
  await holder.exited;
  const interrupted = JSON.parse((await runCli(["status", "--json"], { env, cwd: folder.path })).stdout);
  const released = JSON.parse(
    (await runCli(["doctor", "--release-stale", "--json"], { env, cwd: folder.path })).stdout,
  );
  const after = await runCli(["status"], { env, cwd: folder.path });

  expect(held.held).toMatchObject([{ task: task.id, title: "Held" }]);
  expect(held.processes).toMatchObject([{ pid: holder.pid }]);
  expect(held.health).toBe("ok");
  expect(interrupted).toMatchObject({ health: "degraded", held: [], interrupted: [{ task: task.id }] });
  expect(released.released).toMatchObject([{ task: task.id, title: "Held" }]);
  expect(after.stdout).toMatch(/^tasks +pending 1$/m);
});

test("status --watch goes on until it is stopped", async () => {
  using folder = tempFolder();
  const env = { CADRE_HOME: folder.path, CADRE_PORT: "1" };
  await using child = startProcess(["status", "--watch", "--json"], { env });

  await until(() => child.stdout().split("\n").length > 2, "it has looked twice");
  child.signal("SIGINT");
  const exit = await child.exited;

  expect(exit).toBe(0);
  expect(JSON.parse(child.stdout().split("\n")[1] ?? "")).toMatchObject({ health: "ok" });
});

test("selftest proves five things, and leaves nothing behind", async () => {
  using folder = tempFolder();

  const proved = await invoke(["selftest", "--json"], { home: join(folder.path, "data") });

  expect(proved.exit).toBe(0);
  const { works, proofs } = JSON.parse(proved.stdout) as { works: boolean; proofs: Checked[] };
  expect(works).toBe(true);
  expect(proofs.map(({ name, status }) => `${name} ${status}`)).toEqual([
    ...["dependencies ok", "files ok", "database ok", "modules ok", "server ok"],
  ]);
  expect(existsSync(join(folder.path, "data"))).toBe(false);
});

describe("config", () => {
  test("set writes into the user's file and keeps its comments; get says where it comes from", async () => {
    using folder = tempFolder();
    const file = join(folder.path, "config.yaml");
    writeFileSync(file, "# mine\nport: 1 # this one\n");

    const set = await invoke(["config", "set", "port", "5099", "--json"], { home: folder.path });
    await invoke(["config", "set", "log-level", "debug"], { home: folder.path });
    const got = await invoke(["config", "get", "port", "--json"], { home: folder.path });
    await invoke(["config", "set", "log_level", "--remove"], { home: folder.path });

    expect(JSON.parse(set.stdout)).toEqual({ key: "port", file, value: "5099" });
    expect(JSON.parse(got.stdout)).toEqual({ key: "port", value: 5099, origin: file });
    expect(readFileSync(file, "utf8")).toBe("# mine\nport: 5099 # this one\n");
  });

  test.each([
    [["port", "x"], "cannot set port: x is not valid"],
    [["prot", "1"], "no setting prot"],
    [["home", "/x"], "it says where this very file lies"],
    [["port"], "it was given no value"],
  ])("set refuses %p", async (args, message) => {
    const refused = await invoke(["config", "set", ...args]);

    expect(refused.exit).toBe(2);
    expect(refused.stderr).toContain(message);
  });

  test("a variable that covers what is set is told", async () => {
    const set = await invoke(["config", "set", "port", "7", "--json"], { env: { CADRE_PORT: "9" } });

    expect(JSON.parse(set.stdout)).toMatchObject({ covered_by: "CADRE_PORT" });
  });
});

describe("completions", () => {
  test("bash completes words, second words and flags", async () => {
    using folder = tempFolder();
    const { stdout: script } = await invoke(["completions", "bash"]);
    const file = join(folder.path, "cadre.bash");
    writeFileSync(file, script);
    const complete = (...words: string[]) => {
      const line = `source ${file}; COMP_WORDS=(cadre ${words.map((word) => `'${word}'`).join(" ")}); COMP_CWORD=${words.length}; _cadre; echo "\${COMPREPLY[@]}"`;
      return spawnSync("bash", ["--norc", "-c", line]).stdout.toString().trim().split(" ");
    };

    expect(complete("se")).toEqual(["selftest", "server", "service", "session", "setup"]);
    expect(complete("task", "cr")).toEqual(["create"]);
    expect(complete("task", "create", "--tit")).toEqual(["--title"]);
    expect(complete("setup", "--und")).toEqual(["--undo"]);
  });

  test.each(["zsh", "fish", "pwsh"])("%s gets a script with every command", async (shell) => {
    const { stdout, exit } = await invoke(["completions", shell]);

    expect(exit).toBe(0);
    for (const word of ["setup", "doctor", "release-stale", "completions"]) expect(stdout).toContain(word);
  });

  test("another shell is an error with those that there are", async () => {
    expect((await invoke(["completions", "tcsh"])).stderr).toContain("no completions for tcsh");
  });
});

describe("uninstall", () => {
  test("takes the entries out, and says what stays and why", async () => {
    using folder = tempFolder();
    const options = { userHome: join(folder.path, "me"), home: join(folder.path, "data") };
    mkdirSync(join(folder.path, "me/.cursor"), { recursive: true });
    writeFileSync(join(folder.path, "me/.bashrc"), 'eval "$(cadre completions bash)"\n');
    await invoke(["setup", "--yes", "--no-verify"], options);

    const dry = await invoke(["uninstall", "--dry-run"], options);
    const alone = await invoke(["uninstall"], options);
    const done = await invoke(["uninstall", "--yes", "--data", "--json"], options);

    expect(dry.stdout).toContain(`would go  cursor entry in ${folder.path}/me/.cursor/mcp.json\n`);
    expect(dry.stdout).toContain("(--data removes it)");
    expect(dry.stdout).toContain("take the line with cadre completions out of it");
    expect(alone.exit).toBe(2);
    expect(done.exit).toBe(0);
    expect(readFileSync(join(folder.path, "me/.cursor/mcp.json"), "utf8")).not.toContain("cadre");
    expect(existsSync(join(folder.path, "data"))).toBe(false);
  });
});

test("alone on a terminal, cadre says three things to do next", async () => {
  const alone = await invoke([], { isTerminal: true });

  expect(alone.stdout).toContain("cadre setup ");
  expect(alone.stdout).toContain("cadre doctor ");
  expect(alone.stdout.split("\n").length).toBeLessThan(10);
});
