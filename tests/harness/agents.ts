// Agents in a run: a workflow of one file, on models that answer on loopback.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "../../src/base/clock.ts";
import { openTestApp, type TestApp } from "./app.ts";
import { type MockModels, mockModels } from "./models.ts";

export interface AgentHouse extends AsyncDisposable {
  readonly app: TestApp<Clock>;
  readonly models: MockModels;
  /** Runs the steps, and answers how it ended. */
  run(steps: string, options?: Record<string, unknown>): Promise<Record<string, unknown>>;
  /** Begins it, and answers its id. */
  start(steps: string, options?: Record<string, unknown>): Promise<string>;
}

export async function agentHouse(db?: string): Promise<AgentHouse> {
  const models = await mockModels();
  const app = await openTestApp(db === undefined ? {} : { db });
  models.writeFile(app.modelsFile);
  const folder = join(app.workspace, ".cadre", "workflows");
  mkdirSync(folder, { recursive: true });
  app.worker.start();
  const start = async (steps: string, options: Record<string, unknown> = {}) => {
    writeFileSync(join(folder, "it.yaml"), `name: It\ndescription: Tries agents\nsteps:\n${steps}`);
    return String((await app.call("run_start", { workflow: "it", wait: "0s", options }))["id"]);
  };
  return {
    app,
    models,
    start,
    run: async (steps, options) => app.call("run_show", { id: await start(steps, options), wait: "60s", whole: true }),
    [Symbol.asyncDispose]: async () => {
      await app.close();
      await models[Symbol.asyncDispose]();
    },
  };
}
