import { describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Clock } from "../../../src/base/clock.ts";
import { VERSION } from "../../../src/base/version.ts";
import { BUILT_IN_WORKFLOWS } from "../../../src/workflows/workflow-built-in.ts";
import { openTestApp, type TestApp } from "../../harness/app.ts";
import { answerAll, mockModels } from "../../harness/models.ts";
import { PATTERN_QUESTIONS } from "../../harness/pattern-questions.ts";
import { sampleOf } from "../../harness/sample.ts";

const HISTORIES = fileURLToPath(new URL("../../histories", import.meta.url));

/** Their last answer is a call of a tool. */
const COMES_WHOLE = new Set(["citation-check"]);

/** All are asked before one has answered: what is open counts by estimate. */
const AT_ONCE = new Set(["vote"]);

/** The answer that is missing is all of it. */
const ALL_OR_NOTHING = new Set(["agent", "route"]);

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

describe.each(Object.entries(PATTERN_QUESTIONS))("%s", (id, inputs) => {
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

  test("whose budget runs out comes to what was done until then, and names what is missing", async () => {
    await using models = await mockModels();
    await using app = await openTestApp();
    models.writeFile(app.modelsFile);
    answerAll(models.mock);
    app.worker.start();
    const whole = await app.call("run_start", { workflow: id, inputs, wait: "60s" });
    const { tokens } = (await app.call("run_show", { id: whole["id"] }))["spent"] as { tokens: number };
    // So much that all but the last answer can be paid. One that comes as a whole is stopped before it is asked for.
    const [last] = await app.sql.all<{ tokens: number }>(
      "SELECT input_tokens + output_tokens AS tokens FROM reply ORDER BY seq DESC LIMIT 1",
    );
    const short = COMES_WHOLE.has(id) ? (last?.tokens ?? 0) - 1 : AT_ONCE.has(id) ? Math.floor(tokens / 2) : 1;
    const options = { budget: { tokens: tokens - short } };
    const { id: run } = await app.call("run_start", { workflow: id, inputs, options, wait: "0s" });

    const ended = await app.call("run_show", { id: run, wait: "60s" });

    const { status, failure, output } = ended as State;
    if (ALL_OR_NOTHING.has(id)) {
      expect({ status, failure }).toMatchObject({ status: "failed", failure: { code: "over_budget" } });
      return;
    }
    // All who answer at once may be cut off at once, before any has ended.
    if (AT_ONCE.has(id) && failure) {
      expect(JSON.stringify(failure)).toContain("the budget is used up");
      return;
    }
    expect({ status, failure }).toEqual({ status: "completed", failure: undefined });
    const { missing } = output as { missing: { title: string; why: string }[] };
    expect(missing).not.toEqual([]);
    for (const { title, why } of missing) {
      expect(title).not.toBe("");
      expect(why).toContain("the budget is used up");
    }
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
