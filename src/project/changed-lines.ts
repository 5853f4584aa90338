// Which lines of a project differ from an earlier state of it, as git says.
import { AppError } from "../base/errors.ts";
import { askGit, type GitRuntime, PLAIN_DIFF, pathInDiff } from "./git.ts";

/** By path; lines, or everything of a file that is new. */
export type ChangedLines = ReadonlyMap<string, ReadonlySet<number> | "all">;

export async function changedLines(
  runtime: GitRuntime,
  root: string,
  ref: string,
  signal: AbortSignal,
): Promise<ChangedLines> {
  const diff = await askGit(runtime, root, ["diff", ...PLAIN_DIFF, "--diff-filter=d", ref, "--"], signal, ref);
  if (diff.isCut)
    throw new AppError("too_large", "too much has changed since then", { hint: "Name a later state, or a folder." });
  const others = await askGit(runtime, root, ["ls-files", "--others", "--exclude-standard", "-z"], signal, ref);
  const changed = new Map<string, ReadonlySet<number> | "all">(parseDiff(diff.out));
  for (const path of others.out.split("\0")) if (path !== "") changed.set(path, "all");
  return changed;
}

function parseDiff(diff: string): Map<string, Set<number>> {
  const changed = new Map<string, Set<number>>();
  let lines: Set<number> | undefined;
  for (const line of diff.split("\n")) {
    if (line.startsWith("+++ ")) {
      lines = new Set();
      changed.set(pathInDiff(line.slice(4)), lines);
      continue;
    }
    const hunk = /^@@ -\S+ \+(\d+)(?:,(\d+))? @@/.exec(line);
    if (!hunk || !lines) continue;
    const [, from = "0", count = "1"] = hunk;
    for (let at = 0; at < Number(count); at++) lines.add(Number(from) + at);
  }
  return changed;
}
