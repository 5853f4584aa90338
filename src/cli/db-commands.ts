// The database as a file. These commands open it through the runtime port, not through the store, so that
// they work on one that is damaged or that another version has written.
import { resolve } from "node:path";
import { AppError } from "../base/errors.ts";
import { redactText } from "../base/redact.ts";
import { type Backups, backupsOf, type Verified } from "../store/backup/backups.ts";
import { restoreBackup } from "../store/backup/restore.ts";
import { databaseInfo, postgresInfo } from "../store/database-info.ts";
import { damagedError, inspectDatabase } from "../store/inspect.ts";
import { SCHEMA_LATEST } from "../store/migrate.ts";
import { isPostgres } from "../store/open.ts";
import { optimizeDatabase, sizesOf } from "../store/optimize.ts";
import { inspectWal, type WalState } from "../store/wal-check.ts";
import { type CliContext, type Command, isSet } from "./command.ts";
import { transferCommands } from "./transfer-commands.ts";

const check: Command = {
  words: ["db", "check"],
  summary: "Reads the whole database, its log and the newest backup, and says what is wrong with them.",
  run: async (context) => {
    const backups = fileBackups(context, "check");
    const path = resolve(context.databasePath);
    sizesOf(path);
    // Before the database is opened: opening reads the log, and may cover what lies behind a break.
    const wal = inspectWal(path);
    const { problems, schema_version } = inspectDatabase(context.runtime, path, "full");
    const [newest] = await backups.verify(1);
    refuseProblems(path, problems, { wal, newest });
    return {
      path,
      database: "ok",
      references: "ok",
      log: "ok",
      wal_bytes: wal.bytes,
      wal_commits: wal.commits,
      schema_version,
      schema_latest: SCHEMA_LATEST,
      backup: newest ? `${newest.id} ok` : "none",
      ...unreadableOf(backups),
    };
  },
};

/** One whole commit behind a break may be one that was never acknowledged. */
const LOST_COMMITS_MAX = 1;

function refuseProblems(
  path: string,
  problems: readonly string[],
  { wal, newest }: { readonly wal: WalState; readonly newest: Verified | undefined },
): void {
  const all = [...problems];
  if (wal.lost_commits > LOST_COMMITS_MAX)
    all.push(`its log is broken, with ${wal.lost_commits} commits behind the break`);
  if (all.length > 0) {
    throw damagedError(
      `trust ${path}`,
      all,
      "Bring the newest whole backup back with cadre db restore; what is there now is kept beside it.",
    );
  }
  if (newest?.problem === undefined) return;
  throw damagedError(
    "trust the newest backup",
    [newest.problem],
    "The database itself is whole: mend the backups with cadre db backup.",
  );
}

const optimize: Command = {
  words: ["db", "optimize"],
  summary: "Measures the tables, writes the file anew without gaps, and empties its log.",
  run: async (context) => {
    fileBackups(context, "optimize");
    const path = resolve(context.databasePath);
    return { path, ...optimizeDatabase(context.runtime, path) };
  },
};

const backup: Command = {
  words: ["db", "backup"],
  summary: "Makes a verified backup now, of what has changed since the last one.",
  run: async (context) => {
    const backups = fileBackups(context, "backup");
    const made = await backups.make("manual", context.signal);
    return { ...made.backup, is_new: made.is_new, deleted: made.deleted, folder: backups.folder };
  },
};

const listBackups: Command = {
  words: ["db", "backups"],
  summary: "The backups that can be restored, the newest first.",
  flags: { verify: { kind: "boolean", help: "Read all of them and say which are whole." } },
  run: async (context, input) => {
    const backups = fileBackups(context, "backups");
    const rows = isSet(input, "verify")
      ? (await backups.verify()).map(({ problem, ...row }) => ({ ...row, problem: problem ?? "none" }))
      : backups.list();
    return { backups: rows, folder: backups.folder, ...unreadableOf(backups) };
  },
};

const restore: Command = {
  words: ["db", "restore"],
  summary: "Brings a backup back, the newest whole one unless another is named; what is there now is backed up first.",
  positional: ["id?"],
  run: async (context, input) => {
    const { runtime, clock, signal } = context;
    const backups = fileBackups(context, "restore");
    const { restored, before, damaged_copy, passed_over } = await restoreBackup(
      { runtime, clock, backups, signal },
      input.values["id"],
    );
    return {
      restored: restored.id,
      created: new Date(restored.created_ms).toISOString(),
      path: resolve(context.databasePath),
      ...(before ? { before: before.id, undo: `cadre db restore ${before.id}` } : {}),
      ...(damaged_copy ? { damaged_copy } : {}),
      ...(passed_over.length > 0 ? { passed_over } : {}),
    };
  },
};

const info: Command = {
  words: ["db", "info"],
  summary: "Where the database is, its size, its rows, its newest backup, and who has it open.",
  run: async (context) => {
    const { runtime, config, databasePath, open } = context;
    const { profile } = config.settings;
    if (isPostgres(databasePath)) {
      const { rows, ...about } = await postgresInfo((await open()).sql);
      return { path: redactText(databasePath), ...about, schema_version: SCHEMA_LATEST, rows };
    }
    const { rows, open_in, ...about } = databaseInfo(runtime, databasePath);
    const [newest] = fileBackups(context, "info").list();
    return {
      path: resolve(databasePath),
      ...about,
      schema_latest: SCHEMA_LATEST,
      // Not kept in the file: every connection of cadre that writes says so.
      synchronous: "full",
      profile,
      backup: newest ? `${newest.id} ${new Date(newest.created_ms).toISOString()}` : "none",
      ...(open_in ? { open_in: open_in.length > 0 ? open_in : "none" } : {}),
      rows,
    };
  },
};

function unreadableOf(backups: Backups): { unreadable?: readonly string[] } {
  const unreadable = backups.unreadable();
  return unreadable.length > 0 ? { unreadable } : {};
}

/** For what is done to a file; PostgreSQL has tools of its own. */
function fileBackups({ runtime, clock, config, databasePath }: CliContext, verb: string): Backups {
  const { backups_kept: kept } = config.settings;
  const backups = backupsOf({ runtime, clock, database: databasePath, dataFolder: config.folders.data, kept });
  if (backups) return backups;
  throw new AppError("unavailable", `cannot run db ${verb}: the database is PostgreSQL`, {
    hint: "Use the server's own tools: pg_dump and pg_restore for backups, VACUUM ANALYZE and amcheck for the rest.",
  });
}

export const dbCommands: readonly Command[] = [
  check,
  optimize,
  backup,
  listBackups,
  restore,
  info,
  ...transferCommands,
];
