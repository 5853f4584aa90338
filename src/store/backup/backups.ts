// The backups of one database, as a process sees them that also works with the database: it lists and
// verifies by itself, and leaves making one to a child process.
import { resolve } from "node:path";
import { type Clock, deadline } from "../../base/clock.ts";
import { AppError, toAppError } from "../../base/errors.ts";
import { BACKUP_MS_MAX } from "../../base/limits.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import { removeDatabase } from "../durable-file.ts";
import { fileError } from "../file-errors.ts";
import { isPostgres } from "../open.ts";
import { type BackupMade, backupsLock } from "./backup.ts";
import { assembleFile, verifyChunks } from "./backup-chunks.ts";
import {
  Backup,
  type BackupReason,
  backupFolder,
  findManifest,
  type Manifest,
  readManifests,
} from "./backup-manifest.ts";
import { holdLock } from "./file-lock.ts";
import { askChild } from "./store-child.ts";

interface BackupsParts {
  readonly runtime: Pick<Runtime, "openSqlite" | "host">;
  readonly clock: Clock;
  readonly database: string;
  readonly folder: string;
  /** How many are kept; 0 makes none by itself. */
  readonly kept: number;
}

/** The backups of a database file; undefined for PostgreSQL, which has its own. */
export function backupsOf(
  parts: Pick<BackupsParts, "runtime" | "clock" | "database" | "kept"> & { readonly dataFolder: string },
): Backups | undefined {
  if (isPostgres(parts.database)) return undefined;
  const database = resolve(parts.database);
  return new Backups({ ...parts, database, folder: backupFolder(parts.dataFolder, database) });
}

export interface Verified extends Backup {
  readonly problem: string | undefined;
}

export class Backups {
  readonly #parts: BackupsParts;

  constructor(parts: BackupsParts) {
    this.#parts = parts;
  }

  get database(): string {
    return this.#parts.database;
  }

  get folder(): string {
    return this.#parts.folder;
  }

  get kept(): number {
    return this.#parts.kept;
  }

  /** Makes one, unless the newest holds everything already. */
  make(reason: BackupReason, signal?: AbortSignal): Promise<BackupMade> {
    const { runtime, database, folder, kept } = this.#parts;
    const late = deadline(BACKUP_MS_MAX);
    return askChild(
      runtime.host,
      "backup",
      // Whoever asks for one keeps at least that.
      { database, folder, kept: Math.max(1, kept), reason },
      signal ? AbortSignal.any([signal, late]) : late,
    );
  }

  /** For the moment before the tables change: resolves when what is there now can be had again. */
  async keepCopy(schemaVersion: number): Promise<void> {
    try {
      await this.make("migration");
    } catch (cause) {
      const { code, message, hint } = toAppError(cause);
      throw new AppError(code, `cannot bring the database from schema ${schemaVersion} to a newer one: ${message}`, {
        hint,
        cause,
      });
    }
  }

  /** The newest first. */
  list(): Backup[] {
    return this.#manifests()
      .manifests.map((manifest) => Backup.parse(manifest))
      .reverse();
  }

  /** Files among the backups that cannot be understood. */
  unreadable(): readonly string[] {
    return this.#manifests().unreadable;
  }

  /** Reads all of some backups, the newest first; every one without a number. */
  async verify(rowsMax?: number): Promise<Verified[]> {
    if (this.#manifests().manifests.length === 0) return [];
    using _lock = await this.#lock("verify the backups");
    return this.#manifests()
      .manifests.toReversed()
      .slice(0, rowsMax)
      .map((manifest) => ({ ...Backup.parse(manifest), problem: this.#problemOf(manifest) }));
  }

  /**
   * Puts a backup together as the file `target`: that with this id, or the newest that is whole. Without an id
   * one made before a restore is no choice: it holds what somebody wanted to leave.
   */
  async assemble(id: string | undefined, target: string): Promise<{ manifest: Manifest; passedOver: string[] }> {
    const { folder } = this.#parts;
    if (this.#manifests().manifests.length === 0) throw noBackup(folder);
    using _lock = await this.#lock("restore");
    const known = this.#manifests();
    const choices = id
      ? [findManifest(known, id)]
      : known.manifests.filter(({ reason }) => reason !== "before-restore").reverse();
    const passedOver: string[] = [];
    for (const manifest of choices) {
      try {
        removeDatabase(target);
        assembleFile(folder, manifest, target);
        return { manifest, passedOver };
      } catch (cause) {
        removeDatabase(target);
        const error = fileError(cause, `restore ${manifest.id}`);
        if (id || error.code !== "damaged") throw error;
        passedOver.push(manifest.id);
      }
    }
    throw noBackup(folder);
  }

  #problemOf(manifest: Manifest): string | undefined {
    try {
      verifyChunks(this.#parts.folder, manifest);
      return undefined;
    } catch (cause) {
      return fileError(cause, `read ${manifest.id}`).message;
    }
  }

  #manifests() {
    try {
      return readManifests(this.#parts.folder);
    } catch (cause) {
      throw fileError(cause, "list the backups");
    }
  }

  #lock(doing: string): Promise<Disposable> {
    return holdLock(this.#parts, backupsLock(this.#parts.folder), doing);
  }
}

export function noBackup(folder: string): AppError {
  return new AppError("not_found", "cannot restore: there is no backup that is whole", {
    hint: `See what there is with cadre db backups; they lie in ${folder}.`,
  });
}
