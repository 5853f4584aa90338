import { expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { AppError, ERROR_CODES, type ErrorCode } from "../../../src/base/errors.ts";
import type { Command } from "../../../src/cli/command.ts";
import { allCommands } from "../../../src/cli/commands.ts";
import { flagName, SETTING_KEYS } from "../../../src/config/settings.ts";
import { tools } from "../../../src/tools/index.ts";
import { invoke, runCli } from "../../harness/cli.ts";
import { until } from "../../harness/condition.ts";
import { tempFolder } from "../../harness/folder.ts";
import { startCommand, startProcess } from "../../harness/process.ts";
import { SELF_IN_SHELL } from "../../harness/self.ts";

test("cadre --help shows how it is started, every command and every setting", async () => {
  const { exit, stdout, stderr } = await invoke(["--help"]);

  expect([exit, stderr]).toEqual([0, ""]);
  for (const { words } of allCommands(tools)) for (const word of words) expect(stdout).toContain(word);
  for (const key of SETTING_KEYS) expect(stdout).toContain(`--${flagName(key)}`);
  for (const same of [["help"], ["-h"]]) expect((await invoke(same)).stdout).toBe(stdout);
});

test("every command explains itself with --help, and does nothing", async () => {
  for (const command of allCommands(tools)) {
    const { exit, stdout } = await invoke([...command.words, "--help"]);

    expect([command.words, exit]).toEqual([command.words, 0]);
    expect(stdout).toStartWith(`cadre ${command.words.join(" ")}`);
    expect(stdout).toContain(command.summary);
    for (const [name, { help }] of Object.entries(command.flags ?? {})) {
      expect(stdout).toContain(`--${name}`);
      expect([command.words, name, stdout.includes(help)]).toEqual([command.words, name, true]);
    }
  }
});

test("cadre help WORDS is WORDS --help", async () => {
  for (const words of [["task"], ["task", "create"], ["config", "list"]]) {
    expect((await invoke(["help", ...words])).stdout).toBe((await invoke([...words, "--help"])).stdout);
  }
  expect((await invoke(["help", "tsk", "list"])).stderr).toContain("Did you mean task list?");
});

test("a noun alone shows its verbs", async () => {
  const { exit, stdout } = await invoke(["task"]);

  expect(exit).toBe(0);
  expect(stdout).toStartWith("cadre task VERB\n");
  for (const verb of ["create TITLE", "update ID", "list", "show ID", "graph", "delete ID", "restore ID"]) {
    expect(stdout).toContain(`\n  task ${verb} `);
  }
});

test("a misspelled command gets the nearest one, whatever flags follow it", async () => {
  for (const args of [
    ["tsk", "list"],
    ["task", "lst", "--status", "pending"],
    ["task", "lisst", "--nonsense"],
  ]) {
    const { exit, stderr } = await invoke(args);

    expect([exit, stderr]).toEqual([2, expect.stringContaining("→ Did you mean task list?")]);
  }
  expect((await invoke(["qwertyuiop"])).stderr).toBe(
    "error no command qwertyuiop\n  → See them all with cadre --help.\n",
  );
});

test("a misspelled flag gets the nearest one of that command", async () => {
  const { exit, stderr } = await invoke(["task", "create", "x", "--priorty", "1"]);

  expect([exit, stderr]).toEqual([2, "error no flag --priorty\n  → Did you mean --priority?\n"]);
});

test("a missing word, a missing flag and a word too many are refused with the right line", async () => {
  const missing = await invoke(["task", "show"]);
  const many = await invoke(["task", "create", "Write", "the", "parser"]);

  expect([missing.exit, missing.stderr]).toEqual([
    2,
    "error cannot run cadre task show: id is missing\n  → Write it like: cadre task show ID\n",
  ]);
  expect([many.exit, many.stderr]).toEqual([
    2,
    "error too many words: the parser\n  → Write it like: cadre task create TITLE; quote what belongs together.\n",
  ]);
});

test("a title may look like a flag, after --", async () => {
  const { exit, stdout } = await invoke(["task", "create", "--json", "--", "--help me"]);

  expect([exit, JSON.parse(stdout).title]).toEqual([0, "--help me"]);
});

test("flags stand anywhere, and their values are never taken for the command", async () => {
  using folder = tempFolder();
  const home = join(folder.path, "trust");

  const before = await invoke(["--home", home, "--workspace", "/p", "task", "create", "trust", "--json"]);
  const after = await invoke(["task", "list", "--json", "--home", home, "--workspace=/p"]);

  expect([before.exit, JSON.parse(after.stdout).tasks]).toMatchObject([0, [{ title: "trust" }]]);
});

test("each code of the error table has its exit code, and says the same as JSON", async () => {
  for (const code of Object.keys(ERROR_CODES) as ErrorCode[]) {
    const failing: Command = {
      words: ["thing", "fail"],
      summary: "Fails.",
      run: async () => {
        throw new AppError(code, "cannot: a test", { hint: "Nothing to do." });
      },
    };

    const text = await invoke(["thing", "fail"], { commands: [failing] });
    const json = await invoke(["thing", "fail", "--json"], { commands: [failing] });

    expect([code, text.exit, text.stdout]).toEqual([code, ERROR_CODES[code].exit, ""]);
    expect(text.stderr).toBe("error cannot: a test\n  → Nothing to do.\n");
    expect([json.exit, JSON.parse(json.stderr)]).toEqual([
      ERROR_CODES[code].exit,
      { error: { code, message: "cannot: a test", hint: "Nothing to do.", retry: ERROR_CODES[code].retry } },
    ]);
  }
});

test("what nobody foresaw is exit 70, without its text", async () => {
  const failing: Command = {
    words: ["thing", "fail"],
    summary: "Fails.",
    run: async () => {
      throw new TypeError("at /home/user/place.ts:1:1");
    },
  };

  const { exit, stderr } = await invoke(["thing", "fail"], { commands: [failing] });

  expect([exit, stderr]).toEqual([70, expect.stringMatching(/^error unexpected failure\n {2}→ /)]);
});

test("a terminal gets colours and its width, a pipe neither", async () => {
  using folder = tempFolder();
  const home = join(folder.path, "home");
  const options = { home, workspace: "/p" };
  const created = await invoke(["task", "create", `Long ${"x".repeat(150)}`, "--json"], options);
  await invoke(["task", "update", JSON.parse(created.stdout).id, "--status", "active"], options);
  const list = (more: Parameters<typeof invoke>[1]) => invoke(["task", "list"], { ...options, ...more });

  const narrow = await list({ isTerminal: true, columns: 60 });
  const plain = await list({ isTerminal: true, columns: 60, env: { NO_COLOR: "1" } });
  const piped = await list({ columns: 200 });

  expect(narrow.stdout).toContain("\u001b[34mactive\u001b[0m");
  expect(plain.stdout).not.toContain("\u001b");
  expect(Math.max(...plain.stdout.split("\n").map((line) => line.length))).toBeLessThanOrEqual(60);
  expect(piped.stdout).not.toContain("\u001b");
});

test("--http takes a port, and no command beside it", async () => {
  const words = await invoke(["--http", "localhost:5060"]);
  const port = await runCli(["--http", "70000"]);

  expect([words.exit, words.stderr]).toEqual([
    2,
    "error cannot serve and run a command: localhost:5060\n  → Write it like: cadre --http PORT; the address is --host ADDRESS.\n",
  ]);
  expect([port.exit, port.stderr]).toEqual([2, expect.stringContaining('cannot use port from --port: "70000"')]);
});

test("a misspelled variable and a misspelled key in a file are errors with the right name", async () => {
  using folder = tempFolder();
  const home = join(folder.path, "home");
  mkdirSync(home);
  const list = (env: Record<string, string>) => invoke(["config", "list"], { env, home });

  const variable = await list({ CADRE_READONLY: "1" });
  const value = await list({ CADRE_LOG_LEVEL: "loud" });
  writeFileSync(join(home, "config.yaml"), "log_levle: debug\n");
  const key = await list({});
  writeFileSync(join(home, "config.yaml"), "log_level: [\n");
  const yaml = await list({});

  expect([variable.exit, variable.stderr]).toEqual([
    2,
    "error cannot use the variable CADRE_READONLY: there is no such setting\n  → Did you mean CADRE_READ_ONLY?\n",
  ]);
  expect([value.exit, value.stderr]).toEqual([2, expect.stringContaining("cannot use log_level from CADRE_LOG_LEVEL")]);
  expect([key.exit, key.stderr]).toEqual([2, expect.stringContaining("→ Did you mean log_level?")]);
  expect([yaml.exit, yaml.stderr]).toEqual([2, expect.stringContaining("config.yaml:")]);
});

test("config list --origin says where each setting comes from", async () => {
  using folder = tempFolder();
  const home = join(folder.path, "home");
  mkdirSync(home);
  writeFileSync(join(home, "config.yaml"), "log_format: json\n");

  const { stdout } = await invoke(["config", "list", "--origin", "--json", "--rate-limit", "7"], {
    env: { CADRE_PROFILE: "small" },
    home,
  });

  const settings = JSON.parse(stdout).settings as { key: string; value: unknown; origin: string }[];
  const of = (key: string) => settings.find((one) => one.key === key);
  expect(of("rate_limit")).toEqual({ key: "rate_limit", value: 7, origin: "--rate-limit" });
  expect(of("profile")).toEqual({ key: "profile", value: "small", origin: "CADRE_PROFILE" });
  expect(of("log_format")).toEqual({ key: "log_format", value: "json", origin: join(home, "config.yaml") });
  expect(of("port")).toEqual({ key: "port", value: 5060, origin: "default" });
  expect(settings.map(({ key }) => key)).toEqual([...SETTING_KEYS]);
});

test("as a process: version, help and errors go where they belong", async () => {
  using folder = tempFolder();
  const env = { CADRE_HOME: join(folder.path, "home") };

  const version = await runCli(["--version"], { env });
  const help = await runCli(["--help"], { env });
  const unknown = await runCli(["task", "show", "task_ffffffffffff", "--json"], { env, cwd: folder.path });
  const typo = await runCli(["tsk", "list", "--json"], { env });

  expect([version.exit, version.stdout]).toEqual([0, expect.stringMatching(/^cadre \d+\.\d+\.\d+ \(.+\)\n$/)]);
  expect([help.exit, help.stderr]).toEqual([0, ""]);
  expect([unknown.exit, unknown.stdout, JSON.parse(unknown.stderr).error.code]).toEqual([4, "", "not_found"]);
  expect([typo.exit, typo.stdout, JSON.parse(typo.stderr).error.hint]).toEqual([2, "", "Did you mean task list?"]);
});

test("as a process: without arguments and without a terminal it is an MCP server, and leaves at the end of stdin", async () => {
  using folder = tempFolder();
  const env = { CADRE_HOME: folder.path };

  const bare = await runCli([], { env });
  const withFlags = await runCli(["--read-only"], { env, input: '{"jsonrpc":"2.0","id":1,"method":"nonsense"}\n' });

  expect([bare.exit, bare.stdout, bare.stderr]).toEqual([0, "", ""]);
  expect([withFlags.exit, JSON.parse(withFlags.stdout).id]).toEqual([0, 1]);
});

test("as a process: a command does not read stdin, open or closed", async () => {
  using folder = tempFolder();
  await using child = startProcess(["task", "list", "--json"], { env: { CADRE_HOME: folder.path }, cwd: folder.path });

  expect(await child.exited).toBe(0);
  expect(JSON.parse(child.stdout())).toEqual({ tasks: [], counts: {} });
});

test("as a process: whoever reads only the beginning of an answer causes no error", async () => {
  using folder = tempFolder();

  await using shell = startCommand(["sh", "-c", `( ${SELF_IN_SHELL} --help; echo "exit $?" >&2 ) | true`], {
    env: { CADRE_HOME: folder.path },
  });

  await shell.exited;
  expect(shell.stderr()).toBe("exit 0\n");
});

test("as a process: event follow prints what comes, and ends when it is interrupted", async () => {
  using folder = tempFolder();
  const env = { CADRE_HOME: join(folder.path, "home") };
  await runCli(["task", "create", "Seen"], { env, cwd: folder.path });
  await using child = startProcess(["event", "follow", "--after", "0"], { env, cwd: folder.path });
  await until(() => child.stdout().includes("\n"), "the first event is printed");

  child.signal("SIGINT");

  expect(await child.exited).toBe(0);
  expect(JSON.parse(child.stdout())).toMatchObject({ seq: 1, type: "task.created", data: { title: "Seen" } });
});

test("event follow refuses a start that is no number", async () => {
  const { exit, stderr } = await invoke(["event", "follow", "--after", "yesterday"]);

  expect([exit, stderr]).toEqual([2, expect.stringContaining("--after is a whole number")]);
});
