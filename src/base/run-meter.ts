/** Is told what becomes of runs, and of each try of their steps. */
export interface RunMeter {
  run(workflow: string, outcome: string, tookMs: number): void;
  step(kind: string, outcome: string, tookMs: number): void;
}
