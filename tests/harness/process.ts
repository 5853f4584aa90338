import { spawn } from "node:child_process";
import { constants } from "node:os";
import process from "node:process";
import type { Readable } from "node:stream";
import { until } from "./condition.ts";
import { SELF } from "./self.ts";

/** As shells say it: the number of the signal comes on top. */
const SIGNALLED = 128;

interface ProcessOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

export interface CadreProcess {
  readonly pid: number;
  readonly stdout: () => string;
  readonly stderr: () => string;
  readonly exited: Promise<number>;
  write(text: string | Uint8Array): Promise<void>;
  endInput(): Promise<void>;
  signal(name: "SIGTERM" | "SIGINT" | "SIGHUP" | "SIGKILL"): void;
  [Symbol.asyncDispose](): Promise<void>;
}

/** cadre as a process of its own. */
export function startProcess(args: readonly string[], options: ProcessOptions = {}): CadreProcess {
  return startCommand([...SELF, ...args], options);
}

/** A command as a process. It sees nothing of this process's environment but PATH. */
export function startCommand(command: readonly string[], options: ProcessOptions = {}): CadreProcess {
  const [program = "", ...args] = command;
  const child = spawn(program, args, {
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    env: { PATH: process.env["PATH"] ?? "", ...options.env },
  });
  const out = collect(child.stdout);
  const err = collect(child.stderr);
  // Whoever writes to what has left is told by the write itself.
  child.stdin.on("error", () => {});
  const exited = new Promise<number>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve(code ?? SIGNALLED + constants.signals[signal ?? "SIGKILL"]));
  });
  return {
    pid: child.pid ?? 0,
    stdout: out,
    stderr: err,
    exited,
    write: (text) =>
      new Promise((resolve, reject) => {
        child.stdin.write(text, (error) => (error ? reject(error) : resolve()));
      }),
    endInput: () => new Promise((resolve) => child.stdin.end(resolve)),
    signal: (name) => {
      // By its number: Deno says of whatever it has killed by itself that the signal ended it.
      if (child.exitCode === null && child.signalCode === null && child.pid) process.kill(child.pid, name);
    },
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGKILL");
      await exited;
    },
  };
}

/** `cadre --http` as a process of its own; resolves when it listens. */
export async function startHttpProcess(
  args: readonly string[],
  options: ProcessOptions = {},
): Promise<CadreProcess & { readonly origin: string }> {
  const child = startProcess(["--http", "0", ...args], options);
  return Object.assign(child, { origin: await originOf(child) });
}

/** The address of a `cadre --http` that has been started; resolves when it listens. */
export async function originOf(child: CadreProcess): Promise<string> {
  const endpoint = () => /MCP endpoint\s+(http:\/\/\S+)\/mcp/.exec(child.stdout())?.[1];
  let isOver = false;
  void child.exited.then(() => {
    isOver = true;
  });
  await until(() => endpoint() !== undefined || isOver, "cadre --http listens");
  const origin = endpoint();
  if (origin === undefined) throw new Error(`cadre --http left: ${child.stderr()}`);
  return origin;
}

function collect(stream: Readable): () => string {
  let text = "";
  stream.setEncoding("utf8").on("data", (more: string) => {
    text += more;
  });
  return () => text;
}
