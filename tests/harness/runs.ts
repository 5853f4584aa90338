import { type Clock, systemClock } from "../../src/base/clock.ts";
import { randomIds } from "../../src/base/ids.ts";
import type { Liveness } from "../../src/base/liveness.ts";
import type { RunStatus } from "../../src/base/transitions.ts";
import { Runs } from "../../src/runs/runs.ts";
import { Worker } from "../../src/runs/worker.ts";
import { defineWorkflow, type Workflow } from "../../src/runs/workflow.ts";
import { Workflows } from "../../src/runs/workflows.ts";
import type { RunRow } from "../../src/store/runs.ts";
import type { Sql } from "../../src/store/sql.ts";
import { until } from "./condition.ts";
import { deathless } from "./deathless.ts";

export interface TestRuns {
  readonly runs: Runs;
  readonly worker: Worker;
  readonly process: string;
  /** A workflow that is worked on here. */
  define(name: string, run: Workflow["run"]): Workflow;
  add(...workflows: readonly Workflow[]): void;
  /** Waits until the run is there. */
  reaches(id: string, ...statuses: readonly RunStatus[]): Promise<RunRow>;
  [Symbol.asyncDispose](): Promise<void>;
}

interface Options {
  readonly liveness?: Liveness;
  readonly process?: string;
  readonly clock?: Clock;
  /** Complaints of the worker are what the test expects. */
  readonly mayComplain?: boolean;
  /** By itself it works from the beginning. */
  readonly isIdle?: boolean;
}

/** Runs as one process has them, on a database that is open. */
export function testRuns(sql: Sql, options: Options = {}): TestRuns {
  const { liveness = deathless, process = randomIds.next("process"), isIdle = false, clock = systemClock } = options;
  const workflows = new Workflows();
  const parts = { sql, clock, ids: randomIds };
  const complaints: unknown[] = [];
  const worker = new Worker({
    ...parts,
    workflows,
    liveness,
    process,
    host: "here",
    pid: 1,
    version: "1",
    complain: (cause) => complaints.push(cause),
  });
  const runs = new Runs({ ...parts, worker });
  if (!isIdle) worker.start();
  return {
    runs,
    worker,
    process,
    define: (name, run) => {
      const workflow = defineWorkflow({ name, version: "1", run });
      workflows.add(workflow);
      return workflow;
    },
    add: (...more) => {
      for (const workflow of more) workflows.add(workflow);
    },
    reaches: async (id, ...statuses) => {
      let run: RunRow | undefined;
      const isThere = async () => {
        run = (await runs.show(id)).run;
        return statuses.includes(run.status);
      };
      await until(isThere, `the run is ${statuses.join(" or ")}`).catch((cause: unknown) => {
        throw new Error(`${cause}: it is ${run?.status} ${run?.error ?? ""}; complaints: ${complaints.map(String)}`);
      });
      if (complaints.length > 0 && !options.mayComplain)
        throw new Error(`the worker complained: ${complaints.map(String)}`, { cause: complaints[0] });
      return run as RunRow;
    },
    [Symbol.asyncDispose]: () => worker.stop(),
  };
}
