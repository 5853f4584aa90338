// The only way out for a program that may reach some hosts: an HTTP proxy of its own, which lives as long as it does.
// It looks at names before anything is resolved, and at addresses after, so that a name of the list cannot lead to
// what lies behind this machine's walls.
import { randomBytes } from "node:crypto";
import { lookup } from "node:dns/promises";
import { connect, createServer, isIP, type Server, type Socket } from "node:net";
import { PROXY_CONNECTIONS_MAX, PROXY_HEAD_BYTES_MAX, PROXY_NAMES_MAX } from "../../base/limits.ts";
import { isPublicAddress } from "../../net/public-address.ts";
import { isAllowedHost, isNamed } from "./host-rules.ts";

interface Target {
  readonly host: string;
  readonly port: number;
  /** What is sent on, for a request that is no tunnel. */
  readonly head: string | undefined;
}

class Refusal extends Error {
  readonly status: string;

  constructor(status: string, message: string) {
    super(message);
    this.status = status;
  }
}

export class HostProxy {
  /** What was asked for and is not allowed, by name. */
  readonly refused = new Set<string>();
  /** What is allowed, and did not answer. */
  readonly unreached = new Set<string>();
  readonly #hosts: readonly string[];
  readonly #token = randomBytes(16).toString("hex");
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(hosts: readonly string[]) {
    this.#hosts = hosts;
    this.#server = createServer((socket) => this.#accept(socket));
    this.#server.maxConnections = PROXY_CONNECTIONS_MAX;
  }

  /** At a path, or at a free port of the loopback interface. */
  static open(hosts: readonly string[], path: string | undefined): Promise<HostProxy> {
    const proxy = new HostProxy(hosts);
    return new Promise((resolve, reject) => {
      proxy.#server.once("error", reject);
      const listening = () => resolve(proxy);
      if (path === undefined) proxy.#server.listen(0, "127.0.0.1", listening);
      else proxy.#server.listen(path, listening);
    });
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === "object" && address ? address.port : 0;
  }

  /** How programs are told of it. */
  env(port: number): Record<string, string> {
    const url = `http://cadre:${this.#token}@127.0.0.1:${port}`;
    return Object.fromEntries(
      ["http_proxy", "https_proxy", "all_proxy"].flatMap((name) => [
        [name, url],
        [name.toUpperCase(), url],
      ]),
    );
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #accept(socket: Socket): void {
    this.#hold(socket);
    let head = Buffer.alloc(0);
    const read = (bytes: Buffer) => {
      head = Buffer.concat([head, bytes]);
      const end = head.indexOf("\r\n\r\n");
      if (end < 0 && head.length <= PROXY_HEAD_BYTES_MAX) return;
      socket.off("data", read);
      socket.pause();
      this.#serve(socket, head.toString("latin1", 0, Math.max(0, end)), head.subarray(end + 4)).catch(
        (cause: unknown) => refuse(socket, cause),
      );
    };
    socket.on("data", read);
  }

  async #serve(socket: Socket, head: string, rest: Uint8Array): Promise<void> {
    const target = this.#targetOf(head);
    const outside = await this.#connect(target);
    if (target.head === undefined) socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
    else outside.write(target.head);
    if (rest.length > 0) outside.write(rest);
    socket.pipe(outside);
    outside.pipe(socket);
    outside.once("close", () => socket.destroy());
    socket.once("close", () => outside.destroy());
  }

  async #connect(target: Target): Promise<Socket> {
    const outside = connect({ host: await this.#addressOf(target), port: target.port });
    this.#hold(outside);
    return new Promise((resolve, reject) => {
      const fail = () => reject(this.#unreachable(target, `cannot connect to ${target.host}`));
      outside.once("close", fail);
      outside.once("connect", () => {
        outside.off("close", fail);
        resolve(outside);
      });
    });
  }

  #unreachable({ host, port }: Target, problem: string): Refusal {
    remember(this.unreached, `${host}:${port}`);
    return new Refusal("502 Bad Gateway", problem);
  }

  #targetOf(head: string): Target {
    const [first = "", ...lines] = head.split("\r\n");
    const [method = "", place = "", version = ""] = first.split(" ");
    const given = lines.find((line) => /^proxy-authorization:/i.test(line))?.replace(/^[^:]*:\s*basic\s+/i, "");
    const expected = Buffer.from(`cadre:${this.#token}`).toString("base64");
    if (given !== expected) throw new Refusal("407 Proxy Authentication Required", "the proxy is another program's");
    const isTunnel = method === "CONNECT";
    const url = URL.parse(isTunnel ? `https://${place}` : place);
    if (!url || !/^HTTP\/1\.[01]$/.test(version) || !/^https?:$/.test(url.protocol))
      throw new Refusal("400 Bad Request", "that is no request to a proxy");
    const host = url.hostname
      .replace(/^\[|\]$/g, "")
      .replace(/\.$/, "")
      .toLowerCase();
    const port = Number(url.port || (url.protocol === "https:" ? 443 : 80));
    if (!isAllowedHost(this.#hosts, host, port)) {
      remember(this.refused, `${host}:${port}`);
      throw new Refusal("403 Forbidden", `the policy does not allow ${host}:${port}`);
    }
    const kept = lines.filter((line) => !/^(proxy-[a-z-]*|connection|keep-alive):/i.test(line));
    const own = [`${method} ${url.pathname}${url.search} ${version}`, ...kept, "Connection: close", "", ""].join(
      "\r\n",
    );
    return { host, port, head: isTunnel ? undefined : own };
  }

  async #addressOf(target: Target): Promise<string> {
    const { host } = target;
    const found = isIP(host) ? [{ address: host }] : await lookup(host, { all: true }).catch(() => []);
    if (found.length === 0) throw this.#unreachable(target, `no address of ${host} is known`);
    const usable =
      isNamed(this.#hosts, host) && (isIP(host) || host === "localhost")
        ? found
        : found.filter(({ address }) => isPublicAddress(address));
    const [first] = usable;
    if (first) return first.address;
    remember(this.refused, host);
    throw new Refusal("403 Forbidden", `${host} leads to this machine or its neighbours`);
  }

  #hold(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.once("close", () => this.#sockets.delete(socket));
  }
}

/** A program may ask for names without end. */
function remember(names: Set<string>, name: string): void {
  if (names.size < PROXY_NAMES_MAX) names.add(name);
}

function refuse(socket: Socket, cause: unknown): void {
  const { status, message } =
    cause instanceof Refusal ? cause : new Refusal("502 Bad Gateway", "the connection failed");
  const more = status.startsWith("407") ? "Proxy-Authenticate: Basic\r\n" : "";
  socket.end(
    `HTTP/1.1 ${status}\r\nContent-Type: text/plain\r\n${more}Content-Length: ${message.length + 1}\r\nConnection: close\r\n\r\n${message}\n`,
  );
}
