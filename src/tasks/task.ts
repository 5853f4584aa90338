import { z } from "zod";
import { idSchema } from "../base/ids.ts";
import { COMPLEXITIES, WORKERS } from "../base/kinds.ts";
import {
  ACCEPTANCE_CHARS_MAX,
  ACCEPTANCE_MAX,
  ATTEMPTS_MAX_MAX,
  DESCRIPTION_CHARS_MAX,
  NEEDS_MAX,
  PRIORITY_DEFAULT,
  PRIORITY_MAX,
  SUMMARY_CHARS_MAX,
  TAGS_MAX,
  TITLE_CHARS_MAX,
  WORD_CHARS_MAX,
} from "../base/limits.ts";
import { TASK_STATUSES } from "../base/transitions.ts";

const Word = z.string().trim().max(WORD_CHARS_MAX);
const Time = z.number().int().describe("Milliseconds since 1970.");
const Count = z.number().int().min(0);

const TaskId = idSchema("task");
export const TaskStatus = z.enum(TASK_STATUSES);

/** Who works on a task, and until when unless there is a sign of life. */
export const Held = z.object({
  by: z.string(),
  until_ms: Time,
  ended: z.literal(true).optional().describe("Its holder is gone: whoever starts the task takes it over."),
});
export type Held = z.infer<typeof Held>;

/** A task as it is shown. What is empty is left out. */
export const Task = z.object({
  id: TaskId,
  title: z.string().trim().min(1).max(TITLE_CHARS_MAX),
  status: TaskStatus,
  description: z.string().max(DESCRIPTION_CHARS_MAX).optional(),
  acceptance: z.array(z.string().trim().min(1).max(ACCEPTANCE_CHARS_MAX)).max(ACCEPTANCE_MAX).optional(),
  role: Word.optional(),
  priority: z.number().int().min(1).max(PRIORITY_MAX),
  complexity: z.enum(COMPLEXITIES).optional(),
  effort: Word.optional(),
  worker: z.enum(WORKERS).optional(),
  tags: z.array(Word.min(1)).max(TAGS_MAX).optional(),
  needs: z.array(TaskId).max(NEEDS_MAX).optional(),
  environment: Word.optional(),
  language: Word.optional(),
  session: idSchema("session").optional(),
  parent: TaskId.optional(),
  summary: z.string().max(SUMMARY_CHARS_MAX).optional(),
  note: z.string().max(SUMMARY_CHARS_MAX).optional().describe("Why it is blocked, failed, cancelled or to be revised."),
  attempts: Count.optional(),
  attempts_max: z.number().int().min(1).max(ATTEMPTS_MAX_MAX).optional(),
  ready_ms: Time.optional().describe("Not before this time: the pause before a retry."),
  revision: z.number().int().min(1),
  created_ms: Time,
  updated_ms: Time,
  archived_ms: Time.optional(),
});
export type Task = z.infer<typeof Task>;

/** A task with what belongs to it. */
export const TaskWhole = Task.extend({
  held: Held.optional(),
  related: z.array(TaskId).optional(),
  after: z.array(TaskId).optional().describe("Waits until these are over, however they end."),
  waived: z.array(z.object({ id: TaskId, why: z.string() })).optional(),
  waits_for: z.array(z.object({ id: TaskId, title: z.string(), status: TaskStatus })).optional(),
  children: Count.optional(),
  draft: z.object({ chars: Count, next_piece: Count }).optional(),
  artifacts: z.array(z.object({ id: idSchema("artifact"), name: z.string(), type: z.string() })).optional(),
  commits: z.array(z.object({ hash: z.string(), message: z.string() })).optional(),
});
export type TaskWhole = z.infer<typeof TaskWhole>;

/** A task as one row of a list: what is needed to choose one. Every word more costs a model a page's worth of them. */
export const TaskBrief = Task.pick({ id: true, title: true, status: true }).extend({
  priority: Task.shape.priority.optional().describe(`Left out when it is ${PRIORITY_DEFAULT}.`),
  waits_for: Count.optional().describe("How many tasks it still waits for."),
});
export type TaskBrief = z.infer<typeof TaskBrief>;

/** What a change answers: enough to make the next one. */
export const TaskChanged = Task.pick({ id: true, title: true, status: true, revision: true });
export type TaskChanged = z.infer<typeof TaskChanged>;

/** What a task is made of before anybody has worked on it. */
export interface TaskDraft {
  readonly title: string;
  readonly description?: string | undefined;
  readonly acceptance?: readonly string[] | undefined;
  readonly role?: string | undefined;
  readonly priority?: number | undefined;
  readonly complexity?: (typeof COMPLEXITIES)[number] | undefined;
  readonly effort?: string | undefined;
  readonly worker?: (typeof WORKERS)[number] | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly environment?: string | undefined;
  readonly language?: string | undefined;
  readonly attempts_max?: number | undefined;
}
