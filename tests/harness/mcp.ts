import { until } from "./condition.ts";
import { type CadreProcess, startProcess } from "./process.ts";

export type Era = "legacy" | "modern";
export const LEGACY_VERSION = "2025-11-25";
export const MODERN_VERSION = "2026-07-28";

// biome-ignore lint/suspicious/noExplicitAny: answers of a server under test are looked into at any depth.
type Any = any;

export interface RpcMessage {
  readonly jsonrpc: "2.0";
  readonly id?: string | number | null;
  readonly method?: string;
  readonly params?: Any;
  readonly result?: Any;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: Any };
}

/** One client of one era, whatever carries its messages. It speaks JSON-RPC itself: nothing of the SDK stands between. */
export interface McpClient {
  request(method: string, params?: Record<string, unknown>): Promise<RpcMessage>;
  /** What came that was no answer, in order. */
  readonly notifications: RpcMessage[];
  [Symbol.asyncDispose](): Promise<void>;
}

/** What every request of the newer era carries. */
export function envelope(more: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    "io.modelcontextprotocol/protocolVersion": MODERN_VERSION,
    "io.modelcontextprotocol/clientInfo": { name: "cadre-test", version: "0" },
    "io.modelcontextprotocol/clientCapabilities": {},
    ...more,
  };
}

const GREETING = {
  protocolVersion: LEGACY_VERSION,
  capabilities: {},
  clientInfo: { name: "cadre-test", version: "0" },
};

function withEnvelope(era: Era, params: Record<string, unknown>): Record<string, unknown> {
  if (era === "legacy") return params;
  return { ...params, _meta: envelope(params["_meta"] as Record<string, unknown> | undefined) };
}

export interface StdioClient extends McpClient {
  readonly process: CadreProcess;
  /** Every line of stdout, parsed: a line that is no JSON fails the test that reads it. */
  messages(): RpcMessage[];
  send(message: unknown): Promise<void>;
  answerTo(id: string | number | null): Promise<RpcMessage>;
}

interface StdioOptions {
  /** What the client of the older era says of itself beside, or instead of, what every one here says. */
  readonly greeting?: Readonly<Record<string, unknown>>;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** A child process with cadre on its stdin and stdout. */
export async function stdioClient(era: Era, options: StdioOptions = {}): Promise<StdioClient> {
  const client = stdioWire(startProcess(options.args ?? [], options), era);
  if (era === "modern") return client;
  const greeted = await client.request("initialize", { ...GREETING, ...options.greeting });
  if (greeted.error) throw new Error(`initialize was refused: ${greeted.error.message}`);
  await client.send({ jsonrpc: "2.0", method: "notifications/initialized" });
  return client;
}

/** The same before its greeting. */
export function stdioWire(child: CadreProcess, era: Era): StdioClient {
  let ids = 0;
  let isOver = false;
  void child.exited.then(() => {
    isOver = true;
  });
  const messages = () =>
    child
      .stdout()
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line) as RpcMessage);
  const send = (message: unknown) => child.write(`${JSON.stringify(message)}\n`);
  const answerTo = async (id: string | number | null) => {
    const find = () => messages().find((message) => message.id === id && message.method === undefined);
    await until(() => find() !== undefined || isOver, `an answer to ${id}`);
    const answer = find();
    if (!answer) throw new Error(`cadre left without an answer to ${id}: ${child.stderr()}`);
    return answer;
  };
  return {
    process: child,
    messages,
    send,
    answerTo,
    get notifications() {
      return messages().filter(({ method }) => method !== undefined);
    },
    request: async (method, params = {}) => {
      const id = ++ids;
      await send({ jsonrpc: "2.0", id, method, params: withEnvelope(era, params) });
      return answerTo(id);
    },
    [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
  };
}

export interface HttpClient extends McpClient {
  readonly sessionId: string | undefined;
  /** The response itself, with this client's headers. */
  post(message: unknown, headers?: Record<string, string>): Promise<Response>;
  /** Sends a message whose answer is a stream, and reads it to its end; `receive` gets every message as it comes. */
  stream(message: unknown, signal: AbortSignal, receive: (message: RpcMessage) => void): Promise<void>;
  /** Opens the stream of the older era; what comes goes to `notifications`. Resolves with its end. */
  listen(signal: AbortSignal): Promise<{ readonly ended: Promise<void> }>;
}

