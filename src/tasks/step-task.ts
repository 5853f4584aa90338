// Tasks that a step of a run waits for. Invariant: that the task is over and that its step is told of it is one change.
import { artifactUri } from "../artifacts/artifact.ts";
import type { KeepInput } from "../artifacts/artifacts.ts";
import { AppError } from "../base/errors.ts";
import { type JsonForm, readForm } from "../base/json-form.ts";
import { DESCRIPTION_CHARS_MAX, STEP_WORK_CHARS_MAX, TITLE_CHARS_MAX } from "../base/limits.ts";
import { clip } from "../base/text.ts";
import type { TaskStatus } from "../base/transitions.ts";
import { tellRun } from "../runs/telling.ts";
import { stepOfTask } from "../store/run-tasks.ts";
import { runForChange } from "../store/runs.ts";
import type { Part } from "../store/sql.ts";
import type { TaskRow } from "../store/tasks.ts";
import { Task, type TaskDraft } from "./task.ts";

/** The step of a run that a task is made for. */
export interface StepLink {
  readonly run: string;
  readonly step: string;
  /** What its result has to look like. */
  readonly form?: JsonForm | undefined;
}

interface StepResult {
  readonly status: TaskStatus | "deleted";
  readonly note?: string | undefined;
  readonly summary?: string | undefined;
  readonly work?: string | undefined;
  readonly artifact?: string | undefined;
  readonly decisions?: readonly string[] | undefined;
}

const StepDraft = Task.pick({ title: true, description: true, role: true, acceptance: true, tags: true });

/**
 * What a step says of its task was worked out from what others said. Where that is too long for a description, `rest`
 * is the whole text.
 */
export function stepDraft(
  given: Readonly<Record<string, unknown>>,
  form: JsonForm | undefined,
): { readonly draft: TaskDraft; readonly rest: string | undefined } {
  const { title, description: said, ...more } = given;
  const asked = form === undefined ? "" : `\n\nHand in as work JSON of this form: ${JSON.stringify(form)}`;
  const description = said === undefined && form === undefined ? undefined : `${said ?? ""}${asked}`;
  const isLong = description !== undefined && description.length > DESCRIPTION_CHARS_MAX;
  const draft = StepDraft.safeParse({
    ...more,
    title: clip(String(title ?? "").replaceAll(/\s+/g, " "), TITLE_CHARS_MAX),
    ...(description === undefined ? {} : { description: isLong ? beginOf(description) : description }),
  });
  if (draft.success) return { draft: draft.data, rest: isLong ? description : undefined };
  const [issue] = draft.error.issues;
  throw new AppError("invalid_input", `cannot make the task: ${issue?.path.join(".")}: ${issue?.message}`, {
    hint: "Look at what the step says of it.",
  });
}

const ELSEWHERE_CHARS = 200;

function beginOf(description: string): string {
  return clip(description, DESCRIPTION_CHARS_MAX - ELSEWHERE_CHARS);
}

/** Where a description says that its whole text lies. */
export function elsewhere(artifact: string): string {
  return `\n\nThis is its beginning. Read the whole text first: ${artifactUri(artifact)} (artifact_show)`;
}

export function promptOf(
  task: TaskRow,
  { id, text, now }: { readonly id: string; readonly text: string; readonly now: number },
): KeepInput {
  const { workspace_id, title, session_id } = task;
  return {
    id,
    workspace_id,
    task_id: task.id,
    session_id: session_id ?? undefined,
    name: "prompt",
    type: "general",
    mime: "text/markdown",
    title,
    files: [],
    text,
    now,
  };
}

/** Refuses what does not have the form that the step of the task asks for. */
export function* refuseMisfit(taskId: string, work: string | undefined): Part<void> {
  const link = yield* stepOfTask(taskId);
  if (link?.output_schema) readForm(JSON.parse(link.output_schema) as JsonForm, work ?? "", `complete ${taskId}`);
}

/** Tells the step, when there is one, what came of its task. */
export function* tellStep(task: TaskRow, { work = "", ...result }: StepResult, now: number): Part<void> {
  const link = yield* stepOfTask(task.id);
  const run = link && (yield* runForChange(link.run_id));
  if (!run || run.ended_ms !== null) return;
  const isCut = work.length > STEP_WORK_CHARS_MAX;
  const data = {
    task: task.id,
    ...result,
    ...(work === "" ? {} : { work: isCut ? work.slice(0, STEP_WORK_CHARS_MAX) : work }),
    ...(isCut ? { work_is_cut: true } : {}),
  };
  const key = `${task.id} ${task.revision}`;
  yield* tellRun(run, { name: `task ${task.id}`, data: JSON.stringify(data), key }, now);
}
