import { type ListToolsResult, Server } from "@modelcontextprotocol/server";
import { AppError, toAppError } from "../base/errors.ts";
import { printable } from "../base/text.ts";
import type { Log } from "../observe/log.ts";
import { nextRequestId } from "../observe/trace.ts";
import type { Caller } from "../tools/caller.ts";
import type { Call } from "../tools/tool.ts";
import type { Toolbox } from "../tools/toolbox.ts";
import type { CallerOf } from "./caller-of.ts";
import { ClientState } from "./client-state.ts";
import { explainErrors } from "./explain-errors.ts";
import { INSTRUCTIONS } from "./instructions.ts";
import { logCall, serveLogging } from "./logging.ts";
import { startProgress } from "./progress.ts";
import { toCallResult, toErrorResult, toMcpTool } from "./projection.ts";
import { refusal, refuse } from "./refusal.ts";
import { serveResources } from "./resources.ts";
import { serveSubscriptions } from "./subscriptions.ts";
import type { ResourceUpdates } from "./updates.ts";

export interface McpParts {
  readonly toolbox: Toolbox;
  readonly version: string;
  readonly log: Log;
  readonly updates: ResourceUpdates;
}

/** The lists change only with the program: a client may keep them for the session. */
const LIST_CACHE = { ttlMs: 3_600_000, cacheScope: "public" } as const;

/** One MCP server for one connection. It holds no words of the domain: all it says comes from the tables. */
export function mcpServer(parts: McpParts, callerOf: CallerOf, state = new ClientState()): Server {
  const server = new Server(
    { name: "cadre", title: "cadre", version: parts.version },
    {
      instructions: INSTRUCTIONS,
      capabilities: { tools: {}, resources: { subscribe: true }, prompts: {}, completions: {}, logging: {} },
      cacheHints: {
        "tools/list": LIST_CACHE,
        "prompts/list": LIST_CACHE,
        "resources/templates/list": LIST_CACHE,
        "server/discover": LIST_CACHE,
      },
    },
  );
  explainErrors(server, parts.log);
  serveTools(server, parts, callerOf, state);
  serveResources(server, parts.toolbox, callerOf);
  servePrompts(server);
  serveLogging(server, parts.log, state);
  serveSubscriptions(server, parts.updates, state);
  return server;
}

/** There are none yet: the list is empty rather than an error, for clients that ask without looking at what was declared. */
function servePrompts(server: Server): void {
  server.setRequestHandler("prompts/list", () => ({ prompts: [] }));
  server.setRequestHandler("prompts/get", ({ params }) => {
    const name = printable(params.name.slice(0, NAME_SHOWN_MAX));
    return refuse(new AppError("not_found", `no prompt ${name}`, { hint: "This server has none." }));
  });
}

const NAME_SHOWN_MAX = 100;

function serveTools(server: Server, { toolbox, log }: McpParts, callerOf: CallerOf, state: ClientState): void {
  server.setRequestHandler("tools/list", (_request, context) => toolList(toolbox, callerOf(context)));

  server.setRequestHandler("tools/call", async ({ params }, context) => {
    const caller = callerOf(context);
    const tool = refusal(() => toolbox.find(params.name, caller.filter));
    if (tool.effect === "destroy" && caller.mayNotDestroy) return toErrorResult(caller.mayNotDestroy);
    const requestId = caller.requestId ?? nextRequestId();
    const progress = startProgress(context);
    const stopLog = logCall(context, log, requestId);
    state.atWork.add(requestId);
    const call: Call = {
      requestId,
      traceId: caller.traceId,
      face: "mcp",
      workspace: caller.workspace,
      signal: context.mcpReq.signal,
      progress: progress.report,
    };
    try {
      return toCallResult(tool, await toolbox.call(tool, params.arguments ?? {}, call));
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
