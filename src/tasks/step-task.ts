// Tasks that a step of a run waits for. Invariant: that the task is over and that its step is told of it is one change.
import { AppError } from "../base/errors.ts";
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

/** What a step says of its task was worked out from what others said: it is cut where it is too long. */
export function stepDraft(given: Readonly<Record<string, unknown>>): TaskDraft {
  const { title, description, ...rest } = given;
  const draft = StepDraft.safeParse({
    ...rest,
    title: clip(String(title ?? "").replaceAll(/\s+/g, " "), TITLE_CHARS_MAX),
    ...(description === undefined ? {} : { description: clip(String(description), DESCRIPTION_CHARS_MAX) }),
  });
  if (draft.success) return draft.data;
  const [issue] = draft.error.issues;
  throw new AppError("invalid_input", `cannot make the task: ${issue?.path.join(".")}: ${issue?.message}`, {
    hint: "Look at what the step says of it.",
  });
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
