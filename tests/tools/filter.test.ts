// Which tools a caller sees and may call: by flag, by environment and by HTTP header.
import { expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runCli } from "../harness/cli.ts";
import { callMcp, callRest } from "../harness/faces.ts";
import { tempFolder } from "../harness/folder.ts";
import { httpClient, stdioClient } from "../harness/mcp.ts";
import { startServer } from "../harness/server.ts";
import { ADMIN_TOOLS, CODE_TOOLS, SESSION_TOOLS, TASK_TOOLS } from "../harness/tool-names.ts";

const SESSION_READS = ["session_status", "session_synthesize"];
const TASK_READS = ["task_list", "task_show", "task_graph"];
const CODE_READS = ["code_analyze"];

interface Case {
  readonly what: string;
  readonly flags?: Record<string, string>;
  readonly env?: Record<string, string>;
  readonly headers?: Record<string, string>;
  readonly listed: readonly string[];
  readonly refused?: readonly string[];
  readonly callable?: readonly string[];
}

const CASES: readonly Case[] = [
  {
    what: "nothing said: the default toolsets are listed, every tool may be called",
    listed: [...SESSION_TOOLS, ...TASK_TOOLS, ...CODE_TOOLS],
    callable: [...ADMIN_TOOLS, "create_task"],
  },
  {
    what: "--toolsets",
    flags: { toolsets: "admin" },
    listed: ADMIN_TOOLS,
    refused: ["task_create", "create_task"],
    callable: ["delete_task"],
  },
  {
    what: "CADRE_TOOLSETS",
    env: { CADRE_TOOLSETS: "task,admin" },
    listed: [...TASK_TOOLS, ...ADMIN_TOOLS],
  },
  {
    what: "a flag wins over its variable",
    flags: { toolsets: "admin" },
    env: { CADRE_TOOLSETS: "task" },
    listed: ADMIN_TOOLS,
  },
  {
    what: "--tools",
    flags: { tools: "task_list, role_show" },
    listed: ["task_list", "role_show"],
    refused: ["task_show"],
    callable: ["list_tasks"],
  },
  {
    what: "--tools together with --toolsets: both",
    flags: { tools: "role_list", toolsets: "task" },
    listed: [...TASK_TOOLS, "role_list"],
    refused: ["role_show"],
  },
  {
    what: "--exclude-tools, and its old name with it",
    flags: { exclude_tools: "task_update" },
    listed: [...SESSION_TOOLS, ...TASK_TOOLS, ...CODE_TOOLS].filter((name) => name !== "task_update"),
    refused: ["task_update", "update_task_status"],
  },
  {
    what: "--exclude-tools wins over --tools",
    flags: { tools: "task_list,task_show", exclude_tools: "task_show" },
    listed: ["task_list"],
    refused: ["task_show", "get_task"],
  },
  {
    what: "--read-only",
    flags: { read_only: "true" },
    listed: [...SESSION_READS, ...TASK_READS, ...CODE_READS],
    refused: ["task_create", "task_update", "task_delete", "task_restore", "create_task"],
    callable: ["role_list", "get_task"],
  },
  {
    what: "--read-only wins over --tools",
    flags: { read_only: "true", tools: "task_create,task_list" },
    listed: ["task_list"],
    refused: ["task_create"],
  },
  {
    what: "CADRE_READ_ONLY wins over --toolsets",
    flags: { toolsets: "task" },
    env: { CADRE_READ_ONLY: "1" },
    listed: TASK_READS,
    refused: ["task_create"],
  },
  {
    what: "X-MCP-Toolsets chooses for one caller",
    headers: { "x-mcp-toolsets": "admin" },
    listed: ADMIN_TOOLS,
    refused: ["task_create"],
  },
  {
    what: "X-MCP-Tools chooses for one caller",
    headers: { "x-mcp-tools": "task_list, role_list" },
    listed: ["task_list", "role_list"],
    refused: ["task_show"],
  },
  {
    what: "X-MCP-Exclude-Tools takes away from one caller",
    headers: { "x-mcp-exclude-tools": "task_graph" },
    listed: [...SESSION_TOOLS, ...TASK_TOOLS, ...CODE_TOOLS].filter((name) => name !== "task_graph"),
    refused: ["task_graph", "get_task_graph"],
  },
  {
    what: "X-MCP-Readonly takes every write away from one caller",
    headers: { "x-mcp-readonly": "true" },
    listed: [...SESSION_READS, ...TASK_READS, ...CODE_READS],
    refused: ["task_create"],
  },
  {
    what: "a header cannot bring back what a flag took: toolsets",
    flags: { toolsets: "task" },
    headers: { "x-mcp-toolsets": "task,admin" },
    listed: TASK_TOOLS,
    refused: ["role_list"],
  },
  {
    what: "a header cannot bring back what a flag took: tools",
    flags: { exclude_tools: "task_show" },
    headers: { "x-mcp-tools": "task_show,task_list" },
    listed: ["task_list"],
    refused: ["task_show"],
  },
  {
    what: "a header cannot bring back what a flag took: read-only",
    flags: { read_only: "true" },
    headers: { "x-mcp-readonly": "false", "x-mcp-tools": "task_create,task_list" },
    listed: ["task_list"],
    refused: ["task_create"],
  },
  {
    what: "a header narrows what a flag chose",
    flags: { toolsets: "task,admin" },
    headers: { "x-mcp-tools": "role_list" },
    listed: ["role_list"],
    refused: ["task_list"],
  },
  {
    what: "a header that names nothing that there is leaves nothing",
    headers: { "x-mcp-tools": "no_such_tool" },
    listed: [],
    refused: ["task_list"],
  },
];

