import { expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "../../../src/base/clock.ts";
import { openTestApp, type TestApp } from "../../harness/app.ts";
import { refusalOf } from "../../harness/errors.ts";

/** A house whose project has one workflow, `w`, with these inputs and steps. */
async function houseWith(steps: string, more = ""): Promise<TestApp<Clock>> {
  const app = await openTestApp();
  const folder = join(app.workspace, ".cadre", "workflows");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "w.yaml"), `name: W\ndescription: For tests.\n${more}steps:\n${steps}`);
  app.worker.start();
  return app;
}

const start = (app: TestApp<Clock>, more: Record<string, unknown> = {}) =>
  app.call("run_start", { workflow: "w", wait: "20s", ...more });

test("a run works out its expressions, and comes to its output", async () => {
  await using app = await houseWith(
    `
  - id: sum
    code: { language: javascript, code: "input.a + input.b", input: { a: "\${inputs.n}", b: "\${inputs.n * 2}" } }
  - id: told
    when: \${steps.sum.result > 100}
    sleep: 1h
`,
    'inputs:\n  n: { type: number, description: A number }\noutput: { sum: "${steps.sum.result}", text: "is ${steps.sum.result}" }\n',
  );

  const ran = await start(app, { inputs: { n: 2 } });

  expect(ran).toMatchObject({ status: "completed", output: { sum: 6, text: "is 6" } });
  expect(await app.call("run_show", { id: ran["id"] })).toMatchObject({
    inputs: { n: 2 },
    steps: [
      { key: "sum", kind: "code", status: "completed" },
      { key: "told", kind: "skip", status: "completed" },
    ],
  });
});

test("a task step waits until somebody hands the task in, and comes to the work", async () => {
  await using app = await houseWith(`
  - id: review
    task: { title: "Review it", role: reviewer }
  - id: gate
    gate: { message: "Ship \${steps.review.summary}?" }
`);
  const started = await start(app);
  const [wait] = started["waits_for"] as { task: string }[];

  await app.call("task_start", { id: wait?.task });
  await app.call("task_complete", { id: wait?.task, summary: "fine", work: "All of it is fine." });
  const asked = await app.call("run_show", { id: started["id"], wait: "20s" });
  const [gate] = asked["waits_for"] as { signal: string }[];
  await app.call("run_signal", { id: started["id"], name: gate?.signal, data: { approved: true, note: "go" } });
  const ended = await app.call("run_show", { id: started["id"], wait: "20s" });

  expect(started).toMatchObject({ status: "waiting", waits_for: [{ step: "review", kind: "task" }] });
  expect(asked).toMatchObject({ status: "waiting", waits_for: [{ step: "gate", message: "Ship fine?" }] });
  expect(ended).toMatchObject({ status: "completed", output: { approved: true, note: "go" } });
  expect(ended["steps"]).toContainEqual(
    expect.objectContaining({ key: "review", output: expect.objectContaining({ work: "All of it is fine." }) }),
  );
});

test("a map does its steps for each item, and says which failed", async () => {
  await using app = await houseWith(
    `
  - id: each
    map:
      over: \${inputs.names}
      min_success: 50%
      steps:
        - id: one
          code: { language: javascript, code: "if (input === 'b') throw new Error('no b'); input.toUpperCase()", input: "\${item}" }
        - id: two
          sleep: 1ms
        - id: three
          code: { language: javascript, code: "input", input: "\${index}: \${steps.one.result}" }
`,
    'inputs:\n  names: { type: list, description: Names }\noutput: "${steps.each.map((one) => one && one.result)}"\n',
  );

  const ran = await start(app, { inputs: { names: ["a", "b", "c"] } });

  expect(ran).toMatchObject({ status: "completed", output: ["0: A", null, "2: C"] });
});

test("blocks: parallel, switch, loop, child runs", async () => {
  await using app = await houseWith(
    `
  - id: both
    parallel:
      branches:
        left: [{ id: l, code: { language: javascript, code: "1" } }]
        right: [{ id: r, code: { language: javascript, code: "2" } }]
  - id: way
    switch:
      on: \${steps.both.left.result}
      cases: { "1": [{ id: one, code: { language: javascript, code: "'one'" } }] }
      default: [{ id: other, sleep: 1h }]
  - id: rounds
    loop:
      max: 5
      until: \${steps.more.result >= 2}
      steps: [{ id: more, code: { language: javascript, code: "input", input: "\${round}" } }]
  - id: below
    run: { workflow: child, inputs: { text: "\${steps.way.result}" } }
`,
    'output: ["${steps.way.result}", "${steps.rounds.result}", "${steps.below}"]\n',
  );
  writeFileSync(
    join(app.workspace, ".cadre", "workflows", "child.yaml"),
    'name: C\ndescription: D\ninputs: { text: { type: text, description: T } }\noutput: "<${inputs.text}>"\nsteps: [{ id: s, sleep: 1ms }]\n',
  );

  const ran = await start(app);

  expect(ran).toMatchObject({ status: "completed", output: ["one", 2, "<one>"] });
});

test.each([
  [1, { status: "completed", output: [1, { round: 2, message: expect.stringContaining("no more") }] }],
  [3, { status: "failed", failure: { message: expect.stringContaining("no more") } }],
])("a loop ends with the round before the one that fails, when %d have succeeded", async (least, told) => {
  await using app = await houseWith(
    `
  - id: rounds
    loop:
      max: 5
      min_success: ${least}
      steps: [{ id: more, code: { language: javascript, code: "if (input === 2) throw new Error('no more'); input", input: "\${round}" } }]
`,
    'output: ["${steps.rounds.result}", "${errors.rounds}"]\n',
  );

  expect(await start(app)).toMatchObject(told);
});

