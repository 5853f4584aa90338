// Programs that are processes: an interpreter, confined, in a folder of its own.
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { isAbsolute, join, normalize } from "node:path";
import { AppError } from "../base/errors.ts";
import type { Json } from "../base/json.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { confine, type Plan } from "./confine.ts";
import type { ConfinedProcess, Cut, ProcessEnd } from "./confined-process.ts";
import type { Ground, Grounds } from "./grounds.ts";
import type { Level } from "./isolation.ts";
import { LAUNCH_COMPLAINT, LAUNCH_FAILED } from "./launcher/launch-policy.ts";
import { diskUse, leftFiles } from "./left-files.ts";
import { openWayOut, type WayOut } from "./network/way-out.ts";
import type { OnOutput, Outcome, Program } from "./program.ts";
import { protectedIn, refuseUnprotected } from "./protected-paths.ts";
import { makeRunFolder, type RunFolder, withRoom, writeInput } from "./run-folder.ts";

/** An interpreter, as one language says it. */
export interface Interpreter {
  /** Beside the system's own files. */
  readonly readable: readonly string[];
  readonly isRuntime: boolean;
  /** Files that lie beside the program, and may only be read. */
  readonly code: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string>>;
  command(folder: RunFolder): readonly [string, ...string[]];
  /** What the program says of itself when it is over. */
  said?(folder: RunFolder): Said | undefined;
  /** Takes what a program left that did well, instead of the execution. */
  collect?(folder: RunFolder): Promise<void>;
}

export interface Said {
  readonly result?: Json | undefined;
  readonly error?: Outcome["failure"];
  readonly limit?: "memory" | undefined;
  readonly exit?: number | undefined;
}

interface Parts {
  readonly runtime: Runtime;
  readonly grounds: Grounds;
  readonly processes: ConfinedProcess;
}

const PATH = "/usr/local/bin:/usr/bin:/bin";
/** What a program is killed with for its own fault, by number: a shell says 128 more. */
const CRASHES: Readonly<Record<number, string>> = {
  4: "SIGILL",
  5: "SIGTRAP",
  6: "SIGABRT",
  7: "SIGBUS",
  8: "SIGFPE",
  9: "SIGKILL",
  11: "SIGSEGV",
  24: "SIGXCPU",
  25: "SIGXFSZ",
  31: "SIGSYS",
};

/** What runs outside an engine of ours needs walls of the machine's, unless a policy says otherwise. */
const REQUIRED: Level = "landlock";

export async function runCommand(
  { runtime, grounds, processes }: Parts,
  program: Program,
  interpreter: Interpreter,
  hooks: { readonly signal: AbortSignal; readonly onOutput: OnOutput },
): Promise<Outcome> {
  const { limits, cwd } = program;
  const ground = await takeGround(grounds, program, interpreter);
  const uid = ground.user?.uid;
  const folder = makeRunFolder(runtime.host, uid);
  const wayOut = await openWayOut(program, ground.level, folder.path);
  try {
    withRoom(() => {
      for (const [name, text] of Object.entries(interpreter.code)) writeFileSync(join(folder.code, name), text);
      giveFiles(program, cwd ?? folder.work, uid);
    });
    const plan = planOf(program, interpreter, ground, folder, wayOut);
    const used = () => diskUse(folder.path);
    const end = await processes.run(
      {
        ...confine(runtime.host, plan, { level: ground.level, uid, limits }),
        stdin: program.stdin,
        limits,
        launcher: interpreter.isRuntime ? undefined : runtime.host.executable,
        diskUse: used,
        onOutput: (stream, bytes) => hooks.onOutput(stream, Buffer.from(bytes).toString()),
      },
      hooks.signal,
    );
    const texts = {
      stdout: Buffer.from(end.stdout).toString().toWellFormed(),
      stderr: Buffer.from(end.stderr).toString().toWellFormed(),
    };
    refuseFailedLaunch(end, texts.stderr);
    const said = interpreter.said?.(folder);
    const verdict = statusOf(end, said, (await used()) > limits.diskBytes, limits.cpuMs);
    if (verdict.status === "completed") await interpreter.collect?.(folder);
    const isOwn = cwd === undefined && !interpreter.collect;
    const left = isOwn ? await leftFiles(folder.work, program.files) : { files: [], refused: [] };
    return {
      ...verdict,
      ...texts,
      truncated: end.isTruncated,
      ...(said?.result === undefined ? {} : { result: said.result }),
      ...(said?.error ? { failure: said.error } : {}),
      ...left,
      ...wayOut.told(),
      isolation: ground.isolation,
      usage: end.usage,
    };
  } finally {
    await wayOut.close();
    await folder.remove();
    ground.user?.release();
  }
}

