// Brings a backup back while other processes may have the database open. Invariants: what was there before is
// kept first, as a backup when it can be read and as a damaged copy when it cannot; no acknowledged change
// falls between the two; killed at any moment, the database is the one from before or the one from after.
import { existsSync, realpathSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Clock } from "../../base/clock.ts";
import { AppError, toAppError } from "../../base/errors.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import { removeDatabase } from "../durable-file.ts";
import { clearFence, Fence } from "../fence.ts";
import { fileError } from "../file-errors.ts";
import { damagedError, hasTable, inspectDatabase, openToWrite } from "../inspect.ts";
import { SCHEMA_LATEST } from "../migrate.ts";
import { openStore } from "../open.ts";
import { isDamage } from "../sqlite-errors.ts";
import { Backup, type Manifest } from "./backup-manifest.ts";
import { type Backups, noBackup } from "./backups.ts";
import { holdLock } from "./file-lock.ts";
import { copyAside, swapFile } from "./replace-file.ts";
import { askChild } from "./store-child.ts";

export interface RestoreParts {
  readonly runtime: Runtime;
  readonly clock: Clock;
  readonly backups: Backups;
  readonly signal: AbortSignal;
}

export interface Restored {
  readonly restored: Backup;
  /** What was there before, when it could be read. */
  readonly before: Backup | undefined;
  /** What was there before, when it could not. */
  readonly damaged_copy: string | undefined;
  /** Newer backups that turned out to be damaged themselves. */
  readonly passed_over: readonly string[];
}

/** What the database was before. */
type Present =
  | { readonly state: "missing" }
  | { readonly state: "kept"; readonly backup: Backup; readonly lastEvent: number }
  | { readonly state: "damaged"; readonly opens: boolean };

const DOING = "restore";

export async function restoreBackup(parts: RestoreParts, id?: string): Promise<Restored> {
  const { runtime, clock, backups } = parts;
  if (!existsSync(backups.folder)) throw noBackup(backups.folder);
  using _lock = await holdLock(parts, join(backups.folder, "restore-lock"), DOING);
  const live = existsSync(backups.database) ? realpathSync(backups.database) : resolve(backups.database);
  // Beside the database, so that a rename can bring it into place.
  const next = `${live}.restored`;
  const fence = new Fence(() => openToWrite(runtime, live), clock);
  try {
    const { manifest, passedOver } = await backups.assemble(id, next);
    await bringUpToDate(parts, next, manifest);
    const present = await keepPresent(parts, live, fence);
    stamp(parts, next, manifest, present.state === "kept" ? present.lastEvent : 0);
    const copy = await putInPlace(parts, { live, next, present, fence });
    verify(runtime, live);
    return {
      restored: Backup.parse(manifest),
      before: present.state === "kept" ? present.backup : undefined,
      damaged_copy: copy,
      passed_over: passedOver,
    };
  } catch (cause) {
    lower(fence);
    throw fileError(cause, DOING);
  } finally {
    removeDatabase(next);
  }
}

/** Opens the restored file as cadre would, migrations and all, before anybody else can see it. */
async function bringUpToDate({ runtime, clock }: RestoreParts, next: string, manifest: Manifest): Promise<void> {
  const { schema_version: version, problems } = inspectDatabase(runtime, next, "quick");
  if (problems.length > 0) {
    throw damagedError(`restore ${manifest.id}`, problems, "Choose another one of cadre db backups.");
  }
  if (version > SCHEMA_LATEST) {
    throw new AppError(
      "outdated",
      `cannot restore ${manifest.id}: its schema ${version} is newer than ${SCHEMA_LATEST}, which this cadre knows`,
      {
        hint: "Restore it with the newest release of cadre.",
      },
    );
  }
  withConnection(runtime, next, clearFence);
  const sql = await openStore({ runtime, clock, db: next, profile: "small", keepCopy: async () => {} });
  await sql.close();
}

