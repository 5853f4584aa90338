// The room of workflows, put together: files, their runs, and the worker that goes on with them.
import { hostname } from "node:os";
import type { Agents } from "../agents/agents.ts";
import type { RunTools } from "../base/call-tool.ts";
import type { Clock } from "../base/clock.ts";
import type { Ids } from "../base/ids.ts";
import type { Liveness } from "../base/liveness.ts";
import type { RunMeter } from "../base/run-meter.ts";
import { VERSION } from "../base/version.ts";
import { Runs } from "../runs/runs.ts";
import { Worker } from "../runs/worker.ts";
import { Workflows } from "../runs/workflows.ts";
import type { Sandbox } from "../sandbox/sandbox.ts";
import type { Sql } from "../store/sql.ts";
import type { Briefings } from "../tasks/briefing.ts";
import type { Claims } from "../tasks/claims.ts";
import type { Completion } from "../tasks/completion.ts";
import type { Roles } from "../tasks/roles/roles.ts";
import type { Tasks } from "../tasks/tasks.ts";
import type { Workspaces } from "../tasks/workspaces.ts";
import type { Upstream } from "../upstream/upstream.ts";
import type { WebSearch } from "../web/search.ts";
import { Expressions } from "./expressions.ts";
import { Schedules } from "./schedules.ts";
import { SessionRun } from "./session-run.ts";
import { StepTasks } from "./step-tasks.ts";
import { RunFiles } from "./transfer/run-files.ts";
import { WorkflowLibrary } from "./workflow-library.ts";
import { WorkflowRuns } from "./workflow-runs.ts";
import { YAML_HANDLER, YamlWorkflows } from "./yaml-workflows.ts";

export interface OpenWorkflowsParts {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly liveness: Liveness;
  readonly workspaces: Workspaces;
  readonly tasks: Tasks;
  readonly claims: Claims;
  readonly briefings: Briefings;
  readonly completion: Completion;
  readonly agents: Agents;
  readonly roles: Roles;
  readonly upstream: Upstream;
  readonly webSearch: Pick<WebSearch, "backEnds">;
  sandbox(): Promise<Sandbox>;
  /** The id of this process, and how the system counts it. */
  readonly process: string;
  readonly pid: number;
  /** Where the user's own workflows lie. */
  readonly workflowFolder: string | undefined;
  /** The tool table, for runs. */
  readonly runTools: RunTools;
  /** Whether the user trusts this text of the project's. */
  isTrusted(workspace: string, file: { readonly path: string; readonly text: string }): boolean;
  /** Counts what becomes of runs. */
  readonly meter?: RunMeter | undefined;
  /** Of what goes wrong where nobody waits. */
  complain(cause: unknown): void;
}

export interface OpenWorkflows {
  readonly workflows: WorkflowLibrary;
  readonly workflowRuns: WorkflowRuns;
  readonly schedules: Schedules;
  readonly runFiles: RunFiles;
  /** Works on runs, once it is started. */
  readonly worker: Worker;
}

export function openWorkflows(parts: OpenWorkflowsParts): OpenWorkflows {
  const { sql, clock, tasks, workflowFolder: userFolder, runTools: tools } = parts;
  const host = hostname();
  const expressions = new Expressions(() => parts.sandbox());
  const library = new WorkflowLibrary({
    userFolder,
    expressions,
    tools,
    isTrusted: (workspace, file) => parts.isTrusted(workspace, file),
  });
  const workflows = new YamlWorkflows({ ...parts, library, expressions, tools, host });
  const stepTasks = new StepTasks(sql, clock, tasks);
  const known = new Workflows();
  known.handle(YAML_HANDLER, (run) => workflows.of(run));
  const sessionRun = new SessionRun({
    ...parts,
    tools,
    begin: (...given) => workflows.begin(...given),
    kept: (id, version) => workflows.kept(id, version),
  });
  known.add(sessionRun.workflow);
  const worker = new Worker({
    ...parts,
    workflows: known,
    host,
    version: VERSION,
    complain: (cause) => parts.complain(cause),
    // Asked once the worker works, when everything is made.
    startDue: () => schedules.startDue(),
    onRest: async ({ handler }) => (handler === YAML_HANDLER ? stepTasks.leave() : undefined),
  });
  const runs = new Runs({ ...parts, worker });
  const workflowRuns = new WorkflowRuns({ ...parts, runs, worker, workflows, stepTasks, sessionRun });
  const schedules = new Schedules({ ...parts, library, workflowRuns, host });
  const runFiles = new RunFiles({ sql, runs, workflows: known });
  return { workflows: library, workflowRuns, schedules, runFiles, worker };
}
