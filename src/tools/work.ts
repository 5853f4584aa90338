// The round of a task: start it, save what is written, hand it in.
import { z } from "zod";
import { artifactUri } from "../artifacts/artifact.ts";
import { ARTIFACT_TYPES } from "../base/kinds.ts";
import {
  ARTIFACT_FILES_MAX,
  DECISIONS_MAX,
  DRAFT_CHARS_MAX,
  DRAFT_PIECE_CHARS_MAX,
  DRAFT_PIECES_MAX,
  PATH_CHARS_MAX,
  ROW_TITLE_CHARS_MAX,
  SUMMARY_CHARS_MAX,
  WORD_CHARS_MAX,
} from "../base/limits.ts";
import { clip } from "../base/text.ts";
import { NEXT_ACTIONS, type Result } from "../tasks/completion.ts";
import { Task, TaskChanged, TaskStatus } from "../tasks/task.ts";
import { lease, workspace } from "./inputs.ts";
import { PlanProgress } from "./session.ts";
import { type App, defineTool } from "./tool.ts";

const { shape } = Task;
const { id } = shape;
const Count = z.number().int();
const Summary = z.string().trim().min(1).max(SUMMARY_CHARS_MAX);
const UpNext = z.object({ id, title: z.string(), role: z.string().optional() });

export const taskStart = defineTool({
  name: "task_start",
  title: "Start a task",
  summary:
    "Takes a task, or the next ready one, for you alone. Answers the role to work in, what the task builds on, and the lease.",
  effect: "write",
  toolset: "task",
  input: z.object({
    id: id.optional(),
    role: shape.role.describe("Only of this role."),
    lease: lease.describe("To go on."),
    full: z.boolean().default(false).describe("Whole texts of what it builds on."),
    workspace,
  }),
  output: TaskChanged.extend({
    lease: z.string(),
    until_ms: Count,
    attempt: Count,
    resumed: z.boolean().optional(),
    taken_from: z.string().optional(),
    parent: id.optional(),
    prompt: z.string(),
    builds_on: z
      .array(
        z.object({
          id,
          title: z.string(),
          status: TaskStatus,
          summary: z.string().optional(),
          decisions: z.array(z.string()).optional(),
          artifacts: z.array(z.string()).optional(),
          text: z.string().optional(),
        }),
      )
      .optional(),
    draft: z.object({ chars: Count, next_piece: Count, tail: z.string() }).optional(),
    problems: z.array(z.string()).optional(),
  }),
  positional: ["id"],
  run: async (app, { full, workspace: given, ...input }, call) => {
    const path = given ?? call.workspace;
    const claim = await app.claims.start(path, input, call.agent);
    const { task } = claim;
    return {
      id: task.id,
      title: clip(task.title, ROW_TITLE_CHARS_MAX),
      status: task.status,
      revision: task.revision,
      lease: claim.lease.token,
      until_ms: claim.lease.until_ms,
      attempt: task.attempts,
      ...(claim.isResumed ? { resumed: true } : {}),
      ...(claim.takenFrom === undefined ? {} : { taken_from: claim.takenFrom }),
      ...(task.parent_id === null ? {} : { parent: task.parent_id }),
      ...(await app.briefings.of(path, claim, full)),
    };
  },
});

export const taskAppend = defineTool({
  name: "task_append",
  title: "Save a piece of a draft",
  summary: "Adds a piece to the draft of the task you hold: what was answered is on disk.",
  effect: "write",
  isIdempotent: true,
  toolset: "task",
  input: z.object({
    id,
    piece: z.number().int().min(1).max(DRAFT_PIECES_MAX).describe("1, 2, 3 …"),
    text: z.string().min(1).max(DRAFT_PIECE_CHARS_MAX),
    lease,
    restart: z.boolean().optional().describe("Begin anew."),
  }),
  output: z.object({ next_piece: Count, chars: Count }),
  positional: ["id", "piece", "text"],
  run: (app, { id: task, lease: token, ...piece }, call) =>
    app.drafts.append(task, piece, { agent: call.agent, lease: token }),
});

