// From a program to what runs it confined: what the launcher is told, and, where they are allowed, namespaces of its
// own around it.
import { lstatSync, readdirSync, statSync } from "node:fs";
import { dirname } from "node:path";
import type { Host } from "../runtime/runtime.ts";
import type { Level } from "./isolation.ts";
import type { LaunchPolicy, NetworkReach, Revealed, Rlimits } from "./launcher/launch-policy.ts";
import type { Limits } from "./limits.ts";
import { seatbeltCommand } from "./macos/seatbelt.ts";
import type { Protected } from "./protected-paths.ts";

/** What runs, and what it must be able to reach. */
export interface Plan {
  readonly command: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly readable: readonly string[];
  readonly writable: readonly string[];
  /** Inside what is writable; only namespaces can keep it so. */
  readonly protected?: Protected | undefined;
  readonly network: NetworkReach;
  /** Where the proxy listens outside, for who has a network of its own. */
  readonly proxySocket?: string | undefined;
  /** A JavaScript runtime: it reserves addresses without end, and has many threads. */
  readonly isRuntime: boolean;
}

interface Ground {
  readonly level: Level;
  readonly uid: number | undefined;
  readonly limits: Limits;
}

/** What every program may read: the system's own programs and libraries, and of /etc what says nothing of people. */
const SYSTEM = [
  "/usr",
  "/bin",
  "/sbin",
  "/lib",
  "/lib32",
  "/lib64",
  "/nix/store",
  "/opt",
  "/etc/ld.so.cache",
  "/etc/ld.so.preload",
  "/etc/ld-musl-x86_64.path",
  "/etc/alternatives",
  "/etc/localtime",
  "/etc/os-release",
  "/etc/lsb-release",
  "/etc/debian_version",
  "/etc/alpine-release",
  "/etc/redhat-release",
  "/etc/timezone",
  "/etc/passwd",
  "/etc/group",
  "/etc/nsswitch.conf",
  "/etc/mime.types",
  "/etc/magic",
  "/etc/fonts",
  "/etc/python3",
  "/etc/inputrc",
  "/etc/ssl/certs",
  "/etc/ssl/openssl.cnf",
  "/etc/pki/tls/certs",
  "/etc/ca-certificates",
  "/sys/devices/system/cpu",
  "/proc/self", // Of the program itself: whatever it starts has another.
  "/proc/cpuinfo",
  "/proc/meminfo",
  "/proc/stat",
  "/proc/loadavg",
  "/proc/uptime",
  "/proc/version",
  "/proc/filesystems",
  "/proc/sys/kernel",
  "/proc/sys/vm",
] as const;
const FOR_NETWORK = ["/etc/resolv.conf", "/etc/hosts", "/etc/services", "/etc/protocols", "/etc/gai.conf"] as const;

/** A user's program needs some room beside the memory that is counted. */
const ADDRESS_OVER_BYTES = 128 * 1024 * 1024;
/**
 * A runtime reserves a gigabyte for the code that it compiles. Where that is above its limit it compiles nothing, says
 * nothing, and is ten times slower.
 */
export const RUNTIME_ENV = {
  BUN_JSC_jitMemoryReservationSize: String(64 * 1024 * 1024),
  // A fast memory reserves eight gigabytes: where that is above its limit it collects all garbage and tries again.
  BUN_JSC_useWasmFastMemory: "0",
  // Several engines on few processors: what they compile and collect must not keep the programs waiting.
  BUN_JSC_numberOfWasmCompilerThreads: "1",
  BUN_JSC_numberOfGCMarkers: "1",
} as const;
/** What a JavaScript runtime takes before the program has said anything. */
const RUNTIME_BYTES = 512 * 1024 * 1024;
const RUNTIME_TASKS = 48;
/** `unshare`, and the shell that is the first process of a namespace. */
const NAMESPACE_TASKS = 2;

/** What is started, and where: a command as it is, or the launcher. */
export type Confined = { readonly env: Readonly<Record<string, string>>; readonly cwd: string } & (
  | { readonly command: readonly [string, ...string[]] }
  | {
      /** What the launcher is told. */
      readonly policy: LaunchPolicy;
      /** What stands before it in the command line. */
      readonly around: readonly string[];
      /** How many processes that makes, each the only child of the one before. */
      readonly ahead: number;
    }
);

/** Processes of ours that stand before the program. */
export function aheadOf(confined: Confined): number {
  return "ahead" in confined ? confined.ahead : 0;
}

