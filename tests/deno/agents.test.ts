// Every provider's package answers on Deno as it does on Bun, and a pattern of agents comes to its end there.
import { deepStrictEqual as deepEqual, strictEqual as equal, match } from "node:assert";
import { mkdirSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { tempFolder } from "../harness/folder.ts";
import { answerAll, mockModels } from "../harness/models.ts";
import { DenoProgram } from "./program.ts";

const PROVIDERS = ["anthropic", "openai", "xai", "google", "mistral", "groq", "perplexity", "deepseek", "ollama"];
const WORKFLOW = `name: All
description: Asks every provider
output: \${steps.all.map((one) => one.text)}
steps:
  - id: all
    map:
      over: \${${JSON.stringify(PROVIDERS)}}
      steps: [{ id: one, agent: { prompt: Say it, model: "\${item}:model-x" } }]
`;

test("the lines of the earlier research server run on Deno", async () => {
  using folder = tempFolder();
  await using models = await mockModels();
  answerAll(models.mock);
  models.writeFile(`${folder.path}/models.yaml`);
  await using program = new DenoProgram(["--http", "0", "--open"], {
    CADRE_HOME: folder.path,
    CADRE_WORKSPACE: folder.path,
  });
  const origin = await program.until(() => /http:\/\/[\d.]+:\d+/.exec(program.stdout + program.stderr)?.[0]);

  const begun = await fetch(`${origin}/mcp/tools/orchestrate_research`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ task: "Impact of tides on pears", provider_name: "openai" }),
  });
  const { success, stream_url: stream } = (await begun.json()) as { success: boolean; stream_url: string };
  const told = await (await fetch(`${origin}/mcp${stream}`)).text();

  equal(success, true);
  match(told, /event: workflow_complete\n/);
  match(told, /event: stream_closed\n/);
});

test("agents on Deno are answered by every provider, and work a pattern", async () => {
  using folder = tempFolder();
  await using models = await mockModels();
  answerAll(models.mock, "It is said.");
  mkdirSync(`${folder.path}/workflows`, { recursive: true });
  models.writeFile(`${folder.path}/models.yaml`);
  writeFileSync(`${folder.path}/workflows/all.yaml`, WORKFLOW);
  await using program = new DenoProgram([], { CADRE_HOME: folder.path, CADRE_WORKSPACE: folder.path });
  await program.ask(0, "initialize", {
    protocolVersion: "2025-11-25",
    capabilities: {},
    clientInfo: { name: "deno-test", version: "1" },
  });
  program.write({ jsonrpc: "2.0", method: "notifications/initialized" });
  const run = async (id: number, workflow: string, inputs: object) => {
    const { result } = await program.ask(id, "tools/call", {
      name: "run_start",
      arguments: { workflow, inputs, wait: "60s" },
    });
    return JSON.parse(result.content[0].text);
  };

  const all = await run(1, "all", {});
  const vote = await run(2, "vote", { question: "Pear or apple?" });
  program.end();

  equal(all.status, "completed", JSON.stringify(all));
  deepEqual(
    all.output,
    PROVIDERS.map(() => "It is said."),
  );
  equal(vote.status, "completed", JSON.stringify(vote));
  equal(vote.output.answer, "a text");
  equal(await program.exited, 0);
});
