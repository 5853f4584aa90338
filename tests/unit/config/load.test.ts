import { expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadConfig } from "../../../src/config/load.ts";
import { envName, SETTING_KEYS, SETTINGS, type SettingKey } from "../../../src/config/settings.ts";
import { setTrust, trustedFiles } from "../../../src/config/trust.ts";
import { refusalOf } from "../../harness/errors.ts";
import { tempFolder } from "../../harness/folder.ts";

interface Given {
  readonly flags?: Readonly<Partial<Record<SettingKey, string>>>;
  readonly env?: Readonly<Record<string, string>>;
  /** Texts of the files. */
  readonly user?: string;
  readonly project?: string;
  readonly isTrusted?: boolean;
}

/** A user's home with a project in it. */
function machine(given: Given) {
  const folder = tempFolder();
  const home = join(folder.path, "home");
  const cwd = join(folder.path, "project");
  const userFile = join(home, ".config", "cadre", "config.yaml");
  const projectFile = join(cwd, ".cadre", "config.yaml");
  mkdirSync(join(userFile, ".."), { recursive: true });
  mkdirSync(join(projectFile, ".."), { recursive: true });
  if (given.user !== undefined) writeFileSync(userFile, given.user);
  if (given.project !== undefined) writeFileSync(projectFile, given.project);
  const data = join(home, ".local", "share", "cadre");
  if (given.isTrusted) setTrust(data, cwd, true);
  const host = { env: given.env ?? {}, cwd, platform: "linux", homeDir: home };
  return { ...folder, cwd, home, data, userFile, projectFile, load: () => loadConfig(host, given.flags ?? {}) };
}

test("loadConfig() of a machine where nobody said anything gives the defaults", async () => {
  using here = machine({});

  const { settings, origins, projectLimits, folders, warnings } = await here.load();

  expect(settings).toEqual({
    profile: "default",
    webhook_networks: [],
    document_fonts: [],
    web_networks: [],
    log_level: "info",
    log_format: "text",
    call_timeout: 60_000,
    port: 5060,
    host: "127.0.0.1",
    base_path: "",
    allowed_hosts: [],
    allowed_origins: [],
    cors_origins: [],
    open: false,
    metrics: true,
    backup_every: 900_000,
    backup_changes: 500,
    backups_kept: 10,
  } as never);
  expect({ origins, projectLimits, warnings }).toEqual({ origins: {}, projectLimits: {}, warnings: [] });
  expect(folders).toEqual({ data: here.data, config: join(here.home, ".config", "cadre") });
});

test("loadConfig() lets flags win over the environment, that over the project, that over the user's file", async () => {
  const user = "log_level: error\n";
  const project = "log_level: warn\n";
  const env = { CADRE_LOG_LEVEL: "debug" };
  const flags = { log_level: "off" };
  using all = machine({ user, project, isTrusted: true, env, flags });
  using noFlag = machine({ user, project, isTrusted: true, env });
  using noEnv = machine({ user, project, isTrusted: true });
  using userOnly = machine({ user });

  const configs = await Promise.all([all, noFlag, noEnv, userOnly].map((one) => one.load()));

  expect(configs.map(({ settings }) => settings.log_level)).toEqual(["off", "debug", "warn", "error"]);
  expect(configs.map(({ origins }) => origins.log_level)).toEqual([
    "--log-level",
    "CADRE_LOG_LEVEL",
    noEnv.projectFile,
    userOnly.userFile,
  ]);
});

