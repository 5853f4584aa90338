// Runs of workflow files, for whoever starts them, speaks to them, and asks what became of them.
import type { Agents } from "../agents/agents.ts";
import { NANO } from "../agents/prices.ts";
import type { RunCaller } from "../base/call-tool.ts";
import type { Clock } from "../base/clock.ts";
import { AppError } from "../base/errors.ts";
import { type Json, jsonIn } from "../base/json.ts";
import { RUN_DEPTH_MAX, RUN_LOOK_MS } from "../base/limits.ts";
import type { Liveness } from "../base/liveness.ts";
import { pageCursor } from "../base/page-cursor.ts";
import type { Answer, Question } from "../base/question.ts";
import { clip } from "../base/text.ts";
import { RUN_ENDS } from "../base/transitions.ts";
import { readFailure } from "../runs/failure.ts";
import { decode } from "../runs/kept.ts";
import type { Runs, StartOptions } from "../runs/runs.ts";
import type { Worker } from "../runs/worker.ts";
import type { EventRow } from "../store/events.ts";
import type { StepRow } from "../store/run-steps.ts";
import {
  type OpenWait,
  type RunFilter,
  type RunHead,
  type RunRow,
  readOpenWaits,
  readRunIds,
  readRuns,
} from "../store/runs.ts";
import type { Sql } from "../store/sql.ts";
import { readWorkerRows } from "../store/workers.ts";
import type { Workspaces } from "../tasks/workspaces.ts";
import type { RunBrief, RunState, RunStep, RunWait, RunWhole, WORKER_PLACES } from "./run-shown.ts";
import { runTree, stepsTree, type TreeStep } from "./run-tree.ts";
import type { SessionRun, SessionRunInput } from "./session-run.ts";
import type { StepTasks } from "./step-tasks.ts";
import type { WorkflowFile } from "./workflow-file.ts";
import { drawWorkflow } from "./workflow-graph.ts";
import { YAML_HANDLER, type YamlWorkflows } from "./yaml-workflows.ts";

interface WorkflowRunsParts {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly runs: Runs;
  readonly worker: Worker;
  readonly agents: Pick<Agents, "spent">;
  readonly liveness: Liveness;
  readonly workspaces: Workspaces;
  readonly workflows: YamlWorkflows;
  readonly stepTasks: StepTasks;
  readonly sessionRun: SessionRun;
}

interface Asked {
  readonly workflow: string;
  readonly inputs: Readonly<Record<string, Json>>;
  readonly priority?: number | undefined;
  readonly timeoutMs?: number | undefined;
  readonly idempotencyKey?: string | undefined;
  readonly budget?: RunCaller["budget"];
  readonly executor?: RunCaller["executor"];
}

interface Waiting {
  readonly waitMs: number;
  readonly signal: AbortSignal;
  /** Hears how many steps are done, each time that it looks. */
  progress?(steps: number, message: string): void;
  /** Asks somebody about a gate. */
  readonly ask?: ((question: Question) => Promise<Answer | undefined>) | undefined;
}

const ENDINGS: readonly string[] = ["run.completed", "run.failed", "run.cancelled"];
/** Waits that somebody has to end. */
const WAITS_FOR_SOMEBODY = ["task", "gate", "wait"];
const WAITS_SHOWN_MAX = 20;
const CHILDREN_SHOWN_MAX = 50;
const UNSEEN_MS = 30_000;

export class WorkflowRuns {
  readonly #parts: WorkflowRunsParts;

  constructor(parts: WorkflowRunsParts) {
    this.#parts = parts;
  }

  async start(path: string, asked: Asked, caller: RunCaller, waiting: Waiting): Promise<RunState & { isNew: boolean }> {
    const { workspaces, workflows, runs } = this.#parts;
    if (caller.depth > RUN_DEPTH_MAX) {
      throw new AppError(
        "conflict",
        `cannot start ${asked.workflow}: ${RUN_DEPTH_MAX} runs started one another already`,
        {
          hint: "Let it end where it starts itself.",
        },
      );
    }
    const workspace = await workspaces.at(path);
    const { budget = caller.budget, executor = caller.executor } = asked;
    const own = { ...caller, budget, executor };
    const begun = await workflows.begin(path, asked.workflow, asked.inputs, own);
    const options: StartOptions = {
      ...begun.options,
      workspaceId: workspace.id,
      ...(asked.priority === undefined ? {} : { priority: asked.priority }),
      ...(asked.timeoutMs === undefined ? {} : { timeoutMs: asked.timeoutMs }),
      ...(asked.idempotencyKey === undefined ? {} : { idempotencyKey: `${workspace.id} ${asked.idempotencyKey}` }),
    };
    const { id, isNew } = await runs.start(begun.workflow, begun.input, options);
    return { ...(await this.wait(id, waiting)), isNew };
  }

