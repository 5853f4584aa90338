import type { RunMeter } from "../base/run-meter.ts";
import type { Metrics } from "./metrics.ts";

/** What becomes of runs, as numbers. */
export function runMeter(metrics: Metrics): RunMeter {
  const { runsEnded, runSeconds, stepsEnded, stepSeconds, oldRunsEnded, oldRunSeconds, endedRuns } = metrics;
  return {
    run: (workflow, outcome, tookMs) => {
      runsEnded.add({ workflow, outcome });
      runSeconds.observe({ workflow }, tookMs / 1_000);
      oldRunsEnded.add({ orchestrator_type: workflow, status: outcome });
      oldRunSeconds.observe({ orchestrator_type: workflow }, tookMs / 1_000);
      endedRuns.add(workflow, outcome, tookMs / 1_000);
    },
    step: (kind, outcome, tookMs) => {
      stepsEnded.add({ kind, outcome });
      stepSeconds.observe({ kind }, tookMs / 1_000);
    },
  };
}