test("loadConfig() reads every setting from its variable", async () => {
  const texts: Partial<Record<SettingKey, string>> = {
    home: "/h",
    data_dir: "/data",
    config_dir: "/config",
    db: "/d.db",
    bus: "redis://bus.example",
    profile: "small",
    workspace: "/w",
    agent: "build-bot",
    log_level: "warn",
    log_format: "json",
    toolsets: "task, admin",
    tools: "task_list",
    exclude_tools: "task_delete",
    read_only: "yes",
    call_timeout: "5s",
    port: "0",
    host: "::1",
    base_path: "/cadre/",
    allowed_hosts: "a.example",
    allowed_origins: "*",
    cors_origins: "",
    open: "1",
    rate_limit: "7",
    metrics: "false",
    backup_every: "1h",
    backup_changes: "9",
    backups_kept: "0",
    keep_events: "30d",
    keep_archived: "1d",
    keep_executions: "30d",
    webhook_networks: "127.0.0.1, 10.0.0.0/8",
    document_fonts: "/fonts/a.ttf",
    web_networks: "127.0.0.1",
    keep_runs: "30d",
  };
  const env = Object.fromEntries(Object.entries(texts).map(([key, text]) => [envName(key as SettingKey), text]));
  using here = machine({ env });

  const { settings } = await here.load();

  expect(Object.keys(texts)).toEqual(SETTING_KEYS.filter((key) => key !== "config"));
  expect(settings).toMatchObject({
    home: "/h",
    data_dir: "/data",
    config_dir: "/config",
    toolsets: ["task", "admin"],
    read_only: true,
    call_timeout: 5_000,
    port: 0,
    base_path: "/cadre",
    allowed_origins: ["*"],
    open: true,
    metrics: false,
    keep_events: 2_592_000_000,
  });
});

// Rows C20 to C25 of the acceptance list.
test.each<[string, Record<string, string>, object]>([
  ["DB_PATH", { DB_PATH: "/a.db" }, { db: "/a.db" }],
  ["DEBUG=true", { DEBUG: "true" }, { log_level: "debug" }],
  ["DEBUG of another program", { DEBUG: "express:*" }, { log_level: "info" }],
  ["TASK_TIMEOUT in seconds", { TASK_TIMEOUT: "300" }, { call_timeout: 300_000 }],
  ["TASK_TIMEOUT with a unit", { TASK_TIMEOUT: "2m" }, { call_timeout: 120_000 }],
  ["ENABLE_METRICS", { ENABLE_METRICS: "true" }, { metrics: true }],
  ["PORT", { PORT: "8080" }, { port: 8080 }],
  ["…_DB_PATH", { MCP_TASK_ORCHESTRATOR_DB_PATH: "/b.db" }, { db: "/b.db" }],
  ["…_BASE_DIR", { MCP_TASK_ORCHESTRATOR_BASE_DIR: "/base" }, { home: "/base" }],
  ["…_LOG_LEVEL", { MCP_TASK_ORCHESTRATOR_LOG_LEVEL: "WARNING" }, { log_level: "warn" }],
  ["…_PROJECT_DIR", { MCP_TASK_ORCHESTRATOR_PROJECT_DIR: "/p" }, { workspace: "/p" }],
  ["VSCODE_CWD", { VSCODE_CWD: "/v" }, { workspace: "/v" }],
  ["CURSOR_CWD", { CURSOR_CWD: "/c" }, { workspace: "/c" }],
  ["WINDSURF_CWD", { WINDSURF_CWD: "/w" }, { workspace: "/w" }],
  ["the project before the editor", { VSCODE_CWD: "/v", MCP_TASK_ORCHESTRATOR_PROJECT_DIR: "/p" }, { workspace: "/p" }],
  ["our name before an old one", { DB_PATH: "/old.db", CADRE_DB: "/ours.db" }, { db: "/ours.db" }],
  ["an empty variable as none", { PORT: "", CADRE_PORT: "" }, { port: 5060 }],
])("loadConfig() honours %s", async (_what, env, settings) => {
  using here = machine({ env });

  expect((await here.load()).settings).toMatchObject(settings);
});

test("loadConfig() says which variable a value came from, by the name that was used", async () => {
  using here = machine({ env: { DB_PATH: "/a.db", CADRE_PORT: "1" } });

  expect((await here.load()).origins).toEqual({ db: "DB_PATH", port: "CADRE_PORT" });
});

