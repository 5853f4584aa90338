// Tools of other MCP servers. A server is begun when one of its tools is first asked for, and left when nobody has used
// it for a while. What it says is somebody else's: bounded, in time, and never more than text.
import { setAlarm } from "../base/alarm.ts";
import type { Clock } from "../base/clock.ts";
import { AppError } from "../base/errors.ts";
import { isRecord, type Json } from "../base/json.ts";
import { UPSTREAM_CHARS_MAX, UPSTREAM_IDLE_MS, UPSTREAM_MS, UPSTREAM_START_MS } from "../base/limits.ts";
import { isLike } from "../base/pattern.ts";
import { redactText } from "../base/redact.ts";
import { clip, didYouMean, printable } from "../base/text.ts";
import { VERSION } from "../base/version.ts";
import type { UserFile } from "../config/user-file.ts";
import type { ServerSettings, ServersFile } from "./servers-file.ts";

/** A tool of another server, as an agent is told of it. */
export interface UpstreamTool {
  /** server.tool */
  readonly name: string;
  readonly summary: string;
  readonly schema: Readonly<Record<string, Json>>;
  /** By its own word it changes nothing. */
  readonly reads: boolean;
}

interface Connection {
  readonly client: Client;
  readonly tools: readonly UpstreamTool[];
  readonly settings: ServerSettings;
}

/** What of the SDK's client is used. */
interface Client {
  listTools(): Promise<{ tools: { name: string; description?: string; inputSchema: object; annotations?: object }[] }>;
  callTool(
    request: { name: string; arguments: Record<string, unknown> },
    options: { signal: AbortSignal; timeout: number },
  ): Promise<unknown>;
  close(): Promise<void>;
}

const SUMMARY_CHARS_MAX = 2_000;

export class Upstream {
  readonly #file: UserFile<ServersFile>;
  readonly #clock: Clock;
  readonly #folder: string;
  readonly #open = new Map<string, Promise<Connection>>();
  readonly #idle = new Map<string, () => void>();

  constructor(file: UserFile<ServersFile>, clock: Clock, folder: string) {
    this.#file = file;
    this.#clock = clock;
    this.#folder = folder;
  }

  async servers(): Promise<string[]> {
    return Object.keys((await this.#file.now()).servers);
  }

  /** Of one server, all that may be used. */
  async tools(server: string): Promise<readonly UpstreamTool[]> {
    return (await this.#connect(server)).tools;
  }

  /** `server.tool` */
  async tool(name: string): Promise<UpstreamTool> {
    const server = serverOf(name);
    const tools = await this.tools(server);
    const found = tools.find((tool) => tool.name === name);
    if (found) return found;
    const names = tools.map((tool) => tool.name);
    throw new AppError("not_found", `no tool ${name} of another server`, {
      hint: didYouMean(name, names, `${server} has ${clip(names.join(", "), SUMMARY_CHARS_MAX)}.`),
    });
  }

  /** What it answers, as text. One that says that it failed fails. */
  async call(name: string, input: Record<string, unknown>, signal: AbortSignal): Promise<string> {
    const server = serverOf(name);
    const { client, settings } = await this.#connect(server);
    await this.tool(name);
    const { timeout = UPSTREAM_MS } = settings;
    using alarm = setAlarm(this.#clock, timeout);
    const both = AbortSignal.any([signal, alarm.signal]);
    try {
      const own = name.slice(server.length + 1);
      const answer = await client.callTool({ name: own, arguments: input }, { signal: both, timeout });
      const text = textOf(answer);
      if (!isRecord(answer) || answer["isError"] !== true) return text;
      throw new AppError("failed", `${name} failed: ${clip(text, SUMMARY_CHARS_MAX)}`, { hint: "Look at its input." });
    } catch (cause) {
      signal.throwIfAborted();
      if (cause instanceof AppError) throw cause;
      await this.#leave(server);
      if (alarm.signal.aborted) throw tooSlow(name, timeout);
      throw failedAt(server, cause);
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#open.keys()].map((server) => this.#leave(server)));
  }

  async #connect(server: string): Promise<Connection> {
    const { servers } = await this.#file.now();
    const settings = Object.hasOwn(servers, server) ? servers[server] : undefined;
    if (!settings) throw noServer(server, Object.keys(servers));
    const known = this.#open.get(server);
    // One whose settings have changed is begun anew.
    if (known && JSON.stringify((await known).settings) !== JSON.stringify(settings)) await this.#leave(server);
    const connecting = this.#open.get(server) ?? this.#begin(server, settings);
    this.#open.set(server, connecting);
    this.#idle.get(server)?.();
    this.#idle.set(
      server,
      this.#clock.after(UPSTREAM_IDLE_MS, () => void this.#leave(server)),
    );
    try {
      return await connecting;
    } catch (cause) {
      this.#open.delete(server);
      throw cause;
    }
  }

  async #begin(server: string, settings: ServerSettings): Promise<Connection> {
    const { Client: SdkClient, StreamableHTTPClientTransport } = await import("@modelcontextprotocol/client");
    const client = new SdkClient({ name: "cadre", version: VERSION });
    const { command, env, url, headers } = settings;
    using alarm = setAlarm(this.#clock, UPSTREAM_START_MS);
    try {
      const transport =
        url === undefined
          ? await stdioTransport(command ?? [], env, this.#folder)
          : new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers: headers ?? {} } });
      await untilLate(client.connect(transport), alarm.signal);
      const { tools } = await untilLate(client.listTools(), alarm.signal);
      const usable = tools.filter(({ name }) => isAllowed(name, settings.tools));
      return { client: client as Client, settings, tools: usable.map((tool) => toolOf(server, tool)) };
    } catch (cause) {
      await client.close().catch(() => {});
      if (cause instanceof AppError) throw cause;
      throw failedAt(server, cause);
    }
  }

  async #leave(server: string): Promise<void> {
    this.#idle.get(server)?.();
    this.#idle.delete(server);
    const connection = this.#open.get(server);
    this.#open.delete(server);
    await connection?.then(({ client }) => client.close()).catch(() => {});
  }
}

