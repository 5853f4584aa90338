import { SELF } from "../harness/self.ts";

interface Answer {
  readonly id?: number;
  readonly result?: { readonly isError?: boolean; readonly content?: readonly { readonly text: string }[] };
}

type Settle = (answer: Record<string, unknown> | undefined) => void;

/** A whole cadre on stdio, as a client starts it, that can be killed at any moment. */
export class StdioWorker {
  readonly #child: Bun.Subprocess<"pipe", "pipe", "pipe">;
  readonly #waiting = new Map<number, Settle>();
  readonly #reading: Promise<void>;
  #nextId = 1;

  private constructor(home: string, cwd: string) {
    this.#child = Bun.spawn([...SELF], {
      stdin: "pipe",
      stdout: "pipe",
      stderr: "pipe",
      cwd,
      env: { PATH: process.env["PATH"] ?? "", CADRE_HOME: home, CADRE_LOG_LEVEL: "warn" },
    });
    this.#reading = this.#read();
  }

  static async start(home: string, cwd: string): Promise<StdioWorker> {
    const worker = new StdioWorker(home, cwd);
    const clientInfo = { name: "crash", version: "1" };
    await worker.#request("initialize", { protocolVersion: "2025-11-25", capabilities: {}, clientInfo });
    worker.#send({ jsonrpc: "2.0", method: "notifications/initialized" });
    return worker;
  }

  /** The tool's answer; undefined when the process was killed before it answered. Throws when the tool refused. */
  async call(name: string, input: object): Promise<Record<string, unknown> | undefined> {
    const result = (await this.#request("tools/call", { name, arguments: input })) as Answer["result"] | undefined;
    if (!result) return undefined;
    const text = result.content?.[0]?.text ?? "{}";
    if (result.isError) throw new Error(text);
    return JSON.parse(text) as Record<string, unknown>;
  }

  /** kill -9: nothing of the program runs after it. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#child.exited;
    await this.#reading;
  }

  /** The end of stdin: the program answers what it has, and leaves. */
  async leave(): Promise<{ readonly exit: number; readonly stderr: string }> {
    await this.#child.stdin.end();
    const stderr = await new Response(this.#child.stderr).text();
    const exit = await this.#child.exited;
    await this.#reading;
    return { exit, stderr };
  }

  #request(method: string, params: object): Promise<Record<string, unknown> | undefined> {
    const id = this.#nextId++;
    const { promise, resolve } = Promise.withResolvers<Record<string, unknown> | undefined>();
    this.#waiting.set(id, resolve);
    this.#send({ jsonrpc: "2.0", id, method, params });
    return promise;
  }

  #send(message: object): void {
    // A process that was killed reads no more: its callers hear so from the end of its stdout.
    try {
      this.#child.stdin.write(`${JSON.stringify(message)}\n`);
      Promise.resolve(this.#child.stdin.flush()).catch(() => {});
    } catch {}
  }

  async #read(): Promise<void> {
    const decoder = new TextDecoder();
    let rest = "";
    for await (const chunk of this.#child.stdout) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) this.#take(JSON.parse(line) as Answer);
    }
    // A line that was cut by the kill was never an answer.
    for (const settle of this.#waiting.values()) settle(undefined);
    this.#waiting.clear();
  }

  #take({ id = 0, result }: Answer): void {
    this.#waiting.get(id)?.(result);
    this.#waiting.delete(id);
  }
}
