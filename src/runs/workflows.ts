import type { RunRow } from "../store/runs.ts";
import type { Workflow } from "./workflow.ts";

/** The workflow of a run; undefined when it is not to be had here and now. */
type WorkflowOf = (run: Pick<RunRow, "workflow" | "version">) => Promise<Workflow | undefined>;

/** All workflows that this process can work on. */
export class Workflows {
  readonly #byHandler = new Map<string, WorkflowOf>();

  add(workflow: Workflow): void {
    this.handle(workflow.handler, async () => workflow);
  }

  /** For workflows of a kind, each of which its run knows. */
  handle(handler: string, workflowOf: WorkflowOf): void {
    this.#byHandler.set(handler, workflowOf);
  }

  get handlers(): string[] {
    return [...this.#byHandler.keys()];
  }

  async of(run: Pick<RunRow, "handler" | "workflow" | "version">): Promise<Workflow | undefined> {
    return this.#byHandler.get(run.handler)?.(run);
  }
}
