import { z } from "zod";
import { Duration } from "../base/duration.ts";
import { idSchema } from "../base/ids.ts";
import { ROW_TITLE_CHARS_MAX, TITLE_CHARS_MAX } from "../base/limits.ts";
import { clip } from "../base/text.ts";
import { SESSION_STATUSES } from "../base/transitions.ts";
import { WORKSPACE_SOURCES } from "../base/workspace-source.ts";
import type { SessionCounts, SessionRow } from "../store/sessions.ts";
import { guidance } from "../tasks/guidance.ts";
import { leaveOutEmpty } from "../tasks/shown-task.ts";
import { Held, Task, TaskStatus } from "../tasks/task.ts";
import { behind, cursor, limit, more, text, workspace } from "./inputs.ts";
import { type App, type Call, defineTool } from "./tool.ts";

const id = idSchema("session");
const Count = z.number().int();
const Counts = z.partialRecord(TaskStatus, Count);
const { shape } = Task;
const Line = z.object({ id: shape.id, title: z.string(), role: z.string().optional() });
export const PlanProgress = z.object({
  id: shape.id,
  title: z.string(),
  completed: Count,
  total: Count,
  percentage: Count,
});

/** A session as it is listed. */
const Session = z.object({
  id,
  title: z.string(),
  status: z.enum(SESSION_STATUSES),
  client: z.string().optional(),
  tasks: Count.optional(),
  completed: Count.optional(),
  open: Count.optional(),
  created_ms: Count,
  updated_ms: Count,
  closed_ms: Count.optional(),
});

function shownSession(row: SessionRow & Partial<SessionCounts>): z.infer<typeof Session> {
  const { seq: _seq, workspace_id: _workspace, closed_ms, ...session } = row;
  return { ...leaveOutEmpty({ ...session, closed_ms: closed_ms ?? undefined }), title: session.title };
}

/** The folder that a call is about, and how it was found. */
function place(call: Call, given: string | undefined) {
  return given === undefined
    ? { path: call.workspace, found_by: call.workspaceFrom }
    : { path: given, found_by: "argument" as const };
}

export const sessionStart = defineTool({
  name: "session_start",
  title: "Start or go on",
  summary:
    "Call first: goes on with the project's open session or opens one. Answers where work stands and what is next.",
  effect: "write",
  toolset: "session",
  input: z.object({
    title: z.string().trim().max(TITLE_CHARS_MAX).optional().describe("What it is about."),
    new: z.boolean().default(false).describe("Another one."),
    workspace,
  }),
  output: z.object({
    session: z.object({ id, title: z.string().optional(), continued: z.boolean() }),
    workspace: z.object({ path: z.string(), found_by: z.enum(WORKSPACE_SOURCES) }),
    role: z.string(),
    guidance: z.string(),
    roles: z.array(z.string()),
    role_problems: Count.optional().describe("Role files that cannot be read; role_list says why."),
    counts: Counts,
    interrupted: z.array(Line.extend({ was: z.string() })).optional(),
    next: z.array(Line).optional(),
    stuck: z.array(Line).optional(),
    drafts: z.array(z.object({ task: shape.id, title: z.string(), chars: Count })).optional(),
    decisions: z.array(z.string()).optional(),
    plans: z.array(PlanProgress).optional(),
    cursor: z.string().optional().describe("More is open than is shown: session_status goes on from here."),
  }),
  run: async (app, input, call) => {
    const at = place(call, input.workspace);
    const { session, isContinued } = await app.sessions.begin(at.path, {
      title: input.title,
      isNew: input.new,
      client: call.agent.label,
    });
    const [handover, { roles, problems }] = await Promise.all([
      app.overview.handover(session.workspace_id),
      app.roles.list(at.path),
    ]);
    const broken = problems.filter(({ ignored }) => !ignored).length;
    return {
      session: {
        id: session.id,
        ...(session.title ? { title: clip(session.title, ROW_TITLE_CHARS_MAX) } : {}),
        continued: isContinued,
      },
      workspace: at,
      role: "coordinator",
      guidance: guidance(handover),
      roles: shownRoles(roles.map((role) => role.id)),
      ...(broken > 0 ? { role_problems: broken } : {}),
      ...handover,
    };
  },
});

const ROLES_SHOWN_CHARS_MAX = 300;

/** The first that fit: role_list has all of them. */
function shownRoles(ids: readonly string[]): string[] {
  let charsLeft = ROLES_SHOWN_CHARS_MAX;
  return ids.filter((id) => {
    charsLeft -= id.length;
    return charsLeft >= 0;
  });
}

