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

/** Steps a second of so many workflows at once. */
export async function stepRate(peer: RunPeer, workflows: number, steps: number): Promise<number> {
  const started = performance.now();
  const ids = await Promise.all(
    Array.from({ length: workflows }, async () => (await peer.runs.start(counting, steps)).id),
  );
  // One after the other: whoever looks at all of them after each commit measures the looking.
  for (const id of ids) await ended(peer, id);
  return (workflows * steps) / ((performance.now() - started) / 1_000);
}

/** What a run has come to, once it is over. */
export async function ended({ sql }: RunPeer, id: string): Promise<string | null> {
  for (;;) {
    // Before the look: what is committed after it must be heard.
    const { promise, resolve } = Promise.withResolvers<void>();
    const stop = sql.onCommit(resolve);
    const [row] = await sql.all<{ ended_ms: number | null; output: string | null }>(
      "SELECT ended_ms, output FROM run WHERE id = ?1",
      [id],
    );
    if (row?.ended_ms) {
      stop();
      return row.output;
    }
    await promise;
    stop();
  }
}

if (import.meta.main) {
  const [db = "", locks = ""] = process.argv.slice(2);
  const { worker } = await openRunPeer(db, locks);
  worker.start();
  console.log("works");
}
