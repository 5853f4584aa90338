import type { Clock } from "../base/clock.ts";
import { AppError } from "../base/errors.ts";
import { digest, idSchema } from "../base/ids.ts";
import { PROBLEMS_MAX, TITLE_CHARS_MAX } from "../base/limits.ts";
import { clip } from "../base/text.ts";
import { type ArtifactRow, contentOf, readArtifact } from "../store/artifacts.ts";
import type { Part, Sql } from "../store/sql.ts";
import { readTask } from "../store/tasks.ts";
import type { WorkspaceRow } from "../store/workspaces.ts";
import { Artifacts } from "./artifacts.ts";
import { artifactFolders, type FoundArtifact, findArtifacts, foundBytes, taskFolders } from "./found-artifact.ts";
import type { SafeFolder } from "./safe-folder.ts";

export interface Imported {
  readonly artifacts: number;
  readonly bytes: number;
  /** Artifacts that were here already. */
  readonly known: number;
  /** Tasks that were made for folders whose own task is not here. */
  readonly tasks: number;
  readonly problems?: string[];
  readonly more_problems?: number;
}

interface ImportParts {
  readonly sql: Sql;
  readonly clock: Clock;
  /** A part of the change that keeps the first artifact of a folder: makes a completed task and answers its id. */
  makeTask(title: string, now: number): Part<string>;
  /** The id here of the task that a folder is called after, where it came from another system. */
  taskIdOf?(folder: string): string;
}

interface ImportOptions {
  /** Only look what would be imported. */
  readonly dryRun?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What an artifact comes under: the task that is known, or else the name of its folder. */
interface Place {
  readonly taskId: string | undefined;
  readonly task: string;
  readonly id: string;
}

const ArtifactId = idSchema("artifact");

/**
 * Brings artifacts from a folder into a workspace. What is here already is left alone, so that a second time brings
 * nothing; what cannot be read is named, and the rest is brought.
 */
export async function importArtifacts(
  parts: ImportParts,
  workspace: WorkspaceRow,
  path: string,
  options: ImportOptions = {},
): Promise<Imported> {
  const importer = new Import(parts, workspace, options.dryRun ?? false);
  for (const folder of await artifactFolders(path)) {
    for (const task of await taskFolders(folder)) {
      options.signal?.throwIfAborted();
      await importer.take(folder, task);
    }
  }
  return importer.outcome();
}

class Import {
  readonly #parts: ImportParts;
  readonly #artifacts: Artifacts;
  readonly #workspace: WorkspaceRow;
  readonly #isDryRun: boolean;
  readonly #counts = { artifacts: 0, bytes: 0, known: 0, tasks: 0 };
  readonly #problems: string[] = [];
  #problemCount = 0;

  constructor(parts: ImportParts, workspace: WorkspaceRow, isDryRun: boolean) {
    this.#parts = parts;
    this.#artifacts = new Artifacts(parts.sql);
    this.#workspace = workspace;
    this.#isDryRun = isDryRun;
  }

  outcome(): Imported {
    const more = this.#problemCount - this.#problems.length;
    return {
      ...this.#counts,
      ...(this.#problems.length > 0 ? { problems: this.#problems } : {}),
      ...(more > 0 ? { more_problems: more } : {}),
    };
  }

  async take(folder: SafeFolder, task: string): Promise<void> {
    const found = await findArtifacts(folder, task, (problem) => this.#report(problem));
    let taskId = await this.#knownTask(task, found);
    for (const artifact of found) {
      const bytes = await this.#read(folder, task, artifact);
      if (!bytes || (await this.#isKnown(task, artifact, bytes))) continue;
      if (taskId === undefined) this.#counts.tasks++;
      taskId = await this.#keep({ taskId, task, id: await this.#newId(task, artifact) }, artifact, bytes);
    }
  }

  async #read(folder: SafeFolder, task: string, artifact: FoundArtifact): Promise<Uint8Array | undefined> {
    try {
      const bytes = await foundBytes(folder, artifact);
      if (!bytes) this.#report(`${task}/${artifact.id}: what it holds is not in the folder`);
      return bytes;
    } catch (cause) {
      if (!(cause instanceof AppError)) throw cause;
      this.#report(`${task}/${artifact.id}: ${cause.message}`);
      return undefined;
    }
  }

  /** The task that the folder is called after, or the one that was made for it the last time. */
  async #knownTask(task: string, found: readonly FoundArtifact[]): Promise<string | undefined> {
    const own = await readTask(this.#parts.sql, this.#parts.taskIdOf?.(task) ?? task);
    if (own?.workspace_id === this.#workspace.id) return own.id;
    for (const artifact of found) {
      const row = await this.#rowOf(task, artifact);
      if (row) return row.task_id;
    }
    return undefined;
  }

  async #isKnown(task: string, artifact: FoundArtifact, bytes: Uint8Array): Promise<boolean> {
    const row = await this.#rowOf(task, artifact);
    if (!row) return false;
    if (row.hash === contentOf(bytes).hash) this.#counts.known++;
    else this.#report(`${task}/${artifact.id}: it differs from ${row.id}, which is here and stays as it is`);
    return true;
  }

  async #rowOf(task: string, artifact: FoundArtifact): Promise<ArtifactRow | undefined> {
    for (const id of [artifact.id, this.#derivedId(task, artifact)]) {
      const row = await readArtifact(this.#parts.sql, id);
      if (row?.workspace_id === this.#workspace.id) return row;
    }
    return undefined;
  }

  /** Its own, when that is one of ours and nobody has it. */
  async #newId(task: string, artifact: FoundArtifact): Promise<string> {
    const isFree = ArtifactId.safeParse(artifact.id).success && !(await readArtifact(this.#parts.sql, artifact.id));
    return isFree ? artifact.id : this.#derivedId(task, artifact);
  }

  /** The same every time, so that a second import knows what the first has brought. */
  #derivedId(task: string, { id }: FoundArtifact): string {
    return `artifact_${digest(JSON.stringify([this.#workspace.id, task, id])).slice(0, 12)}`;
  }

  /** Answers the task that it is kept under; without one, makes it. */
  async #keep({ taskId, task, id }: Place, found: FoundArtifact, bytes: Uint8Array): Promise<string> {
    const { sql, clock, makeTask } = this.#parts;
    const { name, title, type, mime, files, created_ms } = found;
    const now = clock.now();
    const given = { id, workspace_id: this.#workspace.id, name, title, type, mime, files, bytes, created_ms, now };
    const artifacts = this.#artifacts;
    const row = this.#isDryRun
      ? { id, task_id: taskId ?? "" }
      : await sql.write(function* () {
          const task_id = taskId ?? (yield* makeTask(clip(task, TITLE_CHARS_MAX), now));
          return yield* artifacts.keep({ ...given, task_id });
        });
    if (row.id === id) this.#counts.artifacts++;
    else this.#counts.known++;
    if (row.id === id) this.#counts.bytes += bytes.length;
    return row.task_id;
  }

  #report(problem: string): void {
    this.#problemCount++;
    if (this.#problems.length < PROBLEMS_MAX) this.#problems.push(problem);
  }
}