async function stdioTransport(
  [program = "", ...args]: readonly string[],
  env: Record<string, string> | undefined,
  cwd: string,
) {
  const { StdioClientTransport } = await import("@modelcontextprotocol/client/stdio");
  // What it says beside its answers is nobody's business here.
  return new StdioClientTransport({ command: program, args, cwd, stderr: "ignore", ...(env ? { env } : {}) });
}

function untilLate<T>(work: Promise<T>, late: AbortSignal): Promise<T> {
  const timeUp = new Promise<never>((_resolve, reject) => {
    late.addEventListener("abort", () => reject(new Error(`it did not begin within ${UPSTREAM_START_MS / 1_000} s`)));
  });
  return Promise.race([work, timeUp]);
}

function serverOf(name: string): string {
  return name.slice(0, Math.max(0, name.indexOf(".")));
}

function isAllowed(name: string, allowed: readonly string[] | undefined): boolean {
  return allowed === undefined || allowed.some((pattern) => isLike(pattern, name));
}

function toolOf(
  server: string,
  tool: { name: string; description?: string | undefined; inputSchema: object; annotations?: object | undefined },
): UpstreamTool {
  const { readOnlyHint } = (tool.annotations ?? {}) as { readOnlyHint?: boolean };
  return {
    name: `${server}.${tool.name}`,
    summary: clip(printable(tool.description ?? tool.name), SUMMARY_CHARS_MAX),
    schema: tool.inputSchema as Record<string, Json>,
    reads: readOnlyHint === true,
  };
}

/** Texts as they are; of anything else, what it is. */
function textOf(answer: unknown): string {
  const { content = [], structuredContent } = (isRecord(answer) ? answer : {}) as Record<string, unknown>;
  const parts = (Array.isArray(content) ? content : []).map((part: unknown) => {
    if (!isRecord(part)) return "";
    const { type, text, mimeType, uri } = part;
    return type === "text" ? String(text) : `[${String(type)} ${String(mimeType ?? uri ?? "")}]`;
  });
  const said = parts.join("\n");
  const whole = said === "" && structuredContent !== undefined ? JSON.stringify(structuredContent) : said;
  return clip(whole.toWellFormed(), UPSTREAM_CHARS_MAX);
}

function noServer(server: string, known: readonly string[]): AppError {
  return new AppError("not_found", `no server ${printable(server)} whose tools could be used`, {
    hint: didYouMean(server, [...known], "Name it in tool-servers.yaml beside your settings."),
  });
}

function tooSlow(name: string, ms: number): AppError {
  return new AppError("timeout", `${name} did not answer within ${ms / 1_000} s`, {
    hint: "Give its server a longer timeout in tool-servers.yaml, or ask for less.",
  });
}

function failedAt(server: string, cause: unknown): AppError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new AppError(
    "unavailable",
    `the server ${server} failed: ${clip(printable(redactText(why)), SUMMARY_CHARS_MAX)}`,
    {
      hint: "Look at it in tool-servers.yaml; try its command in a terminal.",
      cause,
    },
  );
}
