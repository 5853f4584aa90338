import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { toolsAndAliases } from "../../src/tools/index.ts";
import { runCli } from "./cli.ts";
import { tempFolder } from "./folder.ts";
import { type Era, httpClient, type McpClient, stdioClient } from "./mcp.ts";
import { startServer, type TestServer } from "./server.ts";

type Input = Readonly<Record<string, unknown>>;

/** What a face says to a call, in one form for all of them. */
export type Outcome = { readonly answer: Record<string, unknown> } | { readonly error: Refusal };

export interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

/** One way to reach the tools, with a project folder of its own. */
export interface Face {
  readonly name: string;
  readonly workspace: string;
  call(tool: string, input?: Input): Promise<Outcome>;
}

export interface Faces {
  readonly all: readonly Face[];
  readonly server: TestServer;
  face(name: FaceName): Face;
  [Symbol.asyncDispose](): Promise<void>;
}

export const FACE_NAMES = [
  "mcp stdio, old",
  "mcp stdio, new",
  "mcp http, old",
  "mcp http, new",
  "rest",
  "cli",
] as const;
export type FaceName = (typeof FACE_NAMES)[number];

/** Every face over one database: two stdio processes, one HTTP server, and the command line. */
export async function openFaces(): Promise<Faces> {
  const folder = tempFolder();
  const server = await startServer({ home: join(folder.path, "home") });
  const disposables = new AsyncDisposableStack();
  disposables.defer(() => folder[Symbol.dispose]());
  disposables.use(server);
  const workspaceOf = (name: string) => {
    const path = join(folder.path, name.replaceAll(/\W+/g, "-"));
    mkdirSync(path);
    return path;
  };
  const stdio = async (name: FaceName, era: Era): Promise<Face> => {
    const workspace = workspaceOf(name);
    const client = disposables.use(await stdioClient(era, { cwd: workspace, env: { CADRE_HOME: server.home } }));
    return { name, workspace, call: (tool, input) => callMcp(client, tool, input) };
  };
  const http = async (name: FaceName, era: Era): Promise<Face> => {
    const workspace = workspaceOf(name);
    const client = await httpClient(era, server.origin, {
      headers: { "x-cadre-workspace": workspace, authorization: `Bearer ${server.token}` },
    });
    return { name, workspace, call: (tool, input) => callMcp(client, tool, input) };
  };
  const all: Face[] = [
    await stdio("mcp stdio, old", "legacy"),
    await stdio("mcp stdio, new", "modern"),
    await http("mcp http, old", "legacy"),
    await http("mcp http, new", "modern"),
    restFace(server, workspaceOf("rest")),
    cliFace(server.home, workspaceOf("cli")),
  ];
  return {
    all,
    server,
    face: (name) => {
      const found = all.find((face) => face.name === name);
      if (!found) throw new Error(`no face ${name}`);
      return found;
    },
    [Symbol.asyncDispose]: () => disposables.disposeAsync(),
  };
}

export async function callMcp(client: McpClient, name: string, input: Input = {}): Promise<Outcome> {
  const { result, error } = await client.request("tools/call", { name, arguments: input });
  if (error) return { error: error.data as Refusal };
  const [{ text }] = result.content as [{ text: string }];
  const value = JSON.parse(text) as Record<string, unknown>;
  return result.isError ? { error: value["error"] as Refusal } : { answer: value };
}

function restFace(server: TestServer, workspace: string): Face {
  const headers = { "x-cadre-workspace": workspace, authorization: `Bearer ${server.token}` };
  return { name: "rest", workspace, call: (tool, input) => callRest(server, tool, input, headers) };
}

export async function callRest(
  server: TestServer,
  name: string,
  input: Input = {},
  headers: Record<string, string> = {},
): Promise<Outcome> {
  const [noun, ...verb] = name.split("_");
  const path = `/v1/${noun}/${verb.join("-")}`;
  const isRead = toolsAndAliases.find((tool) => tool.name === name)?.effect === "read";
  const query = new URLSearchParams(texts(input).map(([key, value]): [string, string] => [key, value]));
  const { status, body } = isRead
    ? await server.get(`${path}?${query}`, headers)
    : await server.post(path, input, headers);
  if (status === 200) return { answer: body };
  const { request_id, ...error } = body.error;
  if (typeof request_id !== "string") throw new Error("an error without its request id");
  return { error };
}

function cliFace(home: string, workspace: string): Face {
  return {
    name: "cli",
    workspace,
    call: async (tool, input = {}) => {
      const { exit, stdout, stderr } = await runCli(
        [...tool.split("_"), "--json", `--workspace=${workspace}`, ...cliWords(tool, input)],
        { env: { CADRE_HOME: home } },
      );
      // A program that failed is an answer, whatever cadre exits with.
      if (exit === 0 || stdout !== "") return { answer: JSON.parse(stdout) as Record<string, unknown> };
      return JSON.parse(stderr) as { error: Refusal };
    },
  };
}

function cliWords(name: string, input: Input): string[] {
  // A terminal names a program by its file, or with a flag.
  const positional =
    name === "code_run" ? ["language"] : (toolsAndAliases.find((tool) => tool.name === name)?.positional ?? []);
  return texts(input).flatMap(([key, value]) =>
    positional.includes(key) ? [value] : [`--${key.replaceAll("_", "-")}=${value}`],
  );
}

/** Options stand beside the other inputs where everything is text. */
function texts(input: Input): [string, string][] {
  return Object.entries(input).flatMap(([key, value]): [string, string][] =>
    key === "options" ? texts(value as Input) : [[key, asText(value)]],
  );
}

function asText(value: unknown): string {
  if (typeof value !== "object" || value === null) return String(value);
  const isPlain = Array.isArray(value) && value.every((one) => typeof one === "string" && !one.includes(","));
  return isPlain ? value.join(",") : JSON.stringify(value);
}
