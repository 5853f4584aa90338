// What one backup is made of: a JSON file with the names of its chunks, in order. Invariant: a manifest is
// written after everything that it names is on disk, so that whatever can be listed can be restored.
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { z } from "zod";
import { AppError } from "../../base/errors.ts";
import { digest, idSchema } from "../../base/ids.ts";
import { BACKUP_CHUNK_BYTES, PATH_CHARS_MAX } from "../../base/limits.ts";
import { syncFolder, writeWhole } from "../durable-file.ts";

const BACKUP_REASONS = ["timer", "changes", "migration", "manual", "before-restore"] as const;
export const BackupReason = z.enum(BACKUP_REASONS);
export type BackupReason = z.infer<typeof BackupReason>;

const BackupId = idSchema("backup");
const Hash = z.string().regex(/^[0-9a-f]{64}$/);
const Count = z.number().int().min(0);

/** A number that only a newer cadre knows is refused, not guessed at. */
const FORMAT = 1;

export const Manifest = z.object({
  format: z.literal(FORMAT),
  id: BackupId,
  /** Order of backups: clocks may be set back. */
  seq: Count,
  reason: BackupReason,
  created_ms: Count,
  database: z.string().max(PATH_CHARS_MAX),
  schema_version: Count,
  bytes: Count,
  page_bytes: Count,
  /** Of the whole database. */
  sha256: Hash,
  chunk_bytes: z.literal(BACKUP_CHUNK_BYTES),
  chunks: z.array(Hash),
  /** What this backup added to those before it. */
  new_chunks: Count,
  new_bytes: Count,
});
export type Manifest = z.infer<typeof Manifest>;

/** A backup as it is shown. */
export const Backup = Manifest.pick({
  id: true,
  reason: true,
  created_ms: true,
  bytes: true,
  new_bytes: true,
  schema_version: true,
});
export type Backup = z.infer<typeof Backup>;

export interface ManifestList {
  /** The oldest first. */
  readonly manifests: readonly Manifest[];
  /** Files that are there but cannot be understood. */
  readonly unreadable: readonly string[];
}

/** Where the backups of a database lie. One outside the data folder shares its name with others: its path tells them apart. */
export function backupFolder(dataFolder: string, database: string): string {
  const path = resolve(database);
  const isOwn = dirname(path) === resolve(dataFolder);
  return join(dataFolder, "backups", isOwn ? basename(path) : `${basename(path)}-${digest(path).slice(0, 8)}`);
}

export function readManifests(folder: string): ManifestList {
  const manifests: Manifest[] = [];
  const unreadable: string[] = [];
  for (const name of manifestNames(folder)) {
    const manifest = readManifest(join(folder, name));
    if (manifest) manifests.push(manifest);
    else unreadable.push(name);
  }
  return { manifests: manifests.sort((a, b) => a.seq - b.seq), unreadable };
}

export function findManifest({ manifests }: ManifestList, id: string): Manifest {
  const found = manifests.find((manifest) => manifest.id === id);
  if (found) return found;
  throw new AppError("not_found", `no backup ${id}`, { hint: "See which there are with cadre db backups." });
}

export function writeManifest(folder: string, manifest: Manifest): void {
  writeWhole(join(folder, fileName(manifest)), JSON.stringify(manifest));
  syncFolder(folder);
}

export function deleteManifest(folder: string, manifest: Manifest): void {
  rmSync(join(folder, fileName(manifest)), { force: true });
}

/** Manifests that a killed process was still writing. */
export function deleteUnfinished(folder: string): void {
  for (const name of readdirSync(folder)) if (name.endsWith(".json.new")) rmSync(join(folder, name), { force: true });
}

/** A list of names shows the order. */
function fileName({ seq, id }: Manifest): string {
  return `${String(seq).padStart(8, "0")}-${id}.json`;
}

function manifestNames(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => /^\d{8,}-backup_[0-9a-f]{12}\.json$/.test(name));
  } catch (cause) {
    if ((cause as { code?: unknown }).code === "ENOENT") return [];
    throw cause;
  }
}

function readManifest(path: string): Manifest | undefined {
  try {
    return Manifest.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch {
    return undefined; // The caller names the file; what is wrong with its text helps nobody.
  }
}
