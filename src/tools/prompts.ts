// What a person can ask for by name in a client: texts that set a model to work. Declared once, projected by the
// MCP face.
import { AppError } from "../base/errors.ts";
import { idSchema } from "../base/ids.ts";
import { COMPLETIONS_MAX } from "../base/limits.ts";
import { didYouMean, printable } from "../base/text.ts";
import type { TemplateBrief } from "../tasks/templates/templates.ts";
import type { App } from "./tool.ts";

export interface PromptArgument {
  readonly name: string;
  readonly description: string;
  readonly isRequired: boolean;
}

export interface Prompt {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly arguments: readonly PromptArgument[];
  /** The message for the model. Every value was given as text. */
  write(app: App, workspace: string, values: Readonly<Record<string, string>>): Promise<string>;
  /** Values of an argument that begin with what was typed. */
  complete?(app: App, workspace: string, argument: string, typed: string): Promise<readonly string[]>;
}

const planProject: Prompt = {
  name: "plan-project",
  title: "Plan and build something",
  description: "Plans a goal as tasks for specialists, works them one by one and puts the results together.",
  arguments: [
    { name: "goal", description: "What is to be there at the end.", isRequired: true },
    {
      name: "constraints",
      description: "What it has to fit to: stack, deadline, what must not change.",
      isRequired: false,
    },
  ],
  write: async (app, workspace, { goal = "", constraints = "" }) => {
    const { roles } = await app.roles.list(workspace);
    return `Plan this and carry it out with the cadre tools:

${fenced("goal", goal)}${constraints ? `\n\n${fenced("constraints", constraints)}` : ""}

1. Call session_start and read where the project stands; go on with open work that belongs to this goal instead of planning it twice.
2. Cut the goal into tasks that one specialist can finish and somebody else can check. Roles: ${roles.map(({ id }) => id).join(", ")}. Name in needs what must be completed first, by title; leave apart what can be done side by side. Include tests and documentation where the goal deserves them. Give the whole list to task_plan in one call.
3. Then for each task: task_start without an id, work in the role that it answers, save section by section with task_append, hand in with task_complete. Follow what each answer says under next_step.
4. When all are done, session_synthesize the plan, write the result from its document, and task_complete the plan with it.

Show me the plan as a Mermaid chart (task_graph) before you begin with the first task.`;
  },
};

const continueWork: Prompt = {
  name: "continue-work",
  title: "Go on where we stopped",
  description: "Picks up what was interrupted or comes next.",
  arguments: [],
  write: async () =>
    `Go on with this project's work. Call session_start. If it names interrupted tasks or drafts, take the first with task_start: the draft's end is in the answer, and the next piece goes on right behind it. Otherwise take the next task with task_start without an id. Before you begin, tell me in three lines where we stand and what you take up.`,
};

const reviewTask: Prompt = {
  name: "review-task",
  title: "Review a task's result",
  description: "Checks what came of a task against what it was to be, and sends it back when it is not good enough.",
  arguments: [{ name: "task", description: "Id of a task, like task_0123456789ab.", isRequired: true }],
  write: async (app, workspace, { task = "" }) => {
    const id = idSchema("task").safeParse(task.trim());
    if (!id.success) {
      throw new AppError("invalid_input", `cannot review ${printable(task.slice(0, SHOWN_CHARS))}: it is no task id`, {
        hint: "Ids are in task_list, like task_0123456789ab.",
      });
    }
    const { title, acceptance = [], artifacts = [] } = await app.tasks.show(id.data);
    const reviewer = (await app.roles.list(workspace)).roles.some((role) => role.id === "reviewer")
      ? " as the role reviewer"
      : "";
    return `Review the result of ${id.data}${reviewer}.

${fenced("title", title)}
${acceptance.length > 0 ? `\nIt is done when:\n${acceptance.map((point) => `- ${point}`).join("\n")}\n` : ""}
Read it with task_show${artifacts.length > 0 ? ` and artifact_show (${artifacts.map((artifact) => artifact.id).join(", ")})` : ""}. Check each point and the work itself; try what can be tried. Then say what holds, what does not, and what is missing, each with its place. If it must be revised, set it to active with task_update and put what to change into options.note.`;
  },
  complete: async (app, _workspace, argument, typed) =>
    argument === "task" ? app.tasks.idsLike(typed, COMPLETIONS_MAX + 1) : [],
};

const SHOWN_CHARS = 100;
const FIXED: readonly Prompt[] = [planProject, continueWork, reviewTask];

/** The prompts of a project: the fixed ones, and one for each plan template. */
export async function promptsOf(app: App, workspace: string): Promise<Prompt[]> {
  const { templates } = await app.templates.list(workspace);
  return [...FIXED, ...templates.map(ofTemplate)];
}

export async function findPrompt(app: App, workspace: string, name: string): Promise<Prompt> {
  const prompts = await promptsOf(app, workspace);
  const found = prompts.find((prompt) => prompt.name === name);
  if (found) return found;
  const names = prompts.map((prompt) => prompt.name);
  throw new AppError("not_found", `no prompt ${printable(name.slice(0, SHOWN_CHARS))}`, {
    hint: didYouMean(name, names, `There are ${names.join(", ")}.`),
  });
}

function ofTemplate(template: TemplateBrief): Prompt {
  return {
    // The id as it is: two that differ at all are two prompts, and none is taken for a fixed one.
    name: `template-${template.id}`,
    title: template.name,
    description: template.description,
    arguments: Object.entries(template.parameters ?? {}).map(([name, parameter]) => ({
      name,
      description: parameter.description,
      isRequired: parameter.default === undefined && parameter.required !== false,
    })),
    write: async (app, workspace, values) => {
      // Checked here, so that whoever picked the prompt hears of a mistake, and not the model later.
      const plan = await app.templates.plan(workspace, template.id, values);
      return `Plan this with the cadre tools and carry it out. Call session_start, then task_plan with template ${JSON.stringify(template.id)} and values ${JSON.stringify(values)}: it makes ${plan.tasks.length} tasks for "${plan.title}". Show me the plan as a Mermaid chart (task_graph). Then work it: task_start, task_append, task_complete for each, session_synthesize at the end.`;
    },
  };
}

/** What somebody typed stays apart from what cadre says. */
function fenced(name: string, text: string): string {
  const fence = "`".repeat(Math.max(3, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length + 1)));
  return `${fence}${name}\n${text}\n${fence}`;
}
