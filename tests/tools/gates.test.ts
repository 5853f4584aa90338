// A gate asks whoever sits at the client, in the words of its era; without anybody there it waits for a signal.
import { expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { until } from "../harness/condition.ts";
import { tempFolder } from "../harness/folder.ts";
import { type Era, type RpcMessage, type StdioClient, stdioClient } from "../harness/mcp.ts";

const WORKFLOW = `name: Ship
description: For tests.
steps:
  - id: approve
    gate: { message: "Ship it?", details: { size: 3 } }
`;
const START = { name: "run_start", arguments: { workflow: "ship", wait: "20s" } };
const ASKS = { elicitation: { form: {} } };

async function clientOf(era: Era, capabilities: object): Promise<StdioClient & AsyncDisposable> {
  const folder = tempFolder();
  const home = join(folder.path, "home");
  // The user's own workflows need no trust.
  mkdirSync(join(home, "workflows"), { recursive: true });
  writeFileSync(join(home, "workflows", "ship.yaml"), WORKFLOW);
  const env = { CADRE_HOME: home, CADRE_TOOLSETS: "runs" };
  const client = await stdioClient(era, { cwd: folder.path, env, greeting: { capabilities } });
  return {
    ...client,
    [Symbol.asyncDispose]: async () => {
      await client[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}

function asking(client: StdioClient): RpcMessage | undefined {
  return client.messages().find(({ method }) => method === "elicitation/create");
}

test.each([
  ["yes", { action: "accept", content: { approved: true, note: "go" } }, "completed"],
  ["no", { action: "decline" }, "failed"],
  ["nothing yet", { action: "cancel" }, "waiting"],
])("a client of the older era is asked while the call waits, and says %s", async (_what, answer, status) => {
  await using client = await clientOf("legacy", ASKS);

  const called = client.request("tools/call", START);
  await until(() => asking(client) !== undefined, "the question is there");
  const question = asking(client);
  await client.send({ jsonrpc: "2.0", id: question?.id, result: answer });
  const { result } = await called;

  expect(question?.params).toMatchObject({ message: expect.stringMatching(/^Ship it\?\n\n.*"size": 3/s) });
  expect(result.structuredContent).toMatchObject({ status });
});

test("a client of the newer era gets the question instead of an answer, and calls again with what was said", async () => {
  await using client = await clientOf("modern", {});
  const _meta = { "io.modelcontextprotocol/clientCapabilities": ASKS };

  const { result: asked } = await client.request("tools/call", { ...START, _meta });
  const [key = ""] = Object.keys(asked.inputRequests ?? {});
  const inputResponses = { [key]: { action: "accept", content: { approved: true } } };
  const again = { ...START, _meta, inputResponses, requestState: asked.requestState };
  const { result: ended } = await client.request("tools/call", again);
  const { result: listed } = await client.request("tools/call", { name: "run_list", arguments: {} });

  expect(asked).toMatchObject({
    resultType: "input_required",
    inputRequests: {
      [key]: { method: "elicitation/create", params: { message: expect.stringContaining("Ship it?") } },
    },
  });
  expect(ended.structuredContent).toMatchObject({ status: "completed", output: { approved: true } });
  expect(listed.structuredContent.runs).toHaveLength(1);
});

test("a client with nobody to ask is told what to do instead", async () => {
  await using client = await clientOf("modern", {});

  const { result } = await client.request("tools/call", START);

  expect(result.structuredContent).toMatchObject({
    status: "waiting",
    worker: "here",
    waits_for: [{ step: "approve", kind: "gate", signal: "approve", message: "Ship it?", details: { size: 3 } }],
    next_step: expect.stringContaining("run_signal"),
  });
});