test("loadConfig() puts everything into one folder with --home", async () => {
  using elsewhere = tempFolder();
  writeFileSync(join(elsewhere.path, "config.yaml"), "port: 7\n");
  using here = machine({ flags: { home: elsewhere.path }, user: "port: 8\n" });

  const config = await here.load();

  expect(config.folders).toEqual({ data: elsewhere.path, config: elsewhere.path });
  expect(config.settings.port).toBe(7);
});

test("loadConfig() reads the file that --config names, which must be there", async () => {
  using other = tempFolder();
  const path = join(other.path, "mine.yaml");
  using missing = machine({ flags: { config: path } });
  const refused = await refusalOf(() => missing.load());
  writeFileSync(path, "port: 9\n");
  using here = machine({ env: { MCP_TASK_ORCHESTRATOR_CONFIG_DIR: "/nowhere" }, flags: { config: path } });

  expect(refused).toMatchObject({ code: "invalid_input", message: expect.stringContaining(`cannot read ${path}`) });
  expect((await here.load()).settings.port).toBe(9);
});

test.each(["home", "config"])(
  "loadConfig() refuses %s in the user's own file, where it comes too late",
  async (key) => {
    using here = machine({ user: `${key}: /x\n` });

    expect((await refusalOf(() => here.load())).hint).toContain(`--${key}`);
  },
);

test("loadConfig() takes a relative workspace from where it was started", async () => {
  using here = machine({ flags: { workspace: "./sub" } });
  using up = machine({ user: "workspace: ..\n" });

  const [below, above] = [await here.load(), await up.load()];

  expect([below.settings.workspace, below.workspace]).toEqual([
    join(here.cwd, "sub"),
    { path: join(here.cwd, "sub"), from: "flag" },
  ]);
  expect([above.settings.workspace, above.workspace]).toEqual([up.path, { path: up.path, from: "user_file" }]);
});

test("loadConfig() reads the file of the project that the working directory lies in", async () => {
  using here = machine({ project: "read_only: true\n" });
  const deeper = join(here.cwd, "src", "deeper");
  mkdirSync(deeper, { recursive: true });
  const host = { env: {}, cwd: deeper, platform: "linux", homeDir: here.home };
  const before = await loadConfig(host, {});
  mkdirSync(join(here.cwd, ".git"));

  const after = await loadConfig(host, {});

  expect([before.workspace, before.projectLimits]).toEqual([{ path: deeper, from: "cwd" }, {}]);
  expect([after.workspace, after.projectLimits]).toEqual([{ path: here.cwd, from: "git" }, { read_only: true }]);
  expect(after.settings.workspace).toBeUndefined();
});

test.each<[string, Given, string | RegExp, string | RegExp]>([
  ["a misspelled variable", { env: { CADRE_LOGLEVEL: "x" } }, "CADRE_LOGLEVEL", "Did you mean CADRE_LOG_LEVEL?"],
  ["a variable like no other", { env: { CADRE_BANANAS: "x" } }, "CADRE_BANANAS", "cadre config list"],
  ["a misspelled key", { user: "log_levl: info\n" }, "log_levl in ", "Did you mean log_level?"],
  ["broken YAML", { user: "port: [1\n" }, /cannot read .*config\.yaml:2:1/, "YAML"],
  ["a list instead of settings", { user: "- port\n" }, "not a list of settings", "one setting a line"],
  ["a value out of range", { env: { CADRE_PORT: "-1" } }, 'port from CADRE_PORT: "-1" is not valid', "port of --http"],
  ["a bare number as duration", { user: "call_timeout: 30\n" }, "call_timeout from ", "one tool call"],
  ["a choice that is none", { flags: { profile: "turbo" } }, "profile from --profile", "memory"],
  ["a name that cannot be shown", { env: { CADRE_AGENT: "a\u202eb" } }, "agent from CADRE_AGENT", "tasks are held"],
  ["another type", { user: "workspace: 5\n" }, "workspace from ", "project folder"],
])("loadConfig() refuses %s, and says what and where", async (_what, given, message, hint) => {
  using here = machine(given);

  const refused = await refusalOf(() => here.load());

  expect(refused.code).toBe("invalid_input");
  if (typeof message === "string" && message.startsWith("not a")) expect(refused.message).toContain(message.slice(4));
  else expect(refused.message).toMatch(message);
  expect(refused.hint).toMatch(hint);
});

