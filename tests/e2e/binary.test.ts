// The compiled program, as it is handed out: whatever is lazily loaded or embedded has to be in it.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { join } from "node:path";
import manifest from "../../package.json" with { type: "json" };
import { tempFolder } from "../harness/folder.ts";
import {
  type Era,
  LEGACY_VERSION,
  MODERN_VERSION,
  type RpcMessage,
  type StdioClient,
  stdioWire,
} from "../harness/mcp.ts";
import { originOf } from "../harness/process.ts";
import { readSse } from "../harness/sse.ts";
import { type Binary, BUILD_MS_MAX, buildBinary, COMMIT } from "./binary.ts";

let binary: Binary;
beforeAll(async () => {
  binary = await buildBinary();
}, BUILD_MS_MAX);
afterAll(() => binary[Symbol.dispose]());

let folder: ReturnType<typeof tempFolder>;
beforeEach(() => {
  folder = tempFolder();
});
afterEach(() => folder[Symbol.dispose]());

const place = () => ({ home: join(folder.path, "home"), cwd: folder.path });
const GREETING = { protocolVersion: LEGACY_VERSION, capabilities: {}, clientInfo: { name: "e2e", version: "0" } };
const LIST = { name: "task_list", arguments: {} };

function connect(era: Era = "legacy"): StdioClient {
  return stdioWire(binary.start([], place()), era);
}

async function greeted(): Promise<StdioClient> {
  const client = connect();
  await client.request("initialize", GREETING);
  await client.send({ jsonrpc: "2.0", method: "notifications/initialized" });
  return client;
}

async function create(client: StdioClient, title: string): Promise<string> {
  const answer = await client.request("tools/call", { name: "task_create", arguments: { title } });
  return String(contentOf(answer)["id"]);
}

function contentOf({ result }: RpcMessage): Record<string, unknown> {
  return JSON.parse(result.content[0].text);
}

describe("over stdio", () => {
  test("initialize is answered in the older era, with the version that the client asked for", async () => {
    await using client = connect();

    const { result } = await client.request("initialize", GREETING);

    expect(result).toMatchObject({
      protocolVersion: LEGACY_VERSION,
      serverInfo: { name: "cadre", version: manifest.version },
      capabilities: { tools: {} },
    });
  });

  test("server/discover is answered in the newer era, without a greeting", async () => {
    await using client = connect("modern");

    const { result } = await client.request("server/discover");
    const called = await client.request("tools/call", LIST);

    expect(result.supportedVersions).toContain(MODERN_VERSION);
    expect(result._meta).toMatchObject({ "io.modelcontextprotocol/serverInfo": { name: "cadre" } });
    expect(contentOf(called)).toEqual({ tasks: [], counts: {} });
  });

  test("every line of stdout is a message of the protocol, whatever came in", async () => {
    await using client = await greeted();

    await client.send("not a message");
    await client.process.write("\u0000 garbage {\n\n");
    await client.request("no/such/method");
    await client.request("tools/call", { name: "task_show", arguments: { id: "nonsense" } });
    await client.request("tools/list");

    const messages = client.messages();
    expect(messages.length).toBeGreaterThanOrEqual(6);
    expect(messages.map(({ jsonrpc }) => jsonrpc)).toEqual(messages.map(() => "2.0"));
  });

  test("a line that is no JSON is answered with -32700, and the next one is served", async () => {
    await using client = await greeted();

    await client.process.write("this is not JSON\n");

    expect((await client.answerTo(null)).error).toMatchObject({ code: -32_700 });
    expect(contentOf(await client.request("tools/call", LIST))).toMatchObject({ tasks: [] });
  });

  test("a call right before the end of stdin is answered, then the program leaves with 0", async () => {
    await using client = connect();
    const lines = [
      { id: 1, method: "initialize", params: GREETING },
      { method: "notifications/initialized" },
      { id: 2, method: "tools/call", params: { name: "task_create", arguments: { title: "The last one" } } },
    ];

    await client.process.write(lines.map((line) => `${JSON.stringify({ jsonrpc: "2.0", ...line })}\n`).join(""));
    await client.process.endInput();

    expect(await client.process.exited).toBe(0);
    expect(contentOf(await client.answerTo(2))).toMatchObject({ title: "The last one", status: "pending" });
    expect(await binary.json(["task", "list"], place())).toMatchObject({ tasks: [{ title: "The last one" }] });
  });

  test.each(["SIGTERM", "SIGINT", "SIGHUP"] as const)("%s makes it leave with 0", async (signal) => {
    await using client = await greeted();
    await create(client, "Before the signal");

    client.process.signal(signal);

    expect(await client.process.exited).toBe(0);
  });

  test("kill -9 loses nothing that was answered", async () => {
    const titles = Array.from({ length: 20 }, (_, index) => `Task ${index}`);
    await using client = await greeted();
    const ids = await Promise.all(titles.map((title) => create(client, title)));

    client.process.signal("SIGKILL");
    await client.process.exited;

    await using next = await greeted();
    const { tasks } = contentOf(await next.request("tools/call", LIST)) as { tasks: { id: string; title: string }[] };
    expect(new Set(tasks.map(({ id }) => id))).toEqual(new Set(ids));
    expect(new Set(tasks.map(({ title }) => title))).toEqual(new Set(titles));
  });
});

describe("in a terminal", () => {
  test("--version says version, commit and runtime", async () => {
    await using child = binary.start(["--version"], place());

    expect(await child.exited).toBe(0);
    expect(child.stdout()).toBe(`cadre ${manifest.version} (${COMMIT}, bun ${Bun.version})\n`);
  });

  test("a task that one command made is in the list of the next", async () => {
    const { id } = await binary.json(["task", "create", "From a script"], place());

    expect(await binary.json(["task", "list"], place())).toMatchObject({ tasks: [{ id, title: "From a script" }] });
  });

  test("what is embedded is there: the built-in roles", async () => {
    expect(await binary.json(["role", "show", "architect"], place())).toMatchObject({
      id: "architect",
      source: "built-in",
    });
  });

  test("a wrong word is told with exit code and hint", async () => {
    await using child = binary.start(["task", "lisst"], place());

    expect(await child.exited).toBe(2);
    expect(child.stderr()).toContain("Did you mean task list?");
  });
});

describe("over HTTP", () => {
  test("--http serves REST and live events, and leaves with 0 when told to", async () => {
    await using server = binary.start(["--http", "0"], place());
    const origin = await originOf(server);
    await using events = await readSse(`${origin}/v1/events`);

    const made = await fetch(`${origin}/v1/task/create`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ title: "Over HTTP" }),
    });
    const { id } = (await made.json()) as { id: string };
    const [event] = await events.have(1);
    server.signal("SIGTERM");

    expect(event).toMatchObject({ event: "task.created", data: { subject: id } });
    expect(await server.exited).toBe(0);
  });
});
