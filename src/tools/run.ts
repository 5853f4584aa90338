// Runs of workflows: begun, followed, spoken to, ended.
import { z } from "zod";
import { BUDGET, readBudget } from "../base/budget-text.ts";
import { EXECUTORS, type RunCaller } from "../base/call-tool.ts";
import { Duration } from "../base/duration.ts";
import { idSchema } from "../base/ids.ts";
import type { Json } from "../base/json.ts";
import {
  QUESTION_MS,
  RUN_NAME_CHARS_MAX,
  RUN_STEPS_SHOWN,
  RUN_STEPS_SHOWN_MAX,
  RUN_WAIT_MS,
  RUN_WAIT_MS_MAX,
  STEP_MS_MAX,
  TOOL_GRACE_MS,
  WORD_CHARS_MAX,
} from "../base/limits.ts";
import { Webhook } from "../events/webhook-shown.ts";
import { RunBrief, RunId, RunState, RunStatus, RunWhole } from "../workflows/run-shown.ts";
import { cursor, limit, more, workspace } from "./inputs.ts";
import { type App, type Call, defineTool } from "./tool.ts";

/** Whatever JSON can say: what each of them has to be, the workflow tells. */
export const RunInputs = z
  .record(z.string().max(WORD_CHARS_MAX), z.unknown())
  .transform((inputs) => inputs as Record<string, Json>)
  .optional()
  .describe("See workflow_show.");
const Time = z.string().max(WORD_CHARS_MAX).pipe(Duration);
const wait = Time.refine((ms) => ms <= RUN_WAIT_MS_MAX, "expected a time up to 5m");
const Key = z.string().min(1).max(RUN_NAME_CHARS_MAX);
const SIGNAL_CHARS_MAX = 1_000_000;
const DOLLARS_MAX = 1_000_000;

const BUDGET_SAID = 'expected dollars like "2usd" or tokens like "200k"';
/** As people write it. */
const Budget = z
  .union(
    [
      z.string().max(WORD_CHARS_MAX).regex(BUDGET, BUDGET_SAID).transform(readBudget),
      z.strictObject({
        usd: z.number().positive().max(DOLLARS_MAX).optional(),
        tokens: z.number().int().positive().optional(),
      }),
    ],
    { error: BUDGET_SAID },
  )
  .describe('What its agents may spend: "2usd", "200k" tokens.');

export const runStart = defineTool({
  name: "run_start",
  title: "Start a run",
  summary:
    "Starts a workflow; the run goes on by itself, survives crashes, and is the same one for the same idempotency_key. Answers how it stands after a short wait, and what you have to do when it waits for you.",
  // Its steps may do whatever tools do.
  effect: "destroy",
  toolset: "runs",
  input: z.object({
    workflow: z.string().min(1).max(WORD_CHARS_MAX).describe("Its id, see workflow_list."),
    inputs: RunInputs,
    wait: wait.default(RUN_WAIT_MS).describe('How long to wait until it is over, or waits for somebody; default "2s".'),
    idempotency_key: Key.optional().describe("Asked twice with one key, it is started once."),
    options: z
      .strictObject({
        priority: z.number().int().min(1).max(9).optional().describe("The lower, the sooner; default 5."),
        timeout: Time.refine((ms) => ms >= 1 && ms <= STEP_MS_MAX, "expected a time from 1ms to 30d")
          .optional()
          .describe("It fails when it is not over by then."),
        budget: Budget.optional(),
        executor: z
          .enum(EXECUTORS)
          .optional()
          .describe("Who does the work of agents: server asks models, client leaves it to you as tasks."),
        webhook: Webhook.shape.url.optional().describe("Is told of every event of the run."),
        workspace,
      })
      .optional()
      .describe("priority, timeout, budget, executor, webhook, workspace"),
  }),
  output: RunState.extend({
    is_new: z.boolean(),
    webhook: Webhook.pick({ id: true }).extend({ secret: z.string() }).optional(),
  }),
  positional: ["workflow"],
  timeLimitMs: (input) => input.wait + QUESTION_MS + TOOL_GRACE_MS,
  run: async (app, { workflow, inputs = {}, wait: waitMs, idempotency_key: idempotencyKey, options = {} }, call) => {
    const { workspace: path = call.workspace, timeout: timeoutMs, webhook, ...how } = options;
    const asked = { workflow, inputs, timeoutMs, idempotencyKey, ...how };
    const begun = RunId.safeParse(call.resumed);
    if (begun.success) {
      const state = await app.workflowRuns.wait(begun.data, waitingOf(call, waitMs));
      return { ...state, is_new: false };
    }
    const afterSeq = webhook === undefined ? undefined : await app.webhooks.before(webhook);
    const { isNew, ...state } = await app.workflowRuns.start(path, asked, callerOf(call), waitingOf(call, waitMs));
    const hook = webhook !== undefined && isNew ? { url: webhook, types: [], subject: state.id, afterSeq } : undefined;
    const told = hook ? await tellOf(app, hook, path) : {};
    return { ...state, is_new: isNew, ...told };
  },
});

