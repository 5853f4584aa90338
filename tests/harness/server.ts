import { request as ask } from "node:http";
import { join } from "node:path";
import { Readable } from "node:stream";
import { Cadre, type OpenApp } from "../../src/app.ts";
import { type Clock, systemClock } from "../../src/base/clock.ts";
import { loadConfig } from "../../src/config/load.ts";
import { ensureToken } from "../../src/config/token.ts";
import { HttpServer } from "../../src/http/server.ts";
import { McpOverHttp } from "../../src/mcp/http.ts";
import { runtime } from "../../src/runtime/current.ts";
import type { HttpListener, Runtime } from "../../src/runtime/runtime.ts";
import type { Tool } from "../../src/tools/tool.ts";
import { type TempFolder, tempFolder } from "./folder.ts";

interface ServerOptions {
  /** As flags would give them. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly table?: readonly Tool[];
  /** Turns the rate limit, idempotency keys and the age of sessions. */
  readonly clock?: Clock;
  /** A folder of data that outlives this server; by default one of its own. */
  readonly home?: string;
}

export interface TestServer {
  readonly origin: string;
  readonly home: string;
  /** The project folder of requests that name none. */
  readonly workspace: string;
  readonly token: string;
  /** Log lines, as objects. */
  readonly logged: Record<string, unknown>[];
  readonly cadre: Cadre;
  readonly app: OpenApp;
  readonly mcp: McpOverHttp;
  readonly server: HttpServer;
  readonly listener: HttpListener;
  /** A request to a path of this server. */
  fetch(path: string, init?: RequestInit): Promise<Response>;
  get(path: string, headers?: Record<string, string>): Promise<Answer>;
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Answer>;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: the answers of a server under test are looked into at any depth.
  readonly body: any;
}

/** The whole HTTP face in this process, on a port of its own and a real database file. */
export async function startServer(options: ServerOptions = {}): Promise<TestServer> {
  const folder = tempFolder();
  return startIn(folder, options).catch((error: unknown) => {
    folder[Symbol.dispose]();
    throw error;
  });
}

async function startIn(folder: TempFolder, options: ServerOptions): Promise<TestServer> {
  const home = options.home ?? join(folder.path, "home");
  const workspace = folder.path;
  const logged: Record<string, unknown>[] = [];
  const clock = options.clock ?? systemClock;
  const host = {
    ...runtime.host,
    env: options.env ?? {},
    cwd: workspace,
    writeErr: (line: string) => logged.push(JSON.parse(line) as Record<string, unknown>),
  };
  const testRuntime: Runtime = { ...runtime, host };
  const settings = { home, port: "0", log_level: "debug", log_format: "json", ...options.settings };
  const cadre = new Cadre(testRuntime, await loadConfig(host, settings), options.table);
  const app = await cadre.open();
  const mcp = new McpOverHttp(cadre.mcpParts("0.0.0-test"), async () => app.sql, clock);
  const server = new HttpServer({ ...cadre.httpParts("0.0.0-test", app), clock, mcp });
  const listener = await server.listen();
  const origin = `http://127.0.0.1:${listener.port}`;
  const request = (path: string, init?: RequestInit) => fetch(`${origin}${path}`, init);
  return {
    origin,
    home,
    workspace,
    token: ensureToken(home),
    logged,
    cadre,
    app,
    mcp,
    server,
    listener,
    fetch: request,
    get: async (path, headers = {}) =>
      answerOf(await (headers["host"] === undefined ? request(path, { headers }) : askByName(origin + path, headers))),
    post: async (path, body, headers = {}) =>
      answerOf(
        await request(path, {
          method: "POST",
          headers: { "content-type": "application/json", ...headers },
          body: JSON.stringify(body),
        }),
      ),
    [Symbol.asyncDispose]: async () => {
      await listener.abort();
      await mcp.close();
      await cadre.close();
      folder[Symbol.dispose]();
    },
  };
}

/** Under the host name of the test's choice, which `fetch` leaves to nobody on Deno. */
function askByName(url: string, headers: Record<string, string>): Promise<Response> {
  return new Promise((resolve, reject) => {
    const asked = ask(url, { headers }, (answer) => {
      const { statusCode: status = 0, headers: said } = answer;
      const all = Object.entries(said).map(([name, value]): [string, string] => [name, String(value)]);
      resolve(new Response(Readable.toWeb(answer) as ReadableStream<Uint8Array>, { status, headers: all }));
    });
    asked.on("error", reject).end();
  });
}

async function answerOf(response: Response): Promise<Answer> {
  const text = await response.text();
  const isJson = response.headers.get("content-type")?.startsWith("application/json");
  return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
}
