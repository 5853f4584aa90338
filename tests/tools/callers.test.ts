// Who calls, and from which project: what every face tells the tools.
import { describe, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { AGENT_CHARS_MAX } from "../../src/base/limits.ts";
import type { WorkspaceSource } from "../../src/base/workspace-source.ts";
import { callerTool } from "../harness/caller-tool.ts";
import { invoke } from "../harness/cli.ts";
import { until } from "../harness/condition.ts";
import { callMcp } from "../harness/faces.ts";
import { tempFolder } from "../harness/folder.ts";
import { envelope, httpClient, type McpClient, type RpcMessage } from "../harness/mcp.ts";
import { startServer } from "../harness/server.ts";
import { openStdio } from "../harness/stdio.ts";

const table = [callerTool];
const CALL = { name: "caller_show", arguments: {} };

type Options = NonNullable<Parameters<typeof openStdio>[0]>;

interface Shown {
  readonly workspace: string;
  readonly workspace_from: WorkspaceSource;
  readonly agent: { readonly id: string; readonly label: string; readonly isShared: boolean; readonly process: string };
}

/** What the tool is told over stdio; a client that is asked for its roots names `root`. */
async function overStdio(options: Options, calls: readonly object[] = [CALL], root?: string): Promise<Shown[]> {
  const { io, served } = await openStdio({ table, ...options });
  const send = (message: object) => io.type(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
  for (const [id, params] of calls.entries()) send({ id: `call ${id}`, method: "tools/call", params });
  const find = (wanted: (message: RpcMessage) => boolean): RpcMessage | undefined => io.messages().find(wanted);
  if (root !== undefined) {
    await until(() => find(({ method }) => method === "roots/list") !== undefined, "it was asked for its roots");
    send({ id: find(({ method }) => method === "roots/list")?.id, result: { roots: [{ uri: `file://${root}` }] } });
  }
  const answers: Shown[] = [];
  for (const id of calls.keys()) {
    await until(() => find((message) => message.id === `call ${id}`) !== undefined, "an answer");
    answers.push(JSON.parse(find((message) => message.id === `call ${id}`)?.result.content[0].text));
  }
  io.endInput();
  await served;
  return answers;
}

async function overMcp(client: McpClient): Promise<Shown> {
  const outcome = await callMcp(client, "caller_show");
  if ("error" in outcome) throw new Error(outcome.error.message);
  return outcome.answer as unknown as Shown;
}

describe("A28: each source wins in that order, and the result says which was used", () => {
  const ORDER = ["flag", "roots", "environment", "user_file", "git", "cwd"] as const;

  test.each(ORDER.map((from, place) => [from, ORDER.slice(place)] as const))(
    "over stdio: %s before all that come after it",
    async (from, present) => {
      using folder = tempFolder();
      const at = (name: string) => join(folder.path, name);
      const cwd = at("git/cwd");
      mkdirSync(present.includes("git") ? join(at("git"), ".git") : cwd, { recursive: true });
      mkdirSync(cwd, { recursive: true });
      mkdirSync(at("home"));
      if (present.includes("user_file")) writeFileSync(at("home/config.yaml"), `workspace: ${at("user_file")}\n`);
      const hasRoots = present.includes("roots");
      const options: Options = {
        era: "legacy",
        cwd,
        settings: { home: at("home"), ...(present.includes("flag") ? { workspace: at("flag") } : {}) },
        env: present.includes("environment") ? { VSCODE_CWD: at("environment") } : {},
        greeting: hasRoots ? { capabilities: { roots: {} } } : {},
      };

      const [shown] = await overStdio(options, [CALL], from === "roots" ? at("roots") : undefined);

      const path = from === "cwd" ? cwd : at(from);
      expect([shown?.workspace, shown?.workspace_from]).toEqual([path, from]);
    },
  );

  test.each<[string, Record<string, string>, WorkspaceSource]>([
    ["the variable of cadre", { CADRE_WORKSPACE: "/ours", VSCODE_CWD: "/editor" }, "environment"],
    ["an older variable", { MCP_TASK_ORCHESTRATOR_PROJECT_DIR: "/ours", CURSOR_CWD: "/editor" }, "environment"],
    ["that of the editor", { WINDSURF_CWD: "/ours" }, "environment"],
  ])("over stdio: of the environment, %s", async (_what, env, from) => {
    const [shown] = await overStdio({ era: "modern", env }, [{ ...CALL, _meta: envelope() }]);

    expect([shown?.workspace, shown?.workspace_from]).toEqual(["/ours", from]);
  });

  test("over HTTP: the header before the server's own, over REST and in both eras of MCP", async () => {
    await using server = await startServer({ table, settings: { workspace: "/flag" } });
    const headers = { "x-cadre-workspace": "file:///header" };
    const shown = async (more: Record<string, string>) => [
      (await server.get("/v1/caller/show", more)).body,
      await overMcp(await httpClient("legacy", server.origin, { headers: more })),
      await overMcp(await httpClient("modern", server.origin, { headers: more })),
    ];

    const [given, none] = [await shown(headers), await shown({})];

    expect(given).toMatchObject(Array(3).fill({ workspace: "/header", workspace_from: "header" }));
    expect(none).toMatchObject(Array(3).fill({ workspace: "/flag", workspace_from: "flag" }));
  });

  test("in a terminal: the flag before the repository, in every folder of it", async () => {
    using folder = tempFolder();
    const cwd = join(folder.path, "src", "deep");
    mkdirSync(cwd, { recursive: true });
    mkdirSync(join(folder.path, ".git"));
    const shown = async (...flags: string[]) =>
      JSON.parse((await invoke(["caller", "show", "--json", ...flags], { table, workspace: cwd })).stdout);

    expect([await shown("--workspace", ".."), await shown()]).toMatchObject([
      { workspace: join(folder.path, "src"), workspace_from: "flag" },
      { workspace: folder.path, workspace_from: "git" },
    ]);
  });
});

describe("who calls", () => {
  const clientInfo = { name: "claude-code", version: "2.1" };

  test("over stdio it is the process, which dies with its client, shown as the client's program", async () => {
    const older = await overStdio({ era: "legacy", greeting: { clientInfo } }, [CALL, CALL]);
    const said = envelope({ "io.modelcontextprotocol/clientInfo": clientInfo });
    const newer = await overStdio({ era: "modern" }, [{ ...CALL, _meta: said }]);

    const [first, second] = older.map(({ agent }) => agent);
    expect(first).toEqual({
      id: expect.stringMatching(/^process_[0-9a-f]{12}$/),
      label: "claude-code 2.1",
      isShared: false,
      process: first?.id ?? "",
    });
    expect(second).toEqual(first as NonNullable<typeof first>);
    expect(newer[0]?.agent.label).toBe("claude-code 2.1");
    expect(newer[0]?.agent.id).not.toBe(first?.id);
  });

  test("over stdio a name that was given stays with the process", async () => {
    const byFlag = await overStdio({ era: "legacy", settings: { agent: "night shift" } });
    const byVariable = await overStdio({ era: "legacy", env: { CADRE_AGENT: "night shift" } });

    for (const [shown] of [byFlag, byVariable]) {
      expect(shown?.agent).toEqual({
        id: "agent:night shift",
        label: "night shift",
        isShared: false,
        process: expect.stringMatching(/^process_[0-9a-f]{12}$/),
      });
    }
  });

  test("an MCP session over HTTP is one agent, before and after a restart, and its id is not told", async () => {
    using folder = tempFolder();
    const home = join(folder.path, "home");
    const greeting = { clientInfo };
    const before = await startServer({ table, home });
    const client = await httpClient("legacy", before.origin, { greeting });
    const sessionId = client.sessionId ?? "";
    const first = [await overMcp(client), await overMcp(client)];
    const other = await overMcp(await httpClient("legacy", before.origin, { greeting }));
    await before[Symbol.asyncDispose]();
    await using after = await startServer({ table, home });
    const again = await overMcp(await httpClient("legacy", after.origin, { sessionId }));

    const { agent } = again;
    expect(agent).toEqual({
      id: expect.stringMatching(/^mcp:[0-9a-f]{12}$/),
      label: "claude-code 2.1",
      isShared: false,
      process: "",
    });
    expect(first.map((shown) => shown.agent)).toEqual([agent, agent]);
    expect(other.agent.id).not.toBe(agent.id);
    for (const part of sessionId.split("-")) expect(agent.id).not.toContain(part);
  });

  test("callers that nothing tells apart are one shared agent a face", async () => {
    await using server = await startServer({ table });
    const modern = await overMcp(await httpClient("modern", server.origin));
    const rest = (await server.get("/v1/caller/show")).body as Shown;
    const cli = JSON.parse((await invoke(["caller", "show", "--json"], { table })).stdout) as Shown;

    expect([modern, rest, cli].map(({ agent }) => agent)).toEqual([
      { id: "http", label: "cadre-test 0", isShared: true, process: "" },
      { id: "rest", label: "rest", isShared: true, process: "" },
      { id: "cli", label: "cli", isShared: true, process: "" },
    ]);
  });

  test("whoever says its name is that agent, over whatever face", async () => {
    await using server = await startServer({ table });
    const headers = { "x-cadre-agent": Buffer.from("Zoë").toString("latin1") };
    const shown = [
      (await server.get("/v1/caller/show", headers)).body as Shown,
      await overMcp(await httpClient("legacy", server.origin, { headers })),
      await overMcp(await httpClient("modern", server.origin, { headers })),
      JSON.parse((await invoke(["caller", "show", "--json", "--agent", "Zoë"], { table })).stdout) as Shown,
      JSON.parse((await invoke(["caller", "show", "--json"], { table, env: { CADRE_AGENT: "Zoë" } })).stdout) as Shown,
    ];

    expect(shown.map(({ agent }) => agent)).toEqual(
      Array(5).fill({ id: "agent:Zoë", label: "Zoë", isShared: false, process: "" }),
    );
  });

  test("the name of the server's own process is none of its callers'", async () => {
    await using server = await startServer({ table, settings: { agent: "operator" } });

    const { body } = await server.get("/v1/caller/show");

    expect(body.agent.id).toBe("rest");
  });

  test.each(["", " ", "x".repeat(AGENT_CHARS_MAX + 1), "a\u202eb"])("X-Cadre-Agent %p is refused", async (name) => {
    await using server = await startServer({ table });
    const headers = { "x-cadre-agent": Buffer.from(name).toString("latin1") };

    const { status, body } = await server.get("/v1/caller/show", headers);

    expect([status, body.error]).toMatchObject([
      400,
      {
        code: "invalid_input",
        message: "cannot use X-Cadre-Agent: it is no name",
        hint: expect.stringContaining("1 to 64 characters"),
      },
    ]);
  });

  test.each<[string, object, string]>([
    ["many lines", { name: "one\ntwo\u2028three", version: "1" }, "one two three 1"],
    [
      "characters that move the cursor or turn the text",
      { name: "a\u001b[2Jb\u202ec", version: "1" },
      "a\\x1b[2Jb\\u202ec 1",
    ],
    ["half a character", { name: "\ud83d", version: "1" }, "\ufffd 1"],
    ["no version", { name: "app", version: "" }, "app"],
  ])("a client's name with %s is shown as what it is", async (_what, info, label) => {
    const [shown] = await overStdio({ era: "legacy", greeting: { clientInfo: info } });

    expect(shown?.agent.label).toBe(label);
  });

  test("a client's name is cut where it is too long, and missed where it is none", async () => {
    const [long] = await overStdio({
      era: "legacy",
      greeting: { clientInfo: { name: "n".repeat(100_000), version: "1" } },
    });
    const [none] = await overStdio({ era: "legacy", greeting: { clientInfo: { name: " ", version: "" } } });

    expect(long?.agent.label).toHaveLength(AGENT_CHARS_MAX);
    expect(none?.agent.label).toBe(none?.agent.id ?? "");
  });
});
