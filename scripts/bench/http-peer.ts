// Keep-alive connections on bare sockets: an HTTP client would cost more than the server that is measured.
import { type Program, spawnProgram } from "./stdio-peer.ts";

const VERSION = "2025-11-25";
const GREETING = { protocolVersion: VERSION, capabilities: {}, clientInfo: { name: "bench", version: "0" } };
const HEAD_END = "\r\n\r\n";

interface Answer {
  readonly status: number;
  readonly head: string;
  readonly body: string;
}

/** A server process that says where it listens. */
export class HttpProgram {
  readonly #child: ReturnType<typeof spawnProgram>;
  readonly origin: string;

  private constructor(child: ReturnType<typeof spawnProgram>, origin: string) {
    this.#child = child;
    this.origin = origin;
  }

  static async start(program: Program): Promise<HttpProgram> {
    const child = spawnProgram(program);
    const decoder = new TextDecoder();
    let said = "";
    for await (const chunk of child.stdout) {
      said += decoder.decode(chunk, { stream: true });
      const [, origin] = /MCP endpoint\s+(http:\/\/\S+)\/mcp/.exec(said) ?? [];
      if (origin) return new HttpProgram(child, origin);
    }
    throw new Error(`${program.path} left without listening`);
  }

  get pid(): number {
    return this.#child.pid;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGTERM");
    await this.#child.exited;
  }
}

/** One MCP session over so many connections; each carries one request at a time. */
export class HttpPeer {
  readonly #idle: Connection[];
  readonly #all: readonly Connection[];
  readonly #host: string;
  #session = "";
  #ids = 0;

  private constructor(host: string, connections: readonly Connection[]) {
    this.#host = host;
    this.#all = connections;
    this.#idle = [...connections];
  }

  static async connect(origin: string, connections: number): Promise<HttpPeer> {
    const { host } = new URL(origin);
    const all = await Promise.all(Array.from({ length: connections }, () => Connection.open(origin)));
    const peer = new HttpPeer(host, all);
    const { head } = await peer.#post({ jsonrpc: "2.0", id: 0, method: "initialize", params: GREETING });
    peer.#session = `mcp-session-id: ${/^mcp-session-id: (.+)$/im.exec(head)?.[1]?.trim()}\r\n`;
    await peer.#post({ jsonrpc: "2.0", method: "notifications/initialized" });
    return peer;
  }

  async call(name: string, args: Readonly<Record<string, unknown>>): Promise<void> {
    const params = { name, arguments: args };
    const { status, body } = await this.#post({ jsonrpc: "2.0", id: ++this.#ids, method: "tools/call", params });
    if (status !== 200 || !body.includes('"result"') || body.includes('"isError":true')) {
      throw new Error(`${name} was refused: HTTP ${status} ${body.slice(0, 500)}`);
    }
  }

  close(): void {
    for (const connection of this.#all) connection.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async #post(message: unknown): Promise<Answer> {
    const connection = this.#idle.pop();
    if (!connection) throw new Error("more requests than connections");
    const body = JSON.stringify(message);
    const head =
      `POST /mcp HTTP/1.1\r\nhost: ${this.#host}\r\ncontent-type: application/json\r\n` +
      `accept: application/json, text/event-stream\r\nmcp-protocol-version: ${VERSION}\r\n` +
      `${this.#session}content-length: ${Buffer.byteLength(body)}\r\n`;
    try {
      return await connection.send(`${head}\r\n${body}`);
    } finally {
      this.#idle.push(connection);
    }
  }
}

class Connection {
  #socket: Bun.Socket | undefined;
  #unread = "";
  #waiting: PromiseWithResolvers<Answer> | undefined;

  static async open(origin: string): Promise<Connection> {
    const { hostname, port } = new URL(origin);
    const connection = new Connection();
    connection.#socket = await Bun.connect({
      hostname,
      port: Number(port),
      socket: {
        data: (_socket, bytes) => connection.#receive(bytes.toString("latin1")),
        close: () => connection.#waiting?.reject(new Error("the server closed a connection")),
      },
    });
    return connection;
  }

  send(request: string): Promise<Answer> {
    this.#waiting = Promise.withResolvers<Answer>();
    this.#socket?.write(request);
    return this.#waiting.promise;
  }

  close(): void {
    this.#waiting = undefined;
    this.#socket?.end();
  }

  #receive(text: string): void {
    this.#unread += text;
    const end = this.#unread.indexOf(HEAD_END);
    if (end < 0) return;
    const head = this.#unread.slice(0, end);
    const body = this.#unread.slice(end + HEAD_END.length);
    if (!isWhole(head, body)) return;
    this.#unread = "";
    this.#waiting?.resolve({ status: Number(head.slice(9, 12)), head, body });
  }
}

function isWhole(head: string, body: string): boolean {
  if (/^transfer-encoding: chunked/im.test(head)) return body.endsWith("0\r\n\r\n");
  return body.length >= Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? 0);
}
