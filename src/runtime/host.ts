import { fstatSync } from "node:fs";
import { homedir } from "node:os";
import process from "node:process";
import type { Finished, Host, RunOptions } from "./runtime.ts";

/** Variables that would turn a child of ours into something else, or make it run somebody's code first. */
const UNSAFE_ENV = ["BUN_OPTIONS", "BUN_BE_BUN", "BUN_INSPECT", "NODE_OPTIONS"] as const;
const STOP_SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
const CONSOLE_METHODS = ["log", "info", "debug", "warn", "error", "trace", "dir", "table"] as const;
const COLUMNS_DEFAULT = 100;

interface HostFacts {
  readonly runtimeVersion: string;
  readonly isCompiled: boolean;
  readonly self: readonly [string, ...string[]];
  readonly selfFiles: readonly string[];
  readonly selfEnv: Readonly<Record<string, string>>;
}

export function processHost(facts: HostFacts): Host {
  const host: Host = {
    ...facts,
    args: process.argv.slice(2),
    env: process.env,
    platform: process.platform,
    arch: process.arch,
    pid: process.pid,
    uid: process.getuid?.(),
    homeDir: homeFolder(),
    cwd: currentFolder(),
    executable: process.execPath,
    isTerminal: {
      get in() {
        return isDevice(0) && process.stdin.isTTY === true;
      },
      get out() {
        return isDevice(1) && process.stdout.isTTY === true;
      },
      get err() {
        return isDevice(2) && process.stderr.isTTY === true;
      },
    },
    // Asked for each time: people resize their windows.
    get columns() {
      return process.stdout.columns || COLUMNS_DEFAULT; // Some terminals say that they have none.
    },
    get rows() {
      return process.stdout.rows || undefined;
    },
    parentPid: () => process.ppid,
    rssBytes: () => process.memoryUsage().rss,
    cpuSeconds: () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1e6;
    },
    uptimeSeconds: () => process.uptime(),
    writeErr: (text) => process.stderr.write(text),
    reserveStdout,
    onStop: (stop) => {
      for (const signal of STOP_SIGNALS) process.on(signal, () => stop(signal));
    },
    onStray: (report) => {
      process.on("uncaughtException", report);
      process.on("unhandledRejection", report);
    },
    signalProcess,
    // Windows has no groups.
    killGroup: (pid) => signalProcess(process.platform === "win32" ? pid : -pid, "SIGKILL"),
    runSelf: (args, options) => run([...host.self, ...args] as [string, ...string[]], options),
    run,
    attach,
    setExitCode: (code) => {
      process.exitCode = code;
    },
    exit: (code) => process.exit(code),
  };
  return host;
}

/** What is none is no terminal either. Asked first: to make the streams takes as long as the rest of the start. */
function isDevice(handle: 0 | 1 | 2): boolean {
  if (process.platform === "win32") return true; // Which says less of its consoles.
  try {
    return fstatSync(handle).isCharacterDevice();
  } catch {
    return false;
  }
}

/** Some users, in containers above all, stand in no list of users and have no home. */
function homeFolder(): string {
  try {
    return homedir();
  } catch {
    return "/";
  }
}

/** A folder that was deleted under us has no name; the root is a safe place to stand. */
function currentFolder(): string {
  try {
    return process.cwd();
  } catch {
    return "/";
  }
}

function reserveStdout(): void {
  const toStderr = (...parts: unknown[]) => process.stderr.write(`${parts.map(String).join(" ")}\n`);
  for (const method of CONSOLE_METHODS) console[method] = toStderr;
  process.stdout.write = process.stderr.write.bind(process.stderr);
}

function signalProcess(pid: number, signal: "SIGTERM" | "SIGKILL" | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}

async function attach([program, ...args]: readonly [string, ...string[]]): Promise<number> {
  const [{ spawn }, { constants }] = await Promise.all([import("node:child_process"), import("node:os")]);
  const child = spawn(program, args, { env: process.env, stdio: "inherit" });
  return new Promise<number>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => resolve(signal ? SIGNALED + constants.signals[signal] : (code ?? SIGNALED)));
  });
}

/** What a shell adds to the number of a signal. */
const SIGNALED = 128;

async function run(command: readonly [string, ...string[]], options: RunOptions): Promise<Finished> {
  // Loaded when it is needed: most processes of cadre never start another one.
  const { spawn } = await import("node:child_process");
  const [program, ...args] = command;
  const env = { ...(options.env ?? process.env) };
  for (const name of UNSAFE_ENV) delete env[name];

  const child = spawn(program, args, { env, stdio: ["pipe", "pipe", "pipe"], signal: options.signal });
  const output = { stdout: "", stderr: "" };
  for (const stream of ["stdout", "stderr"] as const) {
    child[stream].setEncoding("utf8");
    child[stream].on("data", (text: string) => {
      output[stream] += text;
    });
  }
  child.stdin.on("error", () => {}); // A child that does not read its input is no failure of ours.
  child.stdin.end(options.input ?? "");
  const exit = await new Promise<number>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve(code ?? -1));
  });
  return { exit, ...output };
}
