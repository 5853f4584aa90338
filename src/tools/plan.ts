import { z } from "zod";
import { AppError } from "../base/errors.ts";
import { COMPLEXITIES } from "../base/kinds.ts";
import { PLAN_ROWS_SHOWN_MAX, PLAN_TASKS_MAX, WORD_CHARS_MAX } from "../base/limits.ts";
import { clip } from "../base/text.ts";
import { PlanItem } from "../tasks/plan-item.ts";
import type { PlanMade } from "../tasks/plans.ts";
import { Task } from "../tasks/task.ts";
import { values, workspace } from "./inputs.ts";
import { defineTool } from "./tool.ts";

const { shape } = Task;
const Count = z.number().int();
const Row = z.object({ id: shape.id, title: z.string(), waits_for: Count.optional() });

export const taskPlan = defineTool({
  name: "task_plan",
  title: "Plan work as tasks",
  summary: "Stores a goal and all its tasks in one call. Answers their ids in an order in which they can be worked.",
  effect: "write",
  toolset: "task",
  input: z.object({
    title: shape.title.optional().describe("The goal, in one line."),
    description: shape.description,
    tasks: z
      .array(PlanItem)
      .min(1)
      .max(PLAN_TASKS_MAX)
      .optional()
      .describe(
        "Each {title, role, needs: [titles to complete first], description, acceptance: [what shows it is done]}; also after, related, priority, complexity, effort, tags, id.",
      ),
    template: z.string().max(WORD_CHARS_MAX).optional().describe("Instead of tasks: an id from template_list."),
    values: values.describe("The template's parameters."),
    plan: shape.id
      .optional()
      .describe("Id of a plan to make anew: finished work stays, what is left out is cancelled."),
    options: z
      .strictObject({
        complexity: z.enum(COMPLEXITIES).optional(),
        dry_run: z.boolean().optional().describe("Check only; nothing is written."),
        role: shape.role.describe("Who puts the results together; default coordinator."),
        priority: shape.priority.optional(),
        tags: shape.tags,
        workspace,
      })
      .optional()
      .describe("complexity, dry_run, role, priority, tags, workspace"),
  }),
  output: z.object({
    plan: z.object({ id: shape.id, title: z.string() }),
    session: z.string().optional(),
    total: Count,
    tasks: z.array(Row).describe("In an order in which they can be worked; a long plan is cut."),
    critical_path: z.array(z.string()),
    changes: z.object({ added: Count, changed: Count, kept: Count, cancelled: Count }).optional(),
    dry_run: z.boolean().optional(),
    next_step: z.string(),
  }),
  positional: ["title"],
  run: async (app, input, call) => {
    const { options: { dry_run: isDryRun = false, workspace: path = call.workspace, ...more } = {} } = input;
    const { tasks, ...texts } = await itemsOf(input, (id, values) => app.templates.plan(path, id, values));
    if (input.plan !== undefined) {
      if (isDryRun) throw noDryRun();
      const goal = { title: input.title, description: input.description, ...more };
      return answer(await app.plans.remake(input.plan, goal, tasks), false);
    }
    const goal = { ...texts, ...more, role: more.role ?? "coordinator" };
    return answer(await app.plans.make(path, goal, tasks, { isDryRun, client: call.agent.label }), isDryRun);
  },
});

interface Given {
  readonly title?: string | undefined;
  readonly description?: string | undefined;
  readonly tasks?: PlanItem[] | undefined;
  readonly template?: string | undefined;
  readonly values?: Record<string, unknown> | undefined;
  readonly plan?: string | undefined;
}

type FromTemplate = (
  id: string,
  values: Record<string, unknown>,
) => Promise<Required<Pick<Given, "title" | "description" | "tasks">>>;

/** A plan is given as tasks or by a template; what is said beside the template wins. */
async function itemsOf(
  given: Given,
  fromTemplate: FromTemplate,
): Promise<{ title: string; description: string; tasks: PlanItem[] }> {
  const { title, description, tasks, template, values = {} } = given;
  if (template !== undefined && tasks === undefined) {
    const made = await fromTemplate(template, values);
    return {
      title: title ?? made.title ?? "",
      description: description ?? made.description ?? "",
      tasks: made.tasks ?? [],
    };
  }
  if (tasks === undefined || template !== undefined) {
    throw new AppError("invalid_input", "cannot plan: give either tasks or a template", {
      hint: 'tasks is a list like [{"title": "Design", "role": "architect"}, {"title": "Build", "needs": ["Design"]}].',
    });
  }
  if (title === undefined && given.plan === undefined) {
    throw new AppError("invalid_input", "cannot plan: the goal has no title", { hint: "Give title, in one line." });
  }
  return { title: title ?? "", description: description ?? "", tasks };
}

function noDryRun(): AppError {
  return new AppError("invalid_input", "cannot only check a plan that is made anew: dry_run is for new plans", {
    hint: "Leave plan out to check the tasks, then give it without dry_run.",
  });
}

function answer(made: PlanMade, isDryRun: boolean) {
  const titles = new Map(made.tasks.map(({ id, title }) => [id, title]));
  const [first] = made.tasks;
  return {
    plan: { id: made.plan.id, title: clip(made.plan.title, SHOWN_CHARS) },
    ...(made.session ? { session: made.session } : {}),
    total: made.tasks.length,
    tasks: made.tasks.slice(0, PLAN_ROWS_SHOWN_MAX).map(({ id, title, waits_for }) => ({
      id,
      title: clip(title, SHOWN_CHARS),
      ...(waits_for > 0 ? { waits_for } : {}),
    })),
    critical_path: made.criticalPath.slice(0, PATH_SHOWN_MAX).map((id) => clip(titles.get(id) ?? id, SHOWN_CHARS)),
    ...(made.changes ? { changes: made.changes } : {}),
    ...(isDryRun ? { dry_run: true } : {}),
    next_step: isDryRun
      ? "Nothing was written. Call again without dry_run."
      : `Start with task_start${first ? ` (${first.id} can be first)` : ""}; session_status shows the rest.`,
  };
}

const SHOWN_CHARS = 80;
const PATH_SHOWN_MAX = 12;
