import { expect, test } from "bun:test";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Clock } from "../../../src/base/clock.ts";
import { run } from "../../../src/store/sql.ts";
import type { RunFile } from "../../../src/workflows/transfer/run-file.ts";
import { openTestApp, type TestApp } from "../../harness/app.ts";
import { runCli } from "../../harness/cli.ts";
import { refusalOf } from "../../harness/errors.ts";
import { tempFolder } from "../../harness/folder.ts";

const HISTORIES = fileURLToPath(new URL("../../histories", import.meta.url));
const WORKFLOW = `name: W
description: For tests.
inputs:
  n: { type: number, description: A number }
output: { sum: "\${steps.sum.result}", said: "\${steps.word}" }
steps:
  - id: sum
    code: { language: javascript, code: "input + 1", input: "\${inputs.n}" }
  - id: pause
    sleep: 1ms
  - id: word
    wait: { signal: word }
`;

async function house(): Promise<TestApp<Clock>> {
  const app = await openTestApp();
  const folder = join(app.workspace, ".cadre", "workflows");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "w.yaml"), WORKFLOW);
  app.worker.start();
  return app;
}

const about = { cadre: "0.0.0-test", nowMs: 1 };

/** Reads a run into an app as a user does. */
async function take(app: TestApp<Clock>, file: unknown): Promise<Record<string, unknown>> {
  const { id: workspaceId } = await app.workspaces.at(app.workspace);
  const caller = { agent: "me" as never, depth: 0 };
  const text = typeof file === "string" ? file : JSON.stringify(file);
  return { ...(await app.runFiles.import(text, { workspaceId, caller, nowMs: app.clock.now() })) };
}

async function ended(app: TestApp<Clock>): Promise<string> {
  const { id } = await app.call("run_start", { workflow: "w", inputs: { n: 1 }, wait: "20s" });
  await app.call("run_signal", { id, name: "word", data: { so: "it is" } });
  await app.call("run_show", { id, wait: "20s" });
  return String(id);
}

test("a run that leaves a cadre is the same in another, which goes through it again and comes to the same", async () => {
  await using from = await house();
  await using to = await openTestApp();
  const id = await ended(from);

  const file = await from.runFiles.export(id, about);
  const taken = await take(to, file);
  const again = await to.runFiles.export(id, about);

  expect(taken).toMatchObject({ id, workflow: "w", status: "completed", runs: 1, steps: 3, was_open: false });
  expect(again).toEqual(file);
  expect(JSON.stringify(file)).not.toContain("agent");
  expect(await to.runFiles.replay(id)).toEqual({ differences: [], stands_at: [], steps: 3 });
  expect(await to.call("run_show", { id })).toMatchObject({ output: { sum: 2, said: { so: "it is" } } });
});

test("a run that was not over is over where it comes to, and goes on there when it is told to", async () => {
  await using from = await house();
  await using to = await openTestApp();
  const { id } = await from.call("run_start", { workflow: "w", inputs: { n: 4 }, wait: "20s" });
  const stands = await from.runFiles.replay(String(id));

  const taken = await take(to, await from.runFiles.export(String(id), about));
  const before = await to.call("run_show", { id });
  to.worker.start();
  await to.call("run_retry", { id });
  await to.call("run_signal", { id, name: "word", data: "here" });
  const after = await to.call("run_show", { id, wait: "20s" });

  expect(stands).toEqual({ differences: [], stands_at: ["word"], steps: 3 });
  expect(taken).toMatchObject({ status: "failed", was_open: true });
  expect(before).toMatchObject({ status: "failed", failure: { message: "it was not over when it was exported" } });
  expect(after).toMatchObject({ status: "completed", output: { sum: 5, said: "here" } });
});

test("a replay tells what comes out otherwise", async () => {
  await using app = await house();
  const id = await ended(app);
  const change = (text: string) => app.sql.write(() => run(text, [id]));

  await change(`UPDATE run_step SET output = '{"result":7}' WHERE run_id = ?1 AND key = 'sum'`);
  const other = await app.runFiles.replay(id);
  await change(
    "INSERT INTO run_step (run_id, key, kind, status, attempt, started_ms) VALUES (?1, 'more', 'tool', 'completed', 1, 1)",
  );
  await change("DELETE FROM run_step WHERE run_id = ?1 AND key = 'word'");
  const lacking = await app.runFiles.replay(id);

  expect(other.differences).toEqual([
    'it was completed with {"sum":2,"said":{"so":"it is"}}, and comes to {"sum":7,"said":{"so":"it is"}} now',
  ]);
  expect(lacking.differences).toEqual([
    "word (wait) was not done, and is asked for now",
    "more (tool) was done, and is not asked for",
    "it was completed, and is not now",
  ]);
});

type Bad = (file: RunFile) => unknown;
const bad: Record<string, Bad> = {
  "no JSON": () => "{",
  "another format": (file) => ({ ...file, format: "other" }),
  "a newer format": (file) => ({ ...file, format_version: 2 }),
  "an unknown key": (file) => ({ ...file, more: 1 }),
  "a changed text": (file) => ({
    ...file,
    definitions: file.definitions.map((one) => ({ ...one, text: `${one.text}#` })),
  }),
  "a run that belongs to none": (file) => ({
    ...file,
    runs: [...file.runs, { ...file.runs[0], id: "run_aaaaaaaaaaaa" }],
  }),
  "a run twice": (file) => ({ ...file, runs: [...file.runs, { ...file.runs[0], parent: file.runs[0]?.id }] }),
  "an unknown kind": (file) => ({ ...file, runs: file.runs.map((one) => ({ ...one, handler: "other@1" })) }),
  "no run": (file) => ({ ...file, runs: [] }),
};

test.each(Object.entries(bad))("import refuses %s, and nothing of it is kept", async (_what, spoil) => {
  await using from = await house();
  await using to = await openTestApp();
  const file = await from.runFiles.export(await ended(from), about);

  const refusal = await refusalOf(() => take(to, spoil(file)));

  expect(refusal.code).toBe("invalid_input");
  expect(await to.sql.all("SELECT 1 FROM run")).toEqual([]);
});

test("import refuses a run that is here already", async () => {
  await using app = await house();
  const id = await ended(app);

  expect((await refusalOf(async () => take(app, await app.runFiles.export(id, about)))).code).toBe("conflict");
});

test("export, import and replay from the command line", async () => {
  using folder = tempFolder();
  await using app = await house();
  const id = await ended(app);
  const file = join(folder.path, "run.json");
  const other = ["--home", join(folder.path, "other")];

  const exported = await runCli(["--db", app.db, "run", "export", id, file]);
  const imported = await runCli([...other, "run", "import", file]);
  const replayed = await runCli([...other, "run", "replay", id, "--json"]);
  const missing = await runCli([...other, "run", "import", join(folder.path, "none.json")]);

  expect([exported.exit, imported.exit, replayed.exit]).toEqual([0, 0, 0]);
  expect(JSON.parse(replayed.stdout)).toMatchObject({ result: "same", steps: 3 });
  expect(missing.exit).not.toBe(0);
  expect(missing.stderr).toContain("none.json");
});

test.each(readdirSync(HISTORIES))("what happened before comes out the same: %s", async (name) => {
  await using app = await openTestApp();
  const text = readFileSync(join(HISTORIES, name), "utf8");

  const { id } = await take(app, text);

  expect(await app.runFiles.replay(String(id))).toMatchObject({ differences: [], stands_at: [] });
});