  /** The tasks of a plan, or of a session, worked by whoever each names. */
  async startSession(path: string, input: SessionRunInput, caller: RunCaller, waiting: Waiting): Promise<RunState> {
    const { workspaces, sessionRun, runs } = this.#parts;
    const workspace = await workspaces.at(path);
    await sessionRun.look(input, workspace.id);
    const options = { workspaceId: workspace.id, caller: caller as unknown as Json };
    const { id } = await runs.start(sessionRun.workflow, { ...input } as Json, options);
    return this.wait(id, waiting);
  }

  /** Until the run is over, or only somebody else can make it go on, or the time is up. */
  async wait(id: string, waiting: Waiting): Promise<RunState> {
    const { waitMs, signal, progress } = waiting;
    const { clock, runs } = this.#parts;
    let until = clock.elapsed() + waitMs;
    const asked = new Set<string>();
    let told = 0;
    for (;;) {
      const run = await runs.find(id);
      const waits = await this.#waitsOf(run);
      // What a run remembers may be much: it is read when something has happened.
      if (progress && run.events > told) {
        const { steps } = await runs.show(id);
        progress(steps.filter(({ status }) => status === "completed").length, whereIs(steps) ?? run.status);
        told = run.events;
      }
      if (await this.#askAbout(run.id, waits, asked, waiting)) {
        until = clock.elapsed() + waitMs;
        continue;
      }
      const isSettled = RUN_ENDS.includes(run.status) || (run.status === "waiting" && waits.length > 0);
      if (isSettled || clock.elapsed() >= until || signal.aborted) return this.#state(run, waits);
      await clock.sleep(Math.min(RUN_LOOK_MS, until - clock.elapsed()), signal);
    }
  }

