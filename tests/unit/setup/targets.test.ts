import { describe, expect, test } from "bun:test";
import { CLIENTS } from "../../../src/setup/clients/all-clients.ts";
import type { Machine } from "../../../src/setup/machine.ts";
import { expandPath, type World } from "../../../src/setup/path-pattern.ts";
import { findClients, projectTarget } from "../../../src/setup/targets.ts";

function machine(world: Partial<World>, files: readonly string[], programs: readonly string[] = []): Machine {
  const own: World = { system: "linux", home: "/home/me", env: {}, ...world };
  const there = new Set(files.flatMap(parents));
  return {
    worlds: [own],
    distribution: undefined,
    has: (path) => there.has(path),
    hasProgram: (name) => programs.includes(name),
  };
}

/** A file, and every folder above it. */
function parents(path: string): string[] {
  const separator = path.includes("\\") ? "\\" : "/";
  const parts = path.split(separator);
  return parts.map((_part, at) => parts.slice(0, at + 1).join(separator));
}

function filesOf(here: Machine): Record<string, string[]> {
  const present = findClients(CLIENTS, here, "cadre").filter(({ isPresent }) => isPresent);
  return Object.fromEntries(present.map(({ client, targets }) => [client.id, targets.map(({ file }) => file)]));
}

test("clients of a Linux desktop are found, each with its file", () => {
  const here = machine({}, [
    "/home/me/.claude/x",
    "/home/me/.cursor/x",
    "/home/me/.config/Code/User/settings.json",
    "/home/me/.config/Code/User/profiles/1/settings.json",
    "/home/me/.config/Claude/x",
    "/home/me/.config/zed/settings.json",
    "/home/me/.codeium/windsurf/x",
    "/home/me/.config/Code/User/globalStorage/saoudrizwan.claude-dev/x",
    "/home/me/.config/goose/x",
  ]);

  expect(filesOf(here)).toEqual({
    "claude-code": ["/home/me/.claude.json"],
    "claude-desktop": ["/home/me/.config/Claude/claude_desktop_config.json"],
    cline: ["/home/me/.config/Code/User/globalStorage/saoudrizwan.claude-dev/settings/cline_mcp_settings.json"],
    cursor: ["/home/me/.cursor/mcp.json"],
    goose: ["/home/me/.config/goose/config.yaml"],
    vscode: ["/home/me/.config/Code/User/mcp.json"],
    windsurf: ["/home/me/.codeium/windsurf/mcp_config.json"],
    zed: ["/home/me/.config/zed/settings.json"],
  });
});

test("clients of a Mac are found, each with its file", () => {
  const here = machine({ system: "darwin", home: "/Users/me" }, [
    "/Users/me/Library/Application Support/Code/User/x",
    "/Users/me/Library/Application Support/Claude/x",
    "/Users/me/.config/zed/settings.json",
    "/Applications/Cursor.app",
  ]);

  expect(filesOf(here)).toEqual({
    "claude-desktop": ["/Users/me/Library/Application Support/Claude/claude_desktop_config.json"],
    cursor: ["/Users/me/.cursor/mcp.json"],
    vscode: ["/Users/me/Library/Application Support/Code/User/mcp.json"],
    zed: ["/Users/me/.config/zed/settings.json"],
  });
});

test("clients of Windows are found, each with its file", () => {
  const env = { APPDATA: "C:\\Users\\me\\AppData\\Roaming", LOCALAPPDATA: "C:\\Users\\me\\AppData\\Local" };
  const files = ["C:\\Users\\me\\AppData\\Roaming\\Claude\\x", "C:\\Users\\me\\AppData\\Roaming\\Zed\\x"];

  const found = filesOf(machine({ system: "win32", home: "C:\\Users\\me", env }, files));

  expect(Object.keys(found)).toEqual(["claude-desktop", "zed"]);
  expect(found["zed"]).toEqual(["C:\\Users\\me\\AppData\\Roaming\\Zed\\settings.json"]);
});

