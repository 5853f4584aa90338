import { until } from "./condition.ts";
import { SELF } from "./self.ts";

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
  const child = Bun.spawn([...command], {
    stdin: "pipe",
    stdout: "pipe",
    stderr: "pipe",
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    env: { PATH: process.env["PATH"] ?? "", ...options.env },
  });
  const out = collect(child.stdout);
  const err = collect(child.stderr);
  const exited = Promise.all([child.exited, out.ended, err.ended]).then(([code]) => code);
  return {
    pid: child.pid,
    stdout: out.text,
    stderr: err.text,
    exited,
    write: async (text) => {
      child.stdin.write(text);
      await child.stdin.flush();
    },
    endInput: async () => {
      await child.stdin.end();
    },
    signal: (name) => child.kill(name),
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGKILL");
      await child.exited;
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

function collect(stream: ReadableStream<Uint8Array>) {
  const decoder = new TextDecoder();
  let text = "";
  const ended = (async () => {
    for await (const chunk of stream) text += decoder.decode(chunk, { stream: true });
  })();
  return { text: () => text, ended };
}