async function tellOf(app: App, hook: Parameters<App["webhooks"]["create"]>[1], path: string) {
  const { id: workspaceId } = await app.workspaces.at(path);
  const { id, secret } = await app.webhooks.create(workspaceId, hook);
  return { webhook: { id, secret } };
}

/** The run is its caller's: it may do what they may, whenever it does it. */
export function callerOf({ agent, filter, runs = 0 }: Call): RunCaller {
  return { agent: { ...agent, process: "" }, filter: (filter ?? {}) as Json, depth: runs + 1 };
}

function waitingOf({ signal, progress, ask }: Call, waitMs: number) {
  return { waitMs, signal, ask, progress: (steps: number, where: string) => progress(steps, undefined, where) };
}

export const runShow = defineTool({
  name: "run_show",
  title: "Show a run",
  summary:
    "How a run stands: its steps with what they came to, what it waits for, its output or why it failed. With wait, it waits first until the run is over or waits for somebody.",
  effect: "read",
  toolset: "runs",
  input: z.object({
    id: RunId,
    wait: wait.default(0),
    steps: z.number().int().min(0).max(RUN_STEPS_SHOWN_MAX).default(RUN_STEPS_SHOWN).describe("The last so many."),
    whole: z.boolean().optional().describe("Whole outputs of steps."),
  }),
  output: RunWhole,
  positional: ["id"],
  timeLimitMs: (input) => (input.wait > 0 ? input.wait + QUESTION_MS : 0) + TOOL_GRACE_MS,
  run: async (app, { id, wait: waitMs, steps, whole = false }, call) => {
    if (waitMs > 0) await app.workflowRuns.wait(id, waitingOf(call, waitMs));
    return app.workflowRuns.show(id, steps, whole);
  },
});

export const runList = defineTool({
  name: "run_list",
  title: "List runs",
  summary: "One page of the runs of the project, the newest first; those that a run started are shown with it.",
  effect: "read",
  toolset: "runs",
  input: z.object({
    status: z
      .enum([...RunStatus.options, "open", "dead"])
      .optional()
      .describe("open: not over. dead: failed."),
    workflow: z.string().max(WORD_CHARS_MAX).optional(),
    since: Time.optional().describe('Only of this last time, like "2h".'),
    parent: RunId.optional().describe("Those that this run started."),
    limit,
    cursor,
    workspace,
  }),
  output: z.object({ runs: z.array(RunBrief), cursor: more }),
  run: async (app, { status, workflow, since, parent, workspace: given, ...page }, call) => {
    const found = await app.workspaces.find(given ?? call.workspace);
    if (!found) return { runs: [] };
    const filter = {
      workspace_id: found.id,
      workflow,
      statuses: statusesOf(status),
      since_ms: since === undefined ? undefined : app.executions.now() - since,
      parent_id: parent,
    };
    return app.workflowRuns.list(filter, page);
  },
});

