import { type ListToolsResult, Server } from "@modelcontextprotocol/server";
import type { Agent } from "../base/agent.ts";
import type { Clock } from "../base/clock.ts";
import { toAppError } from "../base/errors.ts";
import type { Log } from "../observe/log.ts";
import { nextRequestId } from "../observe/trace.ts";
import { type Caller, refusalFor } from "../tools/caller.ts";
import type { Call } from "../tools/tool.ts";
import type { Toolbox } from "../tools/toolbox.ts";
import type { CallerOf, Locate } from "./caller-of.ts";
import { ClientAgent } from "./client-agent.ts";
import { ClientState } from "./client-state.ts";
import { explainErrors } from "./explain-errors.ts";
import { INSTRUCTIONS } from "./instructions.ts";
import { logCall, serveLogging } from "./logging.ts";
import { startProgress } from "./progress.ts";
import { toCallResult, toErrorResult, toMcpTool } from "./projection.ts";
import { servePrompts } from "./prompts.ts";
import { Questions } from "./questions.ts";
import { refusal } from "./refusal.ts";
import { serveResources } from "./resources.ts";
import { Roots } from "./roots.ts";
import { serveSubscriptions } from "./subscriptions.ts";
import type { ResourceUpdates } from "./updates.ts";

export interface McpParts {
  readonly toolbox: Toolbox;
  readonly version: string;
  readonly log: Log;
  readonly updates: ResourceUpdates;
  /** The id of this process, for what is held as long as it lives. */
  readonly process: string;
}

/** The one client that a server serves. */
export interface Connection {
  readonly callerOf: CallerOf;
  /** Who holds what is started over it, unless the caller says its own name. */
  readonly agent: Agent;
  readonly state?: ClientState;
  /** How the client is asked for its roots; absent in the newer era, which has none. */
  readonly roots?: { readonly clock: Clock; readonly cwd?: string };
}

/** The lists change only with the program: a client may keep them for the session. */
const LIST_CACHE = { ttlMs: 3_600_000, cacheScope: "public" } as const;

/** One MCP server for one connection. It holds no words of the domain: all it says comes from the tables. */
export function mcpServer(parts: McpParts, connection: Connection): Server {
  const { callerOf, state = new ClientState() } = connection;
  const server = new Server(
    { name: "cadre", title: "cadre", version: parts.version },
    {
      instructions: INSTRUCTIONS,
      capabilities: { tools: {}, resources: { subscribe: true }, prompts: {}, completions: {}, logging: {} },
      cacheHints: {
        "tools/list": LIST_CACHE,
        "resources/templates/list": LIST_CACHE,
        "server/discover": LIST_CACHE,
      },
    },
  );
  explainErrors(server, parts.log);
  const roots = connection.roots && new Roots(server, { ...connection.roots, log: parts.log });
  const locate: Locate = roots ? (caller, context) => roots.locate(caller, context) : (caller) => caller;
  serveTools(server, parts, { callerOf, locate, agent: new ClientAgent(server, connection.agent), state });
  serveResources(server, parts.toolbox, (context) => locate(callerOf(context), context));
  servePrompts(server, parts.toolbox, (context) => locate(callerOf(context), context));
  serveLogging(server, parts.log, state);
  serveSubscriptions(server, parts.updates, state);
  return server;
}

interface Calling {
  readonly callerOf: CallerOf;
  readonly locate: Locate;
  readonly agent: ClientAgent;
  readonly state: ClientState;
}

function serveTools(server: Server, { toolbox, log }: McpParts, { callerOf, locate, agent, state }: Calling): void {
  server.setRequestHandler("tools/list", (_request, context) => toolList(toolbox, callerOf(context)));

  server.setRequestHandler("tools/call", async ({ params }, context) => {
    const known = callerOf(context);
    const tool = refusal(() => toolbox.find(params.name, known.filter));
    const refused = refusalFor(tool, known);
    if (refused) return toErrorResult(refused);
    const located = locate(known, context);
    const caller = located instanceof Promise ? await located : located;
    const requestId = caller.requestId ?? nextRequestId();
    const progress = startProgress(context);
    const questions = new Questions(server, context);
    const stopLog = logCall(context, log, requestId);
    state.atWork.add(requestId);
    const call: Call = {
      requestId,
      traceId: caller.traceId,
      face: "mcp",
      workspace: caller.workspace,
      workspaceFrom: caller.workspaceFrom,
      agent: agent.of(caller, context),
      filter: known.filter,
      signal: context.mcpReq.signal,
      progress: progress.report,
      ask: questions.ask,
      resumed: questions.resumed,
    };
    try {
      const answer = await toolbox.call(tool, params.arguments ?? {}, call);
      const images = await tool.images?.(await toolbox.open(), answer);
      return questions.insteadOf(toCallResult(tool, answer, images));
    } catch (thrown) {
      return toErrorResult(toAppError(thrown));
    } finally {
      progress.stop();
      state.atWork.delete(requestId);
      stopLog();
    }
  });
}

/** What each filter lists, made once: callers with the same filter get the same object. */
const LISTS_MAX = 100;
const listsOf = new WeakMap<Toolbox, Map<string, ListToolsResult>>();

function toolList(toolbox: Toolbox, { filter }: Caller): ListToolsResult {
  const lists = listsOf.get(toolbox) ?? new Map<string, ListToolsResult>();
  listsOf.set(toolbox, lists);
  const key = JSON.stringify(filter);
  const known = lists.get(key);
  if (known) return known;
  if (lists.size >= LISTS_MAX) lists.clear();
  const list = { tools: toolbox.listed(filter).map(toMcpTool) };
  lists.set(key, list);
  return list;
}
