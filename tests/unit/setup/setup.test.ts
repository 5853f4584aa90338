import { describe, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { lstatSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { clientNamed } from "../../../src/setup/setup.ts";
import { LAUNCH, setupHome } from "../../harness/setup.ts";

test("an entry goes into every client that is there, and what was there comes back to the byte", () => {
  using home = setupHome();
  const files = {
    ".claude.json": '{\n  "numStartups": 12345678901234567890,\n  "mcpServers": {}\n}',
    ".codex/config.toml": '# mine\r\nmodel = "o9"\r\n',
    ".config/goose/config.yaml": "extensions:\n  dev: {enabled: true} # mine\n",
    ".config/Code/User/mcp.json": '// mine\n{\n\t"servers": {\n\t\t"x": {"command": "y"}, // z\n\t},\n}\n',
    ".config/amp/settings.json": '{"amp.url":"https://a.example"}',
  };
  for (const [file, text] of Object.entries(files)) home.write(file, text);
  home.write(".claude/x", "");
  home.write(".continue/x", "");
  home.write(".cursor/x", "");

  const applied = home.install();
  const again = home.install();
  const undone = home.undo();

  expect(applied.map(({ plan, outcome }) => `${plan.target.client.id} ${outcome}`)).toEqual([
    "amp written",
    "claude-code written",
    "codex written",
    "continue written",
    "cursor written",
    "goose written",
    "vscode written",
  ]);
  expect(again.every(({ outcome, plan }) => outcome === "kept" && plan.state === "current")).toBe(true);
  const outcomes = undone.map(({ edit, outcome }) => `${edit.client} ${outcome}`);
  expect(outcomes.filter((one) => one.endsWith("removed"))).toEqual(["cursor removed", "continue removed"]);
  expect(outcomes.filter((one) => one.endsWith("restored"))).toHaveLength(5);
  for (const [file, text] of Object.entries(files)) expect(home.read(file)).toBe(text);
  expect(readdirSync(join(home.path, ".continue"))).toEqual(["x"]);
  expect(readdirSync(join(home.path, ".cursor"))).toEqual(["x"]);
});

test("what was written stays written: an entry that is current leaves its file untouched", () => {
  using home = setupHome();
  home.write(".cursor/mcp.json", "{}");
  home.install();
  const before = statSync(join(home.path, ".cursor/mcp.json"));

  home.install();

  expect(statSync(join(home.path, ".cursor/mcp.json")).mtimeMs).toBe(before.mtimeMs);
});

test("an entry of ours with another path is brought up to date, and what its user put into it stays", () => {
  using home = setupHome();
  home.write(
    ".cursor/mcp.json",
    '{"mcpServers": {"cadre": {"command": "/old/cadre", "args": [], "env": {"OPENAI_API_KEY": "k"}, "disabled": true}}}',
  );

  const [applied] = home.install();

  expect(applied?.plan.state).toBe("outdated");
  expect(applied?.plan.action).toBe("update");
  expect(JSON.parse(home.read(".cursor/mcp.json")).mcpServers.cadre).toEqual({
    command: "/opt/cadre",
    args: [],
    env: { OPENAI_API_KEY: "k", CADRE_HOME: "/data" },
    disabled: true,
  });
});

test("another server of our name is kept, unless it is to go", () => {
  using home = setupHome();
  const text = '{"mcpServers": {"cadre": {"command": "npx", "args": ["somebody-elses-cadre"]}}}';
  home.write(".cursor/mcp.json", text);

  const [kept] = home.install();
  const untouched = home.read(".cursor/mcp.json");
  const [forced] = home.install([], { force: true });
  const replaced = JSON.parse(home.read(".cursor/mcp.json"));
  home.undo();

  expect(kept).toMatchObject({ outcome: "failed", plan: { state: "conflict", action: "refuse" } });
  expect(kept?.reason).toBe("another server has the name cadre: npx somebody-elses-cadre");
  expect(untouched).toBe(text);
  expect(forced?.outcome).toBe("written");
  expect(replaced.mcpServers.cadre.command).toBe("/opt/cadre");
  expect(home.read(".cursor/mcp.json")).toBe(text);
});

test("entries of the Python system are told, and go only when they are to", () => {
  using home = setupHome();
  const text =
    '{"mcpServers": {"task-orchestrator": {"command": "/v/bin/python", "args": ["-m", "mcp_task_orchestrator.server"]}, "task_orchestrator": {"command": "node", "args": ["other.js"]}}}';
  home.write(".cursor/mcp.json", text);

  const [first] = home.install();
  const kept = Object.keys(JSON.parse(home.read(".cursor/mcp.json")).mcpServers);
  const [second] = home.install([], { replaceOld: true });
  const left = Object.keys(JSON.parse(home.read(".cursor/mcp.json")).mcpServers);
  home.undo();

  expect(first?.plan.old).toEqual(["task-orchestrator"]);
  expect(kept).toEqual(["task-orchestrator", "task_orchestrator", "cadre"]);
  expect(second?.outcome).toBe("written");
  expect(left).toEqual(["task_orchestrator", "cadre"]);
  expect(home.read(".cursor/mcp.json")).toBe(text);
});

describe("removal goes by command and ledger, never by a part of a text", () => {
  const others = {
    mine: { command: "/home/me/my-cadre-tools/run", args: ["cadre"] },
    note: { command: "npx", args: ["-y", "cadre-mcp"] },
  };

  test("entries that start cadre go, under whatever name, and no others", () => {
    using home = setupHome();
    const ours = { work: { command: "/usr/bin/cadre", args: [] }, cadre: { command: "C:\\p\\cadre.exe" } };
    home.write(".cursor/mcp.json", JSON.stringify({ mcpServers: { ...others, ...ours } }, null, 2));

    const setup = home.setup();
    const applied = setup.applyRemovals(setup.planRemovals({ clients: [] }));

    expect(applied.map(({ plan, outcome }) => `${plan.reason} ${outcome}`)).toEqual(["work, cadre written"]);
    expect(JSON.parse(home.read(".cursor/mcp.json"))).toEqual({ mcpServers: others });
  });

  test("an entry that setup wrote goes although nobody could tell by its command", () => {
    using home = setupHome();
    home.write(".cursor/mcp.json", JSON.stringify({ mcpServers: others }));
    home.install([], { launch: { ...LAUNCH, command: "/opt/bun", args: ["/src/main.ts"] } });

    const setup = home.setup();
    setup.applyRemovals(setup.planRemovals({ clients: [] }));

    expect(JSON.parse(home.read(".cursor/mcp.json"))).toEqual({ mcpServers: others });
  });
});

test("undo takes only the entry out of a file that others have written since", () => {
  using home = setupHome();
  home.write(".cursor/mcp.json", '{\n  "a": 1\n}\n');
  home.install();
  home.write(".cursor/mcp.json", home.read(".cursor/mcp.json").replace('"a": 1', '"a": 2,\n  "b": 3'));

  const [undone] = home.undo();

  expect(undone).toMatchObject({ outcome: "taken out" });
  expect(home.read(".cursor/mcp.json")).toBe('{\n  "a": 2,\n  "b": 3\n}\n');
  expect(home.undo()).toEqual([]);
});

test("undo takes the entry out of a file that its client has printed anew", () => {
  using home = setupHome();
  home.write(".cursor/mcp.json", '{\n  "a": 1\n}\n');
  home.install();
  home.write(".cursor/mcp.json", JSON.stringify({ ...JSON.parse(home.read(".cursor/mcp.json")), b: 2 }));

  home.undo();

  expect(home.read(".cursor/mcp.json")).toBe('{"a":1,"b":2}');
});

test("undo leaves a file alone that is gone, and goes back over several edits", () => {
  using home = setupHome();
  home.write(".cursor/mcp.json", "{}");
  home.install();
  home.install([], { launch: { ...LAUNCH, command: "/new/cadre" } });

  const undone = home.undo();

  expect(undone.map(({ outcome }) => outcome)).toEqual(["restored", "restored"]);
  expect(home.read(".cursor/mcp.json")).toBe("{}");
});

test("a project's file names the program as everybody's PATH knows it, and another key in one file is another place", () => {
  using home = setupHome();
  const onPath = home.write("bin/cadre", "");
  using there = setupHome({ PATH: join(onPath, "..") });
  const options = { launch: LAUNCH, force: false, replaceOld: false };
  const wanted = { clients: ["claude-code", "visual-studio"].map(clientNamed), all: true, project: there.path };

  const setup = there.setup();
  setup.apply(setup.plan(setup.targets(setup.find(), wanted), options), options);

  const entry = { type: "stdio", command: "cadre", args: [] };
  expect(JSON.parse(there.read(".mcp.json"))).toEqual({ mcpServers: { cadre: entry }, servers: { cadre: entry } });
});

describe("files of all kinds", () => {
  test("a link stays a link, and what it leads to is edited", () => {
    using home = setupHome();
    const real = home.write("dotfiles/mcp.json", "{}", 0o640);
    home.link(".cursor/mcp.json", real);

    home.install();

    expect(lstatSync(join(home.path, ".cursor/mcp.json")).isSymbolicLink()).toBe(true);
    expect(JSON.parse(readFileSync(real, "utf8")).mcpServers.cadre.command).toBe("/opt/cadre");
    expect(statSync(real).mode & 0o777).toBe(0o640);
    expect(readdirSync(join(home.path, "dotfiles"))).toEqual(["mcp.json"]);
  });

  test("a new file is its user's alone", () => {
    using home = setupHome();
    home.write(".cursor/x", "");

    home.install();

    expect(statSync(join(home.path, ".cursor/mcp.json")).mode & 0o777).toBe(0o600);
  });

  test.each<[string, string | Uint8Array, number, string]>([
    ["read-only", "{}", 0o444, "read-only"],
    ["UTF-16", new Uint8Array([0xff, 0xfe, 0x7b, 0, 0x7d, 0]), 0o644, "UTF-16, not UTF-8"],
    ["not UTF-8", new Uint8Array([0x7b, 0xff, 0x7d]), 0o644, "not valid UTF-8"],
    ["binary", new Uint8Array([0x7b, 0, 0x7d]), 0o644, "not a text: it holds a zero byte"],
    ["broken", '{\n  "a": }', 0o644, "not valid JSON (value expected) at line 2, column 8"],
    ["no object", "[]", 0o644, "not an object but a list at line 1, column 1"],
  ])("a file that is %s is refused with its reason, and stays as it is", (_kind, text, mode, reason) => {
    using home = setupHome();
    home.write(".cursor/mcp.json", text, mode);
    const before = home.bytes(".cursor/mcp.json");

    const [applied] = home.install();

    expect(applied).toMatchObject({ outcome: "failed", reason });
    expect(home.bytes(".cursor/mcp.json")).toEqual(before);
  });

  test("a link to a file that is not there is refused, and stays", () => {
    using home = setupHome();
    home.link(".cursor/mcp.json", join(home.path, "gone.json"));

    expect(home.install()[0]).toMatchObject({ outcome: "failed", reason: "a link to a file that is not there" });
    expect(lstatSync(join(home.path, ".cursor/mcp.json")).isSymbolicLink()).toBe(true);
  });

  test("a pipe in its place is refused without waiting for it", () => {
    using home = setupHome();
    home.write(".cursor/x", "");
    spawnSync("mkfifo", [join(home.path, ".cursor/mcp.json")]);

    expect(home.install()[0]).toMatchObject({ outcome: "failed", reason: "no plain file" });
  });

  test("a folder in its place is refused", () => {
    using home = setupHome();
    home.write(".cursor/mcp.json/x", "");

    expect(home.install()[0]).toMatchObject({ outcome: "failed", reason: "a folder stands in its place" });
  });

  test("twenty megabytes are edited like two lines", () => {
    using home = setupHome();
    const history = Array.from({ length: 200_000 }, (_none, at) => `    "entry ${at} ${"x".repeat(80)}"`).join(",\n");
    const text = `{\n  "history": [\n${history}\n  ],\n  "mcpServers": {}\n}\n`;
    home.write(".claude.json", text);

    const applied = home.install(["claude-code"]);
    const added = home.read(".claude.json");
    home.undo();

    expect(applied[0]?.outcome).toBe("written");
    expect(added.startsWith(text.slice(0, text.indexOf('"mcpServers"')))).toBe(true);
    expect(home.read(".claude.json")).toBe(text);
  });
});

/** As measured at the clients themselves: what they refuse is refused, what they read is written. */
describe("what each client's parser takes", () => {
  const clients = {
    "claude-code": [".claude.json", "mcpServers"],
    "gemini-cli": [".gemini/settings.json", "mcpServers"],
    "qwen-code": [".qwen/settings.json", "mcpServers"],
    "copilot-cli": [".copilot/mcp-config.json", "mcpServers"],
    amp: [".config/amp/settings.json", "amp.mcpServers"],
    opencode: [".config/opencode/opencode.json", "mcp"],
    kilo: [".config/kilo/kilo.json", "mcp"],
    droid: [".factory/mcp.json", "mcpServers"],
  } as const;
  const takesComments = ["gemini-cli", "qwen-code", "copilot-cli", "amp", "opencode", "kilo", "droid"];
  const takesTrailingCommas = ["copilot-cli", "amp", "opencode", "kilo"];
  const takesMark = ["claude-code", "qwen-code", "copilot-cli", "opencode", "kilo"];

  test.each(Object.entries(clients))("%s", (id, [file, key]) => {
    const outcomeOf = (text: string) => {
      using home = setupHome();
      home.write(file, text);
      const [applied] = home.install([id]);
      return { outcome: applied?.outcome, text: home.read(file) };
    };

    const commented = outcomeOf('{\n  // mine\n  "a": 1\n}\n');
    const trailing = outcomeOf('{\n  "a": 1,\n}\n');
    const marked = outcomeOf('\uFEFF{"a": 1}');
    const windows = outcomeOf('{\r\n  "a": 1\r\n}\r\n');
    const empty = outcomeOf("");

    expect(commented.outcome).toBe(takesComments.includes(id) ? "written" : "failed");
    expect(trailing.outcome).toBe(takesTrailingCommas.includes(id) ? "written" : "failed");
    expect(marked.outcome).toBe("written");
    expect(marked.text.startsWith("\uFEFF")).toBe(takesMark.includes(id));
    expect(windows.text.replaceAll("\r\n", "")).not.toContain("\n");
    expect(Object.keys(JSON.parse(empty.text))).toEqual([key]);
  });
});