interface HttpOptions {
  readonly headers?: Record<string, string>;
  /** Takes up a session that another client has begun. */
  readonly sessionId?: string;
  /** What the client of the older era says of itself beside, or instead of, what every one here says. */
  readonly greeting?: Readonly<Record<string, unknown>>;
}

/** A client of `origin`/mcp. */
export async function httpClient(
  era: Era,
  origin: string,
  { headers = {}, sessionId, greeting = {} }: HttpOptions = {},
): Promise<HttpClient> {
  const notifications: RpcMessage[] = [];
  let session = sessionId;
  let ids = 0;
  const url = `${origin}/mcp`;
  const base = () => ({
    accept: "application/json, text/event-stream",
    "mcp-protocol-version": era === "modern" ? MODERN_VERSION : LEGACY_VERSION,
    ...(session ? { "mcp-session-id": session } : {}),
    ...headers,
  });
  const post = (message: unknown, more: Record<string, string> = {}, signal: AbortSignal | null = null) =>
    fetch(url, {
      method: "POST",
      headers: { ...base(), "content-type": "application/json", ...more },
      body: JSON.stringify(message),
      signal,
    });
  const request = async (method: string, params: Record<string, unknown> = {}): Promise<RpcMessage> => {
    const id = ++ids;
    const response = await post(
      { jsonrpc: "2.0", id, method, params: withEnvelope(era, params) },
      era === "modern" ? modernHeaders(method, params) : {},
    );
    session ??= response.headers.get("mcp-session-id") ?? undefined;
    for (const message of await messagesOf(response)) {
      if (message.method !== undefined) notifications.push(message);
      else if (message.id === id || message.error) return message;
    }
    throw new Error(`no answer to ${method}: HTTP ${response.status}`);
  };
  if (era === "legacy" && !sessionId) {
    await request("initialize", { ...GREETING, ...greeting });
    await (await post({ jsonrpc: "2.0", method: "notifications/initialized" })).text();
  }
  return {
    notifications,
    request,
    post,
    get sessionId() {
      return session;
    },
    stream: async (message, signal, receive) => {
      const { method = "", params = {} } = message as RpcMessage;
      const more = era === "modern" ? modernHeaders(method, params) : {};
      await readStream(await post(message, more, signal), receive);
    },
    listen: async (signal) => {
      const response = await fetch(url, { headers: { ...base(), accept: "text/event-stream" }, signal });
      if (response.status !== 200) throw new Error(`no stream: HTTP ${response.status} ${await response.text()}`);
      const ended = readStream(response, (message) => notifications.push(message)).catch(() => {});
      return { ended };
    },
    [Symbol.asyncDispose]: async () => {},
  };
}

/** The headers that must repeat the body in the newer era. */
export function modernHeaders(method: string, params: Record<string, unknown> = {}): Record<string, string> {
  const name = params["name"] ?? params["uri"];
  return {
    "mcp-protocol-version": MODERN_VERSION,
    "mcp-method": method,
    ...(typeof name === "string" ? { "mcp-name": name } : {}),
  };
}

async function messagesOf(response: Response): Promise<RpcMessage[]> {
  if (!response.headers.get("content-type")?.startsWith("text/event-stream")) {
    return [(await response.json()) as RpcMessage];
  }
  const messages: RpcMessage[] = [];
  await readStream(response, (message) => messages.push(message));
  return messages;
}

async function readStream(response: Response, receive: (message: RpcMessage) => void): Promise<void> {
  const decoder = new TextDecoder();
  let unread = "";
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    unread += decoder.decode(chunk, { stream: true });
    const frames = unread.split("\n\n");
    unread = frames.pop() ?? "";
    for (const frame of frames) {
      const data = frame
        .split("\n")
        .filter((line) => line.startsWith("data:"))
        .map((line) => line.slice("data:".length).trim())
        .join("\n");
      if (data) receive(JSON.parse(data) as RpcMessage);
    }
  }
}
