import { describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Clock } from "../../../src/base/clock.ts";
import { VERSION } from "../../../src/base/version.ts";
import { BUILT_IN_WORKFLOWS } from "../../../src/workflows/workflow-built-in.ts";
import { openTestApp, type TestApp } from "../../harness/app.ts";
import { answerAll, mockModels } from "../../harness/models.ts";
import { sampleOf } from "../../harness/sample.ts";

const HISTORIES = fileURLToPath(new URL("../../histories", import.meta.url));

/** What each pattern is asked. */
const ASKED: Readonly<Record<string, Record<string, unknown>>> = {
  research: { task: "What is known about pears?" },
  search: { query: "pears in winter" },
  "iterative-research": { task: "What is known about pears?", rounds: 2 },
  refine: { task: "Write about pears." },
  sequential: { task: "Write about pears.", stages: ["Outline", "Draft"] },
  route: { task: "Name a pear." },
  "map-reduce": { question: "What is it about?", texts: ["a pear", "an apple"] },
  debate: { question: "Are pears better than apples?", rounds: 1 },
  vote: { question: "Pear or apple?", choices: ["a text", "another"] },
  "citation-check": { text: "Pears are green, says http://127.0.0.1:9/page." },
  "plan-execute": { task: "Find a pear.", tools: [], steps: 2 },
};

type State = Record<string, unknown> & {
  readonly waits_for?: { readonly task?: string; readonly until_ms?: number }[];
};

/** As a model does that is given the steps of a pattern as tasks. */
async function workAsClient(app: TestApp<Clock>, id: string): Promise<State> {
  for (;;) {
    const state = (await app.call("run_show", { id, wait: "60s" })) as State;
    const [wait] = state.waits_for ?? [];
    if (!wait?.task) return state;
    // Whoever takes it takes the time that it needs.
    expect(wait.until_ms).toBeUndefined();
    const { prompt } = await app.call("task_start", { id: wait.task });
    const form = /JSON of this form: (\{.*\})/.exec(String(prompt))?.[1];
    const work = form ? JSON.stringify(sampleOf(JSON.parse(form))) : "A text of the client.";
    await app.call("task_complete", { id: wait.task, summary: "done", work });
  }
}

async function keepHistory(app: TestApp<Clock>, name: string, id: string): Promise<void> {
  if (!process.env["UPDATE_HISTORY"]) return;
  const exported = await app.runFiles.export(id, { cadre: VERSION, nowMs: app.clock.now() });
  writeFileSync(join(HISTORIES, `${name}.json`), `${JSON.stringify(exported, null, 1)}\n`);
}

const texts = new Map(BUILT_IN_WORKFLOWS);

describe.each(Object.entries(ASKED))("%s", (id, inputs) => {
  test("is without a mistake", async () => {
    await using app = await openTestApp();

    expect(await app.call("workflow_validate", { text: texts.get(id) })).toEqual({ valid: true, problems: [] });
  });

  test("is worked by models", async () => {
    await using models = await mockModels();
    await using app = await openTestApp();
    models.writeFile(app.modelsFile);
    answerAll(models.mock);
    app.worker.start();
    const { id: run } = await app.call("run_start", { workflow: id, inputs, wait: "0s" });

    const ended = await app.call("run_show", { id: run, wait: "60s" });

    expect({ status: ended["status"], failure: ended["failure"] }).toEqual({ status: "completed", failure: undefined });
    expect(ended["spent"]).toMatchObject({ replies: models.mock.getRequests().length });
    expect(await app.runFiles.replay(String(run))).toMatchObject({ differences: [], stands_at: [] });
    await keepHistory(app, id, String(run));
  });

  test("is worked by the model that calls, when there is no key", async () => {
    await using app = await openTestApp();
    app.worker.start();
    const { id: run } = await app.call("run_start", { workflow: id, inputs, wait: "0s" });

    const ended = await workAsClient(app, String(run));

    expect({ status: ended["status"], failure: ended["failure"] }).toEqual({ status: "completed", failure: undefined });
    expect(ended["spent"]).toBeUndefined();
  });
});