type Asked = z.output<typeof RunStatus> | "open" | "dead" | undefined;

function statusesOf(status: Asked): z.output<typeof RunStatus>[] | undefined {
  if (status === undefined) return undefined;
  if (status === "open") return ["gated", "queued", "running", "waiting"];
  return [status === "dead" ? "failed" : status];
}

export const runSignal = defineTool({
  name: "run_signal",
  title: "Say something to a run",
  summary:
    "Ends a wait of a run: a gate with true or {approved: false, note}, a wait with whatever its workflow expects. It is kept until the run takes it.",
  effect: "write",
  toolset: "runs",
  input: z.object({
    id: RunId,
    name: Key.describe("The signal, as waits_for of run_show names it."),
    data: z
      .unknown()
      .optional()
      .refine((data) => (JSON.stringify(data) ?? "").length <= SIGNAL_CHARS_MAX, "too large")
      .describe("Default true."),
    idempotency_key: Key.optional().describe("Said twice with one key, it is heard once."),
  }),
  output: RunState.extend({ is_new: z.boolean() }),
  positional: ["id", "name", "data"],
  run: async (app, { id, name, data = true, idempotency_key: key }) => {
    const isNew = await app.workflowRuns.signal(id, name, data as Json, key);
    return { ...(await app.workflowRuns.state(id)), is_new: isNew };
  },
});

const ById = z.object({ id: RunId });

export const runCancel = defineTool({
  name: "run_cancel",
  title: "Cancel a run",
  summary: "Ends a run and those that it started; what is under way is stopped within a second.",
  effect: "destroy",
  isIdempotent: true,
  toolset: "runs",
  input: ById,
  output: RunState,
  positional: ["id"],
  run: (app, { id }) => app.workflowRuns.cancel(id),
});

export const runRetry = defineTool({
  name: "run_retry",
  title: "Retry a run",
  summary: "Begins a failed run again: what is done stays done, what failed is done anew.",
  effect: "destroy",
  toolset: "runs",
  input: ById,
  output: RunState,
  positional: ["id"],
  run: (app, { id }) => app.workflowRuns.retry(id),
});

export const runResume = defineTool({
  name: "run_resume",
  title: "Resume a run",
  summary: "Has a run go on at once that pauses before it tries a step again.",
  effect: "write",
  isIdempotent: true,
  toolset: "runs",
  input: ById,
  output: RunState,
  positional: ["id"],
  run: (app, { id }) => app.workflowRuns.resume(id),
});

export const runGraph = defineTool({
  name: "run_graph",
  title: "Draw a run",
  summary: "The steps of a run as a Mermaid diagram, each with how it stands.",
  effect: "read",
  toolset: "runs",
  input: ById,
  output: z.object({ mermaid: z.string() }),
  positional: ["id"],
  run: async (app, { id }) => ({ mermaid: await app.workflowRuns.graph(id) }),
});

export const sessionRun = defineTool({
  name: "session_run",
  title: "Run a plan",
  summary:
    "Works the tasks of a plan or of the session by themselves: those of the workers code, tool, agent and gate are done in the order of what they need, client tasks are left to you. Code and tools stand in a fenced block of the task's description.",
  effect: "destroy",
  toolset: "runs",
  input: z.object({
    plan: idSchema("task").optional().describe("Of this plan; if not given everything of the open session."),
    wait: wait.default(RUN_WAIT_MS),
    workspace,
  }),
  output: RunState,
  positional: ["plan"],
  timeLimitMs: (input) => input.wait + QUESTION_MS + TOOL_GRACE_MS,
  run: async (app, { plan, wait: waitMs, workspace: given }, call) => {
    const path = given ?? call.workspace;
    const found = await app.workspaces.at(path);
    const session = plan === undefined ? (await app.sessions.newestOpen(found.id))?.id : undefined;
    const input = plan === undefined ? { session } : { plan };
    return app.workflowRuns.startSession(path, input, callerOf(call), waitingOf(call, waitMs));
  },
});
