import { spawn } from "node:child_process";
import type { Ended, Started, StartOptions } from "./runtime.ts";

export async function startProcess(command: readonly [string, ...string[]], options: StartOptions): Promise<Started> {
  const [program, ...args] = command;
  // A group of its own, so that all of it can be ended at once.
  const child = spawn(program, args, { env: { ...options.env }, cwd: options.cwd, detached: true });
  const ended = new Promise<Ended>((resolve) => {
    child.once("exit", (exit, signal) => resolve({ exit: exit ?? undefined, signal: signal ?? undefined }));
  });
  const drained = new Promise<void>((resolve) => child.once("close", () => resolve()));
  for (const name of ["stdout", "stderr"] as const)
    child[name].on("data", (bytes: Uint8Array) => options.onOutput(name, bytes));
  child.stdin.on("error", () => {}); // Who does not read its input is no failure of ours.
  await new Promise<void>((resolve, reject) => {
    child.once("spawn", resolve);
    child.once("error", reject);
  });
  // Of what has ended already, Deno says nothing more.
  const orEnd = (done: Promise<void>) => Promise.race([done, ended.then(() => {})]);
  return {
    pid: child.pid ?? 0,
    write: (bytes) => orEnd(new Promise((resolve) => child.stdin.write(bytes, () => resolve()))),
    endInput: () => orEnd(new Promise((resolve) => child.stdin.end(() => resolve()))),
    ended,
    drained,
  };
}
