// A run of another cadre becomes one of ours. Invariants: all of it or nothing; it acts for whoever imports it, not for
// whoever is named in the file; and nothing of it goes on by itself.
import type { RunCaller } from "../../base/call-tool.ts";
import { AppError } from "../../base/errors.ts";
import { digest } from "../../base/ids.ts";
import type { Json } from "../../base/json.ts";
import { RUN_ENDS } from "../../base/transitions.ts";
import { encode } from "../../runs/kept.ts";
import { appendEvent } from "../../store/events.ts";
import { putRun } from "../../store/run-family.ts";
import type { StepRow } from "../../store/run-steps.ts";
import type { Part, Sql } from "../../store/sql.ts";
import { keepDefinition } from "../../store/workflow-definitions.ts";
import { type ExportedRun, RunFile } from "./run-file.ts";

export interface ImportedBy {
  readonly workspaceId: string;
  readonly caller: RunCaller;
  readonly nowMs: number;
  /** What this cadre can work on. */
  readonly handlers: readonly string[];
}

export interface ImportedRun {
  readonly id: string;
  readonly workflow: string;
  readonly status: string;
  readonly runs: number;
  readonly steps: number;
  /** It was not over when it was exported. */
  readonly was_open: boolean;
}

/** What it was that has not ended elsewhere. */
const OPEN = {
  code: "failed",
  message: "it was not over when it was exported",
  hint: "cadre run retry goes on with it here, from the last step that was done; see that it does not go on there, too.",
};

export async function importRun(sql: Sql, text: string, by: ImportedBy): Promise<ImportedRun> {
  const file = readFile(text);
  const [first] = file.runs as [ExportedRun];
  const unknown = file.runs.find(({ handler }) => !by.handlers.includes(handler));
  if (unknown) throw refused(`${unknown.id} is worked on by ${unknown.handler}, which this cadre does not know`);
  const taken = await sql.write(function* () {
    for (const { digest: name, text: definition } of file.definitions)
      yield* keepDefinition(name, definition, by.nowMs);
    for (const run of file.runs) if (!(yield* put(run, first.id, by))) return run.id;
    return undefined;
  });
  if (taken !== undefined) {
    throw new AppError("conflict", `cannot import the run: ${taken} is here already`, {
      hint: `See it with cadre run show ${taken}.`,
    });
  }
  return {
    id: first.id,
    workflow: first.workflow,
    status: isOpen(first) ? "failed" : first.status,
    runs: file.runs.length,
    steps: file.runs.reduce((sum, { steps }) => sum + steps.length, 0),
    was_open: isOpen(first),
  };
}

/** A file is what it says, or it is refused: texts by their digests, and each run after the one that started it. */
function readFile(text: string): RunFile {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw refused("it is no JSON", cause);
  }
  const read = RunFile.safeParse(json);
  if (!read.success) {
    const [issue] = read.error.issues;
    throw refused(`${issue?.path.join(".") || "it"}: ${issue?.message}`);
  }
  const { runs, definitions } = read.data;
  const wrong = definitions.find((one) => digest(one.text) !== one.digest);
  if (wrong) throw refused(`the text of the workflow ${wrong.digest.slice(0, 12)}… was changed`);
  const known = new Set<string>();
  for (const [at, { id, parent }] of runs.entries()) {
    if (at === 0 ? parent !== null : parent === null || !known.has(parent))
      throw refused(`${id} belongs to no run of the file`);
    if (known.has(id)) throw refused(`${id} is there twice`);
    known.add(id);
  }
  return read.data;
}

function refused(why: string, cause?: unknown): AppError {
  return new AppError("invalid_input", `cannot import the run: ${why}`, {
    hint: "Give a file that cadre run export has written.",
    cause,
  });
}

function isOpen({ status }: ExportedRun): boolean {
  return !RUN_ENDS.includes(status);
}

function* put(run: ExportedRun, root: string, { workspaceId, caller, nowMs }: ImportedBy): Part<boolean> {
  const { steps, signals, events, parent, input, output, error, ...row } = run;
  const wasOpen = isOpen(run);
  const isThere = yield* putRun(
    {
      ...row,
      workspace_id: workspaceId,
      caller: JSON.stringify(caller),
      parent_id: parent,
      root_id: root,
      input: text("input", input) ?? "null",
      output: text("output", output),
      error: wasOpen ? JSON.stringify(OPEN) : text("error", error),
      status: wasOpen ? "failed" : row.status,
      ended_ms: row.ended_ms ?? nowMs,
      events: events.length + (wasOpen ? 1 : 0),
    },
    steps.map(
      (step): StepRow => ({
        ...step,
        run_id: run.id,
        about: text("about", step.about),
        output: text("output", step.output),
        error: text("error", step.error),
      }),
    ),
    signals.map(({ data, ...signal }) => ({ ...signal, data: text("data", data) ?? "null" })),
  );
  if (!isThere) return false;
  for (const event of events) yield* appendEvent({ ...event, workspace_id: workspaceId, subject: run.id });
  if (wasOpen) {
    const data = { n: events.length + 1, workflow: run.workflow, error: OPEN };
    yield* appendEvent({ at_ms: nowMs, workspace_id: workspaceId, subject: run.id, type: "run.failed", data });
  }
  return true;
}

function text(what: string, value: Json | undefined): string | null {
  return encode(`the ${what} of a run`, value);
}
