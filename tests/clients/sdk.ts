// The SDK's clients, which most MCP clients embed: the older line, and the newer one in each of its eras.
import { join } from "node:path";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { Client as ClientV1 } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport as StdioClientTransportV1 } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport as StreamableHTTPClientTransportV1 } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { ResourceUpdatedNotificationSchema } from "@modelcontextprotocol/sdk/types.js";
import { until } from "../harness/condition.ts";
import type { Outcome, Place } from "./place.ts";

const MAIN = join(import.meta.dirname, "../../src/main.ts");
const SELF = { name: "cadre-clients", version: "0" };
const MODES = ["legacy", "auto", { pin: "2026-07-28" }] as const;

export async function sdkClients(place: Place): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const transport of ["stdio", "http"] as const) {
    outcomes.push(await attempt(`sdk v1 ${transport}`, () => useV1(transport, place)));
    for (const mode of MODES) {
      const era = typeof mode === "string" ? mode : `pinned to ${mode.pin}`;
      outcomes.push(await attempt(`sdk v2 ${transport} ${era}`, () => useV2(transport, mode, place)));
    }
  }
  return outcomes;
}

async function attempt(name: string, work: () => Promise<string>): Promise<Outcome> {
  try {
    return { name, problems: [], detail: await work() };
  } catch (error) {
    return { name, problems: [error instanceof Error ? (error.stack ?? error.message) : String(error)], detail: "" };
  }
}

function stdio({ home, folder }: Place) {
  return { command: process.execPath, args: [MAIN, "--home", home], cwd: folder };
}

async function useV1(transport: "stdio" | "http", place: Place): Promise<string> {
  const client = new ClientV1(SELF, { capabilities: { roots: {} } });
  const heard: string[] = [];
  client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) => {
    heard.push(params.uri);
  });
  const wire =
    transport === "stdio"
      ? new StdioClientTransportV1(stdio(place))
      : new StreamableHTTPClientTransportV1(new URL(`${place.origin}/mcp`));
  // The class and the interface that it implements disagree on an optional field.
  await client.connect(wire as Parameters<typeof client.connect>[0]);
  await client.ping();
  const { tools } = await client.listTools();
  const id = await create((name, input) => client.callTool({ name, arguments: input }));
  await client.setLoggingLevel("warning");
  const { resources } = await client.listResources();
  await client.readResource({ uri: `cadre://task/${id}` });
  const ref = { type: "ref/resource" as const, uri: "cadre://role/{id}" };
  const { completion } = await client.complete({ ref, argument: { name: "id", value: "arch" } });
  await client.subscribeResource({ uri: `cadre://task/${id}` });
  await client.callTool({ name: "task_update", arguments: { id, status: "active" } });
  await until(() => heard.length > 0, "the change was told");
  await client.close();
  expectEqual(completion.values, ["architect"]);
  expectEqual(heard[0], `cadre://task/${id}`);
  return `${tools.length} tools, ${resources.length} resources, told of a change`;
}

async function useV2(transport: "stdio" | "http", mode: (typeof MODES)[number], place: Place): Promise<string> {
  const client = new Client(SELF, { versionNegotiation: { mode } });
  const wire =
    transport === "stdio"
      ? new StdioClientTransport(stdio(place))
      : new StreamableHTTPClientTransport(new URL(`${place.origin}/mcp`));
  await client.connect(wire);
  const version = client.getNegotiatedProtocolVersion();
  const { tools } = await client.listTools();
  const id = await create((name, input) => client.callTool({ name, arguments: input }));
  const { resources } = await client.listResources();
  await client.readResource({ uri: `cadre://task/${id}` });
  const unknown = await client
    .callTool({ name: "task_show", arguments: { id: "task_ffffffffffff" } })
    .then(({ isError }) => isError);
  await client.close();
  expectEqual(unknown, true);
  return `${version}, ${tools.length} tools, ${resources.length} resources`;
}

async function create(call: (name: string, input: Record<string, unknown>) => Promise<unknown>): Promise<string> {
  const { content } = (await call("task_create", { title: "Made by an SDK client" })) as {
    content: readonly { text: string }[];
  };
  const { id } = JSON.parse(content[0]?.text ?? "{}") as { id: string };
  return id;
}

function expectEqual(actual: unknown, expected: unknown): void {
  if (Bun.deepEquals(actual, expected)) return;
  throw new Error(`expected ${JSON.stringify(expected)}, but got ${JSON.stringify(actual)}`);
}
