// Where each path leads. The doors before it are in server.ts; what a tool does is in the tool table.
import { type Context, Hono } from "hono";
import type { Clock } from "../base/clock.ts";
import { AppError } from "../base/errors.ts";
import { printable } from "../base/text.ts";
import type { Config } from "../config/load.ts";
import type { Feed } from "../events/feed.ts";
import { healthOf } from "../observe/health.ts";
import type { Metrics } from "../observe/metrics.ts";
import type { Cluster } from "../runs/cluster.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { EventFilter, EventRow } from "../store/events.ts";
import type { Sql } from "../store/sql.ts";
import { readWebhooks } from "../store/webhooks.ts";
import type { Caller } from "../tools/caller.ts";
import type { App } from "../tools/tool.ts";
import type { Toolbox } from "../tools/toolbox.ts";
import { BodyBudget, readText } from "./body.ts";
import { Classic } from "./classic.ts";
import { classicStats } from "./classic-stats.ts";
import { type Delta, EventStreams } from "./event-stream.ts";
import { Idempotency } from "./idempotency.ts";
import { resourceList, toolList } from "./lists.ts";
import { openapi } from "./openapi.ts";
import type { RequestContext } from "./request-context.ts";
import { noRoute, Rest, route, wrongMethod } from "./rest.ts";

export interface RouteParts {
  readonly runtime: Pick<Runtime, "host">;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly config: Config;
  readonly toolbox: Toolbox;
  readonly version: string;
  readonly sql: Sql;
  readonly feed: Feed;
  readonly cluster: Pick<Cluster, "status">;
  /** The MCP face, mounted at /mcp. */
  readonly mcp: {
    readonly sessions: number;
    /** Ends what stays open for news; calls in flight go on. */
    endStreams(): Promise<void>;
    fetch(request: Request, text: string | undefined, caller: Caller): Promise<Response>;
  };
}

/** What travels with a request to its route. */
export interface Visit {
  context: RequestContext;
  /** The route that it found, for counting: never the path itself, which anybody can make up. */
  route: string;
  /** The methods that its path takes; said when it came with another one. */
  allow?: string;
  /** Shows to a cadre that asks that this one knows the same token. */
  proof?: string | undefined;
}

type Env = { Bindings: Visit };
type Handler = (c: Context<Env>) => Response | Promise<Response>;

export interface Routes {
  readonly streams: EventStreams;
  fetch(request: Request, visit: Visit): Promise<Response>;
}

export function routes(parts: RouteParts): Routes {
  const { config, toolbox } = parts;
  const { base_path: basePath } = config.settings;
  const streams = new EventStreams(parts.feed);
  const budget = new BodyBudget();
  const rest = new Rest(toolbox, new Idempotency(parts.sql, parts.clock), budget);

  const hono = new Hono<Env>({ strict: false }).basePath(basePath || "/");
  hono.options(
    "*",
    named("options", () => new Response(null, { status: 204 })),
  );
  serviceRoutes(hono, parts, streams);
  hono.all(
    "/mcp",
    named("mcp", ({ req, env }) => {
      env.allow = "GET, POST, DELETE";
      return serveMcp(parts.mcp, req.raw, env.context, budget);
    }),
  );
  hono.get(
    "/v1/events",
    named("events", ({ req, env }) => {
      env.allow = "GET";
      return serveEvents(parts, streams, req.raw, env.context);
    }),
  );
  classicRoutes(hono, new Classic(toolbox, streams, budget));
  const paths = PATHS.map((path) => basePath + path);
  const missing: Handler = ({ req, env }) => {
    if (!paths.includes(req.path)) throw noRoute(req.path, paths);
    env.allow = "GET";
    throw wrongMethod(req.method, "GET", req.path);
  };
  hono.all(
    "/v1/*",
    named("rest", (c) => {
      const { req, env } = c;
      const path = req.path.slice(basePath.length);
      if (PATHS.includes(path)) return missing(c);
      const tool = rest.find(path);
      if (tool) {
        env.route = route(tool).path;
        env.allow = route(tool).method;
      }
      return rest.fetch(req.raw, path, env.context);
    }),
  );
  hono.notFound(missing);
  hono.onError((error) => {
    throw error; // The server's one handler turns every failure into an answer.
  });
  return { streams, fetch: async (request, visit) => hono.fetch(request, visit) };
}

/** At the root and below /mcp, where the earlier server stood behind a proxy. */
function classicRoutes(hono: Hono<Env>, classic: Classic): void {
  for (const prefix of ["", "/mcp"]) {
    hono.post(
      `${prefix}/tools/:name`,
      named("classic", ({ req, env }) => classic.tool(req.raw, req.param("name") ?? "", env.context)),
    );
    hono.get(
      `${prefix}/stream/:id`,
      named("classic", ({ req }) => classic.stream(req.raw, req.param("id") ?? "")),
    );
    hono.post(
      `${prefix}/webhook/:verb{register|unregister}`,
      named("classic", ({ req, env }) => classic.webhook(req.raw, req.param("verb") ?? "", env.context)),
    );
  }
}

