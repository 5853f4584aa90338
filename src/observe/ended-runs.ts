interface Ended {
  readonly count: number;
  readonly errors: number;
  readonly seconds: number;
  readonly min: number;
  readonly max: number;
}

const WORKFLOWS_MAX = 1_000;

/** What became of runs since this process began, by their workflow. */
export class EndedRuns {
  readonly #byWorkflow = new Map<string, Ended>();

  add(workflow: string, outcome: string, seconds: number): void {
    const known = this.#byWorkflow.get(workflow);
    if (!known && this.#byWorkflow.size >= WORKFLOWS_MAX) return;
    const { count, errors, seconds: sum, min, max } = known ?? NONE;
    this.#byWorkflow.set(workflow, {
      count: count + 1,
      errors: errors + (outcome === "failed" ? 1 : 0),
      seconds: sum + seconds,
      min: Math.min(min, seconds),
      max: Math.max(max, seconds),
    });
  }

  all(): { readonly workflow: string; readonly ended: Ended }[] {
    return [...this.#byWorkflow].map(([workflow, ended]) => ({ workflow, ended }));
  }
}

const NONE: Ended = { count: 0, errors: 0, seconds: 0, min: Number.POSITIVE_INFINITY, max: 0 };
