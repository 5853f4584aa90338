import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { compile } from "../../scripts/release/compile.ts";
import { until } from "../harness/condition.ts";
import { tempFolder } from "../harness/folder.ts";
import type { CadreProcess } from "../harness/process.ts";

const MAIN = fileURLToPath(new URL("../../src/main.ts", import.meta.url));

export const COMMIT = "c0ffee";
/** A build takes about a second; a machine under load needs its time. */
export const BUILD_MS_MAX = 60_000;

export interface Binary {
  readonly path: string;
  /** The program as a process of its own. It sees nothing of this process's environment but PATH. */
  start(args: readonly string[], options: StartOptions): CadreProcess;
  /** One command, to its end; its answer read as JSON. */
  json(args: readonly string[], options: StartOptions): Promise<Record<string, unknown>>;
  [Symbol.dispose](): void;
}

interface StartOptions {
  /** Where it keeps everything. */
  readonly home: string;
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Compiles the source as it is now, as a release is compiled. */
export async function buildBinary(): Promise<Binary> {
  const folder = tempFolder();
  const path = join(folder.path, "cadre");
  await compile({ entry: MAIN, outfile: path, commit: COMMIT });
  const start = (args: readonly string[], options: StartOptions) => startBinary(path, args, options);
  return {
    path,
    start,
    json: async (args, options) => {
      await using child = start([...args, "--json"], options);
      await child.endInput();
      const exit = await child.exited;
      if (exit !== 0) throw new Error(`cadre ${args.join(" ")} left with ${exit}: ${child.stderr()}`);
      return JSON.parse(child.stdout()) as Record<string, unknown>;
    },
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  };
}

function startBinary(path: string, args: readonly string[], { home, cwd, env }: StartOptions): CadreProcess {
  const child = Bun.spawn([path, ...args], {
    stdin: "pipe",
    stdout: "pipe",
    stderr: "pipe",
    cwd,
    env: { PATH: process.env["PATH"] ?? "", CADRE_HOME: home, ...env },
  });
  const out = collect(child.stdout);
  const err = collect(child.stderr);
  return {
    pid: child.pid,
    stdout: out.text,
    stderr: err.text,
    exited: Promise.all([child.exited, out.ended, err.ended]).then(([code]) => code),
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

function collect(stream: ReadableStream<Uint8Array>) {
  const decoder = new TextDecoder();
  let text = "";
  const ended = (async () => {
    for await (const chunk of stream) text += decoder.decode(chunk, { stream: true });
  })();
  return { text: () => text, ended };
}

/** The address of a `cadre --http` that has been started; resolves when it listens. */
export async function originOf(child: CadreProcess): Promise<string> {
  const origin = () => /MCP endpoint\s+(http:\/\/\S+)\/mcp/.exec(child.stdout())?.[1];
  let isOver = false;
  void child.exited.then(() => {
    isOver = true;
  });
  await until(() => origin() !== undefined || isOver, "cadre --http listens");
  const found = origin();
  if (found === undefined) throw new Error(`cadre --http left: ${child.stderr()}`);
  return found;
}
