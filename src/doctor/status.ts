// How cadre is now: the database, the processes that have it open, what is queued, held and interrupted.
import { existsSync } from "node:fs";
import type { Clock } from "../base/clock.ts";
import type { TaskStatus } from "../base/transitions.ts";
import type { Config } from "../config/load.ts";
import { askNeighbour } from "../config/neighbour.ts";
import { askingToken } from "../config/token.ts";
import type { ClusterStatus } from "../runs/cluster.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { holdersOf } from "../store/holders.ts";
import { readHeldTasks } from "../store/leases.ts";
import { isPostgres } from "../store/open.ts";
import { sizesOf } from "../store/optimize.ts";
import type { Sql } from "../store/sql.ts";
import { countTasks } from "../store/tasks.ts";
import type { Sessions } from "../tasks/sessions.ts";
import { processUsage, type Usage } from "./process-usage.ts";

export interface StatusParts {
  readonly runtime: Pick<Runtime, "host">;
  readonly clock: Clock;
  readonly config: Config;
  readonly databasePath: string;
  readonly version: string;
  readonly sql: Sql;
  readonly workspaces: { list(): Promise<readonly { readonly id: string; readonly path: string }[]> };
  readonly cluster: { status(): Promise<ClusterStatus> };
  readonly sessions: Pick<Sessions, "cleanUp">;
}

export interface HeldNow {
  readonly task: string;
  readonly title: string;
  readonly by: string;
  readonly until_ms: number;
}

export interface ProcessNow {
  readonly pid: number;
  /** Of one processor: since the last look, or since the process began. */
  readonly cpu_percent?: number;
  readonly rss_bytes?: number;
}

export interface Status extends Record<string, unknown> {
  readonly version: string;
  /** Degraded where work lies still: what holds it is gone, or nobody takes it. */
  readonly health: "ok" | "degraded";
  readonly database: string;
  readonly database_bytes?: number;
  readonly wal_bytes?: number;
  readonly server: string;
  readonly tasks: Partial<Record<TaskStatus, number>>;
  readonly runs: ClusterStatus["runs"];
  /** Runs whose worker is gone; the next worker takes them over. */
  readonly interrupted_runs: number;
  readonly lag_ms: number;
  readonly held: readonly HeldNow[];
  /** Held by processes that are gone: the next task_start takes them over. */
  readonly interrupted: readonly HeldNow[];
  readonly processes: readonly ProcessNow[];
}

/** So long a run may wait for a worker that there is. */
const LAG_MS_MAX = 60_000;

/** Looks again and again, and tells processor time between two looks. */
export class StatusWatch {
  readonly #parts: StatusParts;
  readonly #before = new Map<number, Usage & { readonly atMs: number }>();

  constructor(parts: StatusParts) {
    this.#parts = parts;
  }

  async now(): Promise<Status> {
    const { version, cluster, databasePath } = this.#parts;
    const [{ runs, nodes, lag_ms }, work, server, processes] = await Promise.all([
      cluster.status(),
      this.#work(),
      this.#server(),
      this.#processes(),
    ]);
    const isWaiting = lag_ms > LAG_MS_MAX && !nodes.some(({ state }) => state === "alive");
    const lost = nodes.filter(({ state }) => state !== "alive").reduce((sum, node) => sum + node.runs, 0);
    return {
      version,
      health: lost > 0 || work.interrupted.length > 0 || isWaiting ? "degraded" : "ok",
      ...this.#database(databasePath),
      server,
      ...work,
      runs,
      interrupted_runs: lost,
      lag_ms,
      processes,
    };
  }

  #database(path: string): Pick<Status, "database" | "database_bytes" | "wal_bytes"> {
    if (isPostgres(path)) return { database: "PostgreSQL" };
    if (!existsSync(path)) return { database: path };
    const { bytes, walBytes } = sizesOf(path);
    return { database: path, database_bytes: bytes, wal_bytes: walBytes };
  }

  async #work(): Promise<Pick<Status, "tasks" | "held" | "interrupted">> {
    const { sql, workspaces, sessions } = this.#parts;
    const tasks: Partial<Record<TaskStatus, number>> = {};
    const held: HeldNow[] = [];
    const interrupted: HeldNow[] = [];
    for (const { id, path } of await workspaces.list()) {
      for (const [status, number] of Object.entries(await countTasks(sql, { workspace_id: id, archived: false }))) {
        tasks[status as TaskStatus] = (tasks[status as TaskStatus] ?? 0) + number;
      }
      const { released } = await sessions.cleanUp(path, { idleMs: Number.MAX_SAFE_INTEGER, isDryRun: true });
      const left = new Set(released.map((task) => task.id));
      for (const { task, lease } of await readHeldTasks(sql, id)) {
        const row = { task: task.id, title: task.title, by: lease.holder, until_ms: lease.until_ms };
        (left.has(task.id) ? interrupted : held).push(row);
      }
    }
    return { tasks, held, interrupted };
  }

  async #server(): Promise<string> {
    const { runtime, config } = this.#parts;
    const { host, port, base_path } = config.settings;
    const token = askingToken(runtime.host.env, config.folders.data);
    const neighbour = await askNeighbour(`http://${host}:${port}${base_path}`, { token, port });
    if (!neighbour) return `none on port ${port}`;
    return `cadre ${neighbour.version} on port ${port}, process ${neighbour.pid}${neighbour.isOurs ? "" : ", with another token"}`;
  }

  async #processes(): Promise<ProcessNow[]> {
    const { runtime, clock, databasePath } = this.#parts;
    const { host } = runtime;
    const pids = isPostgres(databasePath) || !existsSync(databasePath) ? [] : (holdersOf(databasePath, host.pid) ?? []);
    return Promise.all(
      pids.map(async (pid): Promise<ProcessNow> => {
        const usage = await processUsage(pid, { host, clock });
        if (!usage) return { pid };
        const before = this.#before.get(pid);
        const atMs = clock.elapsed();
        this.#before.set(pid, { ...usage, atMs });
        const share = before && atMs > before.atMs ? (usage.cpuMs - before.cpuMs) / (atMs - before.atMs) : undefined;
        return {
          pid,
          rss_bytes: usage.rssBytes,
          ...(share === undefined ? {} : { cpu_percent: Math.round(share * 1_000) / 10 }),
        };
      }),
    );
  }
}
