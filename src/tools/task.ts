import { z } from "zod";
import { NEED_KINDS } from "../base/kinds.ts";
import { ATTEMPTS_MAX, DRAFT_CHARS_MAX, NEEDS_MAX, PRIORITY_DEFAULT, SUMMARY_CHARS_MAX } from "../base/limits.ts";
import { ExecutionBrief } from "../sandbox/execution.ts";
import { Task, TaskBrief, TaskChanged, TaskStatus, TaskWhole } from "../tasks/task.ts";
import { behind, cursor, lease, limit, more, text, workspace } from "./inputs.ts";
import { defineTool } from "./tool.ts";

const { shape } = Task;
const priority = shape.priority.describe(`1 most urgent, 9 least; default ${PRIORITY_DEFAULT}.`);
const needs = z.array(shape.id).max(NEEDS_MAX).describe("Ids of tasks to finish first.");
const role = shape.role.describe("Specialist, see role_list.");
const id = shape.id;

const rare = {
  acceptance: shape.acceptance.describe("What shows that it is done."),
  complexity: shape.complexity,
  effort: shape.effort.describe("A guess, like 2h."),
  worker: shape.worker.describe("Who works it; default client."),
  environment: shape.environment.describe("Where it runs, e.g. node, docker."),
  language: shape.language.describe("Programming language."),
  attempts_max: shape.attempts_max.describe(`Tries before a retry is refused; default ${ATTEMPTS_MAX}.`),
  after: needs.optional().describe("Ids of tasks that must be over first, however they end."),
  related: needs.optional().describe("Ids of tasks that help to understand it."),
};

/** Of the project's history. Anything that git takes for a commit, in its long or a short form. */
const CommitHash = z.string().regex(/^[0-9a-fA-F]{4,64}$/, "expected a commit's hash, of 4 to 64 hex digits");
const Commit = z.object({
  task: id,
  hash: z.string(),
  message: z.string(),
  author: z.string(),
  linked_ms: z.number(),
});

export const taskCreate = defineTool({
  name: "task_create",
  title: "Create a task",
  summary: "Adds one pending task to the project's graph and returns its id.",
  effect: "write",
  toolset: "task",
  input: z.object({
    title: shape.title.describe("In one line."),
    description: shape.description.describe("All that is needed to do it."),
    role,
    needs: needs.optional(),
    priority: priority.optional(),
    tags: shape.tags,
    options: z
      .strictObject({ parent: id.optional().describe("The plan that it is added to."), ...rare, workspace })
      .optional()
      .describe(`parent, ${Object.keys(rare).join(", ")}, workspace`),
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
  summary: "Edits a task or moves its status. With revision, refuses when somebody changed it since.",
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
        note: z.string().trim().min(1).max(SUMMARY_CHARS_MAX).optional().describe("Why."),
        waive: id.optional().describe("A task that it no longer waits for; note says why."),
        commit: CommitHash.optional().describe("A git commit that belongs to it."),
        commit_message: z.string().max(SUMMARY_CHARS_MAX).optional(),
        commit_author: shape.title.optional(),
        lease,
        force: z.boolean().optional().describe("Move it although somebody else holds it."),
      })
      .optional()
      .describe(
        `priority, tags, ${Object.keys(rare).join(", ")}, note, waive, commit, commit_message, commit_author, lease, force`,
      ),
  }),
  output: TaskChanged,
  positional: ["id"],
  run: (app, { id: task, options = {}, ...change }, call) => {
    const { lease: token, commit: hash, commit_message: message = "", commit_author: author = "", ...rest } = options;
    const commit = hash === undefined ? undefined : { hash: hash.toLowerCase(), message, author };
    return app.tasks.update(task, { ...change, ...rest, commit }, { agent: call.agent, lease: token });
  },
});

