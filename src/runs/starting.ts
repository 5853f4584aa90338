import { admit, keepLimits, type RunLimit } from "../store/run-limits.ts";
import { childOf, countEvents, insertRun, type NewRun, type RunRow, reviveRun } from "../store/runs.ts";
import type { Part } from "../store/sql.ts";
import { runEvent } from "./run-event.ts";
import type { ChildOptions, Workflow } from "./workflow.ts";

/** The lower, the sooner. */
const PRIORITY_DEFAULT = 5;

export interface RunDraft {
  readonly id: string;
  readonly workspaceId: string | null;
  readonly workflow: Pick<Workflow, "name" | "version" | "handler">;
  readonly input: string;
  readonly priority?: number | undefined;
  readonly deadlineMs?: number | undefined;
  readonly limits?: readonly RunLimit[] | undefined;
  readonly host?: string | null | undefined;
  /** On whose behalf, as JSON. */
  readonly caller: string;
  readonly parent?: { readonly id: string; readonly step: string; readonly root: string } | undefined;
  readonly once?: { readonly key: string; readonly hash: string } | undefined;
}

/** False when it is there already: the same child, or the same key. */
export function* createRun(draft: RunDraft, now: number): Part<boolean> {
  const row: NewRun = {
    id: draft.id,
    workspace_id: draft.workspaceId,
    workflow: draft.workflow.name,
    version: draft.workflow.version,
    handler: draft.workflow.handler,
    host: draft.host ?? null,
    caller: draft.caller,
    priority: draft.priority ?? PRIORITY_DEFAULT,
    deadline_ms: draft.deadlineMs ?? null,
    parent_id: draft.parent?.id ?? null,
    parent_step: draft.parent?.step ?? null,
    root_id: draft.parent?.root ?? draft.id,
    idempotency_key: draft.once?.key ?? null,
    idempotency_hash: draft.once?.hash ?? null,
    input: draft.input,
    created_ms: now,
  };
  if (!(yield* insertRun(row))) return false;
  yield* keepLimits(row.id, draft.limits ?? []);
  yield* countEvents(row.id, 1);
  const from = draft.parent ? { parent: draft.parent.id } : {};
  yield* runEvent(row, "run.created", 1, now, { workflow: row.workflow, ...from });
  yield* admit(row.id, now);
  return true;
}

/** A run that failed begins again; of what it did, it keeps what was done. */
export function* revive(run: Pick<RunRow, "id" | "workspace_id" | "events">, now: number): Part<void> {
  yield* reviveRun(run.id, now);
  yield* runEvent(run, "run.retried", run.events + 1, now);
  yield* admit(run.id, now);
}

interface Child {
  /** If it is a new one. */
  readonly id: string;
  readonly step: string;
  readonly workflow: RunDraft["workflow"];
  readonly input: string;
  readonly options: ChildOptions;
}

/** A run that was begun anew finds its children, and has those that failed begin anew, too. */
export function* startChild(parent: RunRow, { id, step, workflow, input, options }: Child, now: number): Part<string> {
  const before = yield* childOf(parent.id, step);
  if (before?.status === "failed") yield* revive(before, now);
  if (before) return before.id;
  const draft = {
    id,
    workspaceId: parent.workspace_id,
    workflow,
    input,
    priority: options.priority ?? parent.priority,
    caller: options.caller === undefined ? parent.caller : JSON.stringify(options.caller),
    host: options.host ?? parent.host,
    limits: options.limits,
    ...(options.timeoutMs === undefined ? {} : { deadlineMs: now + options.timeoutMs }),
    parent: { id: parent.id, step, root: parent.root_id },
  };
  yield* createRun(draft, now);
  return id;
}
