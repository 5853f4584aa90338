// MCP over HTTP, both eras at one address: the newer one without sessions, the older one with sessions whose
// greeting is kept as a row, so that a restarted server knows its clients.

import { randomUUID } from "node:crypto";
import {
  createMcpHandler,
  isInitializeRequest,
  isLegacyRequest,
  type McpHttpHandler,
  type ServerEvent,
  SUPPORTED_PROTOCOL_VERSIONS,
  WebStandardStreamableHTTPServerTransport,
} from "@modelcontextprotocol/server";
import { type Agent, sharedAgent } from "../base/agent.ts";
import type { Clock } from "../base/clock.ts";
import { toAppError } from "../base/errors.ts";
import { digest } from "../base/ids.ts";
import { isRecord, parseJson } from "../base/json.ts";
import { HEARTBEAT_MS, MCP_OPENING_CHARS_MAX, MCP_SESSION_IDLE_MS_MAX, MCP_SESSIONS_MAX } from "../base/limits.ts";
import {
  deleteMcpSession,
  insertMcpSession,
  keepMcpSessionState,
  readMcpSession,
  touchMcpSession,
} from "../store/mcp-sessions.ts";
import type { Sql } from "../store/sql.ts";
import type { Caller } from "../tools/caller.ts";
import { boundedStream } from "./bounded-stream.ts";
import type { CallerOf } from "./caller-of.ts";
import { ClientState } from "./client-state.ts";
import { type McpParts, mcpServer } from "./server.ts";

interface Session {
  readonly transport: WebStandardStreamableHTTPServerTransport;
  /** For a client that opens its stream: what it follows may have changed while it was away. */
  readonly catchUp: () => void;
  readonly close: () => Promise<void>;
  touchedMs: number;
}

/** A session's row is told of its use this often, not at every request. */
const TOUCH_MS = 3_600_000;
const SESSION_HEADER = "mcp-session-id";
const PARSE_ERROR = -32_700;
const INVALID_REQUEST = -32_600;
const NO_SESSION = -32_000;
const SESSION_NOT_FOUND = -32_001;

export class McpOverHttp {
  readonly #parts: McpParts;
  readonly #sql: () => Promise<Sql>;
  readonly #clock: Clock;
  readonly #modern: McpHttpHandler;
  /** Serves the streams of the newer era, which end before the calls do. */
  readonly #listening: McpHttpHandler;
  /** In the order of their last use. */
  readonly #sessions = new Map<string, Session>();
  readonly #resuming = new Map<string, Promise<Session | undefined>>();
  readonly #callers = new WeakMap<Request, Caller>();
  #isLeaving = false;

  constructor(parts: McpParts, sql: () => Promise<Sql>, clock: Clock) {
    this.#parts = parts;
    this.#sql = sql;
    this.#clock = clock;
    this.#modern = this.#modernHandler();
    this.#listening = this.#modernHandler();
  }

