// The artifacts of a project as files in it, readable without cadre. The rows are the truth: a mirror that cannot be
// written fails nothing, and can be made again from them.
import type { Clock } from "../base/clock.ts";
import { PROBLEMS_MAX, UNFINISHED_MS } from "../base/limits.ts";
import type { ArtifactRow } from "../store/artifacts.ts";
import type { Sql } from "../store/sql.ts";
import type { WorkspaceRow } from "../store/workspaces.ts";
import { Artifacts } from "./artifacts.ts";
import { artifactsByTask } from "./artifacts-by-task.ts";
import { type Disk, realDisk } from "./disk.ts";
import { ARTIFACT_FOLDER, foldersOf, type MirrorFile, mirrorFiles, mirrorPath } from "./mirror-files.ts";
import { problemText } from "./problem-text.ts";
import { openSafeFolder, type SafeFolder } from "./safe-folder.ts";

export interface Mirrored {
  /** From the project's folder on; left out when the artifact could not be written there. */
  readonly path?: string;
  readonly problem?: string;
}

export interface Repaired {
  readonly artifacts: number;
  /** Files that were missing or different. */
  readonly written: number;
  /** What a crash has left half written, and is gone. */
  readonly unfinished: number;
  readonly problems?: string[];
}

export interface MirrorOptions {
  /** Only look what would be done. */
  readonly dryRun?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Roles and settings beside it may be meant for the repository. */
export const IGNORED = Buffer.from("artifacts/\n");
export const IGNORE_FILE = [".gitignore"] as const;

export class Mirror {
  readonly #sql: Sql;
  readonly #clock: Clock;
  readonly #disk: Disk;

  constructor(sql: Sql, clock: Clock, disk: Disk = realDisk) {
    this.#sql = sql;
    this.#clock = clock;
    this.#disk = disk;
  }

  /** After its change is on disk. Never fails; the project's folder itself is never made. */
  async write(path: string, artifact: ArtifactRow, content: string | Uint8Array): Promise<Mirrored> {
    const bytes = typeof content === "string" ? Buffer.from(content) : content;
    const own = mirrorPath(artifact);
    let done: Mirrored = {};
    try {
      const folder = await this.#openToWrite(path);
      for (const file of mirrorFiles([artifact], path)) {
        const problem = await problemOf(own, async () => {
          await folder.write(file.parts, file, async () => file.bytes ?? bytes);
        });
        // What is about its files is a courtesy: it does not keep the artifact itself from being there.
        if (problem && file.isOwn) return { ...done, problem };
        done = { path: own, ...(problem ? { problem } : {}), ...done };
      }
      return done;
    } catch (cause) {
      return { problem: problemText(cause, own) };
    }
  }

  /** Writes what is missing or different, and takes away nothing but what a crash has left. */
  async repair(workspace: Pick<WorkspaceRow, "id" | "path">, options: MirrorOptions = {}): Promise<Repaired> {
    const { dryRun = false, signal } = options;
    const folder = await (dryRun ? this.#open(workspace.path) : this.#openToWrite(workspace.path));
    const problems: string[] = [];
    let [artifacts, written, unfinished] = [0, 0, 0];
    for await (const rows of artifactsByTask(this.#sql, workspace.id, signal)) {
      const files = mirrorFiles(rows, workspace.path);
      const repaired = await this.#repairFiles(folder, files, dryRun);
      artifacts += rows.length;
      written += repaired.written;
      problems.push(...repaired.problems.slice(0, PROBLEMS_MAX - problems.length));
      if (!dryRun) unfinished += await this.#removeUnfinished(folder, files);
    }
    return { artifacts, written, unfinished, ...(problems.length > 0 ? { problems } : {}) };
  }

  async #repairFiles(
    folder: SafeFolder,
    files: readonly MirrorFile[],
    dryRun: boolean,
  ): Promise<{ written: number; problems: string[] }> {
    const artifacts = new Artifacts(this.#sql);
    const problems: string[] = [];
    let written = 0;
    for (const file of files) {
      const shown = [...ARTIFACT_FOLDER, ...file.parts].join("/");
      const problem = await problemOf(shown, async () => {
        const isWritten = dryRun
          ? (await folder.compare(file.parts, file)) !== "same"
          : await folder.write(file.parts, file, async () => file.bytes ?? artifacts.bytes(file));
        if (isWritten) written++;
      });
      if (problem) problems.push(problem);
    }
    return { written, problems };
  }

  #open(path: string): Promise<SafeFolder> {
    return openSafeFolder(path, { below: ARTIFACT_FOLDER, disk: this.#disk });
  }

  async #openToWrite(path: string): Promise<SafeFolder> {
    const above = await openSafeFolder(path, { below: ARTIFACT_FOLDER.slice(0, 1), disk: this.#disk });
    await above.writeNew(IGNORE_FILE, IGNORED);
    return this.#open(path);
  }

  async #removeUnfinished(folder: SafeFolder, files: readonly MirrorFile[]): Promise<number> {
    const beforeMs = this.#clock.now() - UNFINISHED_MS;
    let removed = 0;
    for (const parts of foldersOf(files)) {
      // A folder that cannot be looked at has been named with its files.
      removed += await folder.removeUnfinished(parts, beforeMs).catch(() => 0);
    }
    return removed;
  }
}

async function problemOf(shown: string, work: () => Promise<void>): Promise<string | undefined> {
  try {
    await work();
    return undefined;
  } catch (cause) {
    return problemText(cause, shown);
  }
}
