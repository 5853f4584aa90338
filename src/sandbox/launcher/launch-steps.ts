// From a policy to the steps of the launcher that confine it and make it the program. Invariant: either every step that
// the policy asks for was taken, or the program does not start. The order matters: what a later step needs must not
// have been given up by an earlier one.
import { restrictFiles } from "./landlock.ts";
import type { LaunchPolicy, Rlimits } from "./launch-policy.ts";
import { arrangeMounts } from "./mounts.ts";
import { filterCalls } from "./seccomp.ts";
import { Steps, words64 } from "./steps.ts";
import type { Arch } from "./syscalls.ts";

const SET_DUMPABLE = 4;
const SET_SECUREBITS = 28;
const DROP_BOUNDING = 24;
const SET_NO_NEW_PRIVS = 38;
const SET_CHILD_SUBREAPER = 36;
const SECUREBITS_ALL = 0xef;
const CAPABILITIES = 41;
const CAPABILITY_VERSION = 0x20080522;
const EVERY_HANDLE = 0xffffffff;

const NICENESS = 5;
const STANDARD_HANDLES = [0, 1, 2] as const;
/** The first handle that nobody gave us. */
const FREE = 3;
const SET_FLAGS = 4;

const RLIMIT = { cpu: 0, fsize: 1, data: 2, stack: 3, core: 4, nproc: 6, nofile: 7, address: 9 } as const;
/** More would be reserved for each thread of the program. */
const STACK_BYTES = 2 * 1024 * 1024;
const STACK_BYTES_MAX = 64 * 1024 * 1024;

export function launchSteps(policy: LaunchPolicy, arch: Arch, landlockAbi: number): Uint8Array {
  const steps = new Steps(arch);
  const [program] = policy.command;
  closeHandles(steps); // Whatever is open here was not meant for the program, and those below get numbers that we expect.
  // Whatever it does, this server and its people come before it.
  steps.try("setpriority", 0, 0, NICENESS);
  steps.try("setsid"); // Fails for who leads a group already.
  // Whoever loses its parent becomes ours: the tree of the program stays one tree.
  steps.call("prctl", SET_CHILD_SUBREAPER, 1, 0, 0, 0);
  arrangeMounts(steps, policy, FREE);
  changeUser(steps, policy);
  steps.call("chdir", policy.cwd);
  if (policy.dropsPowers) dropPowers(steps);
  steps.call("prctl", SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  if (policy.landlock) {
    closeHandles(steps);
    restrictFiles(steps, policy, landlockAbi, FREE);
  }
  if (policy.seccomp) filterCalls(steps, policy.network);
  // A runtime likes its pipes never to block; programs give up when they are told to try again.
  for (const handle of STANDARD_HANDLES) steps.call("fcntl", handle, SET_FLAGS, 0);
  closeHandles(steps);
  setRlimits(steps, policy.rlimits);
  const env = Object.entries(policy.env).map(([name, value]) => `${name}=${value}`);
  steps.call("execve", program, steps.texts(policy.command), steps.texts(env));
  return steps.encode();
}

function closeHandles(steps: Steps): void {
  steps.call("close_range", FREE, EVERY_HANDLE, 0);
}

function changeUser(steps: Steps, { uid }: LaunchPolicy): void {
  if (uid === undefined) return;
  // Its own input and output are its own: it may open them again, as /dev/stderr.
  for (const handle of STANDARD_HANDLES) steps.try("fchown", handle, uid, uid);
  steps.call("setgroups", 0, 0);
  steps.call("setresgid", uid, uid, uid);
  steps.call("setresuid", uid, uid, uid);
  steps.call("prctl", SET_DUMPABLE, 1, 0, 0, 0);
}

function dropPowers(steps: Steps): void {
  // What is not there to be dropped fails, and that is well.
  for (let capability = 0; capability < CAPABILITIES; capability++)
    steps.try("prctl", DROP_BOUNDING, capability, 0, 0, 0);
  steps.try("prctl", SET_SECUREBITS, SECUREBITS_ALL, 0, 0, 0);
  const header = new Uint8Array(new Uint32Array([CAPABILITY_VERSION, 0]).buffer);
  steps.call("capset", header, new Uint8Array(24));
}

function setRlimits(steps: Steps, limits: Rlimits): void {
  const { cpuSeconds, fileBytes, openFiles, processes, dataBytes, addressBytes } = limits;
  const set = (resource: number, soft: number, hard: number) =>
    steps.call("prlimit64", 0, resource, words64(soft, hard), 0);
  set(RLIMIT.core, 0, 0);
  // A second more for who ignores the signal that says so.
  set(RLIMIT.cpu, cpuSeconds, cpuSeconds + 1);
  set(RLIMIT.fsize, fileBytes, fileBytes);
  set(RLIMIT.nofile, openFiles, openFiles);
  set(RLIMIT.stack, STACK_BYTES, STACK_BYTES_MAX);
  if (processes !== undefined) set(RLIMIT.nproc, processes, processes);
  set(RLIMIT.data, dataBytes, dataBytes);
  if (addressBytes !== undefined) set(RLIMIT.address, addressBytes, addressBytes);
}
