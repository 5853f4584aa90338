import { describe, expect, test } from "bun:test";
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Clock } from "../../../src/base/clock.ts";
import { VERSION } from "../../../src/base/version.ts";
import { BUILT_IN_WORKFLOWS } from "../../../src/workflows/workflow-built-in.ts";
import { openTestApp, type TestApp } from "../../harness/app.ts";

const HISTORIES = fileURLToPath(new URL("../../histories", import.meta.url));

type State = Record<string, unknown> & { readonly waits_for?: { readonly task?: string; readonly signal?: string }[] };

/** Values that each needs, and what whoever works its tasks hands in. */
const PLAYS: Readonly<Record<string, Play>> = {
  "bug-hunt": {
    inputs: { area: "src", test_command: "true" },
    summaries: ["places", "a bug", "mended", "none left"],
    output: {
      rounds: [
        { bug: "a bug", mended: "mended", tests: "passed" },
        { bug: "none left", tests: "not run" },
      ],
      report: expect.any(String),
    },
  },
  "code-review": {
    inputs: { files: ["a.ts", "b.ts"], test_command: "true" },
    output: { reviewed: 2, missing: 0, decision: { approved: true }, changes: "done", verified: "done" },
  },
  "data-pipeline": {
    inputs: { files: ["a.csv", "b.csv"], required: ["name"] },
    output: {
      files: 2,
      rows: 3,
      failed: [],
      shapes: [{ columns: "name, price", files: ["a.csv", "b.csv"] }],
      profiles: [
        {
          file: "a.csv",
          rows: 2,
          ragged_lines: [],
          columns: { name: { empty: 0, distinct: 2 }, price: { empty: 0, distinct: 2, min: 2, max: 4, mean: 3 } },
        },
        {
          file: "b.csv",
          rows: 1,
          ragged_lines: [],
          columns: { name: { empty: 0, distinct: 1 }, price: { empty: 1, distinct: 0 } },
        },
      ],
    },
  },
  "dependency-upgrade": {
    inputs: { packages: ["left", "right"], test_command: "true" },
    output: { upgraded: ["left", "right"], taken_back: [], report: expect.any(String) },
  },
  "nightly-scan": {
    inputs: { test_command: "false" },
    output: {
      findings: 2,
      marks: ["./a.ts:1:// TODO: less"],
      code: [],
      score: 100,
      large: [],
      tests: "the program ended as error: exit code 1",
    },
  },
  scan: {
    inputs: { path: "a.ts", pattern: "*.ts" },
    output: expect.objectContaining({ scan: expect.stringMatching(/^scan_/), score: 100, files: 1, found: [] }),
  },
  "release-checklist": {
    inputs: { version: "1.2.3", test_command: "true" },
    output: { version: "1.2.3", tested: true, notes: expect.any(String), published: "done" },
  },
};

interface Play {
  readonly inputs: Record<string, unknown>;
  readonly summaries?: readonly string[];
  readonly output: unknown;
}

async function projectHouse(): Promise<TestApp<Clock>> {
  const app = await openTestApp();
  writeFileSync(join(app.workspace, "a.csv"), 'name,price\n"Pear, green",2\nApple,4\n');
  writeFileSync(join(app.workspace, "b.csv"), "name,price\nPlum,\n");
  writeFileSync(join(app.workspace, "a.ts"), "// TODO: less\n");
  const git = (...args: string[]) => execFileSync("git", args, { cwd: app.workspace, stdio: "ignore" });
  git("init", "-q");
  git("-c", "user.name=T", "-c", "user.email=t@t", "commit", "-q", "--allow-empty", "-m", "begin");
  app.worker.start();
  return app;
}

/** Does whatever the run waits for, until it is over. */
async function play(app: TestApp<Clock>, id: string, summaries: readonly string[]): Promise<State> {
  let handedIn = 0;
  for (;;) {
    const state = (await app.call("run_show", { id, wait: "60s", steps: 1000, whole: true })) as State;
    const [wait] = state.waits_for ?? [];
    if (!wait) return state;
    if (wait.task) {
      await app.call("task_start", { id: wait.task });
      await app.call("task_complete", { id: wait.task, summary: summaries[handedIn++] ?? "done", work: "All of it." });
    } else await app.call("run_signal", { id, name: wait.signal });
  }
}

/** UPDATE_HISTORY=1: what happened in this version, for all that come after it. */
async function keepHistory(app: TestApp<Clock>, name: string, id: string): Promise<void> {
  if (!process.env["UPDATE_HISTORY"]) return;
  const exported = await app.runFiles.export(id, { cadre: VERSION, nowMs: app.clock.now() });
  writeFileSync(join(HISTORIES, `${name}.json`), `${JSON.stringify(exported, null, 1)}\n`);
}

describe.each([...BUILT_IN_WORKFLOWS].filter(([id]) => id in PLAYS))("%s", (id, text) => {
  test("is without a mistake", async () => {
    await using app = await openTestApp();

    expect(await app.call("workflow_validate", { text })).toEqual({ valid: true, problems: [] });
  });

  test("runs to its end", async () => {
    await using app = await projectHouse();
    const { inputs = {}, summaries = [], output } = PLAYS[id] ?? {};
    const started = await app.call("run_start", { workflow: id, inputs, wait: "0s" });

    const ended = await play(app, String(started["id"]), summaries);

    expect({ failure: ended["failure"], output: ended["output"] }).toEqual({ failure: undefined, output });
    expect(await app.runFiles.replay(String(started["id"]))).toMatchObject({ differences: [], stands_at: [] });
    await keepHistory(app, id, String(started["id"]));
  });
});
