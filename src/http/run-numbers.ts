import type { Metrics } from "../observe/metrics.ts";
import type { Cluster } from "../runs/cluster.ts";
import type { Sql } from "../store/sql.ts";
import { countDeliveries } from "../store/webhooks.ts";

interface RunNumbersParts {
  readonly metrics: Metrics;
  readonly cluster: Pick<Cluster, "status">;
  readonly sql: Sql;
}

const NODE_STATES = ["alive", "silent", "dead"] as const;
const DELIVERY_STATUSES = ["waiting", "delivered", "dead"] as const;

/** How the whole database stands, whoever works on it. */
export async function readRunNumbers({ metrics, cluster, sql }: RunNumbersParts): Promise<void> {
  const { runs, nodes, lag_ms } = await cluster.status();
  for (const [status, number] of Object.entries(runs)) metrics.runs.set({ status }, number);
  metrics.oldRuns.set({}, metrics.runs.sum());
  metrics.runLag.set({}, lag_ms / 1_000);
  for (const state of NODE_STATES) {
    metrics.workers.set({ state }, nodes.filter((node) => node.state === state).length);
  }
  const counts = await countDeliveries(sql);
  for (const status of DELIVERY_STATUSES) {
    const all = counts.filter((one) => one.status === status).reduce((sum, one) => sum + Number(one.number), 0);
    metrics.deliveries.set({ status }, all);
  }
}
