import { z } from "zod";
import { NEEDS_MAX, PAGE_ROWS, PAGE_ROWS_MAX, PATH_CHARS_MAX, PRIORITY_DEFAULT } from "../base/limits.ts";
import { Task, TaskBrief, TaskChanged, TaskStatus } from "../tasks/task.ts";
import { defineTool } from "./tool.ts";

const workspace = z.string().max(PATH_CHARS_MAX).optional().describe("Another project folder, absolute.");
const { shape } = Task;
const priority = shape.priority.describe(`1 most urgent, 9 least; default ${PRIORITY_DEFAULT}.`);
const needs = z.array(shape.id).max(NEEDS_MAX).describe("Ids of tasks to finish first.");
const role = shape.role.describe("Specialist, see role_list.");
const id = shape.id;

const rare = {
  environment: shape.environment.describe("Where it runs, e.g. node, docker."),
  language: shape.language.describe("Programming language."),
};

export const taskCreate = defineTool({
  name: "task_create",
  title: "Create a task",
  summary: "Adds one pending task to the project's graph and returns its id.",
  effect: "write",
  toolset: "task",
  input: z.object({
    title: shape.title.describe("What to do, in one line."),
    description: shape.description.describe("Everything needed to do it."),
    role,
    needs: needs.optional(),
    priority: priority.optional(),
    tags: shape.tags,
    options: z
      .strictObject({ ...rare, workspace })
      .optional()
      .describe("environment, language, workspace"),
  }),
  output: TaskChanged,
  positional: ["title"],
  run: (app, { options = {}, ...draft }, call) => {
    const { workspace: path = call.workspace, ...more } = options;
    return app.tasks.create(path, { ...draft, ...more });
  },
});

export const taskUpdate = defineTool({
  name: "task_update",
  title: "Change a task",
  summary: "Edits a task or moves its status. With revision, refuses when somebody changed it since you read it.",
  effect: "write",
  toolset: "task",
  input: z.object({
    id,
    status: TaskStatus.optional(),
    title: shape.title.optional(),
    description: shape.description,
    role,
    needs: needs.optional().describe("Replaces what it waits for."),
    revision: shape.revision.optional(),
    options: z
      .strictObject({
        priority: priority.optional(),
        tags: shape.tags,
        ...rare,
        note: shape.title.optional().describe("Why, for the log."),
      })
      .optional()
      .describe("priority, tags, environment, language, note"),
  }),
  output: TaskChanged,
  positional: ["id"],
  run: (app, { id: task, options = {}, ...change }) => app.tasks.update(task, { ...change, ...options }),
});

export const taskList = defineTool({
  name: "task_list",
  title: "List tasks",
  summary: "One page of the project's tasks in the order they were made, with counts by status on the first page.",
  effect: "read",
  toolset: "task",
  input: z.object({
    status: TaskStatus.optional(),
    role,
    archived: z.boolean().optional().describe("Deleted ones instead."),
    limit: z.number().int().min(1).max(PAGE_ROWS_MAX).default(PAGE_ROWS),
    cursor: z.string().max(20).optional().describe("From the last answer."),
    options: z.strictObject({ language: rare.language, workspace }).optional().describe("language, workspace"),
  }),
  output: z.object({
    tasks: z.array(TaskBrief),
    counts: z.partialRecord(TaskStatus, z.number().int()).optional(),
    cursor: z.string().optional().describe("There is more: give it back for the next page."),
  }),
  run: (app, { options = {}, ...filter }, call) =>
    app.tasks.list(options.workspace ?? call.workspace, { ...filter, language: options.language }),
});

export const taskShow = defineTool({
  name: "task_show",
  title: "Show a task",
  summary: "Everything about one task.",
  effect: "read",
  toolset: "task",
  input: z.object({ id }),
  output: Task,
  positional: ["id"],
  run: (app, input) => app.tasks.show(input.id),
});

export const taskGraph = defineTool({
  name: "task_graph",
  title: "Draw the task graph",
  summary: "The project's tasks and what needs what, as a Mermaid flowchart or as rows.",
  effect: "read",
  toolset: "task",
  input: z.object({ format: z.enum(["mermaid", "json"]).default("mermaid"), workspace }),
  output: z.object({
    mermaid: z.string().optional(),
    tasks: z.array(TaskBrief).optional(),
    edges: z.array(z.object({ task_id: shape.id, needs_id: shape.id })).optional(),
    cut: z.boolean().optional().describe("There are more tasks than one graph shows."),
  }),
  run: async (app, input, call) => {
    const { mermaid, tasks, edges, cut } = await app.tasks.graph(input.workspace ?? call.workspace);
    return { ...(input.format === "mermaid" ? { mermaid } : { tasks, edges }), ...(cut ? { cut } : {}) };
  },
});

export const taskDelete = defineTool({
  name: "task_delete",
  title: "Delete a task",
  summary: "Takes a task out of every list; task_restore brings it back. With purge it is gone for good.",
  effect: "destroy",
  toolset: "admin",
  input: z.object({ id, purge: z.boolean().default(false).describe("Delete the row itself.") }),
  output: TaskChanged,
  positional: ["id"],
  run: (app, input) => (input.purge ? app.tasks.purge(input.id) : app.tasks.archive(input.id)),
});

export const taskRestore = defineTool({
  name: "task_restore",
  title: "Restore a task",
  summary: "Brings a deleted task back.",
  effect: "write",
  toolset: "admin",
  input: z.object({ id }),
  output: TaskChanged,
  positional: ["id"],
  run: (app, input) => app.tasks.restore(input.id),
});
