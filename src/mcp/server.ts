import {
  type ListToolsResult,
  ProtocolError,
  ProtocolErrorCode,
  Server,
} from "@modelcontextprotocol/server";
import { AppError, toAppError } from "../base/errors.ts";
import { COMPLETIONS_MAX, SUBSCRIPTIONS_MAX } from "../base/limits.ts";
import type { Log } from "../observe/log.ts";
import type { Filter } from "../tools/filter.ts";
import { findResource, resources, resourceUri } from "../tools/resources.ts";
import type { Call } from "../tools/tool.ts";
import type { Toolbox } from "../tools/toolbox.ts";
import { INSTRUCTIONS } from "./instructions.ts";
import { logCall, serveLogging } from "./logging.ts";
import { onClose } from "./on-close.ts";
import { startProgress } from "./progress.ts";
import { toCallResult, toErrorResult, toMcpTool } from "./projection.ts";
import type { ResourceUpdates } from "./updates.ts";

export interface McpParts {
  readonly toolbox: Toolbox;
  readonly version: string;
  readonly log: Log;
  readonly updates: ResourceUpdates;
  /** Names one request in every log line. */
  readonly nextRequestId: () => string;
}

/** Who calls: known per connection, or per request over HTTP. */
export interface Caller {
  readonly workspace: string;
  readonly filter: Filter;
  /** Why this caller may not call tools that destroy; undefined when it may. */
  readonly mayNotDestroy?: AppError | undefined;
}

const MIME = "application/json";
/** The lists change only with the program: a client may keep them for the session. */
const LIST_CACHE = { ttlMs: 3_600_000, cacheScope: "public" } as const;

/** One MCP server for one connection. It holds no words of the domain: all it says comes from the tables. */
export function mcpServer(parts: McpParts, caller: Caller): Server {
  const server = new Server(
    { name: "cadre", title: "cadre", version: parts.version },
    {
      instructions: INSTRUCTIONS,
      capabilities: { tools: {}, resources: { subscribe: true }, completions: {}, logging: {} },
      cacheHints: {
        "tools/list": LIST_CACHE,
        "resources/templates/list": LIST_CACHE,
        "server/discover": LIST_CACHE,
      },
    },
  );
  serveTools(server, parts, caller);
  serveResources(server, parts, caller);
  serveLogging(server, parts.log);
  serveSubscriptions(server, parts.updates);
  return server;
}

function serveTools(server: Server, parts: McpParts, caller: Caller): void {
  const { toolbox } = parts;
  let list: ListToolsResult | undefined;
  server.setRequestHandler("tools/list", () => {
    list ??= { tools: toolbox.listed(caller.filter).map(toMcpTool) };
    return list;
  });

  server.setRequestHandler("tools/call", async ({ params }, context) => {
    const tool = refusal(() => toolbox.find(params.name, caller.filter));
    if (tool.effect === "destroy" && caller.mayNotDestroy) return toErrorResult(caller.mayNotDestroy);
    const requestId = parts.nextRequestId();
    const progress = startProgress(context);
    const stopLog = logCall(context, parts.log, requestId);
    const call: Call = {
      requestId,
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
      stopLog();
    }
  });
}

function serveResources(server: Server, { toolbox }: McpParts, { workspace }: Caller): void {
  server.setRequestHandler("resources/list", async () => {
    const app = await openOrRefuse(toolbox);
    const lists = await Promise.all(
      resources.map(async (resource) => {
        const fixed = (await resource.fixed?.(app, workspace)) ?? [];
        return fixed.map(({ id, title, description }) => ({
          uri: resourceUri(resource, id),
          name: `${resource.name}/${id}`,
          title,
          description,
          mimeType: MIME,
        }));
      }),
    );
    return { resources: lists.flat() };
  });

  server.setRequestHandler("resources/templates/list", () => ({
    resourceTemplates: resources.map(({ template, name, title, description }) => ({
      uriTemplate: template,
      name,
      title,
      description,
      mimeType: MIME,
    })),
  }));

  server.setRequestHandler("resources/read", async ({ params }) => {
    const { resource, id } = refusal(() => findResource(params.uri));
    const app = await openOrRefuse(toolbox);
    const value = await resource.read(app, workspace, id).catch(refuse);
    return { contents: [{ uri: params.uri, mimeType: MIME, text: JSON.stringify(value) }] };
  });

  server.setRequestHandler("completion/complete", async ({ params }) => {
    const { ref, argument } = params;
    const resource = ref.type === "ref/resource" ? resources.find(({ template }) => template === ref.uri) : undefined;
    if (!resource || argument.name !== "id") return { completion: { values: [], hasMore: false } };
    const app = await openOrRefuse(toolbox);
    const found = await resource.complete(app, workspace, argument.value, COMPLETIONS_MAX + 1).catch(refuse);
    return { completion: { values: found.slice(0, COMPLETIONS_MAX), hasMore: found.length > COMPLETIONS_MAX } };
  });
}

/** In the older era a client subscribes to one address after the other; in the newer one its stream does. */
function serveSubscriptions(server: Server, updates: ResourceUpdates): void {
  const uris = new Set<string>();
  let stop: (() => void) | undefined;
  server.setRequestHandler("resources/subscribe", ({ params }) => {
    refusal(() => findResource(params.uri));
    if (uris.size >= SUBSCRIPTIONS_MAX) {
      refuse(new AppError("rate_limited", "cannot subscribe: too many subscriptions on this connection", { hint: "Unsubscribe from some first." }));
    }
    uris.add(params.uri);
    stop ??= updates.subscribe((uri) => {
      // A client that has gone hears nothing more; its close ends this listener.
      if (uris.has(uri)) server.sendResourceUpdated({ uri }).catch(() => {});
    });
    return {};
  });
  server.setRequestHandler("resources/unsubscribe", ({ params }) => {
    uris.delete(params.uri);
    if (uris.size === 0) stop = stop?.() as undefined;
    return {};
  });
  onClose(server, () => stop?.());
}

function refusal<T>(find: () => T): T {
  try {
    return find();
  } catch (thrown) {
    return refuse(thrown);
  }
}

/** What is not a tool's own failure is answered as the protocol's error, with the same code and hint. */
function refuse(thrown: unknown): never {
  const error = toAppError(thrown);
  const isInternal = error.code === "internal";
  throw new ProtocolError(
    isInternal ? ProtocolErrorCode.InternalError : ProtocolErrorCode.InvalidParams,
    `${error.message}. ${error.hint}`,
    error.toJSON(),
  );
}

async function openOrRefuse(toolbox: Toolbox) {
  return toolbox.open().catch(refuse);
}
