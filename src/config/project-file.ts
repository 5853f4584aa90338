// Files of a project, which somebody else may have written: a cloned repository is untrusted. Only plain files
// of a bounded size are read, never through a link (it could lead to what only the user may read), and never
// one that would make the reader wait, like a pipe.
import { closeSync, constants, fstatSync, lstatSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { formatBytes } from "../base/bytes.ts";

/** A file that is not there is undefined. */
export type ProjectFile = { readonly text: string } | { readonly problem: string } | undefined;

/** Windows has neither; there a link needs a privilege, and a pipe has no name in a folder. */
const FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** The parts of `path` lie below the workspace, one inside the other. */
export function readProjectFile(workspace: string, path: readonly string[], bytesMax: number): ProjectFile {
  try {
    const problem = problemOnTheWay(workspace, path);
    return problem ? { problem } : readPlain(join(workspace, ...path), bytesMax);
  } catch (cause) {
    const { code } = cause as { code?: string };
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    return { problem: code === "ELOOP" ? "it is a link" : `it cannot be read (${code ?? "unknown failure"})` };
  }
}

function problemOnTheWay(workspace: string, path: readonly string[]): string | undefined {
  for (let parts = 1; parts <= path.length; parts++) {
    const status = lstatSync(join(workspace, ...path.slice(0, parts)));
    if (status.isSymbolicLink()) return parts === path.length ? "it is a link" : "its folder is a link";
    if (parts === path.length && !status.isFile()) return "it is no plain file";
  }
  return undefined;
}

/** What was looked at may have been put in another's place since: what counts is what was opened. */
function readPlain(path: string, bytesMax: number): ProjectFile {
  const file = openSync(path, FLAGS);
  try {
    const status = fstatSync(file);
    if (!status.isFile()) return { problem: "it is no plain file" };
    if (status.size > bytesMax) return { problem: `it is larger than ${formatBytes(bytesMax)}` };
    const bytes = Buffer.alloc(bytesMax);
    const length = readSync(file, bytes, 0, bytesMax, 0);
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(0, length)) };
  } catch (cause) {
    if (cause instanceof TypeError) return { problem: "it is not UTF-8 text" };
    throw cause;
  } finally {
    closeSync(file);
  }
}
