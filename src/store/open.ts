// Opens the one database, or says why not. Invariant: a file that is damaged, newer, unreachable or on a
// network disk is refused as it is; it is never recreated, truncated or moved by opening it.
import { chmodSync, closeSync, existsSync, mkdirSync, openSync, readFileSync, readSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { Clock } from "../base/clock.ts";
import { AppError } from "../base/errors.ts";
import { QUICK_CHECK_BYTES_MAX } from "../base/limits.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { Bus } from "./bus.ts";
import { refuseHalfCopied } from "./copy/copy-progress.ts";
import { migrate } from "./migrate.ts";
import { networkFileSystem } from "./network-file-system.ts";
import { Postgres } from "./postgres.ts";
import type { Sql } from "./sql.ts";
import { type Profile, Sqlite } from "./sqlite.ts";
import { isDamage, storeError } from "./sqlite-errors.ts";

export interface StoreOptions {
  readonly runtime: Runtime;
  readonly clock: Clock;
  /** A file, or postgres://… */
  readonly db: string;
  readonly profile: Profile;
  readonly keepCopy: (path: string, schemaVersion: number) => Promise<void>;
  /** What tells the processes of a server of each other's commits. */
  readonly openBus?: (sql: Sql) => Promise<Bus>;
}

const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;
const MAGIC = "SQLite format 3\0";
const WRONG_HEADER = "its header is not that of a SQLite database";
/** STRICT tables and RETURNING. */
const SQLITE_VERSION_MIN = [3, 37] as const;

export function isPostgres(db: string): boolean {
  return /^postgres(ql)?:\/\//i.test(db);
}

export async function openStore(options: StoreOptions): Promise<Sql> {
  const { runtime, clock, db } = options;
  refuseOtherUrls(db);
  if (options.openBus && !isPostgres(db)) {
    throw new AppError("invalid_input", "cannot use a bus with a database that is a file", {
      hint: "A bus joins machines that share a server: give --db postgres://… too, or leave --bus out.",
    });
  }
  const sql = isPostgres(db) ? await Postgres.open(runtime, db, clock) : openFile(options);
  try {
    await migrate(sql, { clock, keepCopy: (version) => options.keepCopy(db, version) });
    if (sql.dialect === "postgres") await refuseHalfCopied(sql);
    if (options.openBus && sql instanceof Postgres) sql.useBus(await options.openBus(sql));
    return sql;
  } catch (error) {
    await sql.close();
    throw error;
  }
}

/** Taken for a path, a URL would leave a folder with its name, and its password in every message. */
function refuseOtherUrls(db: string): void {
  const [, scheme] = /^\s*([a-z][a-z0-9+.-]+):\/\//i.exec(db) ?? [];
  if (scheme === undefined || isPostgres(db)) return;
  throw new AppError("invalid_input", `cannot open a database of the kind ${scheme}`, {
    hint: "Give --db a file, or a server as postgres://…",
  });
}

function openFile({ runtime, clock, db, profile }: StoreOptions): Sql {
  const path = resolve(db);
  refuseNetworkDisk(path, runtime);
  makePrivateFile(path, runtime.host.platform);
  refuseDamage(path, runtime);
  try {
    return new Sqlite(runtime, path, clock, profile);
  } catch (cause) {
    throw storeError(cause, "open");
  }
}

function refuseNetworkDisk(path: string, runtime: Runtime): void {
  const mounts = runtime.host.platform === "linux" ? readIfThere("/proc/self/mountinfo") : "";
  const kind = networkFileSystem(path, mounts);
  if (!kind) return;
  throw new AppError("unavailable", `cannot open ${path}: it lies on a network file system (${kind})`, {
    hint: "SQLite's locks do not work there. Choose a local file with --db PATH or --home FOLDER, or a server with --db postgres://…",
  });
}

/** Folder 0700, file 0600: made so, and corrected when the folder is ours alone. */
function makePrivateFile(path: string, platform: string): void {
  const folder = dirname(path);
  try {
    const isNew = !existsSync(folder);
    mkdirSync(folder, { recursive: true, mode: FOLDER_MODE });
    if (isNew && platform !== "win32") chmodSync(folder, FOLDER_MODE);
    refuseOtherFile(path);
    closeSync(openSync(path, "a", FILE_MODE));
    if (platform !== "win32" && (statSync(path).mode & 0o077) !== 0) chmodSync(path, FILE_MODE);
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    const { code } = cause as { code?: string };
    if (code === "ENOSPC") throw storeError({ errno: 13 }, "open");
    throw new AppError("unavailable", `cannot open ${path}: ${reason(code)}`, {
      hint: "Choose a place that your user may write to, with --home FOLDER or --db PATH.",
      cause,
    });
  }
}

/** What is no database stays as it is, its mode too; and opening a pipe would wait for its other end. */
function refuseOtherFile(path: string): void {
  const status = statSync(path, { throwIfNoEntry: false });
  if (!status || status.isDirectory()) return;
  if (!status.isFile()) {
    throw new AppError("unavailable", `cannot open ${path}: it is no plain file`, {
      hint: "Choose a file with --db PATH.",
    });
  }
  if (status.size > 0 && !startsWithMagic(path)) throw damaged(path, WRONG_HEADER);
}

function reason(code: string | undefined): string {
  if (code === "EACCES" || code === "EPERM") return "no right to write there";
  if (code === "EROFS") return "the disk is read-only";
  if (code === "EISDIR") return "it is a folder";
  if (code === "ENOTDIR" || code === "EEXIST") return "a part of its path is a file";
  return `the system answered ${code ?? "with an error"}`;
}

function refuseDamage(path: string, runtime: Runtime): void {
  const { size } = statSync(path);
  if (size === 0) return;
  if (!startsWithMagic(path)) throw damaged(path, WRONG_HEADER);
  if (size > QUICK_CHECK_BYTES_MAX) return;
  // Read-only: the last writer that closes a file moves its log into it, and a damaged file is left as it is.
  const connection = runtime.openSqlite(path, { readOnly: true });
  try {
    connection.exec("PRAGMA busy_timeout = 5000");
    refuseOldSqlite(String(connection.all("SELECT sqlite_version() AS version")[0]?.["version"]));
    const [row] = connection.all("PRAGMA quick_check(1)");
    const verdict = String(Object.values(row ?? {})[0]);
    if (verdict !== "ok") throw damaged(path, verdict.split("\n")[0] ?? verdict);
  } catch (cause) {
    if (isDamage(cause)) throw damaged(path, "a page cannot be read", cause);
    throw storeError(cause, "open");
  } finally {
    connection.close();
  }
}

function startsWithMagic(path: string): boolean {
  const file = openSync(path, "r");
  try {
    const head = Buffer.alloc(MAGIC.length);
    readSync(file, head, 0, MAGIC.length, 0);
    return head.toString("latin1") === MAGIC;
  } finally {
    closeSync(file);
  }
}

function refuseOldSqlite(version: string): void {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [majorMin, minorMin] = SQLITE_VERSION_MIN;
  if (major > majorMin || (major === majorMin && minor >= minorMin)) return;
  throw new AppError("unavailable", `cannot open the database: this system's SQLite ${version} is too old`, {
    hint: `cadre needs SQLite ${SQLITE_VERSION_MIN.join(".")} or newer; update the system.`,
  });
}

function damaged(path: string, what: string, cause?: unknown): AppError {
  return new AppError("damaged", `cannot open ${path}: it is damaged (${what})`, {
    hint: "Nothing was changed. See what is left with cadre db check; cadre db restore brings the last verified backup back.",
    cause,
  });
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
