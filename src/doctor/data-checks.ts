// What cadre keeps: the folder, the disk under it, the database, what is left over from processes that died.
import { accessSync, chmodSync, constants, existsSync, readFileSync, statfsSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { formatBytes } from "../base/bytes.ts";
import { formatDuration } from "../base/duration.ts";
import { AppError } from "../base/errors.ts";
import { readPrivateFile } from "../config/private-file.ts";
import { tokenPath } from "../config/token.ts";
import { backupsOf } from "../store/backup/backups.ts";
import { databaseInfo } from "../store/database-info.ts";
import { inspectDatabase } from "../store/inspect.ts";
import { SCHEMA_LATEST } from "../store/migrate.ts";
import { networkFileSystem } from "../store/network-file-system.ts";
import { isPostgres } from "../store/open.ts";
import { optimizeDatabase } from "../store/optimize.ts";
import { inspectWal } from "../store/wal-check.ts";
import type { Check, CheckParts, Finding } from "./check.ts";

const MIB = 1024 * 1024;
const FREE_BYTES_MIN = 100 * MIB;
const FREE_BYTES_GOOD = 1024 * MIB;
const WAL_BYTES_MAX = 64 * MIB;
const OTHERS = 0o077;

export function dataChecks(parts: CheckParts): Check[] {
  const check = (name: string, look: Check["look"]): Check => ({ group: "data", name, look });
  const own = [
    check("folder", () => folder(parts)),
    check("free space", () => freeSpace(parts)),
    check("disk", () => disk(parts)),
    check("token", () => token(parts)),
  ];
  if (isPostgres(parts.databasePath)) {
    return [...own, check("database", () => ({ status: "note", evidence: "PostgreSQL; ask it with cadre db info" }))];
  }
  return [
    ...own,
    check("database", () => database(parts)),
    check("log", () => writeAheadLog(parts)),
    check("backup", () => backup(parts)),
    check("open in", () => openIn(parts)),
  ];
}

function folder({ runtime: { host }, config: { folders } }: CheckParts): Finding {
  if (!existsSync(folders.data)) {
    try {
      accessSync(nearest(folders.data), constants.W_OK);
      return { status: "ok", evidence: `${folders.data}, made with the first command that needs it` };
    } catch {
      const fix = "Choose another folder with --home, or CADRE_HOME.";
      return { status: "problem", evidence: `${folders.data} cannot be made`, fix };
    }
  }
  try {
    accessSync(folders.data, constants.W_OK);
  } catch {
    return { status: "problem", evidence: `${folders.data} is not writable`, fix: `chown -R $(id -u) ${folders.data}` };
  }
  const mode = statSync(folders.data).mode & 0o777;
  if ((mode & OTHERS) !== 0 && host.platform !== "win32") {
    return {
      status: "warning",
      evidence: `${folders.data} can be read by other accounts`,
      fix: `chmod 700 ${folders.data}`,
      mend: () => {
        chmodSync(folders.data, mode & ~OTHERS);
        return `took their rights from ${folders.data}`;
      },
    };
  }
  return { status: "ok", evidence: folders.data };
}

function nearest(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : nearest(dirname(path));
}

function freeSpace({ config: { folders } }: CheckParts): Finding {
  const { bavail, bsize } = statfsSync(nearest(folders.data));
  const free = bavail * bsize;
  const evidence = `${formatBytes(free)} free`;
  if (free < FREE_BYTES_MIN)
    return { status: "problem", evidence, fix: "Make room, or choose another folder with --home." };
  return { status: free < FREE_BYTES_GOOD ? "warning" : "ok", evidence };
}

function disk({ databasePath, config: { folders } }: CheckParts): Finding {
  const path = isPostgres(databasePath) ? folders.data : databasePath;
  const kind = networkFileSystem(path, mounts());
  if (kind === undefined) return { status: "ok", evidence: "on this machine" };
  const fix =
    "SQLite loses data there: choose a folder on a disk of this machine with --home, or PostgreSQL with --db.";
  return { status: "problem", evidence: `${path} lies on ${kind}`, fix };
}

function mounts(): string {
  try {
    return readFileSync("/proc/self/mountinfo", "utf8");
  } catch {
    return ""; // Only Linux has it.
  }
}

function token({ config: { folders } }: CheckParts): Finding {
  try {
    const has = readPrivateFile(tokenPath(folders.data)) !== undefined;
    return { status: "ok", evidence: has ? tokenPath(folders.data) : "made when cadre --http first needs it" };
  } catch (cause) {
    if (!(cause instanceof AppError)) throw cause;
    return { status: "problem", evidence: cause.message, fix: "cadre token rotate" };
  }
}

function database({ runtime, databasePath }: CheckParts): Finding {
  if (!existsSync(databasePath))
    return { status: "ok", evidence: "none yet; made with the first command that needs it" };
  const { problems, schema_version } = inspectDatabase(runtime, databasePath, "quick");
  const [first] = problems;
  if (first !== undefined) {
    const more = problems.length > 1 ? ` and ${problems.length - 1} more` : "";
    return {
      status: "problem",
      evidence: `${databasePath}: ${first}${more}`,
      fix: "cadre db check, then cadre db restore",
    };
  }
  if (schema_version > SCHEMA_LATEST) {
    const evidence = `${databasePath} was written by a newer cadre (schema ${schema_version}, this one knows ${SCHEMA_LATEST})`;
    return { status: "problem", evidence, fix: "Use the newer one everywhere: cadre upgrade." };
  }
  const { bytes } = databaseInfo(runtime, databasePath);
  return { status: "ok", evidence: `${databasePath}, whole, schema ${schema_version}, ${formatBytes(bytes)}` };
}

function writeAheadLog({ runtime, databasePath }: CheckParts): Finding {
  if (!existsSync(databasePath)) return { status: "ok", evidence: "none yet" };
  const { bytes, lost_commits } = inspectWal(databasePath);
  if (lost_commits > 1) {
    const evidence = `broken, with ${lost_commits} commits behind the break`;
    return { status: "problem", evidence, fix: "cadre db check, before anything writes again" };
  }
  if (bytes <= WAL_BYTES_MAX) return { status: "ok", evidence: formatBytes(bytes) };
  return {
    status: "warning",
    evidence: `${formatBytes(bytes)}: somebody has been reading for long`,
    fix: "cadre db optimize, when nothing else has it open",
    mend: () => {
      const { wal_after_bytes } = optimizeDatabase(runtime, databasePath);
      return `brought it down to ${formatBytes(wal_after_bytes)}`;
    },
  };
}

function backup({ runtime, clock, config, databasePath }: CheckParts): Finding {
  const { backups_kept: kept } = config.settings;
  if (!existsSync(databasePath)) return { status: "ok", evidence: "nothing to keep yet" };
  if (kept === 0) return { status: "note", evidence: "none are made: backups_kept is 0" };
  const backups = backupsOf({ runtime, clock, database: databasePath, dataFolder: config.folders.data, kept });
  const [newest] = backups?.list() ?? [];
  if (!newest) return { status: "note", evidence: "none yet; the first is made when there is something to keep" };
  return { status: "ok", evidence: `the newest is ${formatDuration(clock.now() - newest.created_ms)} old` };
}

function openIn({ runtime, databasePath }: CheckParts): Finding {
  if (!existsSync(databasePath)) return { status: "ok", evidence: "no process" };
  const { open_in: pids } = databaseInfo(runtime, databasePath);
  if (pids === undefined) return { status: "note", evidence: "this system does not say" };
  return { status: "ok", evidence: pids.length === 0 ? "no process" : `processes ${pids.join(", ")}` };
}
