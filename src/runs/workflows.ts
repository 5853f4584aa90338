import type { RunRow } from "../store/runs.ts";
import type { Workflow } from "./workflow.ts";

/** All workflows that this process can work on. */
export class Workflows {
  readonly #byHandler = new Map<string, Workflow>();

  add(workflow: Workflow): void {
    this.#byHandler.set(workflow.handler, workflow);
  }

  get handlers(): string[] {
    return [...this.#byHandler.keys()];
  }

  of({ handler }: Pick<RunRow, "handler">): Workflow | undefined {
    return this.#byHandler.get(handler);
  }
}