test("a run that failed is retried from what is done", async () => {
  await using app = await houseWith(`
  - id: first
    code: { language: javascript, code: "1" }
  - id: gate
    gate: { message: "Go on?" }
`);
  const { id } = await start(app);
  await app.call("run_signal", { id, name: "gate", data: { approved: false, note: "not yet" } });
  const failed = await app.call("run_show", { id, wait: "20s" });

  const retried = await app.call("run_retry", { id });
  await app.call("run_signal", { id, name: "gate" });
  const ended = await app.call("run_show", { id, wait: "20s" });

  expect(failed).toMatchObject({
    status: "failed",
    failure: { code: "failed", message: "it was not approved: not yet" },
  });
  expect(retried["id"]).toBe(id as string);
  expect(ended).toMatchObject({ status: "completed" });
});

test("an idempotency key starts one run, and refuses another input", async () => {
  await using app = await houseWith("  - id: s\n    sleep: 1ms\n", "inputs: { n: { type: number, description: N } }\n");
  const first = await start(app, { inputs: { n: 1 }, idempotency_key: "k" });
  const again = await start(app, { inputs: { n: 1 }, idempotency_key: "k" });

  const refused = await refusalOf(() => start(app, { inputs: { n: 2 }, idempotency_key: "k" }));

  expect([first["is_new"], again["is_new"], again["id"]]).toEqual([true, false, first["id"]]);
  expect(refused.code).toBe("conflict");
});

test("a hundred cancels at once end a run once, with its tasks; who speaks to it afterwards is told", async () => {
  await using app = await houseWith('\n  - id: review\n    task: { title: "Review it" }\n');
  const started = await start(app);
  const { id } = started;
  const [wait] = started["waits_for"] as { task: string }[];

  await Promise.allSettled(Array.from({ length: 100 }, () => app.call("run_cancel", { id })));
  const refused = await Promise.all([
    refusalOf(() => app.call("run_signal", { id, name: "x" })),
    refusalOf(() => app.call("run_cancel", { id })),
    refusalOf(() => app.call("run_retry", { id })),
    refusalOf(() => app.call("run_show", { id: "run_0123456789ab" })),
  ]);

  const ends = await app.sql.all("SELECT seq FROM event WHERE subject = ?1 AND type = 'run.cancelled'", [String(id)]);
  expect(ends).toHaveLength(1);
  expect(await app.call("task_show", { id: wait?.task })).toMatchObject({ status: "cancelled" });
  expect(refused.map(({ code }) => code)).toEqual(["conflict", "conflict", "conflict", "not_found"]);
});

test("workflows that name the same queue stand in it together", async () => {
  const more = "queue: { name: deploys, max: 1 }\n";
  await using app = await houseWith("  - { id: go, wait: { signal: go } }\n", more);
  const folder = join(app.workspace, ".cadre", "workflows");
  writeFileSync(join(folder, "v.yaml"), `name: V\ndescription: D\n${more}steps:\n  - { id: nap, sleep: 1ms }\n`);

  const first = await start(app, { wait: "0s" });
  const second = await app.call("run_start", { workflow: "v", wait: "0s" });
  const waiting = await app.call("run_show", { id: second["id"] });
  await app.call("run_signal", { id: first["id"], name: "go" });
  const after = await app.call("run_show", { id: second["id"], wait: "20s" });

  expect(waiting).toMatchObject({ status: "gated" });
  expect(after).toMatchObject({ status: "completed" });
});

test("a queue lets only so many runs start in its time", async () => {
  await using app = await houseWith(
    "  - { id: nap, sleep: 1ms }\n",
    "queue: { name: calls, rate: { starts: 1, per: 1h } }\n",
  );

  const first = await start(app);
  const second = await start(app, { wait: "0s" });

  expect(first).toMatchObject({ status: "completed" });
  expect(await app.call("run_show", { id: second["id"] })).toMatchObject({ status: "gated" });
});

test("an input may be whatever JSON can say, in the form that its schema gives", async () => {
  await using app = await houseWith(
    "  - { id: sum, code: { language: javascript, code: 'input.reduce((a, b) => a + b, 0)', input: '${inputs.numbers}' } }\n",
    `inputs:
  numbers: { type: value, description: Numbers, schema: { type: array, items: { type: number } } }
  more: { type: value, description: Anything, default: { deep: [1] } }
output: { sum: "\${steps.sum.result}", deep: "\${inputs.more.deep[0]}" }
`,
  );

  const ran = await start(app, { inputs: { numbers: [1, 2] } });
  const fromText = await start(app, { inputs: { numbers: "[3, 4]", more: '{"deep": ["x"]}' } });
  const refused = await refusalOf(() => app.call("run_start", { workflow: "w", inputs: { numbers: ["one"] } }));
  const shown = await app.call("workflow_show", { id: "w" });

  expect(ran).toMatchObject({ status: "completed", output: { sum: 3, deep: 1 } });
  expect(fromText).toMatchObject({ output: { sum: 7, deep: "x" } });
  expect(refused).toMatchObject({ code: "invalid_input", fields: [expect.objectContaining({ path: "numbers" })] });
  expect(shown["schema"]).toEqual({
    type: "object",
    properties: {
      numbers: { type: "array", items: { type: "number" }, description: "Numbers" },
      more: { description: "Anything", default: { deep: [1] } },
    },
    required: ["numbers"],
    additionalProperties: false,
  });
});
