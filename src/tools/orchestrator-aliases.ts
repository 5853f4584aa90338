// The six names of the earlier orchestrator, with the parameters that its prompts and READMEs taught.
import { z } from "zod";
import { AppError } from "../base/errors.ts";
import { parseJson } from "../base/json.ts";
import { ARTIFACT_TYPES, COMPLEXITIES } from "../base/kinds.ts";
import {
  ARTIFACT_FILES_MAX,
  DESCRIPTION_CHARS_MAX,
  DRAFT_CHARS_MAX,
  NEEDS_MAX,
  PATH_CHARS_MAX,
  PLAN_TASKS_MAX,
  SUMMARY_CHARS_MAX,
  TITLE_CHARS_MAX,
  WORD_CHARS_MAX,
} from "../base/limits.ts";
import { clip } from "../base/text.ts";
import { NEXT_ACTIONS } from "../tasks/completion.ts";
import { taskPlan } from "./plan.ts";
import { sessionStart, sessionStatus, sessionSynthesize } from "./session.ts";
import { defineAlias, type Tool } from "./tool.ts";
import { taskComplete, taskStart } from "./work.ts";

const task_id = z.string().max(WORD_CHARS_MAX).describe("Task id.");
const Path = z.string().min(1).max(PATH_CHARS_MAX);

const initialize = defineAlias({
  name: "orchestrator_initialize_session",
  of: sessionStart,
  summary: "Starts or goes on with a session.",
  input: z.object({ working_directory: z.string().max(PATH_CHARS_MAX).optional() }),
  translate: ({ working_directory }) => ({ workspace: working_directory }),
  oldFields: ({ session, workspace, guidance, roles }) => ({
    session_id: (session as { id: string }).id,
    working_directory: (workspace as { path: string }).path,
    capabilities: ["plan", "execute", "complete", "synthesize", "status"],
    instructions: guidance,
    specialist_roles: roles,
  }),
});

/** Words for complexity that models have always used beside the four. */
const OLD_COMPLEXITY: Readonly<Record<string, (typeof COMPLEXITIES)[number]>> = {
  low: "simple",
  easy: "simple",
  medium: "moderate",
  high: "complex",
  hard: "complex",
  very_high: "very_complex",
};

/** As lenient as its readers were: what a subtask says in the new words counts too. */
const OldSubtask = z
  .object({
    task_id: z.string().max(TITLE_CHARS_MAX).optional(),
    specialist_type: z.string().max(WORD_CHARS_MAX).optional(),
    dependencies: z.array(z.string().max(TITLE_CHARS_MAX)).max(NEEDS_MAX).optional(),
    estimated_effort: z.string().max(WORD_CHARS_MAX).optional(),
    complexity: z.string().max(WORD_CHARS_MAX).optional(),
  })
  .loose();
type OldSubtask = z.infer<typeof OldSubtask>;

function newItem({
  task_id: id,
  specialist_type: role,
  dependencies: needs,
  estimated_effort: effort,
  complexity,
  ...rest
}: OldSubtask) {
  return {
    ...rest,
    ...(id === undefined ? {} : { id }),
    ...(role === undefined ? {} : { role: roleWord(role) }),
    ...(needs === undefined ? {} : { needs }),
    ...(effort === undefined ? {} : { effort }),
    ...(complexity === undefined ? {} : { complexity: OLD_COMPLEXITY[complexity.toLowerCase()] ?? complexity }),
  };
}

/** "Security Auditor" and "security-auditor" are the role security_auditor. */
function roleWord(role: string): string {
  return /^[\w\s-]+$/.test(role)
    ? role
        .trim()
        .toLowerCase()
        .replace(/[\s-]+/g, "_")
    : role;
}

function subtasksOf(json: string | undefined, list: readonly OldSubtask[] | undefined): OldSubtask[] {
  if (list) return [...list];
  const value = z
    .array(OldSubtask)
    .max(PLAN_TASKS_MAX)
    .safeParse(parseJson(json ?? "", "subtasks_json"));
  if (value.success) return value.data;
  const [issue] = value.error.issues;
  throw new AppError("invalid_input", `cannot read subtasks_json: ${issue?.path.join(".")}: ${issue?.message}`, {
    hint: 'Give a JSON list like [{"title": "Design", "specialist_type": "architect"}].',
  });
}