export const taskList = defineTool({
  name: "task_list",
  title: "List tasks",
  summary: "A page of the project's tasks in the order they were made, first with counts by status.",
  effect: "read",
  toolset: "task",
  input: z.object({
    status: TaskStatus.optional(),
    role,
    text,
    limit,
    cursor,
    options: z
      .strictObject({
        archived: z.boolean().optional().describe("Deleted ones instead."),
        language: rare.language,
        parent: id.optional().describe("Only parts of this plan."),
        commits: z.boolean().optional().describe("The newest linked commits too."),
        workspace,
      })
      .optional()
      .describe("archived, language, parent, commits, workspace"),
  }),
  output: z.object({
    tasks: z.array(TaskBrief),
    counts: z.partialRecord(TaskStatus, z.number().int()).optional(),
    commits: z.array(Commit).optional(),
    cursor: more,
    behind,
  }),
  run: async (app, { options = {}, text: words, ...filter }, call) => {
    const { workspace: path = call.workspace, commits: withCommits, ...rest } = options;
    const commits = withCommits ? { commits: await app.tasks.commits(path, filter.limit) } : {};
    if (words === undefined) return { ...(await app.tasks.list(path, { ...filter, ...rest })), ...commits };
    const { ids, isBehind } = await app.search.find(path, "task", words);
    const tasks = (await app.tasks.those(ids, { ...filter, ...rest })).slice(0, filter.limit);
    return { tasks, ...commits, ...(isBehind ? { behind: true } : {}) };
  },
});

/** The last ones; execution_list has all. */
const EXECUTIONS_SHOWN = 50;

export const taskShow = defineTool({
  name: "task_show",
  title: "Show a task",
  summary: "Everything about one task: what it waits for, who holds it, draft, artifacts, commits.",
  effect: "read",
  toolset: "task",
  input: z.object({
    id,
    draft: z.number().int().min(1).max(DRAFT_CHARS_MAX).optional().describe("Characters of its draft's end."),
    executions: z.boolean().optional().describe("With the programs that were run for it."),
  }),
  output: TaskWhole.extend({
    draft_tail: z.string().optional(),
    executions: z.array(ExecutionBrief).optional(),
    quality: z.object({ score: z.number(), scan: z.string() }).optional().describe("Of the last code_analyze for it."),
  }),
  positional: ["id"],
  run: async (app, input) => {
    const task = await app.tasks.show(input.id);
    const tail = input.draft === undefined ? undefined : (await app.drafts.read(input.id, input.draft))?.tail;
    const ran = input.executions ? await app.executions.list({ task_id: input.id }, { limit: EXECUTIONS_SHOWN }) : {};
    const scan = await app.scans.lastOf(input.id);
    return {
      ...task,
      ...(tail === undefined ? {} : { draft_tail: tail }),
      ...(scan ? { quality: { score: scan.score, scan: scan.id } } : {}),
      ...ran,
    };
  },
});

export const taskGraph = defineTool({
  name: "task_graph",
  title: "Draw the task graph",
  summary: "The project's tasks and what needs what, as a Mermaid flowchart or as rows.",
  effect: "read",
  toolset: "task",
  input: z.object({
    format: z.enum(["mermaid", "json"]).default("mermaid"),
    parent: id.optional().describe("Only this plan."),
    executions: z.boolean().optional().describe("json: with the number of programs that were run for each."),
    workspace,
  }),
  output: z.object({
    mermaid: z.string().optional(),
    tasks: z.array(TaskBrief.extend({ executions: z.number().int().optional() })).optional(),
    edges: z
      .array(
        z.object({ task_id: shape.id, needs_id: shape.id, kind: z.enum(NEED_KINDS), waived: z.string().optional() }),
      )
      .optional(),
    critical_path: z.array(id).optional(),
    cut: z.boolean().optional().describe("There are more tasks than one graph shows."),
  }),
  run: async (app, input, call) => {
    const { mermaid, cut, ...rows } = await app.tasks.graph(input.workspace ?? call.workspace, input.parent);
    if (input.format === "mermaid") return { mermaid, ...(cut ? { cut } : {}) };
    const found = input.executions ? await app.workspaces.find(input.workspace ?? call.workspace) : undefined;
    const runs = found ? await app.executions.countsByTask(found.id) : undefined;
    const tasks = runs ? rows.tasks.map((task) => ({ ...task, executions: runs.get(task.id) ?? 0 })) : rows.tasks;
    return { ...rows, tasks, ...(cut ? { cut } : {}) };
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