export const taskComplete = defineTool({
  name: "task_complete",
  title: "Hand in a task",
  summary:
    "Hands in the task you hold; its result is kept as an artifact. Answers how far the plan is and what is next.",
  effect: "write",
  toolset: "task",
  input: z.object({
    id,
    summary: Summary.describe("A few lines for whoever builds on it."),
    work: z.string().max(DRAFT_CHARS_MAX).optional().describe("The result; default what you appended."),
    files: z.array(z.string().min(1).max(PATH_CHARS_MAX)).max(ARTIFACT_FILES_MAX).optional().describe("Paths."),
    next: z
      .enum(NEXT_ACTIONS)
      .default("continue")
      .describe("needs_revision: you keep it. blocked: why in options.note."),
    lease,
    options: z
      .strictObject({
        type: z.enum(ARTIFACT_TYPES).optional().describe("What kind of result it is; default general."),
        use_draft: z.boolean().optional().describe("The draft first, then work."),
        note: Summary.optional().describe("Why it is blocked, or what to revise."),
        decisions: z
          .array(Summary)
          .max(DECISIONS_MAX)
          .optional()
          .describe("What was decided, for those who come later."),
        mime: z.string().max(WORD_CHARS_MAX).optional().describe("Media type of the result; default text/markdown."),
      })
      .optional()
      .describe("type, use_draft, note, decisions, mime"),
  }),
  output: TaskChanged.extend({
    artifact: z
      .object({
        id: z.string(),
        uri: z.string(),
        version: Count,
        path: z.string().optional(),
        problem: z.string().optional(),
      })
      .optional(),
    plan: PlanProgress.optional(),
    next: UpNext.optional(),
    next_step: z.string(),
  }),
  positional: ["id", "summary"],
  run: async (app, { id: task, lease: token, options = {}, ...input }, call) => {
    const { use_draft: useDraft, type = "general", ...more } = options;
    const result = await app.completion.handIn(
      task,
      { ...input, ...more, type, useDraft },
      { agent: call.agent, lease: token },
    );
    return { ...shownResult(result), ...(await keptWork(app, result)) };
  },
});

/** The artifact as the answer names it, and where it lies in the project. */
async function keptWork(app: App, { task, artifact, text }: Result) {
  if (!artifact || text === undefined) return {};
  const path = await app.workspaces.pathOf(task.workspace_id);
  const mirrored = path === undefined ? {} : await app.mirror.write(path, artifact, text);
  return { artifact: { id: artifact.id, uri: artifactUri(artifact.id), version: artifact.version, ...mirrored } };
}

function shownResult({ task, plan, upNext }: Result) {
  return {
    id: task.id,
    title: clip(task.title, ROW_TITLE_CHARS_MAX),
    status: task.status,
    revision: task.revision,
    ...(plan ? { plan: { ...plan, title: clip(plan.title, ROW_TITLE_CHARS_MAX) } } : {}),
    ...(upNext
      ? {
          next: {
            id: upNext.id,
            title: clip(upNext.title, ROW_TITLE_CHARS_MAX),
            ...(upNext.role ? { role: upNext.role } : {}),
          },
        }
      : {}),
    next_step: nextStep({ task, plan, upNext }),
  };
}

function nextStep({ task, plan, upNext }: Pick<Result, "task" | "plan" | "upNext">): string {
  if (task.status === "active") return "You still hold it: go on with task_append, then task_complete again.";
  if (plan && plan.completed === plan.total) return `All of the plan is done: session_synthesize with task ${plan.id}.`;
  if (upNext) return "task_start takes the next one.";
  return plan
    ? "Nothing is ready: session_status shows what the rest waits for."
    : "session_status shows what is left.";
}
