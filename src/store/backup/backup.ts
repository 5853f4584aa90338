// One backup: a snapshot of the whole database, opened and checked, then cut into chunks of which only the
// new ones are stored. It blocks, so it runs in a child process. Invariant: killed at any moment, it leaves
// every earlier backup whole and nothing that the next one does not clean up.
import { closeSync, existsSync, openSync, statfsSync, statSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { Clock } from "../../base/clock.ts";
import { AppError } from "../../base/errors.ts";
import type { Ids } from "../../base/ids.ts";
import { BACKUP_CHUNK_BYTES, BACKUP_ROOM_BYTES, PATH_CHARS_MAX } from "../../base/limits.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import { FILE_MODE, makePrivateFolder, removeDatabase, syncFolder } from "../durable-file.ts";
import { fileError } from "../file-errors.ts";
import { damagedError, type Inspection, inspectDatabase } from "../inspect.ts";
import { storeFile, sweepChunks } from "./backup-chunks.ts";
import {
  Backup,
  BackupReason,
  deleteManifest,
  deleteUnfinished,
  type Manifest,
  type ManifestList,
  readManifests,
  writeManifest,
} from "./backup-manifest.ts";
import { holdLock } from "./file-lock.ts";

export const BackupRequest = z.strictObject({
  database: z.string().max(PATH_CHARS_MAX),
  folder: z.string().max(PATH_CHARS_MAX),
  /** How many backups are kept, this one among them. */
  kept: z.number().int().min(1),
  reason: BackupReason,
});
export type BackupRequest = z.infer<typeof BackupRequest>;

export const BackupMade = z.object({
  backup: Backup,
  /** False when the newest backup holds all of this already. */
  is_new: z.boolean(),
  /** Older backups that were deleted. */
  deleted: z.number().int(),
});
export type BackupMade = z.infer<typeof BackupMade>;

export interface BackupParts {
  readonly runtime: Pick<Runtime, "openSqlite" | "copySqlite">;
  readonly clock: Clock;
  readonly ids: Ids;
}

const DOING = "make a backup";

/** Held by whoever adds to the backups of one database, or reads them while another might delete. */
export function backupsLock(folder: string): string {
  return join(folder, "lock");
}

export async function makeBackup(parts: BackupParts, request: BackupRequest): Promise<BackupMade> {
  const { folder, database } = request;
  if (!existsSync(database) || statSync(database).size === 0) {
    throw new AppError("not_found", `cannot make a backup: there is nothing in ${database}`, {
      hint: "The database is made by the first command that needs it, like cadre task list.",
    });
  }
  try {
    makePrivateFolder(folder);
    using _lock = await holdLock(parts, backupsLock(folder), DOING);
    return await makeLocked(parts, request);
  } catch (cause) {
    throw fileError(cause, DOING);
  }
}

async function makeLocked(parts: BackupParts, request: BackupRequest): Promise<BackupMade> {
  const { folder, database, kept } = request;
  const snapshot = join(folder, "snapshot.db");
  // Whoever left these was killed: the lock is ours.
  removeDatabase(snapshot);
  deleteUnfinished(folder);
  refuseWithoutRoom(folder, database);
  const before = readManifests(folder);
  try {
    const inspection = await takeSnapshot(parts.runtime, database, snapshot);
    const stored = storeFile(folder, snapshot);
    const newest = before.manifests.at(-1);
    if (newest?.sha256 === stored.sha256) return { backup: Backup.parse(newest), is_new: false, deleted: 0 };
    const manifest: Manifest = {
      format: 1,
      id: parts.ids.next("backup"),
      seq: (newest?.seq ?? 0) + 1,
      reason: request.reason,
      created_ms: parts.clock.now(),
      database,
      schema_version: inspection.schema_version,
      page_bytes: inspection.page_bytes,
      chunk_bytes: BACKUP_CHUNK_BYTES,
      ...stored,
    };
    writeManifest(folder, manifest);
    return { backup: Backup.parse(manifest), is_new: true, deleted: prune(folder, kept) };
  } catch (cause) {
    // What this one has stored is of no use, and on a full disk in the way.
    sweepUnneeded(folder, readManifests(folder));
    throw cause;
  } finally {
    removeDatabase(snapshot);
  }
}

/** A disk that a backup fills would make the database itself refuse writes. */
function refuseWithoutRoom(folder: string, database: string): void {
  const log = existsSync(`${database}-wal`) ? statSync(`${database}-wal`).size : 0;
  const needed = statSync(database).size + log + BACKUP_ROOM_BYTES;
  const { bavail, bsize } = statfsSync(folder);
  if (bavail * bsize >= needed) return;
  throw new AppError("storage_full", `cannot ${DOING}: the disk has less than ${needed} bytes left`, {
    hint: "Free some space and try again; the database and its earlier backups are as they were.",
    retryAfterMs: 60_000,
  });
}

async function takeSnapshot(runtime: BackupParts["runtime"], database: string, snapshot: string): Promise<Inspection> {
  closeSync(openSync(snapshot, "wx", FILE_MODE));
  await runtime.copySqlite(database, snapshot);
  const inspection = inspectDatabase(runtime, snapshot, "quick");
  if (inspection.problems.length === 0) return inspection;
  throw damagedError(
    `make a backup of ${database}`,
    inspection.problems,
    "See all of it with cadre db check; cadre db restore brings the last verified backup back.",
  );
}

/** Answers how many backups were deleted. */
function prune(folder: string, kept: number): number {
  const { manifests } = readManifests(folder);
  const wanted = manifestsToKeep(manifests, kept);
  const old = manifests.filter((manifest) => !wanted.has(manifest));
  for (const manifest of old) deleteManifest(folder, manifest);
  // First the manifests, then their chunks: a backup that is listed is whole.
  syncFolder(folder);
  sweepUnneeded(folder, readManifests(folder));
  return old.length;
}

/** The newest, and the newest of each kind that is a way back from a step which a person took. */
function manifestsToKeep(manifests: readonly Manifest[], kept: number): Set<Manifest> {
  const wanted = new Set(manifests.slice(-kept));
  for (const reason of ["migration", "before-restore"] as const) {
    const last = manifests.findLast((manifest) => manifest.reason === reason);
    if (last) wanted.add(last);
  }
  return wanted;
}

function sweepUnneeded(folder: string, { manifests, unreadable }: ManifestList): void {
  // Nobody knows what a manifest needs that cannot be read, perhaps a newer cadre's: then all is kept.
  if (unreadable.length > 0) return;
  sweepChunks(folder, new Set(manifests.flatMap(({ chunks }) => chunks)));
}
