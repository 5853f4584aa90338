import { AppError } from "../../base/errors.ts";
import { type Replayed, replay } from "../../runs/replay.ts";
import type { Runs } from "../../runs/runs.ts";
import type { Workflows } from "../../runs/workflows.ts";
import type { Sql } from "../../store/sql.ts";
import { YAML_HANDLER } from "../yaml-workflows.ts";
import { exportRun } from "./export-run.ts";
import { type ImportedBy, type ImportedRun, importRun } from "./import-run.ts";
import type { RunFile } from "./run-file.ts";

interface RunFilesParts {
  readonly sql: Sql;
  readonly runs: Runs;
  /** All that this process can work on. */
  readonly workflows: Workflows;
}

/** Runs that leave a cadre as a file, come to another, and are gone through again. */
export class RunFiles {
  readonly #parts: RunFilesParts;

  constructor(parts: RunFilesParts) {
    this.#parts = parts;
  }

  async export(id: string, about: { readonly cadre: string; readonly nowMs: number }): Promise<RunFile> {
    const { sql, runs } = this.#parts;
    await runs.find(id);
    return exportRun(sql, id, about);
  }

  import(text: string, by: Omit<ImportedBy, "handlers">): Promise<ImportedRun> {
    const { sql, workflows } = this.#parts;
    return importRun(sql, text, { ...by, handlers: workflows.handlers });
  }

  async replay(id: string): Promise<Replayed> {
    const { runs, workflows } = this.#parts;
    const { run, steps } = await runs.show(id);
    if (run.handler !== YAML_HANDLER) {
      throw new AppError("invalid_input", `cannot go through ${id} again: it is no run of a workflow file`, {
        hint: "What it does follows from the tasks that it works on, as they are at the time.",
      });
    }
    const workflow = await workflows.of(run);
    if (workflow) return replay(run, steps, workflow);
    throw new AppError("not_found", `cannot go through ${id} again: the text of its workflow is gone`, {
      hint: "Texts are kept for as long as runs that began with them.",
    });
  }
}