/** What tells of the server itself. */
function serviceRoutes(hono: Hono<Env>, parts: RouteParts, streams: EventStreams): void {
  const { config, toolbox, metrics, version, clock } = parts;
  const startedMs = clock.elapsed();
  const { base_path: basePath } = config.settings;
  let description: string | undefined;
  hono.get(
    "/",
    named("info", () => Response.json(info(version, basePath))),
  );
  hono.get(
    "/tools",
    named("tools", ({ env }) => Response.json(toolList(toolbox, env.context.caller.filter))),
  );
  hono.get(
    "/resources",
    named("resources", () => Response.json(resourceList())),
  );
  hono.get(
    "/health",
    named("health", async ({ env }) => healthOf(parts, env.proof)),
  );
  hono.get(
    "/v1/openapi.json",
    named("openapi", () => {
      description ??= JSON.stringify(openapi(toolbox.allowed(), { version, basePath }));
      return new Response(description, { headers: { "content-type": "application/json" } });
    }),
  );
  if (!config.settings.metrics) return;
  hono.get(
    "/metrics",
    named("metrics", async ({ req }) => showMetrics(metrics, req.header("accept"))),
  );
  hono.get(
    "/stats",
    named("stats", async () => {
      await metrics.read();
      const webhooks = (await readWebhooks(parts.sql)).length;
      const now = { uptimeMs: clock.elapsed() - startedMs, streams: streams.open, webhooks };
      return Response.json({ ...metrics.toJSON(), ...classicStats(metrics, now) });
    }),
  );
}

const PATHS: readonly string[] = [
  "/",
  "/mcp",
  "/tools",
  "/resources",
  "/health",
  "/metrics",
  "/stats",
  "/v1/events",
  "/v1/openapi.json",
];

function named(name: string, handler: Handler): Handler {
  return (c) => {
    c.env.route = name;
    return handler(c);
  };
}

function info(version: string, basePath: string): Record<string, string> {
  return {
    name: "cadre",
    version,
    mcp: `${basePath}/mcp`,
    rest: `${basePath}/v1`,
    openapi: `${basePath}/v1/openapi.json`,
    events: `${basePath}/v1/events`,
    tools: `${basePath}/tools`,
    resources: `${basePath}/resources`,
    health: `${basePath}/health`,
    metrics: `${basePath}/metrics`,
  };
}

async function showMetrics(metrics: Metrics, accept: string | undefined): Promise<Response> {
  await metrics.read();
  if (accept?.includes("application/json")) return Response.json(metrics.toJSON());
  return new Response(metrics.text(), { headers: { "content-type": "text/plain; version=0.0.4; charset=utf-8" } });
}

async function serveMcp(
  mcp: RouteParts["mcp"],
  request: Request,
  { caller }: RequestContext,
  budget: BodyBudget,
): Promise<Response> {
  if (!["GET", "POST", "DELETE"].includes(request.method)) throw wrongMethod(request.method, "POST", "/mcp");
  return mcp.fetch(request, request.method === "POST" ? await readText(request, budget) : undefined, caller);
}

async function serveEvents(
  parts: RouteParts,
  streams: EventStreams,
  request: Request,
  { caller }: RequestContext,
): Promise<Response> {
  // A stream without a reader would stay open.
  if (request.method === "HEAD") throw wrongMethod("HEAD", "GET", "/v1/events");
  const { searchParams } = new URL(request.url);
  for (const name of searchParams.keys()) {
    if (["after", "workspace", "session", "task", "run", "type", "deltas"].includes(name)) continue;
    throw new AppError("invalid_input", `no parameter ${printable(name.slice(0, NAME_SHOWN_MAX))}`, {
      hint: "Use after, workspace, session, task, run, type and deltas.",
    });
  }
  const app = await parts.toolbox.open();
  const run = searchParams.get("run");
  const path = searchParams.get("workspace") ?? (request.headers.has("x-cadre-workspace") ? "." : null);
  const workspace = path === "." ? caller.workspace : path;
  const filter = await eventFilter(app, searchParams, workspace);
  if (run === null) {
    if (!searchParams.has("deltas")) return streams.fetch(request, { filter });
    throw new AppError("invalid_input", "cannot stream deltas: of which run was not said", {
      hint: "Use /v1/events?run=RUN&deltas=1.",
    });
  }
  const live = (tell: (delta: Delta) => void) => app.agents.follow(run, tell);
  const isLast = (event: EventRow) => app.workflowRuns.isLast(event);
  return streams.fetch(request, { filter, isLast, live: searchParams.get("deltas") === "1" ? live : undefined });
}

async function eventFilter(app: App, asked: URLSearchParams, workspace: string | null): Promise<EventFilter> {
  const session = asked.get("session") ?? undefined;
  const run = asked.get("run") ?? undefined;
  // A stream of nothing would look like one in which nothing happens.
  if (session !== undefined) await app.sessions.find(session);
  if (run !== undefined) await app.workflowRuns.state(run);
  return {
    workspace_id: workspace === null ? undefined : (await app.workspaces.at(workspace)).id,
    session,
    subject: run ?? asked.get("task") ?? undefined,
    type: asked.get("type") ?? undefined,
  };
}

const NAME_SHOWN_MAX = 100;
