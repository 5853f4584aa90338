// Which lines of a project differ from an earlier state of it, as git says. Nothing that the repository's own settings
// name is run for it: no monitor, no driver, no pager.
import { AppError } from "../base/errors.ts";
import { DIFF_CHARS_MAX } from "../base/limits.ts";
import { printable } from "../base/text.ts";
import type { Runtime } from "../runtime/runtime.ts";

/** By path; lines, or everything of a file that is new. */
export type ChangedLines = ReadonlyMap<string, ReadonlySet<number> | "all">;

const SAFE = [
  "-c",
  "core.fsmonitor=false",
  "-c",
  "core.hooksPath=",
  "-c",
  "diff.external=",
  "-c",
  "core.quotePath=false",
];
const DIFF = [
  "diff",
  "--no-ext-diff",
  "--no-textconv",
  "--no-color",
  "--unified=0",
  "--diff-filter=d",
  "--no-renames",
  "--relative",
];

export async function changedLines(
  runtime: Pick<Runtime, "host" | "start">,
  root: string,
  ref: string,
  signal: AbortSignal,
): Promise<ChangedLines> {
  if (ref.startsWith("-")) throw noSuch(ref, "it begins with a dash");
  const diff = await git(runtime, root, [...DIFF, ref, "--"], signal, ref);
  const others = await git(runtime, root, ["ls-files", "--others", "--exclude-standard", "-z"], signal, ref);
  const changed = new Map<string, ReadonlySet<number> | "all">(parseDiff(diff));
  for (const path of others.split("\0")) if (path !== "") changed.set(path, "all");
  return changed;
}

function parseDiff(diff: string): Map<string, Set<number>> {
  const changed = new Map<string, Set<number>>();
  let lines: Set<number> | undefined;
  for (const line of diff.split("\n")) {
    if (line.startsWith("+++ ")) {
      lines = new Set();
      changed.set(pathIn(line.slice(4)), lines);
      continue;
    }
    const hunk = /^@@ -\S+ \+(\d+)(?:,(\d+))? @@/.exec(line);
    if (!hunk || !lines) continue;
    const [, from = "0", count = "1"] = hunk;
    for (let at = 0; at < Number(count); at++) lines.add(Number(from) + at);
  }
  return changed;
}

/** `b/path`, or `"b/path"` where it has letters that git writes as numbers. */
function pathIn(said: string): string {
  const path = said.replace(/\t$/, "");
  const quoted = path.startsWith('"') ? path.slice(1, -1).replaceAll(/\\(["\\])/g, "$1") : path;
  return quoted.replace(/^b\//, "");
}

async function git(
  runtime: Pick<Runtime, "host" | "start">,
  root: string,
  args: readonly string[],
  signal: AbortSignal,
  ref: string,
): Promise<string> {
  const { host } = runtime;
  const out: Uint8Array[] = [];
  let bytes = 0;
  let complaint = "";
  const started = await runtime
    .start(["git", ...SAFE, ...args], {
      env: { PATH: host.env["PATH"] ?? "", GIT_OPTIONAL_LOCKS: "0", GIT_TERMINAL_PROMPT: "0", LC_ALL: "C" },
      cwd: root,
      onOutput: (stream, chunk) => {
        if (stream === "stderr") complaint = (complaint + Buffer.from(chunk).toString()).slice(0, COMPLAINT_CHARS_MAX);
        else {
          bytes += chunk.byteLength;
          if (bytes <= DIFF_CHARS_MAX) out.push(chunk.slice());
        }
      },
    })
    .catch(() => undefined);
  if (!started)
    throw new AppError("unavailable", "cannot ask git: there is none here", {
      hint: "Install git, or leave the diff out.",
    });
  const stop = () => void host.signalProcess(started.pid, "SIGTERM");
  signal.addEventListener("abort", stop, { once: true });
  const { exit } = await started.ended;
  await started.drained;
  signal.removeEventListener("abort", stop);
  signal.throwIfAborted();
  if (exit !== 0 && /not a git repository/i.test(complaint))
    throw new AppError("invalid_input", `cannot compare with ${printable(ref)}: the project is in no git repository`, {
      hint: "Leave the diff out, or begin one with git init.",
    });
  if (exit !== 0) throw noSuch(ref, complaint.split("\n")[0]?.replace(/^fatal: /, "") ?? "it cannot be compared with");
  if (bytes > DIFF_CHARS_MAX)
    throw new AppError("too_large", "too much has changed since then", { hint: "Name a later state, or a folder." });
  return Buffer.concat(out).toString();
}

const COMPLAINT_CHARS_MAX = 500;

function noSuch(ref: string, problem: string): AppError {
  return new AppError("invalid_input", `cannot compare with ${printable(ref)}: ${printable(problem)}`, {
    hint: "Name a commit, a branch or a tag of this repository, as in --diff main.",
  });
}