/** From here on nobody else writes, unless the database is too damaged to say so. */
async function keepPresent({ runtime, backups, signal }: RestoreParts, live: string, fence: Fence): Promise<Present> {
  if (!existsSync(live) || statSync(live).size === 0) return { state: "missing" };
  if (!opens(runtime, live)) return { state: "damaged", opens: false };
  try {
    await fence.raise();
    const lastEvent = withConnection(runtime, live, (connection) => {
      if (!hasTable(connection, "event")) return 0;
      return Number(connection.all("SELECT max(seq) AS seq FROM event")[0]?.["seq"] ?? 0);
    });
    const { backup } = await backups.make("before-restore", signal);
    return { state: "kept", backup, lastEvent };
  } catch (cause) {
    if (!isDamage(cause) && toAppError(cause).code !== "damaged") throw cause;
    return { state: "damaged", opens: true };
  }
}

function opens(runtime: Runtime, path: string): boolean {
  try {
    withConnection(runtime, path, (connection) => connection.all("SELECT count(*) AS objects FROM sqlite_schema"));
    return true;
  } catch (cause) {
    if (isDamage(cause)) return false;
    throw cause;
  }
}

/**
 * Writes into the restored file that it was restored, above every number that a follower of the log may have
 * seen: numbers never mean two things, and followers go on.
 */
function stamp({ runtime, clock }: RestoreParts, next: string, manifest: Manifest, lastEvent: number): void {
  withConnection(runtime, next, (connection) => {
    connection.all(
      `INSERT INTO event (seq, at_ms, workspace_id, subject, type, data)
       VALUES (
         (SELECT max(coalesce((SELECT max(seq) FROM event), 0), ?1) + 1),
         ?2, NULL, ?3, 'database.restored', ?4)`,
      [lastEvent, clock.now(), manifest.id, JSON.stringify({ created_ms: manifest.created_ms })],
    );
    connection.all("PRAGMA wal_checkpoint(TRUNCATE)");
  });
}

interface Places {
  readonly live: string;
  readonly next: string;
  readonly present: Present;
  readonly fence: Fence;
}

/** Answers where the damaged file is kept, when there was one. */
async function putInPlace(parts: RestoreParts, { live, next, present, fence }: Places): Promise<string | undefined> {
  const { runtime, clock, signal } = parts;
  const aside = `${live}.damaged-${new Date(clock.now()).toISOString().replaceAll(":", "-")}`;
  if (present.state === "missing" || (present.state === "damaged" && !present.opens)) {
    return swapFile({ live, next, aside, ownPid: runtime.host.pid });
  }
  if (present.state === "damaged") copyAside(live, aside);
  else fence.renew();
  try {
    // Inside SQLite's own locks: who has the database open reads the old content until one moment, then the new.
    await askChild(runtime.host, "copy", { source: next, target: live }, signal);
  } catch (cause) {
    if (toAppError(cause).code !== "damaged") throw cause;
    return swapFile({ live, next, aside, ownPid: runtime.host.pid });
  }
  return present.state === "damaged" ? aside : undefined;
}

function verify(runtime: Runtime, live: string): void {
  withConnection(runtime, live, (connection) => connection.all("PRAGMA wal_checkpoint(TRUNCATE)"));
  const { problems } = inspectDatabase(runtime, live, "quick");
  if (problems.length > 0) {
    throw damagedError(DOING, problems, "Check the disk; then try again, or choose another one of cadre db backups.");
  }
}

/** A fence that cannot be taken away comes to its end by itself; what stopped the restore is what is told. */
function lower(fence: Fence): void {
  try {
    fence.lower();
  } catch {}
}

function withConnection<T>(runtime: Runtime, path: string, work: (connection: ReturnType<typeof openToWrite>) => T): T {
  const connection = openToWrite(runtime, path);
  try {
    return work(connection);
  } finally {
    connection.close();
  }
}
