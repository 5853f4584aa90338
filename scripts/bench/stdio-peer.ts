// A client of its own, as thin as can be, so that the server is measured and not the client.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const VERSION = "2025-11-25";
const GREETING = { protocolVersion: VERSION, capabilities: {}, clientInfo: { name: "bench", version: "0" } };

// biome-ignore lint/suspicious/noExplicitAny: the answers of several servers are looked into at any depth.
type Result = any;

export interface Program {
  readonly path: string;
  readonly args?: readonly string[];
  readonly home: string;
  readonly cwd: string;
}

/** A run that is cut off takes its servers with it. */
const running = new Set<Bun.Subprocess>();
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

export function spawnProgram({ path, args = [], home, cwd }: Program) {
  const child = Bun.spawn([path, ...args], {
    stdin: "pipe",
    stdout: "pipe",
    stderr: "ignore",
    cwd,
    env: { PATH: process.env["PATH"] ?? "", CADRE_HOME: home, CADRE_WORKSPACE: cwd },
    onExit: (exited) => {
      running.delete(exited);
    },
  });
  running.add(child);
  return child;
}

export class StdioPeer {
  readonly #child: ReturnType<typeof spawnProgram>;
  readonly #waiting = new Map<number, (answer: Result) => void>();
  readonly #reading: Promise<void>;
  #ids = 0;
  #isFlushing = false;

  constructor(program: Program) {
    this.#child = spawnProgram(program);
    this.#reading = this.#read();
  }

  /** Resolves with the answer to the greeting. */
  async greet(): Promise<void> {
    await this.request("initialize", GREETING);
    this.#write({ jsonrpc: "2.0", method: "notifications/initialized" });
  }

  async request(method: string, params: Readonly<Record<string, unknown>>): Promise<Result> {
    const id = ++this.#ids;
    const { promise, resolve } = Promise.withResolvers<Result>();
    this.#waiting.set(id, resolve);
    this.#write({ jsonrpc: "2.0", id, method, params });
    const { result, error } = await promise;
    if (error || result?.isError) throw new Error(`${method} was refused: ${JSON.stringify(error ?? result)}`);
    return result;
  }

  /** Calls a tool; its answer as text. */
  async call(name: string, args: Readonly<Record<string, unknown>>): Promise<string> {
    const { content } = await this.request("tools/call", { name, arguments: args });
    return content[0].text;
  }

  /** Memory that the process holds right now; undefined where the system does not say. */
  rssMiB(): number | undefined {
    try {
      const [, kib = ""] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${this.#child.pid}/status`, "utf8")) ?? [];
      return kib === "" ? undefined : Number(kib) / 1_024;
    } catch {
      return undefined;
    }
  }

  /** Time of a processor that all its threads have taken. */
  cpuMs(): number {
    const tasks = `/proc/${this.#child.pid}/task`;
    const ofThread = (id: string) => Number(readFileSync(join(tasks, id, "schedstat"), "utf8").split(" ")[0]) / 1e6;
    return readdirSync(tasks).reduce((sum, id) => sum + ofThread(id), 0);
  }

  async close(): Promise<void> {
    await this.#child.stdin.end();
    await this.#child.exited;
    await this.#reading;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** What one turn sends leaves in one piece. */
  #write(message: unknown): void {
    this.#child.stdin.write(`${JSON.stringify(message)}\n`);
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    queueMicrotask(() => {
      this.#isFlushing = false;
      void this.#child.stdin.flush();
    });
  }

  async #read(): Promise<void> {
    const decoder = new TextDecoder();
    let unread = "";
    for await (const chunk of this.#child.stdout) {
      const lines = (unread + decoder.decode(chunk, { stream: true })).split("\n");
      unread = lines.pop() ?? "";
      for (const line of lines) {
        const message = JSON.parse(line);
        this.#waiting.get(message.id)?.(message);
        this.#waiting.delete(message.id);
      }
    }
    for (const resolve of this.#waiting.values()) resolve({ error: "the server left" });
  }
}