describe("a variable moves the file of", () => {
  test.each([
    ["claude-code", { CLAUDE_CONFIG_DIR: "/c" }, "/c/.claude.json"],
    ["codex", { CODEX_HOME: "/c" }, "/c/config.toml"],
    ["gemini-cli", { GEMINI_CLI_HOME: "/c" }, "/c/.gemini/settings.json"],
    ["qwen-code", { QWEN_HOME: "/c" }, "/c/settings.json"],
    ["opencode", { XDG_CONFIG_HOME: "/c" }, "/c/opencode/opencode.jsonc"],
    ["copilot-cli", { COPILOT_HOME: "/c" }, "/c/mcp-config.json"],
    ["amp", { XDG_CONFIG_HOME: "/c" }, "/c/amp/settings.json"],
    ["kilo", { KILO_CONFIG_DIR: "/c" }, "/c/kilo.jsonc"],
    ["kilo", { XDG_CONFIG_HOME: "/c" }, "/c/kilo/kilo.jsonc"],
    ["droid", { FACTORY_HOME_OVERRIDE: "/c" }, "/c/.factory/mcp.json"],
    ["cline", { CLINE_DIR: "/c" }, "/c/data/settings/cline_mcp_settings.json"],
    ["crush", { CRUSH_GLOBAL_CONFIG: "/c" }, "/c/crush.json"],
    ["vscode", { VSCODE_PORTABLE: "/c" }, "/c/user-data/User/mcp.json"],
    ["zed", { XDG_CONFIG_HOME: "/c" }, "/c/zed/settings.json"],
  ])("%s: %p", (id, env, file) => {
    const client = CLIENTS.filter((one) => one.id === id);

    const [found] = findClients(client, machine({ env }, [file.slice(0, file.lastIndexOf("/"))]), "cadre");

    expect(found?.targets.map((target) => target.file)).toEqual([file]);
  });
});

test("Copilot CLI ignores what XDG says", () => {
  const here = machine({ env: { XDG_CONFIG_HOME: "/c" } }, ["/c/x"], ["copilot"]);

  expect(filesOf(here)["copilot-cli"]).toEqual(["/home/me/.copilot/mcp-config.json"]);
});

test("opencode and Amp keep the file that is there", () => {
  const here = machine({}, ["/home/me/.config/opencode/opencode.json", "/home/me/.config/amp/settings.jsonc"]);

  expect(filesOf(here)).toEqual({
    amp: ["/home/me/.config/amp/settings.jsonc"],
    opencode: ["/home/me/.config/opencode/opencode.json"],
  });
});

test("a client is present by a program alone, and gets the file that it would make", () => {
  expect(filesOf(machine({}, [], ["codex", "code", "opencode", "amp"]))).toEqual({
    amp: ["/home/me/.config/amp/settings.json"],
    codex: ["/home/me/.codex/config.toml"],
    opencode: ["/home/me/.config/opencode/opencode.jsonc"],
    vscode: ["/home/me/.config/Code/User/mcp.json"],
  });
});

test("from WSL the clients of the Windows around it are in reach", () => {
  const own: World = { system: "linux", home: "/home/me", env: {} };
  const around: World = {
    system: "win32",
    home: "/mnt/c/Users/Me",
    env: { APPDATA: "/mnt/c/Users/Me/AppData/Roaming" },
  };
  const there = new Set(["/mnt/c/Users/Me/AppData/Roaming/Claude", "/mnt/c/Users/Me/.cursor"]);
  const here: Machine = {
    worlds: [own, around],
    distribution: "Debian",
    has: (path) => there.has(path),
    hasProgram: () => false,
  };

  const found = findClients(CLIENTS, here, "cadre").flatMap(({ isPresent, targets }) => (isPresent ? targets : []));

  const windows = found.filter(({ isAround }) => isAround).map(({ file }) => file);
  expect(windows).toEqual([
    "/mnt/c/Users/Me/AppData/Roaming/Claude/claude_desktop_config.json",
    "/mnt/c/Users/Me/.cursor/mcp.json",
  ]);
});

test("every client has a way in: a file, a snippet or a link", () => {
  expect(CLIENTS).toHaveLength(47);
  expect(new Set(CLIENTS.map(({ id }) => id)).size).toBe(47);
  for (const client of CLIENTS) {
    const entry = client.shape.stdio({ kind: "stdio", command: "/c", args: ["a"], env: { K: "V" } }, "cadre");
    expect(JSON.stringify(entry)).toContain('"/c"');
    expect(client.afterwards).not.toBe("");
  }
});

test("a project has files of its own for the clients that read them", () => {
  const withProject = CLIENTS.filter(({ project }) => project !== undefined);

  const files = withProject.map((client) => projectTarget(client, "/p", "cadre")?.file);

  expect(withProject.length).toBeGreaterThan(20);
  expect(files).toContain("/p/.mcp.json");
  expect(files).toContain("/p/.continue/mcpServers/cadre.yaml");
});

test.each([
  ["~/a", ["/home/me/a"]],
  ["${A:-~}/b", ["/home/me/b"]],
  ["${SET:-~}/b", ["/s/b"]],
  ["${A:-${SET}/x}/b", ["/s/x/b"]],
  ["${A:-${B:-/d}/x}/b", ["/d/x/b"]],
  ["${A}/b", []],
  ["/no/such/folder/*/b", []],
])("expandPath() reads %s", (pattern, paths) => {
  expect(expandPath(pattern, { system: "linux", home: "/home/me", env: { SET: "/s" } })).toEqual(paths);
});
