import { z } from "zod";
import { NEEDS_MAX, TITLE_CHARS_MAX } from "../base/limits.ts";
import { Task } from "./task.ts";

const { shape } = Task;
/** A task of the same plan or of the project, by its id or its title. */
const Names = z.array(z.string().trim().min(1).max(TITLE_CHARS_MAX)).max(NEEDS_MAX);

/** One task of a plan, as a model or a template writes it. */
export const PlanItem = z.strictObject({
  title: shape.title,
  id: z.string().trim().min(1).max(TITLE_CHARS_MAX).optional().describe("A name for it within this plan, for needs."),
  description: shape.description,
  role: shape.role.describe("Specialist, see role_list."),
  needs: Names.optional().describe("Titles or ids of tasks to complete first."),
  after: Names.optional().describe("Titles or ids of tasks that must be over first, however they end."),
  related: Names.optional().describe("Titles or ids of tasks that help to understand it."),
  acceptance: shape.acceptance.describe("What shows that it is done."),
  priority: shape.priority.optional(),
  complexity: shape.complexity,
  effort: shape.effort.describe("A guess, like 2h."),
  tags: shape.tags,
  worker: shape.worker,
  environment: shape.environment,
  language: shape.language,
});
export type PlanItem = z.infer<typeof PlanItem>;
