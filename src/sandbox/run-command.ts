// Programs that are processes: an interpreter, confined, in a folder of its own.
import { AppError } from "../base/errors.ts";
import type { ConfinedProcess, Cut, ProcessEnd } from "./confined-process.ts";
import type { Interpreter, Said } from "./interpreter.ts";
import { LAUNCH_COMPLAINT, LAUNCH_FAILED } from "./launcher/steps.ts";
import { diskUse, leftFiles } from "./left-files.ts";
import type { OnOutput, Outcome, Program } from "./program.ts";
import { type StageParts, setStage } from "./stage.ts";

interface Parts extends StageParts {
  readonly processes: ConfinedProcess;
}

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

export async function runCommand(
  parts: Parts,
  program: Program,
  interpreter: Interpreter,
  hooks: { readonly signal: AbortSignal; readonly onOutput: OnOutput },
): Promise<Outcome> {
  const { limits, cwd } = program;
  await using stage = await setStage(parts, program, interpreter);
  const { ground, folder, wayOut } = stage;
  const used = () => diskUse(folder.path);
  const end = await parts.processes.run(
    {
      confined: stage.confined(limits),
      stdin: program.stdin,
      limits,
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
}

/** The launcher says so when it could not do what it was told: then the program never ran. */
function refuseFailedLaunch({ ended, stdout }: ProcessEnd, stderr: string): void {
  if (ended.exit !== LAUNCH_FAILED || stdout.length > 0 || !stderr.startsWith(LAUNCH_COMPLAINT)) return;
  const complaint = stderr
    .slice(LAUNCH_COMPLAINT.length)
    .trim()
    .replace(/ 0+(\d+)$/, " $1");
  throw new AppError("unavailable", `cannot run code: ${complaint}`, {
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
