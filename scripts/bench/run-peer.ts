// A process that works on runs and does nothing else: run-peer.ts DATABASE LOCKS
import { hostname } from "node:os";
import { systemClock } from "../../src/base/clock.ts";
import { randomIds } from "../../src/base/ids.ts";
import { Runs } from "../../src/runs/runs.ts";
import { Worker } from "../../src/runs/worker.ts";
import { defineWorkflow } from "../../src/runs/workflow.ts";
import { Workflows } from "../../src/runs/workflows.ts";
import { runtime } from "../../src/runtime/current.ts";
import { openStore } from "../../src/store/open.ts";
import { ProcessLocks } from "../../src/store/process-lock.ts";
import type { Sql } from "../../src/store/sql.ts";

/** As many steps as its input says. */
export const counting = defineWorkflow({
  name: "counting",
  version: "1",
  run: async (context, input) => {
    for (let step = 0; step < Number(input); step++) await context.step(`step ${step}`, async () => step);
    return null;
  },
});

/** Comes to the moment in which its first step began. */
export const first = defineWorkflow({
  name: "first",
  version: "1",
  run: (context) => context.step("first", async () => performance.timeOrigin + performance.now()),
});

export interface RunPeer {
  readonly sql: Sql;
  readonly runs: Runs;
  readonly worker: Worker;
  close(): Promise<void>;
}

export async function openRunPeer(db: string, locks: string): Promise<RunPeer> {
  const sql = await openStore({ runtime, clock: systemClock, db, profile: "default", keepCopy: async () => {} });
  const workflows = new Workflows();
  workflows.add(counting);
  workflows.add(first);
  const parts = { sql, clock: systemClock, ids: randomIds };
  const liveness = new ProcessLocks(runtime, locks);
  const worker = new Worker({
    ...parts,
    workflows,
    liveness,
    process: randomIds.next("process"),
    host: hostname(),
    pid: runtime.host.pid,
    version: "bench",
    complain: (cause) => console.error(cause),
  });
  return {
    sql,
    runs: new Runs({ ...parts, worker }),
    worker,
    close: async () => {
      await worker.stop();
      await sql.close();
      liveness.release();
    },
  };
}

if (import.meta.main) {
  const [db = "", locks = ""] = process.argv.slice(2);
  const { worker } = await openRunPeer(db, locks);
  worker.start();
  console.log("works");
}