const plan = defineAlias({
  name: "orchestrator_plan_task",
  of: taskPlan,
  summary: "Stores a plan of subtasks.",
  input: z.object({
    description: z.string().max(DESCRIPTION_CHARS_MAX),
    subtasks_json: z.string().max(DRAFT_CHARS_MAX).optional().describe("The subtasks as a JSON list in a text."),
    subtasks: z.array(OldSubtask).max(PLAN_TASKS_MAX).optional().describe("The same as a list."),
    complexity_level: z.enum(COMPLEXITIES).optional(),
    context: z.string().max(DESCRIPTION_CHARS_MAX).optional(),
  }),
  translate: ({ description, subtasks_json, subtasks, complexity_level, context }) => ({
    title: clip(description.trim().split("\n")[0] ?? "", TITLE_CHARS_MAX),
    description: clip(context ? `${description}\n\n${context}` : description, DESCRIPTION_CHARS_MAX),
    tasks: subtasksOf(subtasks_json, subtasks).map(newItem),
    options: { complexity: complexity_level },
  }),
  oldFields: ({ plan: made, tasks }) => ({
    parent_task_id: (made as { id: string }).id,
    subtasks: (tasks as { id: string; title: string }[]).map(({ id, title }) => ({ task_id: id, title })),
  }),
});

const execute = defineAlias({
  name: "orchestrator_execute_subtask",
  of: taskStart,
  summary: "Starts a subtask and answers the specialist's context.",
  input: z.object({ task_id }),
  translate: ({ task_id: id }) => ({ id }),
  oldFields: ({ id, prompt }) => ({ task_id: id, specialist_context: prompt }),
});

const complete = defineAlias({
  name: "orchestrator_complete_subtask",
  of: taskComplete,
  summary: "Hands a subtask in.",
  input: z.object({
    task_id,
    summary: z.string().max(SUMMARY_CHARS_MAX).optional(),
    detailed_work: z.string().max(DRAFT_CHARS_MAX).optional(),
    file_paths: z.array(Path).max(ARTIFACT_FILES_MAX).optional(),
    artifact_type: z.enum(ARTIFACT_TYPES).optional(),
    next_action: z.enum(NEXT_ACTIONS).optional(),
    results: z.string().max(DRAFT_CHARS_MAX).optional().describe("Older form of summary and detailed_work."),
    artifacts: z.array(Path).max(ARTIFACT_FILES_MAX).optional().describe("Older form of file_paths."),
  }),
  translate: ({ task_id: id, summary, detailed_work, file_paths, artifact_type, next_action, results, artifacts }) => ({
    id,
    summary: summary ?? clip((results ?? detailed_work ?? "").trim(), SUMMARY_CHARS_MAX),
    work: detailed_work ?? results,
    files: file_paths ?? artifacts,
    next: next_action,
    options: { type: artifact_type },
  }),
  oldFields: ({ id, plan: progress, next, artifact }) => ({
    task_id: id,
    ...(artifact ? { artifact_id: (artifact as { id: string }).id } : {}),
    ...(progress ? { parent_progress: progress } : {}),
    ...(next ? { next_recommended_task: { task_id: (next as { id: string }).id, ...next } } : {}),
  }),
});

const synthesize = defineAlias({
  name: "orchestrator_synthesize_results",
  of: sessionSynthesize,
  summary: "Puts the results of a plan together.",
  input: z.object({ parent_task_id: task_id }),
  translate: ({ parent_task_id: task }) => ({ task }),
  oldFields: ({ document, plan: progress }) => ({
    parent_task_id: (progress as { id: string }).id,
    synthesis: document,
  }),
});

const status = defineAlias({
  name: "orchestrator_get_status",
  of: sessionStatus,
  summary: "Says where work stands.",
  input: z.object({ include_completed: z.boolean().optional() }),
  translate: ({ include_completed }) => ({ include_completed }),
});

export const orchestratorAliases: readonly Tool[] = [initialize, plan, execute, complete, synthesize, status];