for (const { what, flags = {}, env = {}, headers = {}, listed, refused = [], callable = [] } of CASES) {
  test(what, async () => {
    await using server = await startServer({ settings: { ...flags, open: "true" }, env });
    const client = await httpClient("modern", server.origin, { headers });

    const { result } = await client.request("tools/list");

    expect(result.tools.map(({ name }: { name: string }) => name)).toEqual(listed);
    for (const name of refused) {
      expect([name, await callMcp(client, name)]).toMatchObject([
        name,
        { error: { code: "forbidden", hint: expect.stringContaining("--exclude-tools") } },
      ]);
      if (name.startsWith("task_") || name.startsWith("role_")) {
        expect(await callRest(server, name, {}, headers)).toMatchObject({ error: { code: "forbidden" } });
      }
    }
    for (const name of callable) {
      const outcome = await callMcp(client, name);
      expect([name, "error" in outcome ? outcome.error.code : "ok"]).not.toContain("forbidden");
    }
  });
}

test("a session of the older era asks with its headers at every request", async () => {
  await using server = await startServer();
  const client = await httpClient("legacy", server.origin, { headers: { "x-mcp-toolsets": "admin" } });
  const other = await httpClient("legacy", server.origin);

  const mine = await client.request("tools/list");
  const theirs = await other.request("tools/list");

  expect(mine.result.tools.map(({ name }: { name: string }) => name)).toEqual(ADMIN_TOOLS);
  expect(theirs.result.tools.map(({ name }: { name: string }) => name)).toEqual([
    ...SESSION_TOOLS,
    ...TASK_TOOLS,
    ...CODE_TOOLS,
  ]);
});

test("stdio and the command line obey the same flags and variables", async () => {
  using folder = tempFolder();
  const env = { CADRE_HOME: join(folder.path, "home") };
  await using client = await stdioClient("modern", { args: ["--exclude-tools", "task_graph"], env, cwd: folder.path });

  const { result } = await client.request("tools/list");
  const refused = await callMcp(client, "task_graph");
  const byFlag = await runCli(["task", "create", "x", "--read-only"], { env, cwd: folder.path });
  const byEnv = await runCli(["task", "create", "x"], { env: { ...env, CADRE_READ_ONLY: "true" }, cwd: folder.path });

  expect(result.tools.map(({ name }: { name: string }) => name)).not.toContain("task_graph");
  expect(refused).toMatchObject({ error: { code: "forbidden" } });
  for (const { exit, stderr } of [byFlag, byEnv]) {
    expect([exit, stderr]).toEqual([3, expect.stringContaining("cannot call task_create: it is switched off here")]);
  }
});

test("a project's file takes tools away, and gives none back", async () => {
  using folder = tempFolder();
  const env = { CADRE_HOME: join(folder.path, "home") };
  mkdirSync(join(folder.path, ".cadre"));
  writeFileSync(
    join(folder.path, ".cadre", "config.yaml"),
    "read_only: true\ntools: [task_list, task_create, role_list]\n",
  );
  await using client = await stdioClient("legacy", { args: ["--toolsets", "task"], env, cwd: folder.path });

  const { result } = await client.request("tools/list");

  expect(result.tools.map(({ name }: { name: string }) => name)).toEqual(["task_list"]);
  expect(await callMcp(client, "task_create", { title: "x" })).toMatchObject({ error: { code: "forbidden" } });
  expect(await callMcp(client, "role_list")).toMatchObject({ error: { code: "forbidden" } });
});

test("a misspelled name in a filter stops the start, with the right one", async () => {
  using folder = tempFolder();
  const env = { CADRE_HOME: join(folder.path, "home") };

  const tool = await runCli(["task", "list", "--tools", "task_lst"], { env, cwd: folder.path });
  const toolset = await runCli(["--toolsets", "tusk"], { env, cwd: folder.path });

  expect([tool.exit, tool.stderr]).toEqual([2, 'error no tool "task_lst"\n  → Did you mean task_list?\n']);
  expect([toolset.exit, toolset.stderr]).toEqual([2, 'error no toolset "tusk"\n  → Did you mean task?\n']);
});
