import type { RunMeter } from "../base/run-meter.ts";
import type { Metrics } from "./metrics.ts";

/** What becomes of runs, as numbers. */
export function runMeter({ runsEnded, runSeconds, stepsEnded, stepSeconds }: Metrics): RunMeter {
  return {
    run: (workflow, outcome, tookMs) => {
      runsEnded.add({ workflow, outcome });
      runSeconds.observe({ workflow }, tookMs / 1_000);
    },
    step: (kind, outcome, tookMs) => {
      stepsEnded.add({ kind, outcome });
      stepSeconds.observe({ kind }, tookMs / 1_000);
    },
  };
}
