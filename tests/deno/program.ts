import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../../src/main.ts", import.meta.url));

interface RpcAnswer {
  readonly id?: number;
  // biome-ignore lint/suspicious/noExplicitAny: answers of a program under test are looked into at any depth.
  readonly result?: any;
}

/** cadre from source on Deno, as a process of its own. */
export class DenoProgram {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly exited: Promise<number | null>;
  stdout = "";
  stderr = "";
  #changed = Promise.withResolvers<void>();

  constructor(args: readonly string[], env: Readonly<Record<string, string>>) {
    this.#child = spawn(process.execPath, ["run", "-A", MAIN, ...args], {
      env: { PATH: process.env["PATH"] ?? "", HOME: process.env["HOME"] ?? "", ...env },
    });
    this.exited = new Promise((resolve) => this.#child.once("close", resolve));
    for (const name of ["stdout", "stderr"] as const) {
      this.#child[name].setEncoding("utf8").on("data", (text: string) => {
        this[name] += text;
        this.#changed.resolve();
        this.#changed = Promise.withResolvers();
      });
    }
  }

  /** Waits until `find` finds something in what was printed. */
  async until<T>(find: () => T | undefined): Promise<T> {
    for (;;) {
      const found = find();
      if (found !== undefined) return found;
      const isOver = await Promise.race([this.#changed.promise.then(() => false), this.exited.then(() => true)]);
      if (isOver && find() === undefined) throw new Error(`the program left: ${this.stderr}`);
    }
  }

  async ask(id: number, method: string, params: object = {}): Promise<RpcAnswer> {
    this.write({ jsonrpc: "2.0", id, method, params });
    return this.until(() => this.messages().find((message) => message.id === id));
  }

  messages(): RpcAnswer[] {
    const lines = this.stdout.split("\n").slice(0, -1);
    return lines.map((line) => JSON.parse(line) as RpcAnswer);
  }

  write(message: object): void {
    this.#child.stdin.write(`${JSON.stringify(message)}\n`);
  }

  end(): void {
    this.#child.stdin.end();
  }

  stop(): void {
    // Not by the child's own `kill`: after that Deno says that the signal ended it, whatever it did.
    if (this.#child.pid !== undefined) process.kill(this.#child.pid, "SIGTERM");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.exited;
  }
}
