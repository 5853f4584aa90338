import { copyFileSync, existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "../../src/base/clock.ts";
import { randomIds } from "../../src/base/ids.ts";
import { openRooms } from "../../src/rooms.ts";
import { runtime } from "../../src/runtime/current.ts";
import { type Backups, backupsOf } from "../../src/store/backup/backups.ts";
import { type Restored, restoreBackup } from "../../src/store/backup/restore.ts";
import type { Sql } from "../../src/store/sql.ts";
import { openDatabase } from "./database.ts";
import { deathless } from "./deathless.ts";
import { tempFolder } from "./folder.ts";
import { here } from "./here.ts";

const WORKSPACE = "/projects/stored";

interface StorageOptions {
  readonly kept?: number;
  /** The data folder; by default one of its own. */
  readonly dataFolder?: string;
}

export interface Storage {
  readonly folder: string;
  readonly database: string;
  readonly backups: Backups;
  /** Opens the store, as one process of cadre does; closed with the rest. */
  open(): Promise<OpenStorage>;
  restore(id?: string): Promise<Restored>;
  /** Names of all chunks that are kept. */
  chunks(): string[];
  [Symbol.asyncDispose](): Promise<void>;
}

export interface OpenStorage {
  readonly sql: Sql;
  /** Makes tasks with these titles. */
  add(...titles: string[]): Promise<void>;
  titles(): Promise<string[]>;
  close(): Promise<void>;
}

/** A database with backups, in a temporary folder. Backups are made by a real child process. */
export function openStorage({ kept = 10, dataFolder }: StorageOptions = {}): Storage {
  const folder = tempFolder();
  const data = dataFolder ?? join(folder.path, "data");
  const database = join(data, "cadre.db");
  const backups = backupsOf({ runtime, clock: systemClock, database, dataFolder: data, kept });
  if (!backups) throw new Error("a file has backups");
  const opened: OpenStorage[] = [];
  const { signal } = new AbortController();
  return {
    folder: folder.path,
    database,
    backups,
    open: async () => {
      const one = await openTasks(database);
      opened.push(one);
      return one;
    },
    restore: (id) => restoreBackup({ runtime, clock: systemClock, backups, signal }, id),
    chunks: () => filesBelow(join(backups.folder, "chunks")),
    [Symbol.asyncDispose]: async () => {
      for (const one of opened) await one.close();
      folder[Symbol.dispose]();
    },
  };
}

export async function openTasks(database: string): Promise<OpenStorage> {
  const sql = await openDatabase(database);
  const { tasks, close } = openRooms({ ...here, sql, clock: systemClock, ids: randomIds, liveness: deathless });
  let isClosed = false;
  return {
    sql,
    add: async (...titles) => {
      for (const title of titles) await tasks.create(WORKSPACE, { title });
    },
    titles: async () =>
      (await sql.all<{ title: string }>("SELECT title FROM task ORDER BY seq")).map(({ title }) => title),
    close: async () => {
      if (!isClosed) {
        await close();
        await sql.close();
      }
      isClosed = true;
    },
  };
}

/** Makes a database large: rows that no compression makes smaller. */
export async function fill({ sql }: OpenStorage, mebibytes: number): Promise<void> {
  await sql.write(function* () {
    yield { text: "CREATE TABLE IF NOT EXISTS filler (content BLOB NOT NULL)", values: [] };
    for (let at = 0; at < mebibytes * 16; at++) {
      yield {
        text: "INSERT INTO filler (content) VALUES (?1)",
        values: [crypto.getRandomValues(new Uint8Array(65_000))],
      };
    }
  });
}

function filesBelow(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name)
    .sort();
}

/** A copy of a database as a crash would leave it, log and all. */
export function copyAsCrashed(database: string, target: string): void {
  for (const ending of ["", "-wal"]) {
    if (existsSync(`${database}${ending}`)) copyFileSync(`${database}${ending}`, `${target}${ending}`);
  }
}
