import { z } from "zod";
import { idSchema } from "../base/ids.ts";
import {
  DESCRIPTION_CHARS_MAX,
  NEEDS_MAX,
  PRIORITY_DEFAULT,
  PRIORITY_MAX,
  TAGS_MAX,
  TITLE_CHARS_MAX,
  WORD_CHARS_MAX,
} from "../base/limits.ts";
import { TASK_STATUSES } from "../base/transitions.ts";

const Word = z.string().trim().max(WORD_CHARS_MAX);
const Time = z.number().int().describe("Milliseconds since 1970.");

const TaskId = idSchema("task");
export const TaskStatus = z.enum(TASK_STATUSES);

/** A task as it is shown. What is empty is left out. */
export const Task = z.object({
  id: TaskId,
  title: z.string().trim().min(1).max(TITLE_CHARS_MAX),
  status: TaskStatus,
  description: z.string().max(DESCRIPTION_CHARS_MAX).optional(),
  role: Word.optional(),
  priority: z.number().int().min(1).max(PRIORITY_MAX),
  tags: z.array(Word.min(1)).max(TAGS_MAX).optional(),
  needs: z.array(TaskId).max(NEEDS_MAX).optional(),
  environment: Word.optional(),
  language: Word.optional(),
  revision: z.number().int().min(1),
  created_ms: Time,
  updated_ms: Time,
  archived_ms: Time.optional(),
});
export type Task = z.infer<typeof Task>;

/** A task as one row of a list: what is needed to choose one. Every word more costs a model a page's worth of them. */
export const TaskBrief = Task.pick({ id: true, title: true, status: true }).extend({
  priority: Task.shape.priority.optional().describe(`Left out when it is ${PRIORITY_DEFAULT}.`),
  waits_for: z.number().int().optional().describe("How many tasks it still waits for."),
});
export type TaskBrief = z.infer<typeof TaskBrief>;

/** What a change answers: enough to make the next one. */
export const TaskChanged = Task.pick({ id: true, title: true, status: true, revision: true });
export type TaskChanged = z.infer<typeof TaskChanged>;
