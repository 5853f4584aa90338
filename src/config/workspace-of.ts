import { resolve } from "node:path";
import type { WorkspaceSource } from "../base/workspace-source.ts";
import type { Host } from "../runtime/runtime.ts";
import { gitWorkspace } from "./git-workspace.ts";

export interface FoundWorkspace {
  readonly path: string;
  readonly from: WorkspaceSource;
}

/** Where a user can say which project folder is meant, the first that does counts. */
const GIVEN = ["flag", "environment", "user_file"] as const;

/** The project folder of calls that name none: what was given, else the project that the program was started in. */
export function workspaceOf(
  given: Readonly<Record<(typeof GIVEN)[number], unknown>>,
  { cwd, homeDir }: Pick<Host, "cwd" | "homeDir">,
): FoundWorkspace {
  for (const from of GIVEN) {
    const path = given[from];
    if (typeof path === "string") return { path: whole(path, cwd), from };
  }
  const project = gitWorkspace(cwd, homeDir);
  return project === undefined ? { path: cwd, from: "cwd" } : { path: project, from: "git" };
}

/** What is given may be relative to where the program was started. */
function whole(path: string, cwd: string): string {
  return /^([\\/]|[A-Za-z]:)/.test(path) ? path : resolve(cwd, path);
}
