// A process that works on runs until it is killed: run-worker.ts DATABASE FOLDER. Each step that is done leaves a line
// in FOLDER/done.
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "../../src/base/clock.ts";
import { randomIds } from "../../src/base/ids.ts";
import { Worker } from "../../src/runs/worker.ts";
import { defineWorkflow, type RunContext } from "../../src/runs/workflow.ts";
import { Workflows } from "../../src/runs/workflows.ts";
import { runtime } from "../../src/runtime/current.ts";
import { ProcessLocks } from "../../src/store/process-lock.ts";
import { openDatabase } from "../harness/database.ts";

const WORK_MS_MAX = 4;
const PAUSE_MS = 10;

const child = defineWorkflow({
  name: "child",
  version: "1",
  run: (context, input) => context.step("increase", () => done(context, "increase", Number(input) + 1)),
});

/** Of a number n it makes 2n, n + 1, and 1 or "unknown" for a step that may not be done twice. */
export const model = defineWorkflow({
  name: "model",
  version: "1",
  run: async (context, input) => {
    const n = Number(input);
    const doubled = await context.step("double", () => done(context, "double", n * 2));
    await context.sleep("pause", PAUSE_MS);
    const [increased, once] = await Promise.all([
      context.child("child", child, n),
      context.step("once", () => done(context, "once", 1), { atMostOnce: true }).catch(() => "unknown"),
      context.step("aside", () => done(context, "aside", n)),
    ]);
    const word = await context.waitFor("word", "word");
    return [doubled, increased ?? null, once, word ?? null];
  },
});

async function done<T>(context: RunContext, key: string, value: T): Promise<T> {
  await systemClock.sleep(Math.random() * WORK_MS_MAX);
  appendFileSync(join(folder, "done"), `${context.id} ${key}\n`);
  return value;
}

const [database = "", folder = ""] = process.argv.slice(2);

if (import.meta.main) {
  const sql = await openDatabase(database);
  const workflows = new Workflows();
  workflows.add(model);
  workflows.add(child);
  const worker = new Worker({
    sql,
    clock: systemClock,
    ids: randomIds,
    workflows,
    liveness: new ProcessLocks(runtime, join(folder, "processes")),
    process: randomIds.next("process"),
    host: "here",
    pid: 1,
    version: "1",
    complain: (cause) => console.error(cause),
  });
  worker.start();
  console.log("ready");
}