  /** True when somebody has decided about a gate. */
  async #askAbout(
    id: string,
    waits: readonly RunWait[],
    asked: Set<string>,
    { ask, waitMs }: Waiting,
  ): Promise<boolean> {
    if (!ask || waitMs === 0) return false;
    const gates = waits.filter(({ kind, run = id, step }) => kind === "gate" && !asked.has(`${run} ${step}`));
    for (const { run = id, step, signal, message = "", details } of gates) {
      const key = `${run} ${step}`;
      asked.add(key);
      const answer = await ask({ key, message, details, resume: id });
      if (answer === undefined || signal === undefined) continue;
      const { approved, note } = answer;
      await this.#parts.runs.signal(run, signal, { approved, ...(note === undefined ? {} : { note }) });
      return true;
    }
    return false;
  }

  async state(id: string): Promise<RunState> {
    const run = await this.#parts.runs.find(id);
    return this.#state(run, await this.#waitsOf(run));
  }

  async show(id: string, stepsMax: number, isWhole: boolean): Promise<RunWhole> {
    const { sql, runs } = this.#parts;
    const { run, steps } = await runs.show(id);
    const children = await readRuns(sql, { parent_id: id }, Number.MAX_SAFE_INTEGER, CHILDREN_SHOWN_MAX);
    const shown = steps.filter(({ kind }) => kind !== "make").slice(-stepsMax);
    const lacks = await this.#lacks(run);
    return {
      ...(await this.#state(run, await this.#waitsOf(run))),
      version: run.version,
      ...(run.parent_id === null ? {} : { parent: run.parent_id }),
      ...(children.length > 0 ? { children: children.map((child) => briefOf(child)) } : {}),
      priority: run.priority,
      ...(run.crashes > 0 ? { crashes: run.crashes } : {}),
      ...(lacks === undefined ? {} : { lacks }),
      ...(await this.#spentOn(run)),
      inputs: JSON.parse(run.input) as Json,
      steps: shown.map((step) => shownStep(step, isWhole)),
      ...(steps.length > shown.length ? { more_steps: steps.length - shown.length } : {}),
      created_ms: run.created_ms,
      ...timesOf(run),
    };
  }

  async list(
    filter: RunFilter,
    page: { readonly limit: number; readonly cursor?: string | undefined },
  ): Promise<{ runs: RunBrief[]; cursor?: string }> {
    const { sql } = this.#parts;
    const before = pageCursor(page.cursor, "run_list", Number.MAX_SAFE_INTEGER);
    const rows = await readRuns(sql, filter, before, page.limit + 1);
    const shown = rows.slice(0, page.limit);
    const last = shown.at(-1);
    return {
      runs: shown.map((run) => briefOf(run)),
      ...(rows.length > page.limit && last ? { cursor: String(last.seq) } : {}),
    };
  }

  async signal(id: string, name: string, data: Json, idempotencyKey?: string): Promise<boolean> {
    const { runs } = this.#parts;
    return runs.signal(await this.#waiter(id, name), name, data, idempotencyKey);
  }

  async cancel(id: string): Promise<RunState> {
    const { runs, stepTasks } = this.#parts;
    await runs.cancel(id);
    await stepTasks.leave();
    return this.state(id);
  }

  async retry(id: string): Promise<RunState> {
    const { runs, stepTasks } = this.#parts;
    await runs.retry(id, () => stepTasks.again(id));
    return this.state(id);
  }

  /** A run that pauses before it tries a step again does so now. */
  async resume(id: string): Promise<RunState> {
    await this.#parts.runs.resume(id);
    return this.state(id);
  }

  async graph(id: string): Promise<string> {
    const { file, steps } = await this.#definitionOf(id);
    const byStep = new Map(runTree(file, steps).map((step) => [step.id, step.status]));
    return drawWorkflow(file, (step) => byStep.get(step) ?? "open");
  }

  /** Every step as it is written, with how far it is. */
  async tree(id: string): Promise<TreeStep[]> {
    const { run, steps } = await this.#parts.runs.show(id);
    if (run.handler !== YAML_HANDLER) return stepsTree(steps);
    const { file } = await this.#definitionOf(id);
    return runTree(file, steps);
  }

  async #definitionOf(id: string): Promise<{ readonly file: WorkflowFile; readonly steps: readonly StepRow[] }> {
    const { runs, workflows } = this.#parts;
    const { run, steps } = await runs.show(id);
    const file = await workflows.fileOf(run.version);
    if (file) return { file, steps };
    throw new AppError("not_found", `the text of ${run.workflow} is gone`, { hint: "run_show shows its steps." });
  }

  /** Of the run, or of the one below it that waits for this name. */
  async #waiter(id: string, name: string): Promise<string> {
    const waits = await readOpenWaits(this.#parts.sql, id, WAITS_FOR_SOMEBODY, WAITS_SHOWN_MAX);
    return waits.find((wait) => aboutOf(wait)["signal"] === name)?.run_id ?? id;
  }

  /** How many events tell of it so far. */
  async eventsOf(id: string): Promise<number> {
    return (await this.#parts.runs.find(id)).events;
  }

  /** Whether a run has ended with this event, and has not begun again. */
  async isLast({ type, subject, data }: Pick<EventRow, "type" | "subject" | "data">): Promise<boolean> {
    if (!ENDINGS.includes(type)) return false;
    return (await this.#parts.runs.find(subject)).events === data["n"];
  }

  idsLike(prefix: string, rowsMax: number): Promise<string[]> {
    return readRunIds(this.#parts.sql, prefix, rowsMax);
  }

  async #waitsOf(run: RunRow): Promise<RunWait[]> {
    if (RUN_ENDS.includes(run.status)) return [];
    const waits = await readOpenWaits(this.#parts.sql, run.id, WAITS_FOR_SOMEBODY, WAITS_SHOWN_MAX);
    return waits.map((wait) => shownWait(wait, run.id));
  }

  async #state(run: RunRow, waits: readonly RunWait[]): Promise<RunState> {
    const isOver = RUN_ENDS.includes(run.status);
    const worker = isOver ? undefined : await this.#workerPlace();
    const output = decode(run.output);
    return {
      id: run.id,
      workflow: run.workflow,
      status: run.status,
      ...(worker ? { worker } : {}),
      ...(waits.length > 0 ? { waits_for: [...waits] } : {}),
      ...(run.status === "completed" ? { output: output ?? null } : {}),
      ...(run.error === null ? {} : { failure: readFailure(run.error) }),
      ...nextStep(run, waits, worker),
    };
  }

  async #workerPlace(): Promise<(typeof WORKER_PLACES)[number]> {
    const { worker, sql, liveness, clock } = this.#parts;
    if (worker.isWorking) return "here";
    for (const { process, seen_ms } of await readWorkerRows(sql)) {
      const isAlive = liveness.isAlive(process) ?? clock.now() - seen_ms < UNSEEN_MS;
      if (isAlive) return "host";
    }
    return "none";
  }

  async #spentOn({ root_id }: RunRow): Promise<Pick<RunWhole, "spent">> {
    const { cost_nano, tokens, replies, unknown } = await this.#parts.agents.spent(root_id);
    if (replies === 0) return {};
    return { spent: { usd: cost_nano / NANO, tokens, replies, ...(unknown > 0 ? { unknown } : {}) } };
  }

  async #lacks({ status, version, host, handler }: RunRow): Promise<string | undefined> {
    if (RUN_ENDS.includes(status)) return undefined;
    if (handler === YAML_HANDLER && !(await this.#parts.workflows.fileOf(version))) return "the text of its workflow";
    return status === "queued" && host !== null && !(await this.#isHostThere(host)) ? `a worker on ${host}` : undefined;
  }

  async #isHostThere(host: string): Promise<boolean> {
    return (await readWorkerRows(this.#parts.sql)).some((row) => row.host === host);
  }
}

function briefOf(run: RunHead): RunBrief {
  const { id, workflow, status, created_ms, ended_ms } = run;
  return { id, workflow, status, created_ms, ...(ended_ms === null ? {} : { ended_ms }) };
}

function timesOf({ started_ms, ended_ms, deadline_ms }: RunRow): Partial<RunWhole> {
  const times = { started_ms, ended_ms, deadline_ms };
  return Object.fromEntries(Object.entries(times).filter(([, ms]) => ms !== null));
}

/** The step that began last and is not over. */
function whereIs(steps: readonly StepRow[]): string | undefined {
  const step = steps.findLast(({ status, kind }) => (status === "running" || status === "waiting") && kind !== "make");
  if (!step) return undefined;
  const { done, total, at } = aboutOf(step);
  if (typeof done !== "number") return step.key;
  const far = typeof total === "number" ? `${done} of ${total}` : `${done}`;
  return `${step.key}: ${far}${typeof at === "string" ? ` ${at}` : ""}`;
}

function aboutOf({ about }: Pick<StepRow, "about">): Record<string, unknown> {
  return (jsonIn(about ?? undefined) as Record<string, unknown> | undefined) ?? {};
}

function shownWait(wait: OpenWait, root: string): RunWait {
  const { task, signal, message, details } = aboutOf(wait);
  const kind = wait.kind as RunWait["kind"];
  return {
    step: wait.key,
    kind,
    ...(wait.run_id === root ? {} : { run: wait.run_id }),
    ...(typeof task === "string" ? { task } : { signal: String(signal) }),
    ...(typeof message === "string" ? { message } : {}),
    ...(details === undefined ? {} : { details }),
    ...(wait.wake_ms === null ? {} : { until_ms: wait.wake_ms }),
  };
}

const OUTPUT_SHOWN_CHARS = 2_000;

function shownStep(step: StepRow, isWhole: boolean): RunStep {
  const { key, kind, status, attempt, started_ms, ended_ms, wake_ms, error, output } = step;
  const about = aboutOf(step);
  const isCut = !isWhole && (output?.length ?? 0) > OUTPUT_SHOWN_CHARS;
  return {
    key,
    kind,
    status,
    ...(attempt > 1 ? { attempt } : {}),
    started_ms,
    ...(ended_ms === null ? {} : { took_ms: ended_ms - started_ms }),
    ...(wake_ms === null || status !== "waiting" ? {} : { until_ms: wake_ms }),
    ...(Object.keys(about).length > 0 ? { about } : {}),
    ...(output === null ? {} : { output: isCut ? clip(output, OUTPUT_SHOWN_CHARS) : decode(output) }),
    ...(error === null ? {} : { failure: readFailure(error) }),
  };
}

function nextStep(run: RunRow, waits: readonly RunWait[], worker: string | undefined): { next_step?: string } {
  const [wait] = waits;
  if (run.status === "failed") return { next_step: "run_show tells what it did; run_retry goes on from what is done." };
  if (RUN_ENDS.includes(run.status)) return {};
  if (wait?.task) return { next_step: `task_start with id ${wait.task}, do the work, task_complete.` };
  if (wait?.kind === "gate") {
    return {
      next_step: `Ask the user; then run_signal with name ${wait.signal} and data true or {"approved": false, "note": …}.`,
    };
  }
  if (wait) return { next_step: `run_signal with name ${wait.signal} makes it go on.` };
  if (worker === "none")
    return { next_step: "Nobody works on it now: it goes on as soon as cadre runs, like with cadre --http." };
  return { next_step: "run_show with wait tells when it is over." };
}
