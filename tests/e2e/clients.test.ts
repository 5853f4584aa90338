// What most clients embed: the SDK's client of the older line, and of the newer one in both eras.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { Client as ClientV1 } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport as StdioClientTransportV1 } from "@modelcontextprotocol/sdk/client/stdio.js";
import manifest from "../../package.json" with { type: "json" };
import { tempFolder } from "../harness/folder.ts";
import { LEGACY_VERSION, MODERN_VERSION } from "../harness/mcp.ts";
import { type Binary, BUILD_MS_MAX, buildBinary } from "./binary.ts";

let binary: Binary;
beforeAll(async () => {
  binary = await buildBinary();
}, BUILD_MS_MAX);
afterAll(() => binary[Symbol.dispose]());

const SELF = { name: "e2e", version: "0" };
const commandIn = (folder: string) => ({ command: binary.path, args: ["--home", folder], cwd: folder });
const CREATE = { name: "task_create", arguments: { title: "Made by a client" } };
const LIST = { name: "task_list", arguments: {} };

function parsed(result: unknown): unknown {
  const { content } = result as { content: readonly { text: string }[] };
  return JSON.parse(content[0]?.text ?? "");
}

test("the SDK's v1 client connects, lists and calls", async () => {
  using folder = tempFolder();
  const client = new ClientV1(SELF);
  await client.connect(new StdioClientTransportV1(commandIn(folder.path)));

  const { tools } = await client.listTools();
  await client.callTool(CREATE);
  const listed = await client.callTool(LIST);
  await client.close();

  expect(client.getServerVersion()).toMatchObject({ name: "cadre", version: manifest.version });
  expect(tools.map(({ name }) => name)).toContain("task_create");
  expect(parsed(listed)).toMatchObject({ tasks: [{ title: "Made by a client" }], counts: { pending: 1 } });
});

test.each([
  ["legacy", LEGACY_VERSION],
  ["auto", MODERN_VERSION],
] as const)("the SDK's v2 client in mode %s agrees on %s, lists and calls", async (mode, version) => {
  using folder = tempFolder();
  const client = new Client(SELF, { versionNegotiation: { mode } });
  await client.connect(new StdioClientTransport(commandIn(folder.path)));

  const { tools } = await client.listTools();
  await client.callTool(CREATE);
  const listed = await client.callTool(LIST);
  const agreed = client.getNegotiatedProtocolVersion();
  await client.close();

  expect(agreed).toBe(version);
  expect(tools.map(({ name }) => name)).toContain("task_create");
  expect(parsed(listed)).toMatchObject({ tasks: [{ title: "Made by a client" }], counts: { pending: 1 } });
});
