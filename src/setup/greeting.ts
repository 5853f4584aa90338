// Starts what would be written into a client, the way clients start it: from the root folder, with a bare PATH and the
// entry's own environment. Only what greets in both eras of the protocol and lists its tools is worth writing.
import { setAlarm } from "../base/alarm.ts";
import type { Clock } from "../base/clock.ts";
import { deadline } from "../base/clock.ts";
import { AppError } from "../base/errors.ts";
import { isRecord } from "../base/json.ts";
import { CONFIG_FILE_BYTES_MAX, HANDSHAKE_MS } from "../base/limits.ts";
import { LineSplitter } from "../base/line-splitter.ts";
import { redactText } from "../base/redact.ts";
import { clip, printable } from "../base/text.ts";
import { VERSION } from "../base/version.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { HttpLaunch, Launch, StdioLaunch } from "./clients/client.ts";

export interface Greeting {
  readonly version: string;
  /** The names of the tools that it lists. */
  readonly tools: readonly string[];
  /** Of the protocol, the newest first. */
  readonly eras: readonly string[];
  readonly ms: number;
}

interface GreetingParts {
  readonly runtime: Pick<Runtime, "start" | "host">;
  readonly clock: Clock;
  /** A tool that is called without anything, to see that it answers. */
  readonly call?: string | undefined;
  /** Milliseconds that it may take; who gives it as long as this does not start it twice. */
  readonly within?: number;
}

const MODERN = "2026-07-28";
const LEGACY = "2025-11-25";
const CLIENT = { name: "cadre-setup", version: VERSION };
const ENVELOPE = {
  "io.modelcontextprotocol/protocolVersion": MODERN,
  "io.modelcontextprotocol/clientInfo": CLIENT,
  "io.modelcontextprotocol/clientCapabilities": {},
};
const SAID_CHARS_MAX = 500;

type Ask = (method: string, params: Record<string, unknown>) => Promise<Record<string, unknown>>;
type Tell = (method: string) => Promise<void>;

export async function greet(launch: Launch, parts: GreetingParts): Promise<Greeting> {
  if (launch.kind === "http") return greetAddress(launch, parts);
  try {
    // A system looks through a program that is new to it: its first start may be too slow, and its second one is not.
    return await greetProgram(launch, parts).catch((cause: unknown) => {
      if (cause instanceof TooSlow && parts.within === undefined) return greetProgram(launch, parts);
      throw cause;
    });
  } catch (cause) {
    if (!(cause instanceof GreetingFailed)) throw cause;
    throw cannotStart(launch, cause);
  }
}

async function converse(ask: Ask, tell: Tell, { clock, call }: GreetingParts): Promise<Greeting> {
  const started = clock.elapsed();
  const discovered = await ask("server/discover", { _meta: ENVELOPE });
  const greeted = await ask("initialize", { protocolVersion: LEGACY, capabilities: {}, clientInfo: CLIENT });
  await tell("notifications/initialized");
  const listed = await ask("tools/list", {});
  const tools = Array.isArray(listed["tools"]) ? listed["tools"].filter(isRecord).map(({ name }) => String(name)) : [];
  if (call !== undefined) {
    const answer = await ask("tools/call", { name: call, arguments: {} });
    if (answer["isError"] === true) throw new GreetingFailed(`its tool ${call} failed`);
  }
  const { serverInfo } = greeted;
  const newer = Array.isArray(discovered["supportedVersions"]) ? discovered["supportedVersions"].map(String) : [];
  return {
    version: isRecord(serverInfo) ? String(serverInfo["version"]) : "unknown",
    tools,
    eras: [...newer, String(greeted["protocolVersion"])],
    ms: Math.round(clock.elapsed() - started),
  };
}

async function greetProgram(launch: StdioLaunch, parts: GreetingParts): Promise<Greeting> {
  const { runtime, clock, within = HANDSHAKE_MS } = parts;
  const answers = new Answers();
  const splitter = new LineSplitter(CONFIG_FILE_BYTES_MAX);
  let complaint = "";
  const env = { ...barePath(runtime.host), ...launch.env };
  const child = await runtime
    .start([launch.command, ...launch.args], {
      env,
      cwd: runtime.host.platform === "win32" ? "C:\\" : "/",
      onOutput: (stream, bytes) => {
        if (stream === "stderr") complaint = (complaint + new TextDecoder().decode(bytes)).slice(-SAID_CHARS_MAX);
        else for (const line of splitter.push(bytes)) answers.take(line);
      },
    })
    .catch((cause: unknown) => {
      throw new GreetingFailed(`it does not start (${(cause as { code?: string }).code ?? "unknown failure"})`);
    });
  using alarm = setAlarm(clock, within);
  alarm.signal.addEventListener("abort", () =>
    answers.fail(new TooSlow(`it did not answer within ${within / 1_000} s`)),
  );
  void child.drained.then(() => answers.fail(new GreetingFailed("it ended before it answered")));
  let id = 0;
  const send = (message: Record<string, unknown>) => child.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
  try {
    return await converse(
      async (method, params) => {
        id += 1;
        await send({ id, method, params });
        return answers.to(id);
      },
      (method) => send({ method }),
      parts,
    );
  } catch (cause) {
    if (cause instanceof GreetingFailed) cause.said = complaint.trim();
    throw cause;
  } finally {
    await child.endInput();
    runtime.host.killGroup(child.pid);
    await child.ended;
  }
}

