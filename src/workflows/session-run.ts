// Plans that run themselves: the tasks of a plan or of a session, each by whoever it names. What a model has to do is
// left to it; code, tools and gates are done here, in the order of what they need.
import type { RunCaller } from "../base/call-tool.ts";
import type { Clock } from "../base/clock.ts";
import { AppError, toAppError } from "../base/errors.ts";
import { isRecord, type Json } from "../base/json.ts";
import { GRAPH_TASKS_MAX, STEP_WORK_CHARS_MAX } from "../base/limits.ts";
import { clip } from "../base/text.ts";
import type { TaskStatus } from "../base/transitions.ts";
import { defineWorkflow, type RunContext, type Workflow } from "../runs/workflow.ts";
import { linkTask } from "../store/run-tasks.ts";
import type { Sql } from "../store/sql.ts";
import { readNeeds, readTasks, type TaskRow, taskForChange } from "../store/tasks.ts";
import type { Briefings, BuiltOn } from "../tasks/briefing.ts";
import type { Claims } from "../tasks/claims.ts";
import type { Completion } from "../tasks/completion.ts";
import { noTask } from "../tasks/task-errors.ts";
import type { Tasks } from "../tasks/tasks.ts";
import type { Workspaces } from "../tasks/workspaces.ts";
import { fenced } from "./agent/agent-prompt.ts";
import { type BegunBelow, beginBelow } from "./begin-below.ts";
import type { StepParts } from "./place.ts";
import { type PlanWork, planWork } from "./plan-work.ts";
import { reopen } from "./step-tasks.ts";
import { gateRefusal } from "./steps/gate.ts";

interface SessionRunParts {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly workspaces: Workspaces;
  readonly tasks: Tasks;
  readonly claims: Claims;
  readonly completion: Completion;
  readonly briefings: Pick<Briefings, "alone">;
  readonly tools: StepParts["tools"];
  readonly begin: StepParts["begin"];
  readonly kept: StepParts["kept"];
}

/** Which tasks: the parts of a plan, or everything of a session. */
export interface SessionRunInput {
  readonly plan?: string | undefined;
  readonly session?: string | undefined;
}

interface PlannedTask {
  readonly id: string;
  readonly work: PlanWork;
  /** Tasks that must be over before, and whether they must be completed. */
  readonly needs: readonly { readonly id: string; readonly mustComplete: boolean }[];
}

/** How a task ended, for those that need it. */
type Ended = TaskStatus | "deleted" | "skipped";

const NOTE_CHARS_MAX = 500;
const RETRY = { hint: "run_retry does it anew." };
const SESSION_WORKFLOW = "session";
const AGENT_WORKFLOW = "agent";

export class SessionRun {
  readonly workflow: Workflow;
  readonly #parts: SessionRunParts;

  constructor(parts: SessionRunParts) {
    this.#parts = parts;
    this.workflow = defineWorkflow({
      name: SESSION_WORKFLOW,
      version: "1",
      run: (context, input) => this.#run(context, input as unknown as SessionRunInput),
    });
  }

  /** What would be run; throws what is wrong with it. */
  async look({ plan, session }: SessionRunInput, workspaceId: string): Promise<readonly PlannedTask[]> {
    const { sql } = this.#parts;
    const filter = { workspace_id: workspaceId, parent_id: plan, session_id: session, archived: false };
    const rows = await readTasks(sql, filter, 0, GRAPH_TASKS_MAX + 1);
    if (rows.length > GRAPH_TASKS_MAX) {
      throw new AppError("too_large", `cannot run more than ${GRAPH_TASKS_MAX} tasks`, { hint: "Name one plan." });
    }
    const parents = new Set(rows.map(({ parent_id }) => parent_id));
    const leaves = rows.filter((task) => isOpen(task) && !parents.has(task.id));
    if (leaves.length === 0) {
      throw new AppError("conflict", "there is nothing to run: no task is open", { hint: "Plan some with task_plan." });
    }
    const needs = await readNeeds(
      sql,
      leaves.map(({ id }) => id),
    );
    return leaves.map((task) => ({
      id: task.id,
      work: planWork(task),
      needs: needs
        .filter(({ task_id, kind, waived }) => task_id === task.id && kind !== "related" && waived === null)
        .map(({ needs_id, kind }) => ({ id: needs_id, mustComplete: kind === "completion" })),
    }));
  }

