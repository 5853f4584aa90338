// The HTTP face: every request passes the same doors (names, host and origin, token, rate), then finds its
// route. Stopping takes no new connection, answers what is in flight, ends the streams, and only then leaves.
import { getPathNoStrict } from "hono/utils/url";
import { AppError, toAppError } from "../base/errors.ts";
import { BODY_BYTES_MAX, HANDOVER_QUIET_MS, STOP_GRACE_MS } from "../base/limits.ts";
import { redactText } from "../base/redact.ts";
import type { WorkspaceSource } from "../base/workspace-source.ts";
import { localOrigin } from "../config/local-origin.ts";
import { askNeighbour, CHALLENGE_HEADER, type Neighbour, proveIdentity } from "../config/neighbour.ts";
import { tokenOf } from "../config/token.ts";
import type { Log } from "../observe/log.ts";
import { formatTrace } from "../observe/trace.ts";
import type { HttpListener, Runtime } from "../runtime/runtime.ts";
import { countRequest } from "../store/caller-rates.ts";
import { hasToken, isLoopback, tokenNeeded } from "./auth.ts";
import { corsHeaders, refuseStrangers } from "./guards.ts";
import { type CountTogether, RateLimit } from "./rate-limit.ts";
import { type RequestContext, type RequestNames, requestContext, requestNames } from "./request-context.ts";
import { type RouteParts, type Routes, routes, type Visit } from "./routes.ts";
import { readRunNumbers } from "./run-numbers.ts";
import { welcome } from "./welcome.ts";

export interface HttpParts extends RouteParts {
  readonly runtime: Runtime;
  readonly log: Log;
  /** A file, or postgres://… */
  readonly databasePath: string;
  /** The project folder of requests that name none, and how it was found. */
  readonly workspace: string;
  readonly workspaceFrom: WorkspaceSource;
}

const RATE_LIMIT_ELSEWHERE = 100;

export class HttpServer {
  readonly #parts: HttpParts;
  readonly #token: string;
  readonly #isLocal: boolean;
  readonly #rate: RateLimit;
  readonly #routes: Routes;
  #port = 0;
  #inFlight = 0;
  #served = 0;
  #isStopping = false;