/** What a desktop gives to programs that it starts. */
function barePath({ platform, env }: Pick<Runtime["host"], "platform" | "env">): Record<string, string> {
  if (platform !== "win32") return { PATH: "/usr/bin:/bin" };
  const root = env["SystemRoot"] ?? "C:\\Windows";
  return { PATH: `${root}\\system32;${root}`, SystemRoot: root };
}

function cannotStart({ command, args }: StdioLaunch, { message, said }: GreetingFailed): AppError {
  const told = said === "" ? "" : `; it said: ${clip(printable(redactText(said)), SAID_CHARS_MAX)}`;
  return new AppError("failed", `cannot use ${[command, ...args].join(" ")}: ${message}${told}`, {
    hint: "Nothing was written. Start it by hand to see more, or write it nevertheless with --no-verify.",
  });
}

class GreetingFailed extends Error {
  /** What the program wrote to stderr. */
  said = "";
}

class TooSlow extends GreetingFailed {}

/** The answers of one server, by the numbers of what was asked. */
class Answers {
  readonly #waiting = new Map<
    number,
    { resolve(value: Record<string, unknown>): void; reject(cause: unknown): void }
  >();
  #failure: GreetingFailed | undefined;

  to(id: number): Promise<Record<string, unknown>> {
    return new Promise((resolve, reject) => {
      if (this.#failure) reject(this.#failure);
      else this.#waiting.set(id, { resolve, reject });
    });
  }

  take(line: string | undefined): void {
    const message = line === undefined ? undefined : parsed(line);
    if (!isRecord(message)) return this.fail(new GreetingFailed("it says something else than the protocol on stdout"));
    const waiting = this.#waiting.get(Number(message["id"]));
    if (!waiting) return;
    const answer = resultOf(message);
    if (answer instanceof GreetingFailed) waiting.reject(answer);
    else waiting.resolve(answer);
  }

  fail(failure: GreetingFailed): void {
    this.#failure ??= failure;
    for (const { reject } of this.#waiting.values()) reject(this.#failure);
    this.#waiting.clear();
  }
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function resultOf(message: Record<string, unknown>): Record<string, unknown> | GreetingFailed {
  const { result, error } = message;
  if (isRecord(result)) return result;
  const said = isRecord(error) ? String(error["message"]) : "an answer without a result";
  return new GreetingFailed(`it refused: ${clip(printable(said), SAID_CHARS_MAX)}`);
}

async function greetAddress({ url, headers }: HttpLaunch, parts: GreetingParts): Promise<Greeting> {
  const { within = HANDSHAKE_MS } = parts;
  let session: Record<string, string> = {};
  let id = 0;
  const post = async (message: Record<string, unknown>, more: Record<string, string>) => {
    const response = await fetch(url, {
      method: "POST",
      redirect: "error",
      signal: deadline(within),
      headers: {
        ...headers,
        ...more,
        "content-type": "application/json",
        accept: "application/json, text/event-stream",
      },
      body: JSON.stringify({ jsonrpc: "2.0", ...message }),
    });
    const given = response.headers.get("mcp-session-id");
    if (given) session = { "mcp-session-id": given, "mcp-protocol-version": LEGACY };
    return { status: response.status, text: await response.text() };
  };
  try {
    return await converse(
      async (method, params) => {
        id += 1;
        const isModern = "_meta" in params;
        const more = isModern ? { "mcp-protocol-version": MODERN, "mcp-method": method } : session;
        const { status, text } = await post({ id, method, params }, more);
        const message = parsed(/^data: ?(\{.*\})\r?$/m.exec(text)?.[1] ?? text);
        const answer = isRecord(message) ? resultOf(message) : new GreetingFailed(`it answered with status ${status}`);
        if (answer instanceof GreetingFailed) throw answer;
        return answer;
      },
      async (method) => {
        await post({ method }, session);
      },
      parts,
    );
  } catch (cause) {
    const why = cause instanceof GreetingFailed ? cause.message : "nothing answers there";
    throw new AppError("failed", `cannot use ${redactText(url)}: ${why}`, {
      hint: "Nothing was written. Start the server with cadre --http, or write the address nevertheless with --no-verify.",
      cause,
    });
  }
}