test("loadConfig() hides a password in the value that it refuses", async () => {
  using here = machine({ flags: { db: `postgres://me:s3cret@host/${"x".repeat(5_000)}` } });

  expect((await refusalOf(() => here.load())).message).not.toContain("s3cret");
});

test("a project's file may take tools away, without being trusted", async () => {
  using here = machine({ project: "read_only: true\ntoolsets: [task]\nexclude_tools: task_create\n" });

  const { settings, projectLimits, warnings } = await here.load();

  expect(projectLimits).toEqual({ read_only: true, toolsets: ["task"], exclude_tools: ["task_create"] });
  expect(settings.read_only).toBeUndefined();
  expect(warnings).toEqual([]);
});

test("a project's file cannot give back what somebody else took away", async () => {
  using here = machine({ project: "read_only: false\n", env: { CADRE_READ_ONLY: "true" } });

  expect((await here.load()).settings.read_only).toBe(true);
});

/** What a project may say at all is a closed list: this one. */
const BY_PROJECT: Record<string, readonly SettingKey[]> = {
  tighten: ["toolsets", "tools", "exclude_tools", "read_only"],
  trusted: ["log_level", "call_timeout"],
};

test("SETTINGS allow a project exactly what the closed list says", () => {
  const keysOf = (rule: string) => SETTING_KEYS.filter((key) => SETTINGS[key].project === rule);

  expect(keysOf("tighten")).toEqual([...(BY_PROJECT["tighten"] ?? [])]);
  expect(keysOf("trusted")).toEqual([...(BY_PROJECT["trusted"] ?? [])]);
});

test.each(SETTING_KEYS.filter((key) => SETTINGS[key].project === "never"))(
  "a project's file cannot set %s, trusted or not",
  async (key) => {
    using here = machine({ project: `${key}: 1\n`, isTrusted: true });
    using without = machine({});

    const config = await here.load();

    expect(Object.keys(config.settings)).toEqual(Object.keys((await without.load()).settings));
    expect(config.origins).toEqual({});
    expect(config.warnings).toEqual([expect.stringContaining(`${key} is ignored: a project may not set it`)]);
  },
);

test("trust covers a project's file as it was; a change asks again", async () => {
  using here = machine({ project: "log_level: debug\n" });
  const levels = async () => {
    const { settings, warnings } = await here.load();
    return [settings.log_level, warnings.length];
  };

  const untrusted = await levels();
  setTrust(here.data, here.cwd, true);
  const trusted = await levels();
  writeFileSync(here.projectFile, "log_level: off\n");
  const changed = await levels();
  setTrust(here.data, here.cwd, true);
  const again = await levels();
  setTrust(here.data, here.cwd, false);
  const taken = await levels();

  expect([untrusted, trusted, changed, again, taken]).toEqual([
    ["info", 1],
    ["debug", 0],
    ["info", 1],
    ["off", 0],
    ["info", 1],
  ]);
});

test("trust is kept per project, and a list that cannot be read trusts nobody", async () => {
  using here = machine({ project: "log_level: debug\n", isTrusted: true });
  using other = machine({ project: "log_level: debug\n" });
  setTrust(here.data, other.cwd, true);
  setTrust(here.data, other.cwd, false);
  const before = (await here.load()).settings.log_level;

  writeFileSync(join(here.data, "trusted.json"), "[not json");

  expect(before).toBe("debug");
  expect((await here.load()).settings.log_level).toBe("info");
  expect(trustedFiles(here.cwd)).toEqual([{ path: join(".cadre", "config.yaml"), text: "log_level: debug\n" }]);
});
