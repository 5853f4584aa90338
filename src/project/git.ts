// Asks git about a project. Nothing that the repository's own settings name is run for it: no monitor, no driver, no pager.
import { AppError } from "../base/errors.ts";
import { GIT_ANSWER_BYTES_MAX } from "../base/limits.ts";
import { printable } from "../base/text.ts";
import type { Runtime } from "../runtime/runtime.ts";

export type GitRuntime = Pick<Runtime, "host" | "start">;

const SAFE = ["core.fsmonitor=false", "core.hooksPath=", "diff.external=", "core.quotePath=false"];
/** For whatever shows differences. */
export const PLAIN_DIFF = ["--no-ext-diff", "--no-textconv", "--no-color", "--unified=0", "--no-renames", "--relative"];

const COMPLAINT_CHARS_MAX = 500;

export interface GitAnswer {
  readonly out: string;
  /** There is more of it than anybody wants to hold. */
  readonly isCut: boolean;
}

/** `ref` is whatever somebody has named, and may have named wrongly. */
export async function askGit(
  { host, start }: GitRuntime,
  root: string,
  args: readonly string[],
  signal: AbortSignal,
  ref: string,
): Promise<GitAnswer> {
  if (ref.startsWith("-")) throw noSuch(ref, "it begins with a dash");
  const out: Uint8Array[] = [];
  let bytes = 0;
  let complaint = "";
  const started = await start(["git", ...SAFE.flatMap((one) => ["-c", one]), ...args], {
    env: { PATH: host.env["PATH"] ?? "", GIT_OPTIONAL_LOCKS: "0", GIT_TERMINAL_PROMPT: "0", LC_ALL: "C" },
    cwd: root,
    onOutput: (stream, chunk) => {
      if (stream === "stderr") complaint = (complaint + Buffer.from(chunk).toString()).slice(0, COMPLAINT_CHARS_MAX);
      else {
        bytes += chunk.byteLength;
        if (bytes <= GIT_ANSWER_BYTES_MAX) out.push(chunk.slice());
      }
    },
  }).catch(() => undefined);
  if (!started)
    throw new AppError("unavailable", "cannot ask git: there is none here", {
      hint: "Install git, or ask for nothing of the project's history.",
    });
  const stop = () => void host.signalProcess(started.pid, "SIGTERM");
  signal.addEventListener("abort", stop, { once: true });
  const { exit } = await started.ended;
  await started.drained;
  signal.removeEventListener("abort", stop);
  signal.throwIfAborted();
  if (exit !== 0 && /not a git repository/i.test(complaint))
    throw new AppError("invalid_input", "cannot ask git: the project is in no git repository", {
      hint: "Ask for nothing of its history, or begin one with git init.",
    });
  if (exit !== 0) throw noSuch(ref, complaint.split("\n")[0]?.replace(/^fatal: /, "") ?? "git says no more");
  return { out: Buffer.concat(out).toString(), isCut: bytes > GIT_ANSWER_BYTES_MAX };
}

function noSuch(ref: string, problem: string): AppError {
  return new AppError("invalid_input", `cannot compare with ${printable(ref)}: ${printable(problem)}`, {
    hint: "Name a commit, a branch or a tag of this repository, as in --diff main.",
  });
}

/** `b/path`, or `"b/path"` where it has letters that git writes as others. */
export function pathInDiff(said: string): string {
  const path = said.replace(/\t$/, "");
  const quoted = path.startsWith('"') ? path.slice(1, -1).replaceAll(/\\(["\\])/g, "$1") : path;
  return quoted.replace(/^b\//, "");
}