export function confine(host: Host, plan: Plan, ground: Ground): Confined {
  const { level, uid, limits } = ground;
  const isStrong = level !== "process";
  // The launcher knows Linux alone.
  if (host.platform !== "linux") {
    const isWalled = isStrong && host.platform === "darwin";
    return { command: isWalled ? seatbeltCommand(plan, limits) : plan.command, env: plan.env, cwd: plan.cwd };
  }
  const readable = [...SYSTEM, ...(plan.network === "on" ? FOR_NETWORK : []), ...plan.readable];
  const policy: LaunchPolicy = {
    command: plan.command,
    env: plan.isRuntime ? { ...RUNTIME_ENV, ...plan.env } : plan.env,
    cwd: plan.cwd,
    readable,
    // Named semaphores and shared memory; inside a mount namespace they are the program's own.
    writable: plan.writable,
    landlock: isStrong,
    seccomp: isStrong,
    network: plan.network,
    mounts:
      level === "namespace"
        ? {
            reveal: uid === undefined ? [] : closedFolders([...plan.readable, ...plan.writable]),
            pinned: [],
            readOnly: [],
            ...plan.protected,
          }
        : undefined,
    uid,
    dropsPowers: uid === undefined && (level === "namespace" || host.uid === 0),
    rlimits: rlimitsOf(host, plan, ground),
  };
  return { ...surroundings(host, plan, level), env: host.selfEnv, cwd: "/", policy };
}

function surroundings(host: Host, { network, proxySocket }: Plan, level: Level): { around: string[]; ahead: number } {
  if (level !== "namespace") return { around: [], ahead: 0 };
  const namespace = [UNSHARE, ...namespaceArguments(host, network)];
  if (!proxySocket) return { around: namespace, ahead: NAMESPACE_TASKS };
  const forwarder = [...host.self, "internal", "forward", proxySocket, String(network)];
  return { around: [...namespace, ...forwarder], ahead: NAMESPACE_TASKS + 1 };
}

/**
 * The first process of a namespace takes no signal that it has no handler for, not even its own SIGKILL: a shell
 * stands in, and says how the program ended.
 */
function namespaceArguments(host: Host, network: NetworkReach): string[] {
  const own = host.uid === 0 ? [] : ["--user", "--map-root-user"];
  const net = network === "on" ? [] : ["--net"];
  return [
    ...own,
    ...net,
    "--pid",
    "--ipc",
    "--mount",
    "--fork",
    "--kill-child=KILL",
    "--",
    "/bin/sh",
    "-c",
    '"$@"; exit $?',
    "sh",
  ];
}

const UNSHARE = "/usr/bin/unshare";

function rlimitsOf(host: Host, { isRuntime }: Plan, { level, uid, limits }: Ground): Rlimits {
  const { memoryBytes } = limits;
  return {
    cpuSeconds: Math.ceil(limits.cpuMs / 1_000),
    fileBytes: limits.diskBytes,
    openFiles: limits.openFiles + (isRuntime ? RUNTIME_TASKS : 0),
    processes: tasksMax(host, level, uid, limits.processes + (isRuntime ? RUNTIME_TASKS : 0)),
    dataBytes: memoryBytes + (isRuntime ? RUNTIME_BYTES : 0),
    ...(isRuntime ? {} : { addressBytes: memoryBytes + ADDRESS_OVER_BYTES }),
  };
}

/** The kernel counts the tasks of a user; of a user of ours there are no others, of ourselves there are. */
function tasksMax(host: Host, level: Level, uid: number | undefined, tasks: number): number | undefined {
  if (uid !== undefined) return tasks + NAMESPACE_TASKS;
  if (host.uid === 0) return undefined; // The kernel lets root have as many as it likes.
  if (level === "namespace") return tasks + NAMESPACE_TASKS;
  return tasks + tasksOf(host.uid);
}

function tasksOf(uid: number | undefined): number {
  let tasks = 0;
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const status = lstatSync(`/proc/${name}/task`);
      if (status.uid === uid) tasks += Math.max(1, status.nlink - 2);
    } catch {} // It has just ended.
  }
  return tasks;
}

/** Folders on the way to these paths through which only their owner may pass, outermost first. */
function closedFolders(paths: readonly string[]): Revealed[] {
  const revealed = new Map<string, { paths: Set<string>; files: Set<string> }>();
  for (const path of paths) {
    const folder = closedFolderOn(path);
    if (folder === undefined) continue;
    const shown = revealed.get(folder) ?? { paths: new Set(), files: new Set() };
    revealed.set(folder, shown);
    shown[isFile(path) ? "files" : "paths"].add(path);
  }
  return [...revealed].map(([folder, shown]) => ({ folder, paths: [...shown.paths], files: [...shown.files] }));
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

export function closedFolderOn(path: string): string | undefined {
  const parents: string[] = [];
  for (let folder = dirname(path); folder !== dirname(folder); folder = dirname(folder)) parents.unshift(folder);
  return parents.find((folder) => {
    try {
      return (statSync(folder).mode & 0o001) === 0;
    } catch {
      return false;
    }
  });
}
