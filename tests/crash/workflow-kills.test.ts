// A workflow goes on when the process that works on it is killed, wherever it stands: what is done stays done.
import { expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { until } from "../harness/condition.ts";
import { callMcp } from "../harness/faces.ts";
import { tempFolder } from "../harness/folder.ts";
import { type StdioClient, stdioClient } from "../harness/mcp.ts";

const ITEMS = 12;
const KILLS = 3;
const AT_ONCE = 2;
const WORKFLOW = `name: Long
description: For tests.
output: \${steps.each.map((one) => one.result)}
steps:
  - id: each
    map:
      over: \${Array(${ITEMS}).fill().map((_, at) => at)}
      concurrency: ${AT_ONCE}
      steps:
        - id: one
          code: { language: javascript, code: "await new Promise((go) => setTimeout(go, 50)); input * 2", input: "\${item}" }
`;

// biome-ignore lint/suspicious/noExplicitAny: answers of a server under test are looked into at any depth.
type Any = any;

async function answerOf(client: StdioClient, name: string, input: Record<string, unknown>): Promise<Any> {
  const outcome = await callMcp(client, name, input);
  if ("answer" in outcome) return outcome.answer;
  throw new Error(`${name}: ${JSON.stringify(outcome)}`);
}

test("a run ends right although each process that works on it is killed", async () => {
  using folder = tempFolder();
  const home = join(folder.path, "home");
  mkdirSync(join(home, "workflows"), { recursive: true });
  writeFileSync(join(home, "workflows", "long.yaml"), WORKFLOW);
  const open = () => stdioClient("legacy", { cwd: folder.path, env: { CADRE_HOME: home } });
  let client = await open();
  const { id, worker } = await answerOf(client, "run_start", { workflow: "long", wait: "0s" });
  const done = async () => {
    const { steps } = await answerOf(client, "run_show", { id });
    return (steps as Any[]).filter(({ kind, status }) => kind === "code" && status === "completed").length;
  };

  for (let kills = 1; kills <= KILLS; kills++) {
    await until(async () => (await done()) >= kills * 2, "some of it is done");
    client.process.signal("SIGKILL");
    await client[Symbol.asyncDispose]();
    client = await open();
  }
  const ended = await answerOf(client, "run_show", { id, wait: "60s" });
  const { executions } = await answerOf(client, "execution_list", { limit: 100 });
  await client[Symbol.asyncDispose]();

  expect(worker).toBe("here");
  expect(ended).toMatchObject({ status: "completed", output: Array.from({ length: ITEMS }, (_, at) => at * 2) });
  // Nothing that was done is done again; what was under way may be.
  expect(executions.length).toBeGreaterThanOrEqual(ITEMS);
  expect(executions.length).toBeLessThanOrEqual(ITEMS + KILLS * AT_ONCE);
}, 120_000);