  constructor(parts: HttpParts) {
    const { settings, folders } = parts.config;
    this.#parts = parts;
    this.#token = tokenOf(parts.runtime.host.env, folders.data);
    this.#isLocal = isLoopback(settings.host);
    const { sql } = parts;
    const perSecond = settings.rate_limit ?? (this.#isLocal ? 0 : RATE_LIMIT_ELSEWHERE);
    // Machines that share a database are one server to its callers.
    const together: CountTogether | undefined =
      sql.dialect === "postgres" ? (rate) => countRequest(sql, rate) : undefined;
    this.#rate = new RateLimit(perSecond, parts.clock, together);
    this.#routes = routes(parts);
    parts.metrics.gauge("cadre_http_in_flight", "HTTP requests being answered.", () => this.#inFlight);
    parts.metrics.gauge("cadre_event_streams", "Streams of events that are open.", () => this.#routes.streams.open);
    parts.metrics.gauge("cadre_mcp_sessions", "MCP sessions over HTTP in memory.", () => parts.mcp.sessions);
    parts.metrics.onRead(() => readRunNumbers(parts));
  }

  /** Listens, and resolves when the process was told to stop and everything is answered. */
  async serve(takeOver: boolean): Promise<void> {
    const { runtime, log, version, config, databasePath } = this.#parts;
    const { host, port, base_path: basePath } = config.settings;
    const stopped = new Promise<string>((resolve) => runtime.host.onStop(resolve));
    const before = takeOver ? await this.#neighbour(port) : undefined;
    if (before && !before.isOurs) throw notOurs(host, port);
    const listener = await this.listen(before !== undefined);
    // Both listen now: the one before stops taking connections, answers what it has, and leaves.
    if (before) runtime.host.signalProcess(before.pid, "SIGTERM");
    const origin = localOrigin(host, listener.port);
    await runtime.writeOut(
      welcome({ origin, basePath, version, database: redactText(databasePath), isLocal: this.#isLocal }),
    );
    log.info("stopping", { signal: await stopped });
    await this.stop(listener);
  }

  async listen(takeOver = false): Promise<HttpListener> {
    const { runtime, config } = this.#parts;
    const { host, port } = config.settings;
    try {
      const listener = await runtime.serve({
        hostname: host,
        port,
        takeOver,
        // Ours is checked first and answers with a reason; this is only the fence behind it.
        bodyBytesMax: 2 * BODY_BYTES_MAX,
        fetch: (request, peer) => this.fetch(request, peer),
      });
      this.#port = listener.port;
      return listener;
    } catch (cause) {
      throw cannotListen(host, port, cause, await this.#neighbour(port));
    }
  }

  async stop(listener: HttpListener): Promise<void> {
    this.#isStopping = true;
    const { clock, log, mcp } = this.#parts;
    this.#routes.streams.close();
    await mcp.endStreams();
    const grace = new AbortController();
    const late = clock.sleep(STOP_GRACE_MS, grace.signal).then(() => "late" as const);
    const drained = this.#handOver(listener, grace.signal).then(() => listener.drain());
    const outcome = await Promise.race([drained.then(() => "done" as const), late]);
    grace.abort();
    if (outcome === "late") {
      log.warn("requests were cut", { in_flight: this.#inFlight });
      await listener.abort();
    }
  }

  /**
   * When another process has taken the port, connections that clients keep still lead here. Each is told to
   * close with its next answer; those over which nothing comes any more can be cut without anybody noticing.
   */
  async #handOver({ port }: HttpListener, signal: AbortSignal): Promise<void> {
    const { runtime, clock } = this.#parts;
    const listening = await this.#neighbour(port);
    if (!listening || listening.pid === runtime.host.pid) return;
    for (let before = -1; before !== this.#served && !signal.aborted; ) {
      before = this.#served;
      await clock.sleep(HANDOVER_QUIET_MS, signal);
    }
  }

  #neighbour(port: number): Promise<Neighbour | undefined> {
    const { host, base_path: basePath } = this.#parts.config.settings;
    return askNeighbour(localOrigin(host, port) + basePath, { token: this.#token, port });
  }

  async fetch(request: Request, peer: () => string): Promise<Response> {
    const { clock, metrics, log } = this.#parts;
    const started = clock.elapsed();
    this.#inFlight++;
    this.#served++;
    // What a stranger sends is named too, so that its refusal can be found in the log.
    const names = requestNames(request.headers);
    let visit: Visit | undefined;
    let response: Response;
    try {
      visit = { context: this.#contextOf(request, names, await this.#enter(request, peer)), route: "none" };
      visit.proof = this.#proofFor(request);
      response = await this.#routes.fetch(request, visit);
    } catch (thrown) {
      response = this.#refuse(thrown, names.requestId, visit?.allow);
    } finally {
      this.#inFlight--;
    }
    const seconds = (clock.elapsed() - started) / 1_000;
    const { method } = request;
    const route = visit?.route ?? "none";
    const { status } = response;
    metrics.httpRequests.add({ method: METHODS.includes(method) ? method : "other", route, status });
    metrics.httpSeconds.observe({ route }, seconds);
    log.debug("request answered", {
      method,
      route,
      status,
      seconds,
      request_id: names.requestId,
      trace_id: names.trace.traceId,
    });
    return this.#dress(request, response, names);
  }

  /** The doors that every request passes, in order; the answer says whether it showed the token. */
  async #enter(request: Request, peer: () => string): Promise<boolean> {
    const { settings } = this.#parts.config;
    refuseStrangers(request, settings);
    let shown = false;
    try {
      shown = hasToken(request, this.#token);
    } finally {
      // Guesses count too: whoever tries tokens has only so many a second.
      await this.#rate.take(() => (shown ? "token" : peer()));
    }
    if (this.#isLocal || shown) return shown;
    // The path as the router reads it: Deno leaves /v1/../health as it was sent.
    const isPublic = request.method === "OPTIONS" || getPathNoStrict(request) === `${settings.base_path}/health`;
    if (!isPublic) throw tokenNeeded();
    return false;
  }

  #contextOf(request: Request, names: RequestNames, hasToken: boolean): RequestContext {
    const { config, workspace, workspaceFrom } = this.#parts;
    const isTrusted = hasToken || config.settings.open;
    return requestContext(request, names, { workspace, workspaceFrom, isTrusted });
  }

  #proofFor(request: Request): string | undefined {
    const challenge = request.headers.get(CHALLENGE_HEADER);
    return proveIdentity(challenge, { token: this.#token, port: this.#port }, this.#parts.runtime.host.pid);
  }

  #refuse(thrown: unknown, requestId: string, allow: string | undefined): Response {
    const error = toAppError(thrown);
    const { log, metrics } = this.#parts;
    metrics.httpRefused.add({ code: error.code });
    if (error.code === "internal") log.error("request failed", { request_id: requestId, cause: error.cause });
    const headers: Record<string, string> = {};
    if (error.code === "not_allowed" && allow) headers["allow"] = allow;
    if (error.code === "unauthorized") headers["www-authenticate"] = 'Bearer realm="cadre"';
    if (error.retryAfterMs !== undefined)
      headers["retry-after"] = String(Math.max(1, Math.ceil(error.retryAfterMs / 1_000)));
    return Response.json({ error: { ...error.toJSON(), request_id: requestId } }, { status: error.http, headers });
  }

  #dress(request: Request, response: Response, { requestId, trace }: RequestNames): Response {
    const { headers } = response;
    headers.set("x-request-id", requestId);
    headers.set("traceparent", formatTrace(trace));
    headers.set("x-content-type-options", "nosniff");
    // A client that keeps its connection would otherwise come back to a process that is leaving.
    if (this.#isStopping) headers.set("connection", "close");
    const { settings } = this.#parts.config;
    if (settings.cors_origins.length === 0) return response;
    for (const [name, value] of Object.entries(corsHeaders(request, settings))) headers.set(name, value);
    return response;
  }
}

/** Methods that get a count of their own. */
const METHODS: readonly string[] = ["GET", "POST", "DELETE", "OPTIONS", "HEAD", "PUT", "PATCH"];

function cannotListen(host: string, port: number, cause: unknown, neighbour: Neighbour | undefined): AppError {
  if (cause instanceof AppError) return cause;
  const { code } = cause as { code?: string };
  if (code !== "EADDRINUSE" && code !== "AddrInUse") {
    return new AppError("unavailable", `cannot listen on ${host}:${port}: ${code ?? "the system refused"}`, {
      hint: "Choose an address of this machine with --host and a port above 1023 with --http PORT.",
      cause,
    });
  }
  const who = neighbour ? `cadre ${neighbour.version} does (process ${neighbour.pid})` : "another program does";
  return new AppError("conflict", `cannot listen on ${host}:${port}: ${who}`, {
    hint: neighbour
      ? `Use the one that runs, choose another port with --http PORT${neighbour.isOurs ? ", or replace it with --http --take-over" : ""}.`
      : `Choose another port with --http PORT; who has this one tells ss -ltnp 'sport = :${port}' or lsof -i :${port}.`,
    cause,
  });
}

/** Somebody else's program may say that it is a cadre, and name any process. */
function notOurs(host: string, port: number): AppError {
  return new AppError("conflict", `cannot take over ${host}:${port}: who listens there does not know your token`, {
    hint: "Stop it yourself when it is yours; it may use another --home. Or choose another port with --http PORT.",
  });
}
