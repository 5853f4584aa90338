import process from "node:process";
import type { Native } from "./native.ts";
import { openNative } from "./native-bun.ts";
import { closeEnds, makePipe } from "./pipes.ts";
import type { Ended, Started, StartOptions } from "./runtime.ts";

interface Ends {
  /** What the child gets. */
  readonly stdio: [number | "pipe", number | "pipe", number | "pipe"];
  readonly given: readonly number[];
}

let native: Native | undefined;

/**
 * Bun connects its children by sockets. Programs see the difference: a socket cannot be opened again as /dev/stderr,
 * and a shell takes it for a connection from the network. On Linux they get pipes.
 */
export function startProcess(command: readonly [string, ...string[]], options: StartOptions): Started {
  if (process.platform !== "linux") return started(spawn(command, options, ["pipe", "pipe", "pipe"]), options);
  native ??= openNative();
  const pipes = [makePipe(native), makePipe(native), makePipe(native)] as const;
  const [input, output, errors] = pipes;
  const given = [input.readEnd, output.writeEnd, errors.writeEnd];
  try {
    const child = spawn(command, options, [input.readEnd, output.writeEnd, errors.writeEnd]);
    closeEnds(given);
    return started(child, options, [input.writeEnd, output.readEnd, errors.readEnd]);
  } catch (cause) {
    closeEnds(pipes.flatMap(({ readEnd, writeEnd }) => [readEnd, writeEnd]));
    throw cause;
  }
}

function spawn(command: readonly string[], { env, cwd }: StartOptions, stdio: Ends["stdio"]) {
  // A group of its own, so that all of it can be ended at once.
  return Bun.spawn([...command], { env: { ...env }, cwd, stdio, detached: true });
}

function started(
  child: ReturnType<typeof spawn>,
  { onOutput }: StartOptions,
  ends?: readonly [number, number, number],
): Started {
  const streams = {
    stdout: ends ? Bun.file(ends[1]).stream() : (child.stdout as ReadableStream<Uint8Array>),
    stderr: ends ? Bun.file(ends[2]).stream() : (child.stderr as ReadableStream<Uint8Array>),
  };
  const drain = async (name: "stdout" | "stderr") => {
    for await (const bytes of streams[name]) onOutput(name, bytes);
  };
  const stdin = ends ? Bun.file(ends[0]).writer() : (child.stdin as Bun.FileSink);
  let isInputOpen = true;
  /** Also when the process ends by itself: neither the writer nor the streams close what they were given. */
  const endInput = async () => {
    if (!isInputOpen) return;
    isInputOpen = false;
    try {
      await stdin.end();
    } catch {} // Who does not read its input is no failure of ours.
    if (ends) closeEnds([ends[0]]);
  };
  return {
    pid: child.pid,
    // Who does not read its input is no failure of ours.
    write: async (bytes) => {
      try {
        await stdin.write(bytes);
        await stdin.flush();
      } catch {}
    },
    endInput,
    ended: child.exited.then((): Ended => {
      const usage = child.resourceUsage();
      return {
        exit: child.exitCode ?? undefined,
        signal: child.signalCode === null ? undefined : String(child.signalCode),
        cpuMs: usage ? Number(usage.cpuTime.total) / 1_000 : undefined,
        peakBytes: usage ? Number(usage.maxRSS) : undefined,
      };
    }),
    drained: Promise.all([drain("stdout"), drain("stderr"), child.exited.then(endInput)]).then(() => {
      if (ends) closeEnds([ends[1], ends[2]]);
    }),
  };
}
