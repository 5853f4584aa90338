import type { Clock } from "../base/clock.ts";
import { AppError } from "../base/errors.ts";
import type { Sql } from "../store/sql.ts";
import type { WorkspaceRow } from "../store/workspaces.ts";
import { artifactsByTask } from "./artifacts-by-task.ts";
import { IGNORE_FILE, IGNORED, Mirror, type MirrorOptions, type Repaired } from "./mirror.ts";
import { ARTIFACT_FOLDER, foldersOf, mirrorFiles } from "./mirror-files.ts";
import { openSafeFolder, type SafeFolder } from "./safe-folder.ts";

export interface Moved extends Repaired {
  /** Old files that are gone. */
  readonly removed: number;
  /** Old files that somebody has changed: they stay. */
  readonly kept: number;
}

/**
 * For a project that is somewhere else now, where its rows have followed it: writes the mirror there from the rows, and
 * takes the old one away, but for what somebody has changed. Nothing is taken away before all of it is written.
 */
export async function moveMirror(
  { sql, clock }: { readonly sql: Sql; readonly clock: Clock },
  from: string,
  workspace: WorkspaceRow,
  options: MirrorOptions = {},
): Promise<Moved> {
  const old = await openIfThere(from);
  const here = await openSafeFolder(workspace.path);
  // Two names of one folder, by a link or on a disk that does not tell upper from lower case: it would lose all.
  if (old && (await old.identity()) === (await here.identity())) throw samePlace(from, workspace.path);
  const repaired = await new Mirror(sql, clock).repair(workspace, options);
  if (!old || repaired.problems) return { ...repaired, removed: 0, kept: 0 };
  return { ...repaired, ...(await removeMirror(sql, from, workspace.id, options)) };
}

/** A folder that was renamed is not there any more. */
async function openIfThere(path: string): Promise<SafeFolder | undefined> {
  try {
    return await openSafeFolder(path);
  } catch (cause) {
    if (cause instanceof AppError && cause.code === "not_found") return undefined;
    throw cause;
  }
}

function samePlace(from: string, to: string): AppError {
  return new AppError("conflict", `cannot move the artifacts of ${from}: ${to} is the same folder`, {
    hint: "Mend what is missing there with cadre artifact repair.",
  });
}

async function removeMirror(
  sql: Sql,
  path: string,
  workspaceId: string,
  { dryRun = false, signal }: MirrorOptions,
): Promise<{ removed: number; kept: number }> {
  const folder = await openSafeFolder(path, { below: ARTIFACT_FOLDER });
  let [removed, kept] = [0, 0];
  for await (const rows of artifactsByTask(sql, workspaceId, signal)) {
    const files = mirrorFiles(rows, path);
    for (const { parts, ...expected } of files) {
      const found = await folder.compare(parts, expected);
      if (found === "other") kept++;
      if (found !== "same") continue;
      if (!dryRun) await folder.remove(parts);
      removed++;
    }
    if (!dryRun) await removeFolders(folder, foldersOf(files));
  }
  if (!dryRun) await removeIgnoreFile(path);
  return { removed, kept };
}

async function removeFolders(folder: SafeFolder, folders: readonly (readonly string[])[]): Promise<void> {
  for (const parts of folders) await folder.removeEmpty(parts);
}

/** Only where nothing else is left: whatever else lies there may rely on it. */
async function removeIgnoreFile(path: string): Promise<void> {
  const above = await openSafeFolder(path, { below: ARTIFACT_FOLDER.slice(0, 1) });
  if ((await above.names([])).some((name) => name !== IGNORE_FILE[0])) return;
  const bytes = await above.read(IGNORE_FILE, IGNORED.length).catch(() => undefined);
  if (!bytes || !IGNORED.equals(bytes)) return;
  await above.remove(IGNORE_FILE);
  await above.removeEmpty([]);
}
