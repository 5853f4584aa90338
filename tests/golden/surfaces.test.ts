import { expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as limits from "../../src/base/limits.ts";
import { openTestApp } from "../harness/app.ts";
import { runCli } from "../harness/cli.ts";
import { expectGolden } from "../harness/golden.ts";
import { parseMetrics } from "../harness/prometheus.ts";
import { startServer, type TestServer } from "../harness/server.ts";

test("the names, kinds and labels of the metrics are what was promised", async () => {
  await using server = await startServer();
  await server.post("/v1/task/create", { title: "a" });
  await server.get("/v1/task/show?id=nothing", { host: "evil.example" });
  await runSomething(server);

  const { body } = await server.get("/metrics");

  const families = [...parseMetrics(body)].map(([name, { type, help, samples }]) => {
    const labels = new Set(samples.flatMap((sample) => Object.keys(sample.labels)).filter((label) => label !== "le"));
    return { name, type, help, labels: [...labels] };
  });
  expectGolden("metrics.json", families);
});

/** A run of one step, so that there is something to count. */
async function runSomething({ home, app, post, token }: TestServer): Promise<void> {
  mkdirSync(join(home, "workflows"), { recursive: true });
  const steps = "steps:\n  - id: look\n    tool: { name: cluster_status }\n";
  writeFileSync(join(home, "workflows", "look.yaml"), `name: Look\ndescription: For tests.\n${steps}`);
  app.worker.start();
  const { body } = await post("/v1/run/start", { workflow: "look", wait: "20s" }, { authorization: `Bearer ${token}` });
  expect(body).toMatchObject({ status: "completed" });
}

test("the OpenAPI description is what was promised", async () => {
  await using server = await startServer();

  const { body } = await server.get("/v1/openapi.json");

  const { info, servers: _where, ...rest } = body;
  expectGolden("openapi.json", { info: { ...info, version: "x" }, ...rest });
});

test("the limits are what was promised, and each is a whole number above zero", () => {
  expectGolden("limits.json", limits);
  for (const [name, value] of Object.entries(limits)) {
    expect(Number.isSafeInteger(value) && value > 0, name).toBe(true);
  }
});

test("the tables are what was promised", async () => {
  await using app = await openTestApp();
  const rows = await app.sql.all<{ sql: string }>(
    "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY type DESC, name",
  );

  expectGolden("schema.sql", `${rows.map(({ sql }) => sql).join(";\n\n")};\n`);
});

test("the help of the command line is what was promised", async () => {
  const { exit, stdout } = await runCli(["--help"]);

  expect(exit).toBe(0);
  expectGolden("help.txt", stdout);
});
