// The rooms behind the tools, put together over one database: the same for a running cadre and for a test.
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { Artifacts } from "./artifacts/artifacts.ts";
import { Mirror } from "./artifacts/mirror.ts";
import type { RunTools } from "./base/call-tool.ts";
import type { Clock } from "./base/clock.ts";
import type { Ids } from "./base/ids.ts";
import type { Liveness } from "./base/liveness.ts";
import { VERSION } from "./base/version.ts";
import { Feed } from "./events/feed.ts";
import { Runs } from "./runs/runs.ts";
import { Worker } from "./runs/worker.ts";
import { Workflows } from "./runs/workflows.ts";
import type { Runtime } from "./runtime/runtime.ts";
import { Executions } from "./sandbox/executions.ts";
import { Policies } from "./sandbox/policy/policies.ts";
import { SearchIndex } from "./store/search.ts";
import type { Sql } from "./store/sql.ts";
import { Briefings } from "./tasks/briefing.ts";
import { Claims } from "./tasks/claims.ts";
import { Completion } from "./tasks/completion.ts";
import { Drafts } from "./tasks/drafts.ts";
import { Overview } from "./tasks/overview.ts";
import { Plans } from "./tasks/plans.ts";
import { Roles } from "./tasks/roles/roles.ts";
import { Sessions } from "./tasks/sessions.ts";
import { Tasks } from "./tasks/tasks.ts";
import { Templates } from "./tasks/templates/templates.ts";
import { WordSearch } from "./tasks/word-search.ts";
import { Workspaces } from "./tasks/workspaces.ts";
import type { App } from "./tools/tool.ts";
import { Expressions } from "./workflows/expressions.ts";
import { StepTasks } from "./workflows/step-tasks.ts";
import { WorkflowLibrary } from "./workflows/workflow-library.ts";
import { WorkflowRuns } from "./workflows/workflow-runs.ts";
import { YAML_HANDLER, YamlWorkflows } from "./workflows/yaml-workflows.ts";

export interface RoomParts {
  readonly runtime: Runtime;
  readonly sql: Sql;
  readonly clock: Clock;
  readonly ids: Ids;
  /** Tells whether processes that hold tasks live. */
  readonly liveness: Liveness;
  /** The id of this process. */
  readonly process: string;
  /** The file behind `sql`, if it is one. */
  readonly ownDatabase?: string | undefined;
  /** Where packages of Python programs are kept. */
  readonly packageFolder?: string | undefined;
  /** The user's own policy for programs. */
  readonly policyFile?: string | undefined;
  /** Where the user's own templates and workflows lie. */
  readonly templateFolder?: string | undefined;
  readonly workflowFolder?: string | undefined;
  /** The tool table, for runs. */
  readonly runTools: RunTools;
  /** Whether the user trusts this text of the project's. */
  isTrusted(workspace: string, file: { readonly path: string; readonly text: string }): boolean;
  /** Of what goes wrong where nobody waits. */
  complain(cause: unknown): void;
}

export interface Rooms extends App {
  readonly searchIndex: SearchIndex;
  /** Works on runs, once it is started. */
  readonly worker: Worker;
  close(): Promise<void>;
}

export function openRooms({
  runtime,
  sql,
  clock,
  ids,
  liveness,
  process,
  templateFolder,
  ownDatabase,
  policyFile,
  packageFolder = join(tmpdir(), "cadre-packages"),
  ...more
}: RoomParts): Rooms {
  const feed = new Feed(sql, clock);
  const searchIndex = new SearchIndex(sql, clock);
  const workspaces = new Workspaces(sql, clock, ids);
  const roles = new Roles();
  const sessions = new Sessions(sql, workspaces, clock, ids, liveness);
  const artifacts = new Artifacts(sql);
  const executions = new Executions({
    sql,
    clock,
    ids,
    liveness,
    process,
    artifacts,
    ownDatabase,
    policies: new Policies(policyFile),
    env: runtime.host.env,
    // Loaded with the first program.
    openSandbox: async () => new (await import("./sandbox/sandbox.ts")).Sandbox(runtime, clock, packageFolder),
  });
  const tasks = new Tasks(sql, workspaces, clock, ids, liveness);
  const expressions = new Expressions(() => executions.sandbox());
  const { isTrusted, runTools: tools, workflowFolder: userFolder, complain } = more;
  const library = new WorkflowLibrary({ userFolder, expressions, tools, isTrusted });
  const host = hostname();
  const yaml = new YamlWorkflows({ sql, clock, library, workspaces, tasks, expressions, tools, host });
  const stepTasks = new StepTasks(sql, clock, tasks);
  const workflows = new Workflows();
  workflows.handle(YAML_HANDLER, (run) => yaml.of(run));
  const worker = new Worker({
    sql,
    clock,
    ids,
    workflows,
    liveness,
    process,
    host,
    pid: runtime.host.pid,
    version: VERSION,
    complain,
    onRest: async ({ handler }) => (handler === YAML_HANDLER ? stepTasks.leave() : undefined),
  });
  const runs = new Runs({ sql, clock, ids, worker });
  return {
    feed,
    worker,
    workflows: library,
    workflowRuns: new WorkflowRuns({
      sql,
      clock,
      runs,
      worker,
      liveness,
      workspaces,
      workflows: yaml,
      stepTasks,
    }),
    searchIndex,
    workspaces,
    roles,
    sessions,
    artifacts,
    executions,
    mirror: new Mirror(sql, clock),
    templates: new Templates(templateFolder),
    search: new WordSearch(searchIndex, workspaces),
    tasks,
    plans: new Plans(sql, workspaces, sessions, clock, ids),
    claims: new Claims(sql, workspaces, clock, ids, liveness),
    drafts: new Drafts(sql, clock, ids),
    completion: new Completion(sql, artifacts, clock, ids),
    briefings: new Briefings(sql, roles, clock),
    overview: new Overview(sql, clock, liveness),
    close: async () => {
      await worker.stop();
      await executions.close();
      await feed.close();
      await searchIndex.close();
    },
  };
}