export const sessionStatus = defineTool({
  name: "session_status",
  title: "See where work stands",
  summary: "Counts and a page of tasks, with who holds them and drafts.",
  effect: "read",
  toolset: "session",
  input: z.object({
    session: id.optional().describe("Only this one."),
    include_completed: z.boolean().default(false),
    limit,
    cursor,
    workspace,
  }),
  output: z.object({
    counts: Counts.optional(),
    plans: z.array(PlanProgress).optional(),
    tasks: z.array(
      z.object({
        id: shape.id,
        title: z.string(),
        status: TaskStatus,
        waits_for: Count.optional(),
        held: Held.optional(),
        draft_chars: Count.optional(),
      }),
    ),
    cursor: more,
  }),
  run: async (app, input, call) => {
    const { session, include_completed: withCompleted, ...page } = input;
    const workspaceId =
      session === undefined
        ? await knownId(app, call, input.workspace)
        : (await app.sessions.find(session)).workspace_id;
    if (workspaceId === undefined) return { counts: {}, tasks: [] };
    return app.overview.status(workspaceId, { session, withCompleted, ...page });
  },
});

async function knownId(app: App, call: Call, path: string | undefined): Promise<string | undefined> {
  return (await app.workspaces.find(path ?? call.workspace))?.id;
}

export const sessionSynthesize = defineTool({
  name: "session_synthesize",
  title: "Put a plan's results together",
  summary: "Assembles what came of a plan into one document, and says what is missing.",
  effect: "read",
  toolset: "session",
  input: z.object({ task: shape.id.optional().describe("The plan, unless only one is open."), workspace }),
  output: z.object({
    status: z.enum(["complete", "partial"]),
    plan: PlanProgress,
    missing: z.array(z.object({ id: shape.id, title: z.string(), why: z.string() })).optional(),
    document: z.string(),
    next_step: z.string(),
  }),
  positional: ["task"],
  run: async (app, input, call) => {
    const workspaceId = (await knownId(app, call, input.workspace)) ?? "";
    const { plan, missing, isComplete, document } = await app.overview.synthesize(workspaceId, input.task);
    return {
      status: isComplete ? ("complete" as const) : ("partial" as const),
      plan,
      ...(missing.length > 0 ? { missing: missing.slice(0, MISSING_SHOWN_MAX).map((one) => ({ ...one })) } : {}),
      document,
      next_step: isComplete
        ? `Write the result from the document, then task_complete ${plan.id} with it.`
        : "Work what is missing first, or write the result and say in it what is missing.",
    };
  },
});

const MISSING_SHOWN_MAX = 50;

export const sessionList = defineTool({
  name: "session_list",
  title: "List sessions",
  summary: "The project's sessions, the newest first, with how much of each is done.",
  effect: "read",
  toolset: "admin",
  input: z.object({ status: z.enum(SESSION_STATUSES).optional(), text, limit, cursor, workspace }),
  output: z.object({ sessions: z.array(Session), cursor: more, behind }),
  run: async (app, input, call) => {
    const path = input.workspace ?? call.workspace;
    if (input.text === undefined) {
      const { sessions, cursor: next } = await app.sessions.list(path, input);
      return { sessions: sessions.map(shownSession), ...(next ? { cursor: next } : {}) };
    }
    const { ids, isBehind } = await app.search.find(path, "session", input.text);
    const rows = new Map((await app.sessions.withCounts(ids)).map((row) => [row.id, row]));
    const found = ids.flatMap((one) => rows.get(one) ?? []).filter(({ status }) => (input.status ?? status) === status);
    return { sessions: found.slice(0, input.limit).map(shownSession), ...(isBehind ? { behind: true } : {}) };
  },
});

export const sessionResume = defineTool({
  name: "session_resume",
  title: "Reopen a session",
  summary: "Opens a closed session again: new work belongs to it from then on.",
  effect: "write",
  isIdempotent: true,
  toolset: "admin",
  input: z.object({ id }),
  output: Session,
  positional: ["id"],
  run: async (app, input) => shownSession(await app.sessions.resume(input.id)),
});

export const sessionClose = defineTool({
  name: "session_close",
  title: "Close a session",
  summary: "Ends a session; its tasks stay as they are, and session_resume opens it again.",
  effect: "write",
  isIdempotent: true,
  toolset: "admin",
  input: z.object({ id }),
  output: Session,
  positional: ["id"],
  run: async (app, input) => shownSession(await app.sessions.close(input.id)),
});

const Row = z.object({ id: z.string(), title: z.string() });

export const sessionCleanup = defineTool({
  name: "session_cleanup",
  title: "Clean up sessions",
  summary:
    "Closes idle sessions with nothing left to do and lets go of tasks whose holder is gone. Only says what it would do, unless dry_run is false.",
  effect: "write",
  isIdempotent: true,
  toolset: "admin",
  input: z.object({
    idle: z
      .string()
      .max(20)
      .pipe(Duration)
      .default(30 * 24 * 3_600_000)
      .describe("Untouched for this long, like 30d."),
    dry_run: z.boolean().default(true),
    workspace,
  }),
  output: z.object({ dry_run: z.boolean(), closed: z.array(Row), released: z.array(Row) }),
  run: async (app, input, call) => {
    const options = { idleMs: input.idle, isDryRun: input.dry_run };
    const { closed, released } = await app.sessions.cleanUp(input.workspace ?? call.workspace, options);
    const row = ({ id: one, title }: z.infer<typeof Row>) => ({ id: one, title });
    return { dry_run: input.dry_run, closed: closed.map(row), released: released.map(row) };
  },
});
