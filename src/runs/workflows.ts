import type { RunRow } from "../store/runs.ts";
import type { Workflow } from "./workflow.ts";

/** Where definitions come from, beside those that are a part of this program. */
export interface WorkflowSource {
  readonly handler: string;
  /** Undefined when there is none of this version. */
  find(row: Pick<RunRow, "workflow" | "version">): Promise<Workflow | undefined>;
}

/** All workflows that this process can work on. */
export class Workflows {
  readonly #own = new Map<string, Workflow>();
  readonly #sources = new Map<string, WorkflowSource>();

  add(workflow: Workflow): void {
    this.#own.set(workflow.handler, workflow);
  }

  addSource(source: WorkflowSource): void {
    this.#sources.set(source.handler, source);
  }

  get handlers(): string[] {
    return [...this.#own.keys(), ...this.#sources.keys()];
  }

  async of(row: Pick<RunRow, "workflow" | "version" | "handler">): Promise<Workflow | undefined> {
    return this.#own.get(row.handler) ?? this.#sources.get(row.handler)?.find(row);
  }
}
