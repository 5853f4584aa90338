// The rooms behind the tools, put together over one database: the same for a running cadre and for a test.

import { tmpdir } from "node:os";
import { join } from "node:path";
import { Agents } from "./agents/agents.ts";
import { Analyzer } from "./analysis/analyzer.ts";
import type { CacheAt } from "./analysis/cache-at.ts";
import { Scans } from "./analysis/scans.ts";
import { Artifacts } from "./artifacts/artifacts.ts";
import { Mirror } from "./artifacts/mirror.ts";
import type { Clock } from "./base/clock.ts";
import type { Ids } from "./base/ids.ts";
import type { Liveness } from "./base/liveness.ts";
import type { ReplyMeter } from "./base/reply-meter.ts";
import { Documents, readFont } from "./documents/documents.ts";
import { Feed } from "./events/feed.ts";
import { Webhooks } from "./events/webhooks.ts";
import { AllowedNetworks } from "./net/allowed-networks.ts";
import { Cluster } from "./runs/cluster.ts";
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
import { serversFile } from "./upstream/servers-file.ts";
import { Upstream } from "./upstream/upstream.ts";
import { Citations } from "./web/citations.ts";
import { Pages } from "./web/pages.ts";
import { WebSearch } from "./web/search.ts";
import { oldEvent } from "./workflows/old-events.ts";
import { type OpenWorkflows, type OpenWorkflowsParts, openWorkflows } from "./workflows/open-workflows.ts";

export interface RoomParts extends Pick<OpenWorkflowsParts, "runTools" | "isTrusted" | "complain" | "meter"> {
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
  /** Where what was said of files is kept. */
  readonly analysisCache?: CacheAt | undefined;
  /** The user's own policy for programs. */
  readonly policyFile?: string | undefined;
  /** From which the secrets of webhooks follow. */
  webhookKey(): string;
  /** What webhooks may reach beside public addresses. */
  readonly webhookNetworks?: readonly string[] | undefined;
  /** Where the user's own templates and workflows lie. */
  readonly templateFolder?: string | undefined;
  readonly workflowFolder?: string | undefined;
  /** The file that says which models there are, and where keys stand that it does not hold. */
  readonly modelsFile?: string | undefined;
  readonly modelEnv?: Readonly<Record<string, string | undefined>> | undefined;
  /** Counts what becomes of answers of models. */
  readonly replyMeter?: ReplyMeter | undefined;
  /** The file that names other MCP servers. */
  readonly toolServersFile?: string | undefined;
  /** What pages may be read beside those at public addresses. */
  readonly webNetworks?: readonly string[] | undefined;
  /** Files of fonts for documents. */
  readonly documentFonts?: readonly string[] | undefined;
}

export interface Rooms extends App, OpenWorkflows {
  readonly searchIndex: SearchIndex;
  close(): Promise<void>;
}

export function openRooms(parts: RoomParts): Rooms {
  const { runtime, sql, clock, ids, liveness, process } = parts;
  const feed = new Feed(sql, clock);
  const searchIndex = new SearchIndex(sql, clock);
  const taskRooms = openTasks(parts, searchIndex);
  const { artifacts } = taskRooms;
  const executions = openExecutions(parts, artifacts);
  const webhooks = new Webhooks({
    sql,
    clock,
    ids,
    networks: new AllowedNetworks(parts.webhookNetworks ?? []),
    classicBody: (event, id) => {
      const told = oldEvent(event, id);
      return told && JSON.stringify(told);
    },
    key: () => parts.webhookKey(),
    complain: (cause) => parts.complain(cause),
  });
  const { agents, ...web } = openAgents(parts);
  const upstream = new Upstream(serversFile(parts.toolServersFile), clock, tmpdir());
  const runs = openWorkflows({
    ...parts,
    ...taskRooms,
    agents,
    upstream,
    webSearch: web.webSearch,
    pid: runtime.host.pid,
    workflowFolder: parts.workflowFolder,
    sandbox: () => executions.sandbox(),
  });
  return {
    feed,
    ...taskRooms,
    ...runs,
    ...web,
    analyzer: new Analyzer({ runtime, clock, cache: parts.analysisCache }),
    scans: new Scans({ sql, clock, ids }),
    documents: new Documents(() => (parts.documentFonts ?? []).map(readFont)),
    agents,
    upstream,
    cluster: new Cluster({ sql, clock, liveness, process }),
    webhooks,
    searchIndex,
    executions,
    close: async () => {
      await webhooks.close();
      await runs.worker.stop();
      await agents.close();
      await upstream.close();
      await executions.close();
      await feed.close();
      await searchIndex.close();
    },
  };
}

function openTasks({ sql, clock, ids, liveness, templateFolder }: RoomParts, searchIndex: SearchIndex) {
  const workspaces = new Workspaces(sql, clock, ids);
  const roles = new Roles();
  const sessions = new Sessions(sql, workspaces, clock, ids, liveness);
  const artifacts = new Artifacts(sql);
  return {
    workspaces,
    roles,
    sessions,
    artifacts,
    mirror: new Mirror(sql, clock),
    templates: new Templates(templateFolder),
    search: new WordSearch(searchIndex, workspaces),
    tasks: new Tasks(sql, workspaces, clock, ids, liveness, artifacts),
    plans: new Plans(sql, workspaces, sessions, clock, ids),
    claims: new Claims(sql, workspaces, clock, ids, liveness),
    drafts: new Drafts(sql, clock, ids),
    completion: new Completion(sql, artifacts, clock, ids),
    briefings: new Briefings(sql, roles, clock),
    overview: new Overview(sql, clock, liveness),
  };
}

function openExecutions(parts: RoomParts, artifacts: Artifacts): Executions {
  const { runtime, sql, clock, ids, liveness, process, ownDatabase, policyFile } = parts;
  const { packageFolder = join(tmpdir(), "cadre-packages") } = parts;
  return new Executions({
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
}

function openAgents({ runtime, sql, clock, ids, modelsFile, modelEnv, replyMeter, webNetworks = [] }: RoomParts) {
  const env = modelEnv ?? runtime.host.env;
  const runCommand = { runtime, folder: tmpdir() };
  const agents = new Agents({ sql, clock, ids, env, modelsFile, runCommand, meter: replyMeter });
  const pages = new Pages(clock, new AllowedNetworks(webNetworks));
  return {
    agents,
    pages,
    webSearch: new WebSearch(async () => (await agents.modelsFile()).search, env, clock),
    citations: new Citations(pages),
  };
}
