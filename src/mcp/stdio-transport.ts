import {
  isJSONRPCNotification,
  isJSONRPCRequest,
  type JSONRPCMessage,
  type Transport,
} from "@modelcontextprotocol/server";
import type { Clock } from "../base/clock.ts";
import { isRecord, nesting } from "../base/json.ts";
import { EOF_GRACE_MS, JSON_DEPTH_MAX, STDIO_MESSAGE_BYTES_MAX, STDIO_UNREAD_CHARS_MAX } from "../base/limits.ts";
import { LineSplitter } from "../base/line-splitter.ts";
import type { Runtime } from "../runtime/runtime.ts";

const PARSE_ERROR = -32_700;
const INVALID_REQUEST = -32_600;

type RequestId = string | number;

/**
 * The SDK's own transport drops what is in flight at the end of stdin, and says nothing to a line that it
 * cannot read. This one answers both, writes what a turn produced in one piece, and stops reading from a
 * client that does not read.
 */
export class StdioTransport implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: <T extends JSONRPCMessage>(message: T) => void;
  /** Called once, when the client opens its first stream of notifications. */
  onlisten?: () => void;
  /** Called when everything is answered, to say goodbye and close; without it the transport just closes. */
  onfinish?: () => Promise<void>;

  readonly #io: Pick<Runtime, "stdin" | "writeOut">;
  readonly #clock: Clock;
  readonly #inFlight = new Set<RequestId>();
  readonly #closing = new AbortController();
  readonly #ended = Promise.withResolvers<void>();
  #unsent = "";
  #sending: Promise<void> | undefined;
  #idle: (() => void) | undefined;

  constructor(io: Pick<Runtime, "stdin" | "writeOut">, clock: Clock) {
    this.#io = io;
    this.#clock = clock;
  }

  /** Resolves when the connection is over. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  async start(): Promise<void> {
    this.#read()
      .catch((cause: unknown) => this.onerror?.(new Error("stdin cannot be read", { cause })))
      .finally(() => this.finish());
  }

  send(message: JSONRPCMessage): Promise<void> {
    if ("id" in message && !("method" in message)) this.#settle(message.id as RequestId);
    return this.#write(message);
  }

  /** Takes nothing new, answers what is in flight, then closes. */
  async finish(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    const grace = this.#clock.sleep(EOF_GRACE_MS, this.#closing.signal);
    if (this.#inFlight.size > 0) {
      await Promise.race([
        grace,
        new Promise<void>((resolve) => {
          this.#idle = resolve;
        }),
      ]);
    }
    await Promise.race([this.onfinish?.(), grace]);
    await Promise.race([this.#sending, grace]);
    await this.close();
  }

  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort();
    this.onclose?.();
    this.#ended.resolve();
  }

  async #read(): Promise<void> {
    const splitter = new LineSplitter(STDIO_MESSAGE_BYTES_MAX);
    for await (const chunk of this.#io.stdin()) {
      if (this.#closing.signal.aborted) return;
      for (const line of splitter.push(chunk)) this.#line(line);
      if (this.#unsent.length > STDIO_UNREAD_CHARS_MAX) await this.#sending;
    }
    const rest = splitter.end();
    if (rest?.trim()) this.#line(rest);
  }

  #line(line: string | undefined): void {
    if (line === undefined) return this.#refuse(PARSE_ERROR, "the message is too long", null);
    if (line.trim() === "") return;
    if (nesting(line) > JSON_DEPTH_MAX) return this.#refuse(PARSE_ERROR, "the message is nested too deeply", null);
    let message: unknown;
    try {
      message = JSON.parse(line);
    } catch {
      return this.#refuse(PARSE_ERROR, "the line is not valid JSON", null);
    }
    const problem = problemOf(message);
    if (problem) return this.#refuse(INVALID_REQUEST, problem, idOf(message));
    this.#receive(message as JSONRPCMessage);
  }

  #receive(message: JSONRPCMessage): void {
    if ("method" in message && "id" in message) {
      // A stream of notifications is not answered before it ends: nothing waits for it.
      if (message.method === "subscriptions/listen") this.onlisten?.();
      else this.#inFlight.add(message.id);
    } else if ("method" in message && message.method === "notifications/cancelled") {
      this.#settle(message.params?.["requestId"] as RequestId);
    }
    this.onmessage?.(message);
  }

  #refuse(code: number, message: string, id: RequestId | null): void {
    void this.#write({ jsonrpc: "2.0", id, error: { code, message } } as unknown as JSONRPCMessage);
  }

  #settle(id: RequestId): void {
    this.#inFlight.delete(id);
    if (this.#inFlight.size === 0) this.#idle?.();
  }

  /** What is produced while a write is on its way leaves together in the next one. */
  #write(message: JSONRPCMessage): Promise<void> {
    if (this.#closing.signal.aborted) return Promise.resolve();
    this.#unsent += `${JSON.stringify(message)}\n`;
    this.#sending ??= this.#drain();
    return this.#sending;
  }

  async #drain(): Promise<void> {
    await Promise.resolve();
    try {
      while (this.#unsent !== "") {
        const text = this.#unsent;
        this.#unsent = "";
        await this.#io.writeOut(text);
      }
    } catch (cause) {
      // Nobody reads any more: there is nothing left to serve.
      this.onerror?.(new Error("stdout is closed", { cause }));
      await this.close();
    } finally {
      this.#sending = undefined;
    }
  }
}

/** What keeps a value from being a JSON-RPC message; the SDK checks the rest by method. */
function problemOf(message: unknown): string | undefined {
  if (Array.isArray(message)) return "batches are not served: send one message a line";
  if (!isRecord(message) || message["jsonrpc"] !== "2.0")
    return 'not a JSON-RPC 2.0 message: "jsonrpc": "2.0" is missing';
  if ("id" in message && idOf(message) === null) return "the id is neither a text nor a whole number";
  if ("method" in message) return problemOfCall(message);
  return "result" in message || "error" in message ? undefined : "the message has no method";
}

function problemOfCall(message: Record<string, unknown>): string | undefined {
  const { method, params } = message;
  if (typeof method !== "string") return "the method is not a text";
  if (params !== undefined && !isRecord(params)) return "params is not an object";
  // What the SDK does not know for a message it drops without a word: whoever asked would wait for ever.
  if (isPlain(message) || isJSONRPCRequest(message) || isJSONRPCNotification(message)) return undefined;
  return "the message has a field that JSON-RPC does not know, or a _meta that MCP does not";
}

const PLAIN_KEYS: readonly string[] = ["jsonrpc", "id", "method", "params"];

/** Nearly every message: nothing in it that the SDK's schema could object to, so that it is asked only once. */
function isPlain(message: Record<string, unknown>): boolean {
  const { params } = message;
  return Object.keys(message).every((key) => PLAIN_KEYS.includes(key)) && !(isRecord(params) && "_meta" in params);
}

function idOf(message: unknown): RequestId | null {
  const id = isRecord(message) ? message["id"] : undefined;
  return typeof id === "string" || Number.isSafeInteger(id) ? (id as RequestId) : null;
}
