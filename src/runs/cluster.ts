// Who works on the runs of one database, and how far behind they are.
import { z } from "zod";
import { type Clock, systemClock } from "../base/clock.ts";
import { RUN_LEASE_MS } from "../base/limits.ts";
import type { Liveness } from "../base/liveness.ts";
import type { Sql } from "../store/sql.ts";
import { readRunCounts, readWorkerLoads, readWorkerRows } from "../store/workers.ts";

const Whole = z.number().int();

const Node = z.object({
  process: z.string(),
  host: z.string().optional().describe("Not known of one that is gone and has left runs."),
  pid: Whole.optional(),
  version: z.string().optional(),
  state: z.enum(["alive", "silent", "dead"]).describe("silent: not heard of for longer than a lease lasts."),
  here: z.boolean().optional().describe("The process that answers."),
  runs: Whole,
  lease_ms: Whole.optional().describe("How long its runs stay its own if it says nothing more."),
  started_ms: Whole.optional(),
  seen_ms: Whole.optional(),
});

export const ClusterStatus = z.object({
  database: z.enum(["file", "server"]),
  bus: z.enum(["none", "connected", "away"]).describe("Without one, what others commit is looked for."),
  nodes: z.array(Node),
  runs: z.object({ gated: Whole, queued: Whole, running: Whole, waiting: Whole }),
  lag_ms: Whole.describe("How long the run has waited for a worker that has waited the longest."),
  clock_ahead_ms: Whole.describe("By how much this machine's clock is ahead of that by which rows are written."),
});
export type ClusterStatus = z.infer<typeof ClusterStatus>;

export interface ClusterParts {
  readonly sql: Sql;
  /** By which the rows are written. */
  readonly clock: Clock;
  readonly liveness: Liveness;
  /** The id of this process. */
  readonly process: string;
}

export class Cluster {
  readonly #parts: ClusterParts;

  constructor(parts: ClusterParts) {
    this.#parts = parts;
  }

  async status(): Promise<ClusterStatus> {
    const { sql, clock } = this.#parts;
    const counts = await readRunCounts(sql);
    const now = clock.now();
    const runs = { gated: 0, queued: 0, running: 0, waiting: 0 };
    for (const { status, runs: number } of counts)
      if (status in runs) runs[status as keyof typeof runs] = Number(number);
    const queued = counts.find(({ status }) => status === "queued");
    return {
      database: sql.dialect === "sqlite" ? "file" : "server",
      bus: sql.bus,
      nodes: await this.#nodes(now),
      runs,
      lag_ms: queued ? Math.max(0, now - Number(queued.oldest_ms)) : 0,
      clock_ahead_ms: Math.round(systemClock.now() - clock.now()),
    };
  }

  /** Those that have said that they work, and those that have runs without having said so, or any more. */
  async #nodes(now: number): Promise<z.infer<typeof Node>[]> {
    const { sql, process: own } = this.#parts;
    const rows = await readWorkerRows(sql);
    const loads = new Map((await readWorkerLoads(sql)).map((load) => [load.process, load]));
    const known = new Set(rows.map((row) => row.process));
    const strays = [...loads.keys()].filter((one) => !known.has(one)).map((process) => ({ process, seen_ms: 0 }));
    return [...rows, ...strays].map(({ seen_ms: seen, ...row }) => {
      const load = loads.get(row.process);
      return {
        ...row,
        ...(seen > 0 ? { seen_ms: seen } : {}),
        state: this.#stateOf(row.process, now - seen),
        ...(row.process === own ? { here: true } : {}),
        runs: Number(load?.runs ?? 0),
        ...(load ? { lease_ms: Math.max(0, Number(load.lease_ms) - now) } : {}),
      };
    });
  }

  #stateOf(process: string, silentMs: number): "alive" | "silent" | "dead" {
    const { liveness, process: own } = this.#parts;
    const lives = process === own || liveness.isAlive(process);
    if (lives !== undefined) return lives ? "alive" : "dead";
    return silentMs < RUN_LEASE_MS ? "alive" : "silent";
  }
}
