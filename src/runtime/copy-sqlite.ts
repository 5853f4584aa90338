// Copies a SQLite database page by page with SQLite's own backup, which only node:sqlite offers. Two SQLite
// libraries in one process lose each other's locks on a file, so this runs only in a child process that
// opens neither of the two files in any other way while it copies.
import { backup } from "node:sqlite";
import { openNodeSqlite } from "./open-node-sqlite.ts";

/** All pages in one step: a read lock is held from first to last, so that no writer makes it begin again. */
const PAGES_ALL = 2_147_483_647;
const WAIT_MS_MAX = 5_000;
const BUSY = 5;

export async function copySqlite(source: string, target: string): Promise<void> {
  const database = openNodeSqlite(source, { readOnly: true, timeout: WAIT_MS_MAX });
  try {
    await backup(database, target, { rate: PAGES_ALL });
  } catch (cause) {
    // Bun tells of a target that somebody is writing to with the code 0, "not an error".
    if ((cause as { errcode?: unknown }).errcode === 0) throw Object.assign(cause as Error, { errcode: BUSY });
    throw cause;
  } finally {
    database.close();
  }
}