export async function takeGround(grounds: Grounds, program: Program, { readable }: Interpreter): Promise<Ground> {
  const { cwd, workspace, level, required = REQUIRED, isReadOnly = false } = program;
  const network = program.network ? (program.hosts ? "hosts" : "on") : "off";
  const folders = cwd === undefined ? [] : [cwd];
  const reach = { readable: [...readable, ...folders], writable: isReadOnly ? [] : folders, network } as const;
  const ground = await grounds.take({ required, level, reach, keepsUser: cwd !== undefined });
  if (cwd !== undefined && !isReadOnly && ground.level !== "namespace") refuseUnprotected(cwd, workspace);
  return ground;
}

export function planOf(
  { cwd, isReadOnly = false, env }: Program,
  interpreter: Interpreter,
  { level }: Ground,
  folder: RunFolder,
  { network, proxySocket, env: envOfProxy }: WayOut,
): Plan {
  const work = cwd ?? folder.work;
  const isProtected = cwd !== undefined && !isReadOnly && level === "namespace";
  // What git cannot read it takes for a failure, so it is told not to look.
  const own = { PATH, HOME: folder.temp, TMPDIR: folder.temp, LANG: "C.UTF-8", GIT_CONFIG_NOSYSTEM: "1" };
  return {
    command: interpreter.command(folder),
    env: { ...own, ...interpreter.env, ...envOfProxy, ...env },
    cwd: work,
    readable: [...interpreter.readable, folder.code, ...(isReadOnly ? [work] : [])],
    writable: isReadOnly ? [folder.temp] : [work, folder.temp],
    ...(isProtected ? { protected: protectedIn(cwd) } : {}),
    network,
    proxySocket,
    isRuntime: interpreter.isRuntime,
  };
}

export function giveFiles({ files }: Program, work: string, uid: number | undefined): void {
  for (const [path, content] of Object.entries(files)) {
    const inner = normalize(path);
    if (isAbsolute(inner) || inner.startsWith("..") || inner === ".")
      throw new AppError(
        "invalid_input",
        `cannot give the file ${JSON.stringify(path)}: it lies outside the working directory`,
        {
          hint: "Name it by a path below, like data/in.csv.",
        },
      );
    writeInput(join(work, inner), content, uid, work);
  }
}

/** The launcher says so when it could not do what it was told: then the program never ran. */
function refuseFailedLaunch({ ended, stdout }: ProcessEnd, stderr: string): void {
  if (ended.exit !== LAUNCH_FAILED || stdout.length > 0 || !stderr.startsWith(LAUNCH_COMPLAINT)) return;
  throw new AppError("unavailable", `cannot run code: ${stderr.slice(LAUNCH_COMPLAINT.length).trim()}`, {
    hint: "JavaScript and SQL need nothing but cadre itself; the log of this server may say more.",
  });
}

/** Its use is counted in steps, and looked at now and then. */
const CLOSE_TO = 0.9;

type Verdict = Pick<Outcome, "status" | "limit" | "exit_code" | "signal">;

function statusOf(end: ProcessEnd, said: Said | undefined, isOverDisk: boolean, cpuMs: number): Verdict {
  const { ended, cut } = end;
  const signal = signalOf(ended);
  const ending = { ...(ended.exit === undefined ? {} : { exit_code: ended.exit }), ...(signal ? { signal } : {}) };
  if (cut) return cutStatus(cut);
  if (signal === "SIGXCPU" || (signal === "SIGKILL" && end.usage.cpu_ms >= cpuMs * CLOSE_TO))
    return { status: "limit", limit: "cpu", ...ending };
  if (signal === "SIGXFSZ" || isOverDisk) return { status: "limit", limit: "disk", ...ending };
  if (said?.limit) return { status: "limit", limit: said.limit, ...ending };
  if (signal) return { status: "crashed", ...ending };
  return { status: ended.exit === 0 ? "completed" : "error", ...ending };
}

/** A shell in between says the signal by its number. */
function signalOf({ exit, signal }: ProcessEnd["ended"]): string | undefined {
  return signal ?? (exit !== undefined && exit > 128 ? CRASHES[exit - 128] : undefined);
}

function cutStatus(cut: Cut): Verdict {
  if (cut === "cancelled") return { status: "cancelled" };
  return cut === "wall" ? { status: "timeout", limit: "wall" } : { status: "limit", limit: cut };
}

/** What a program left for us to read is as untrusted as all that it prints. */
export function readSaid(path: string, bytesMax: number): unknown {
  try {
    if (statSync(path).size > bytesMax) return undefined;
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return undefined;
  }
}
