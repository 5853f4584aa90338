import type { Metrics } from "../observe/metrics.ts";

interface Now {
  readonly uptimeMs: number;
  readonly streams: number;
  readonly webhooks: number;
}

/** What the earlier research server told of itself, in its words. */
export function classicStats({ endedRuns, runs, replyDollars }: Metrics, { uptimeMs, streams, webhooks }: Now) {
  const ended = endedRuns.all();
  const total = (pick: (one: (typeof ended)[number]["ended"]) => number) =>
    ended.reduce((sum, one) => sum + pick(one.ended), 0);
  return {
    uptime_seconds: uptimeMs / 1_000,
    total_workflows: total(({ count }) => count),
    failed_workflows: total(({ errors }) => errors),
    active_workflows: runs.sum(),
    total_cost: replyDollars.sum(),
    by_orchestrator: Object.fromEntries(
      ended.map(({ workflow, ended: { count, errors, seconds, min, max } }) => [
        workflow,
        { count, errors, avg_duration: seconds / count, min_duration: min, max_duration: max },
      ]),
    ),
    active_streams: streams,
    registered_webhooks: webhooks,
  };
}
