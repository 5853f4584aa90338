import { deepEqual, equal, match, ok } from "node:assert/strict";
import { createHmac } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { test } from "node:test";
import { tempFolder } from "../harness/folder.ts";
import { DenoProgram } from "./program.ts";

const WORKFLOW = `
name: Squares
description: The square of each number.
inputs:
  numbers: { type: list, description: What is squared. }
output: "\${steps.each}"
steps:
  - id: each
    map:
      over: "\${inputs.numbers}"
      steps:
        - id: square
          code: { language: javascript, code: input * input, input: "\${item}" }
`;

test("a project's workflow, a schedule and a signed webhook on Deno", async () => {
  using folder = tempFolder();
  const project = join(folder.path, "project");
  mkdirSync(join(project, ".cadre", "workflows"), { recursive: true });
  writeFileSync(join(project, ".cadre", "workflows", "squares.yaml"), WORKFLOW);
  const told = Promise.withResolvers<{ readonly headers: Record<string, unknown>; readonly body: string }>();
  const listener = createServer((request, response) => {
    let body = "";
    request.on("data", (bytes) => {
      body += bytes;
    });
    request.on("end", () => {
      response.end();
      told.resolve({ headers: request.headers, body });
    });
  });
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  const { port } = listener.address() as { port: number };
  const env = {
    CADRE_HOME: join(folder.path, "home"),
    CADRE_WORKSPACE: project,
    CADRE_WEBHOOK_NETWORKS: "127.0.0.1",
    CADRE_TOOLSETS: "code,runs,admin",
  };
  await using trusting = new DenoProgram(["trust"], env);
  equal(await trusting.exited, 0, trusting.stderr);
  await using program = new DenoProgram([], env);
  await program.ask(0, "initialize", {
    protocolVersion: "2025-11-25",
    capabilities: {},
    clientInfo: { name: "deno-test", version: "1" },
  });
  program.write({ jsonrpc: "2.0", method: "notifications/initialized" });
  let id = 0;
  const call = async (name: string, args: object) => {
    const { result } = await program.ask(++id, "tools/call", { name, arguments: args });
    return JSON.parse(result.content[0].text);
  };

  const { secret } = await call("webhook_create", { url: `http://127.0.0.1:${port}/`, types: ["run.completed"] });
  const run = await call("run_start", { workflow: "squares", inputs: { numbers: ["1", "2", "3"] }, wait: "60s" });
  equal(run.status, "completed", JSON.stringify(run));
  const { headers, body } = await told.promise;
  const schedule = await call("schedule_create", {
    workflow: "squares",
    cron: "0 3 * * 1-5",
    inputs: { numbers: ["4"] },
  });
  const listed = await call("schedule_list", {});
  program.end();

  match(JSON.stringify(run.output), /1.*4.*9/);
  equal(JSON.parse(body).data.subject, run.id);
  const signed = `${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${body}`;
  const key = Buffer.from(String(secret).replace(/^whsec_/, ""), "base64");
  ok(String(headers["webhook-signature"]).includes(createHmac("sha256", key).update(signed).digest("base64")));
  deepEqual(
    listed.schedules.map((one: { id: string }) => one.id),
    [schedule.id],
  );
  equal(await program.exited, 0);
  listener.close();
});
