/** How the project folder of a call was found; what stands earlier wins. */
export const WORKSPACE_SOURCES = [
  "argument",
  "header",
  "flag",
  "roots",
  "environment",
  "user_file",
  "git",
  "cwd",
] as const;
export type WorkspaceSource = (typeof WORKSPACE_SOURCES)[number];
