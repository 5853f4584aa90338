// Whatever was ever written into a project, commit after commit, also what was taken out again.
import { askGit, type GitRuntime, PLAIN_DIFF, pathInDiff } from "./git.ts";

/** What a commit has added to a file. */
export interface Added {
  readonly commit: string;
  readonly path: string;
  readonly text: string;
  /** Of each line of the text, where it stood in the file. */
  readonly lines: readonly number[];
}

export interface AddedBatch {
  readonly added: readonly Added[];
  readonly commits: number;
  readonly of: number;
  /** More was added than anybody can hold: not everything of these commits is here. */
  readonly isCut: boolean;
}

/** So many are asked for at once: what they have added is held in memory. */
const BATCH_COMMITS = 200;
const COMMIT_MARK = "\u0001";

/** The oldest first; `since` leaves out what a commit, a branch or a tag has already. */
export async function* addedLines(
  runtime: GitRuntime,
  root: string,
  since: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<AddedBatch> {
  const all = since === undefined ? ["--all"] : ["HEAD", `^${since}`];
  const list = ["rev-list", "--no-merges", "--reverse", ...all, "--", "."];
  const { out } = await askGit(runtime, root, list, signal, since ?? "HEAD");
  const commits = out.split("\n").filter(Boolean);
  for (let from = 0; from < commits.length; from += BATCH_COMMITS) {
    const some = commits.slice(from, from + BATCH_COMMITS);
    const show = ["log", "--no-walk=unsorted", "--patch", `--format=${COMMIT_MARK}%H`, ...PLAIN_DIFF, ...some];
    const log = await askGit(runtime, root, [...show, "--", "."], signal, since ?? "HEAD");
    const done = Math.min(from + BATCH_COMMITS, commits.length);
    yield { added: [...addedIn(log.out)], commits: done, of: commits.length, isCut: log.isCut };
  }
}

/** What is added is counted, as it may look like anything. */
function* addedIn(log: string): Generator<Added> {
  let [commit, path] = ["", ""];
  let [removed, left] = [0, 0];
  let at = 0;
  let text: string[] = [];
  let lines: number[] = [];
  const taken = (): Added[] => {
    const added = text.length === 0 ? [] : [{ commit, path, text: `${text.join("\n")}\n`, lines }];
    text = [];
    lines = [];
    return added;
  };
  for (const line of log.split("\n")) {
    if (removed > 0 && line.startsWith("-")) removed--;
    else if (left > 0 && line.startsWith("+")) {
      text.push(line.slice(1));
      lines.push(at++);
      left--;
    } else if (line.startsWith(COMMIT_MARK)) {
      yield* taken();
      commit = line.slice(1);
    } else if (line.startsWith("+++ ")) {
      yield* taken();
      path = pathInDiff(line.slice(4));
    } else {
      const hunk = /^@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/.exec(line);
      if (!hunk) continue;
      const [, less = "1", from = "0", more = "1"] = hunk;
      [removed, at, left] = [Number(less), Number(from), Number(more)];
    }
  }
  yield* taken();
}