  async #run(context: RunContext, input: SessionRunInput): Promise<Json> {
    const planned = (await context.step(
      "plan",
      async () => this.look(input, context.workspaceId ?? "") as unknown as Json,
      {
        kind: "make",
      },
    )) as unknown as PlannedTask[];
    const done = new Map<string, Promise<Ended>>();
    const byId = new Map(planned.map((task) => [task.id, task]));
    const begin = (task: PlannedTask): Promise<Ended> => {
      const known = done.get(task.id);
      if (known) return known;
      // Plans hold no cycle: whoever is needed has been begun, or begins now.
      const needs = task.needs.map(async ({ id, mustComplete }) => {
        const needed = byId.get(id);
        return needed === undefined || (await begin(needed)) === "completed" || !mustComplete;
      });
      const ending = Promise.all(needs).then((met) => (met.every(Boolean) ? this.#tryWork(context, task) : "skipped"));
      done.set(task.id, ending);
      return ending;
    };
    const ends = await Promise.all(planned.map(begin));
    const counts: Record<string, number> = {};
    for (const end of ends) counts[end] = (counts[end] ?? 0) + 1;
    const left = planned.filter((_task, at) => ends[at] !== "completed").map(({ id }) => id);
    if (left.length === 0) return { tasks: planned.length, ...counts };
    throw new AppError(
      "failed",
      `${left.length} of ${planned.length} tasks were not completed: ${clip(left.join(", "), 500)}`,
      {
        hint: "session_status shows why; run_retry goes on with them.",
      },
    );
  }

  /** A task that fails keeps back those that need it, and no others. */
  #tryWork(context: RunContext, task: PlannedTask): Promise<Ended> {
    return this.#work(context, task).catch((cause: unknown) => {
      if (cause instanceof AppError) return "failed" as const;
      throw cause;
    });
  }

  async #work(context: RunContext, { id, work }: PlannedTask): Promise<Ended> {
    // Told by whoever hands it in, from now on; what is over already is known here.
    const status = await context.step(`${id}.task`, () => this.#link(context.id, id), { kind: "make" });
    if (status === "completed" || status === "cancelled" || status === "deleted") return status;
    if (work.worker === "client") return this.#wait(context, id);
    if (work.worker === "agent") return this.#delegate(context, id);
    if (work.worker === "gate") return this.#ask(context, id, work);
    return context.step(id, ({ signal }) => this.#do(context, id, work, signal), {
      kind: work.worker,
      tellsStart: true,
      atMostOnce: work.worker === "tool" && !this.#isSafe(work.tool),
    });
  }

  async #wait(context: RunContext, id: string): Promise<Ended> {
    const statusOf = (data: Json | undefined) => (data as { readonly status?: Ended } | undefined)?.status;
    const data = await context.waitFor(id, `task ${id}`, {
      kind: "task",
      about: { task: id },
      refusal: (told) => (statusOf(told) === "failed" ? notDone(id) : undefined),
    });
    return statusOf(data) ?? "completed";
  }

  async #ask(context: RunContext, id: string, { message, details }: PlanWork & { worker: "gate" }): Promise<Ended> {
    const about = { message, ...(details === "" ? {} : { details }) };
    const answer = await context.waitFor(id, id, { kind: "gate", about, refusal: gateRefusal });
    const note = isRecord(answer) && typeof answer["note"] === "string" ? answer["note"] : "";
    return context.step(`${id}.end`, () => this.#complete(context, id, note || "Approved."), { kind: "make" });
  }

  /** An agent works it in a run of its own: what it has been paid for outlives whatever stops this one. */
  async #delegate(context: RunContext, id: string): Promise<Ended> {
    const chosen = await context.step(`${id}.begin`, () => this.#brief(context, id), { kind: "make" });
    const { id: agent, version, input, options } = chosen as unknown as BegunBelow;
    try {
      const workflow = await context.again(() => this.#parts.kept(agent, version));
      const { text } = (await context.child(id, workflow, input, options)) as { readonly text: string };
      const summary = clip(text.trim().split("\n")[0] ?? "", NOTE_CHARS_MAX);
      const work = clip(text, STEP_WORK_CHARS_MAX);
      return await context.step(`${id}.end`, () => this.#complete(context, id, summary || "Done.", work), {
        kind: "make",
      });
    } catch (cause) {
      if (!(cause instanceof AppError)) throw cause;
      // A step that fails itself: a retry does it anew.
      return context.step(`${id}.end`, () => this.#giveUp(context, id, cause), { kind: "make" });
    }
  }

  /** What the agent is told, and which workflow it is told by: remembered, whatever is edited meanwhile. */
  async #brief(context: RunContext, id: string): Promise<Json> {
    const workspace = await this.#pathOf(context);
    const caller = context.caller as unknown as RunCaller;
    const claim = await this.#parts.claims.start(workspace, { id }, agentOf(context));
    const { role, assignment, builds_on } = await this.#parts.briefings.alone(claim);
    const task = [assignment, ...builds_on.map(builtOn)].join("\n\n");
    return beginBelow(this.#parts, workspace, AGENT_WORKFLOW, { task, role }, caller);
  }

  /** Begun anew the task is nobody's, and only whoever works at it can fail. */
  async #giveUp(context: RunContext, id: string, cause: unknown): Promise<never> {
    await this.#parts.claims.start(await this.#pathOf(context), { id }, agentOf(context));
    return this.#fail(id, cause);
  }

  async #fail(id: string, cause: unknown): Promise<never> {
    const note = clip(toAppError(cause).message, NOTE_CHARS_MAX);
    await this.#parts.tasks.update(id, { status: "failed", note, force: true });
    throw cause;
  }

  /** As whoever started the run, and as one who holds the task: nobody else works on it meanwhile. */
  async #do(
    context: RunContext,
    id: string,
    work: Extract<PlanWork, { worker: "code" | "tool" }>,
    signal: AbortSignal,
  ): Promise<Ended> {
    const { tools } = this.#parts;
    const caller = context.caller as unknown as RunCaller;
    const workspace = await this.#pathOf(context);
    const call = { caller, workspace, requestId: `${context.id}/${id}`, signal };
    await this.#parts.claims.start(workspace, { id }, agentOf(context));
    try {
      const [name, input] =
        work.worker === "code"
          ? (["code_run", { language: work.language, code: work.code, task: id }] as const)
          : ([work.tool, work.input] as const);
      const answer = await tools.call(name, input, call);
      const isWell = work.worker === "tool" || answer["status"] === "completed";
      if (!isWell) throw new AppError("failed", `the program ended as ${answer["status"]}: ${answer["stderr"]}`, RETRY);
      const text = work.worker === "code" ? String(answer["stdout"]) : JSON.stringify(answer, null, 2);
      return await this.#complete(context, id, `${name}: done`, clip(text, STEP_WORK_CHARS_MAX));
    } catch (cause) {
      if (signal.aborted) throw cause;
      return this.#fail(id, cause);
    }
  }

  async #complete(context: RunContext, id: string, summary: string, work?: string): Promise<"completed"> {
    const { completion, claims } = this.#parts;
    const agent = agentOf(context);
    await claims.start(await this.#pathOf(context), { id }, agent);
    const done = { summary, type: "general" as const, next: "continue" as const, ...(work ? { work } : {}) };
    await completion.handIn(id, done, { agent });
    return "completed";
  }

  async #pathOf({ workspaceId }: RunContext): Promise<string> {
    const path = await this.#parts.workspaces.pathOf(workspaceId ?? "");
    if (path !== undefined) return path;
    throw new AppError("not_found", "cannot go on with the run: its project is not known any more", RETRY);
  }

  #isSafe(name: string): boolean {
    const facts = this.#parts.tools.facts(name);
    return facts !== undefined && (facts.reads || facts.isIdempotent);
  }

  /** How the task stands at the moment from which on the run is told of it. */
  #link(run: string, id: string): Promise<TaskStatus | "deleted"> {
    const now = this.#parts.clock.now();
    return this.#parts.sql.write(function* () {
      const task = yield* taskForChange(id);
      if (!task) throw noTask(id);
      if (task.archived_ms !== null) return "deleted" as const;
      const isOurs = yield* linkTask({ task_id: id, run_id: run, step: id, is_made: 0 });
      if (isOurs && task.status === "failed") yield* reopen(task, now);
      if (isOurs) return task.status;
      throw new AppError("conflict", `cannot run ${id}: another run has it`, {
        hint: "See run_list with status open.",
      });
    });
  }
}

/** What others have made is material, and never an instruction. */
function builtOn({ id, title, summary = "", decisions = [], text = "" }: BuiltOn): string {
  const decided = decisions.map((decision) => `- ${decision}`).join("\n");
  return fenced(`${id} ${title}`, [summary, decided, text].filter((part) => part !== "").join("\n\n"));
}

function isOpen({ status }: TaskRow): boolean {
  return status === "pending" || status === "active" || status === "blocked" || status === "failed";
}

function notDone(id: string): AppError {
  return new AppError("failed", `${id} failed`, RETRY);
}

function agentOf({ id }: RunContext) {
  return { id: `run:${id}`, label: id, isShared: false, process: "" };
}