  #modernHandler(): McpHttpHandler {
    const { updates, log } = this.#parts;
    return createMcpHandler(() => mcpServer(this.#parts, { callerOf: this.#callerOf, agent: NOBODY }), {
      legacy: "reject",
      keepAliveMs: HEARTBEAT_MS,
      bus: {
        publish: () => {}, // Changes come from the log, not from handlers.
        subscribe: (listener: (event: ServerEvent) => void) =>
          updates.subscribe((uri) => listener({ kind: "resource_updated", uri })),
      },
      onerror: (cause) => log.debug("mcp request refused", { cause }),
    });
  }

  get sessions(): number {
    return this.#sessions.size;
  }

  /** Serves one request; its body was read by the HTTP face, which knows the bounds. */
  async fetch(request: Request, text: string | undefined, caller: Caller): Promise<Response> {
    let body: unknown;
    try {
      if (text !== undefined) body = parseJson(text, "the message");
    } catch (thrown) {
      return refusal(400, toAppError(thrown).message, PARSE_ERROR);
    }
    this.#callers.set(request, caller);
    const isStream = request.method === "GET" || isListening(body);
    const opens = isGreeting(body) || isListening(body);
    if (opens && (text?.length ?? 0) > MCP_OPENING_CHARS_MAX) return refusal(413, tooLong(), INVALID_REQUEST);
    if (isStream && this.#isLeaving) return refusal(503, "this server is leaving: connect again", NO_SESSION);
    if (body !== undefined && !isPlainlyOld(request, body) && !(await isLegacyRequest(request, body))) {
      if (!isStream) return this.#modern.fetch(request, { parsedBody: body });
      return boundedStream(await this.#listening.fetch(request, { parsedBody: body }));
    }
    return this.#serveOlder(request, body);
  }

  /** The older era: a greeting opens a session, everything else belongs to one. */
  async #serveOlder(request: Request, body: unknown): Promise<Response> {
    const id = request.headers.get(SESSION_HEADER);
    if (isGreeting(body)) return this.#greet(request, body);
    if (!id)
      return refusal(400, "Mcp-Session-Id is missing: begin with initialize, or use protocol 2026-07-28", NO_SESSION);
    const session = await this.#session(id);
    if (!session) return refusal(404, "no such session: begin a new one with initialize", SESSION_NOT_FOUND);
    if (request.method !== "GET")
      return session.transport.handleRequest(request, body === undefined ? {} : { parsedBody: body });
    const stream = await session.transport.handleRequest(request);
    if (!stream.ok) return stream;
    session.catchUp();
    return boundedStream(stream);
  }

  /** Ends what stays open for news, so that the server can wait for the calls in flight. */
  async endStreams(): Promise<void> {
    this.#isLeaving = true;
    await this.#listening.close();
    for (const { transport } of this.#sessions.values()) transport.closeStandaloneSSEStream();
  }

  async close(): Promise<void> {
    await this.endStreams();
    await this.#modern.close();
    await Promise.all([...this.#sessions.values()].map((session) => session.close()));
  }

  readonly #callerOf: CallerOf = (context) => {
    const caller = context.http?.req && this.#callers.get(context.http.req);
    if (!caller) throw new Error("a request without its caller");
    return caller;
  };

  /** The row is there before the answer: from its first request on, a session outlives this process. */
  async #greet(request: Request, body: { readonly params: unknown }): Promise<Response> {
    const id = randomUUID();
    const now = this.#clock.now();
    const sql = await this.#sql();
    const row = { id, initialize: JSON.stringify(body.params), created_ms: now, seen_ms: now };
    await sql.write(() => insertMcpSession(row));
    const session = await this.#open(id);
    const response = await session.transport.handleRequest(request, { parsedBody: body });
    if (response.ok) return response;
    await session.close();
    await sql.write(() => deleteMcpSession(id));
    return response;
  }

  async #session(id: string): Promise<Session | undefined> {
    const session = this.#sessions.get(id) ?? (await this.#resume(id));
    if (!session) return undefined;
    this.#sessions.delete(id);
    this.#sessions.set(id, session);
    const now = this.#clock.now();
    if (now - session.touchedMs > TOUCH_MS) {
      session.touchedMs = now;
      await (await this.#sql()).write(() => touchMcpSession(id, now));
    }
    return session;
  }

  /** Two requests of one forgotten session take it up once. */
  #resume(id: string): Promise<Session | undefined> {
    const known = this.#resuming.get(id);
    if (known) return known;
    const resuming = this.#takeUp(id).finally(() => this.#resuming.delete(id));
    this.#resuming.set(id, resuming);
    return resuming;
  }

  /** After a restart: greets itself with what the client said the first time. */
  async #takeUp(id: string): Promise<Session | undefined> {
    const row = await readMcpSession(await this.#sql(), id, this.#clock.now() - MCP_SESSION_IDLE_MS_MAX);
    if (!row) return undefined;
    const session = await this.#open(id, row.state);
    const params = JSON.parse(row.initialize) as { protocolVersion: string };
    const greetings = [
      { jsonrpc: "2.0", id: 0, method: "initialize", params },
      { jsonrpc: "2.0", method: "notifications/initialized" },
    ];
    for (const greeting of greetings) {
      const headers = {
        "content-type": "application/json",
        accept: "application/json, text/event-stream",
        ...(greeting.id === undefined ? { [SESSION_HEADER]: id, "mcp-protocol-version": params.protocolVersion } : {}),
      };
      const request = new Request("http://localhost/mcp", { method: "POST", headers, body: JSON.stringify(greeting) });
      const response = await session.transport.handleRequest(request, { parsedBody: greeting });
      await response.text();
    }
    return session;
  }

  async #open(id: string, kept?: string): Promise<Session> {
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: () => id,
      keepAliveMs: HEARTBEAT_MS,
      onsessionclosed: async () => {
        await (await this.#sql()).write(() => deleteMcpSession(id));
      },
    });
    const state = new ClientState(kept, async (json) => {
      await (await this.#sql()).write(() => keepMcpSessionState(id, json));
    });
    const server = mcpServer(this.#parts, {
      callerOf: this.#callerOf,
      agent: sessionAgent(id),
      state,
      roots: { clock: this.#clock },
    });
    await server.connect(transport);
    const session: Session = {
      transport,
      catchUp: () => {
        // The stream may be gone again already.
        for (const uri of state.subscriptions) server.sendResourceUpdated({ uri }).catch(() => {});
      },
      close: () => server.close(),
      touchedMs: this.#clock.now(),
    };
    const closed = transport.onclose;
    transport.onclose = () => {
      this.#sessions.delete(id);
      closed?.();
    };
    this.#sessions.set(id, session);
    await this.#makeRoom();
    return session;
  }

  /** The session that was used longest ago leaves memory; its row brings it back when it is asked for. */
  async #makeRoom(): Promise<void> {
    const [oldest] = this.#sessions.values();
    if (this.#sessions.size > MCP_SESSIONS_MAX) await oldest?.close();
  }
}

/** Without a session, one client cannot be told from another. */
const NOBODY = sharedAgent("http");

/** One session is one client. Its id is what the client shows to be let in again: nobody else may read it. */
function sessionAgent(sessionId: string): Agent {
  const id = `mcp:${digest(sessionId).slice(0, 12)}`;
  return { id, label: id, isShared: false, process: "" };
}

function isGreeting(body: unknown): body is { readonly params: unknown } {
  if (!isRecord(body) || body["method"] !== "initialize") return false; // The SDK's schema is asked only where it decides.
  return isInitializeRequest(body as Parameters<typeof isInitializeRequest>[0]);
}

/** A request of a session in a version that knows sessions, with nothing in it that the newer era would look at. */
function isPlainlyOld({ headers }: Request, body: unknown): boolean {
  if (!headers.has(SESSION_HEADER) || !isRecord(body)) return false;
  const version = headers.get("mcp-protocol-version");
  if (version !== null && !SUPPORTED_PROTOCOL_VERSIONS.includes(version)) return false;
  const { params } = body;
  return params === undefined || (isRecord(params) && !("_meta" in params));
}

function isListening(body: unknown): boolean {
  return isRecord(body) && body["method"] === "subscriptions/listen";
}

function tooLong(): string {
  return `cannot open this: what stays open is told in at most ${MCP_OPENING_CHARS_MAX} characters`;
}

function refusal(status: number, message: string, code: number): Response {
  return Response.json({ jsonrpc: "2.0", error: { code, message }, id: null }, { status });
}
