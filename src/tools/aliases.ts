// Names that earlier systems gave to these tools, with the parameters that they took.
import { z } from "zod";
import {
  DESCRIPTION_CHARS_MAX,
  NEEDS_MAX,
  PAGE_ROWS_MAX,
  PRIORITY_DEFAULT,
  SUMMARY_CHARS_MAX,
  TAGS_MAX,
  TITLE_CHARS_MAX,
  WORD_CHARS_MAX,
} from "../base/limits.ts";
import type { TaskStatus } from "../base/transitions.ts";
import { analysisAliases } from "./analysis-aliases.ts";
import { codeAliases } from "./code-aliases.ts";
import { orchestratorAliases } from "./orchestrator-aliases.ts";
import { researchAliases } from "./research-aliases.ts";
import { taskCreate, taskDelete, taskGraph, taskList, taskShow, taskUpdate } from "./task.ts";
import { defineAlias, type Tool } from "./tool.ts";

const Word = z.string().max(WORD_CHARS_MAX);
const task_id = Word.describe("Task id.");

const PRIORITIES = { low: 7, medium: PRIORITY_DEFAULT, high: 3, critical: 1 } as const;
const OldStatus = z.enum(["pending", "in_progress", "active", "blocked", "completed", "failed", "cancelled"]);

function newStatus(status: z.infer<typeof OldStatus> | undefined): TaskStatus | undefined {
  return status === "in_progress" ? "active" : status;
}

const oldTaskId = (answer: Record<string, unknown>) => ({ task_id: answer["id"] });

const createTask = defineAlias({
  name: "create_task",
  of: taskCreate,
  summary: "Adds a task.",
  input: z.object({
    title: z.string().max(TITLE_CHARS_MAX),
    description: z.string().max(DESCRIPTION_CHARS_MAX).optional(),
    priority: z.enum(["low", "medium", "high", "critical"]).optional(),
    dependencies: z.array(Word).max(NEEDS_MAX).optional(),
    tags: z.array(Word).max(TAGS_MAX).optional(),
    execution_environment: Word.optional(),
    code_language: Word.optional(),
  }),
  translate: ({ title, description, priority, dependencies, tags, execution_environment, code_language }) => ({
    title,
    description,
    needs: dependencies,
    priority: priority && PRIORITIES[priority],
    tags,
    options: { environment: execution_environment, language: code_language },
  }),
  oldFields: oldTaskId,
});

const updateTaskStatus = defineAlias({
  name: "update_task_status",
  of: taskUpdate,
  summary: "Moves a task's status.",
  input: z.object({ task_id, status: OldStatus }),
  translate: ({ task_id: id, status }) => ({ id, status: newStatus(status) }),
  oldFields: oldTaskId,
});

const listTasks = defineAlias({
  name: "list_tasks",
  of: taskList,
  summary: "Lists tasks.",
  input: z.object({
    status: OldStatus.optional(),
    code_language: Word.optional(),
    include_metrics: z.boolean().optional(),
    limit: z.number().int().min(1).max(PAGE_ROWS_MAX).optional(),
  }),
  translate: ({ status, code_language, limit }) => ({
    status: newStatus(status),
    limit,
    options: { language: code_language },
  }),
  oldFields: ({ counts }) => ({
    total: Object.values((counts ?? {}) as Record<string, number>).reduce((sum, number) => sum + number, 0),
  }),
});

const getTask = defineAlias({
  name: "get_task",
  of: taskShow,
  summary: "Shows a task.",
  input: z.object({
    task_id,
    include_executions: z.boolean().optional(),
    include_analysis: z.boolean().optional(),
  }),
  translate: ({ task_id: id, include_executions: executions }) => ({ id, executions }),
  oldFields: (answer) => ({
    task_id: answer["id"],
    dependencies: answer["needs"] ?? [],
    execution_environment: answer["environment"],
    code_language: answer["language"],
  }),
});

const getTaskGraph = defineAlias({
  name: "get_task_graph",
  of: taskGraph,
  summary: "Draws the task graph.",
  input: z.object({ format: z.enum(["json", "mermaid"]).default("json"), include_executions: z.boolean().optional() }),
  translate: ({ format, include_executions: executions }) => ({ format, executions }),
  oldFields: ({ mermaid, tasks, edges }) => (mermaid ? { graph: mermaid } : { nodes: tasks, links: edges }),
});

const deleteTask = defineAlias({
  name: "delete_task",
  of: taskDelete,
  summary: "Deletes a task.",
  input: z.object({ task_id }),
  translate: ({ task_id: id }) => ({ id }),
  oldFields: oldTaskId,
});

const linkGitCommit = defineAlias({
  name: "link_git_commit",
  of: taskUpdate,
  summary: "Links a git commit to a task.",
  input: z.object({
    task_id,
    commit_hash: Word,
    commit_message: z.string().max(SUMMARY_CHARS_MAX).optional(),
    author: z.string().max(TITLE_CHARS_MAX).optional(),
  }),
  translate: ({ task_id: id, commit_hash: commit, commit_message, author: commit_author }) => ({
    id,
    options: { commit, commit_message, commit_author },
  }),
  oldFields: (answer, { commit_hash }) => ({ ...oldTaskId(answer), commit_hash }),
});

const COMMITS = 10;

const getRecentCommits = defineAlias({
  name: "get_recent_commits",
  of: taskList,
  summary: "Lists the commits that were linked last.",
  input: z.object({ limit: z.number().int().min(1).max(PAGE_ROWS_MAX).default(COMMITS) }),
  translate: ({ limit }) => ({ limit, options: { commits: true } }),
  oldFields: ({ commits }) => ({
    commits: ((commits ?? []) as { task: string; hash: string }[]).map(({ task, hash, ...more }) => ({
      task_id: task,
      commit_hash: hash,
      ...more,
    })),
  }),
});

export const aliases: readonly Tool[] = [
  ...orchestratorAliases,
  ...researchAliases,
  createTask,
  updateTaskStatus,
  listTasks,
  getTask,
  getTaskGraph,
  deleteTask,
  linkGitCommit,
  getRecentCommits,
  ...codeAliases,
  ...analysisAliases,
];
