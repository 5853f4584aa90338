import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { compile } from "../../scripts/release/compile.ts";
import { tempFolder } from "../harness/folder.ts";
import { type CadreProcess, startCommand } from "../harness/process.ts";

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
  const start = (args: readonly string[], { home, cwd, env }: StartOptions) =>
    startCommand([path, ...args], { cwd, env: { CADRE_HOME: home, ...env } });
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
