// `cadre internal launch`: confines itself, step by step, and becomes the program. Invariant: either every step
// that the policy asks for was taken, or the program does not start. The order matters: what a later step needs
// must not have been given up by an earlier one.
import { readSync } from "node:fs";
import type { Runtime } from "../../runtime/runtime.ts";
import { Kernel, words64 } from "./kernel.ts";
import { landlockAbi, makeRuleset, restrictFiles } from "./landlock.ts";
import { LAUNCH_COMPLAINT, LAUNCH_DIGITS, LAUNCH_FAILED, type LaunchPolicy, type Rlimits } from "./launch-policy.ts";
import { arrangeMounts } from "./mounts.ts";
import { filterCalls, filterProgram } from "./seccomp.ts";

const SET_DUMPABLE = 4;
const SET_SECUREBITS = 28;
const DROP_BOUNDING = 24;
const SET_NO_NEW_PRIVS = 38;
const SET_CHILD_SUBREAPER = 36;
const SECUREBITS_ALL = 0xef;
const CAPABILITIES = 41;
const CAPABILITY_VERSION = 0x20080522;
const CLOSE_ON_EXEC = 4;
const EVERY_HANDLE = 0xffffffff;

const NICENESS = 5;
const INPUT = 0;
const STANDARD_HANDLES = [INPUT, 1, 2] as const;
const GET_FLAGS = 3;
const SET_FLAGS = 4;
const NON_BLOCKING = 0o4000;

const RLIMIT = { cpu: 0, fsize: 1, stack: 3, core: 4, nproc: 6, nofile: 7 } as const;
/** More would be reserved for each thread of the program. */
const STACK_BYTES = 2 * 1024 * 1024;
const STACK_BYTES_MAX = 64 * 1024 * 1024;

/** Does not return when all is well: this process is the program then. */
export async function launch(runtime: Runtime): Promise<number> {
  try {
    const kernel = new Kernel(await runtime.native(), runtime.host.arch);
    makeBlocking(kernel, INPUT);
    rehearse(kernel);
    const digits = readExactly(LAUNCH_DIGITS);
    if (!digits) return LAUNCH_FAILED; // It was started ahead, and nobody needed it.
    const text = readExactly(Number(digits));
    if (!text) throw new Error("the input ended within the policy");
    become(kernel, JSON.parse(text.toString()) as LaunchPolicy);
  } catch (cause) {
    runtime.host.writeErr(`${LAUNCH_COMPLAINT}${cause instanceof Error ? cause.message : String(cause)}\n`);
    return LAUNCH_FAILED;
  }
}

/** Not a byte more: the program's own input follows. Undefined when it ends before. */
function readExactly(length: number): Buffer | undefined {
  const bytes = Buffer.alloc(length);
  for (let at = 0; at < length; ) {
    const count = readSync(INPUT, bytes, at, length - at, null);
    if (count === 0) return undefined;
    at += count;
  }
  return bytes;
}

/** While nobody waits: what has run once runs faster, and nothing of it holds. */
function rehearse(kernel: Kernel): void {
  filterProgram(kernel, "off");
  if (landlockAbi(kernel) === 0) return;
  kernel.call("close", makeRuleset(kernel, { readable: ["/"], writable: [], network: "off" }));
}

function become(kernel: Kernel, policy: LaunchPolicy): never {
  const command = withLateLimits(policy);
  // Whatever it does, this server and its people come before it.
  kernel.try("setpriority", 0, 0, NICENESS);
  kernel.try("setsid"); // Fails for who leads a group already.
  // Whoever loses its parent becomes ours: the tree of the program stays one tree.
  kernel.call("prctl", SET_CHILD_SUBREAPER, 1, 0, 0, 0);
  arrangeMounts(kernel, policy);
  changeUser(kernel, policy);
  kernel.call("chdir", policy.cwd);
  if (policy.dropsPowers) dropPowers(kernel);
  kernel.call("prctl", SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  if (policy.landlock) restrictFiles(kernel, policy);
  const program = kernel.address(command[0]);
  const values = kernel.texts(command);
  const env = kernel.texts(Object.entries(policy.env).map(([name, value]) => `${name}=${value}`));
  if (policy.seccomp) filterCalls(kernel, policy.network);
  for (const handle of STANDARD_HANDLES) makeBlocking(kernel, handle);
  kernel.call("close_range", 3, EVERY_HANDLE, CLOSE_ON_EXEC);
  setRlimits(kernel, policy.rlimits);
  kernel.call("execve", program, values, env);
  throw new Error("unreachable");
}

/**
 * Limits of memory must not hold while this process still is a JavaScript runtime, whose threads abort when they get
 * none: a shell sets them after the exec.
 */
function withLateLimits({ command, rlimits }: LaunchPolicy): readonly [string, ...string[]] {
  const limits = [`ulimit -d ${kib(rlimits.dataBytes)}`];
  if (rlimits.addressBytes !== undefined) limits.push(`ulimit -v ${kib(rlimits.addressBytes)}`);
  return ["/bin/sh", "-c", `${limits.join(" && ")} && exec "$@"`, "sh", ...command];
}

function kib(bytes: number): number {
  return Math.floor(bytes / 1024);
}

function changeUser(kernel: Kernel, { uid }: LaunchPolicy): void {
  if (uid === undefined) return;
  // Its own input and output are its own: it may open them again, as /dev/stderr.
  for (const handle of STANDARD_HANDLES) kernel.try("fchown", handle, uid, uid);
  kernel.call("setgroups", 0, 0);
  kernel.call("setresgid", uid, uid, uid);
  kernel.call("setresuid", uid, uid, uid);
  kernel.call("prctl", SET_DUMPABLE, 1, 0, 0, 0);
}

function dropPowers(kernel: Kernel): void {
  // What is not there to be dropped fails, and that is well.
  for (let capability = 0; capability < CAPABILITIES; capability++)
    kernel.try("prctl", DROP_BOUNDING, capability, 0, 0, 0);
  kernel.try("prctl", SET_SECUREBITS, SECUREBITS_ALL, 0, 0, 0);
  const header = new Uint8Array(new Uint32Array([CAPABILITY_VERSION, 0]).buffer);
  kernel.call("capset", header, new Uint8Array(24));
}

/** A runtime likes its pipes never to block; programs give up when they are told to try again. */
function makeBlocking(kernel: Kernel, handle: number): void {
  const flags = kernel.call("fcntl", handle, GET_FLAGS, 0);
  kernel.call("fcntl", handle, SET_FLAGS, flags & ~NON_BLOCKING);
}

function setRlimits(kernel: Kernel, { cpuSeconds, fileBytes, openFiles, processes }: Rlimits): void {
  const set = (resource: number, soft: number, hard: number) =>
    kernel.call("prlimit64", 0, resource, words64(soft, hard), 0);
  set(RLIMIT.core, 0, 0);
  // A second more for who ignores the signal that says so.
  set(RLIMIT.cpu, cpuSeconds, cpuSeconds + 1);
  set(RLIMIT.fsize, fileBytes, fileBytes);
  set(RLIMIT.nofile, openFiles, openFiles);
  set(RLIMIT.stack, STACK_BYTES, STACK_BYTES_MAX);
  if (processes !== undefined) set(RLIMIT.nproc, processes, processes);
}
