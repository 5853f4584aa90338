// The rival of windows that share a file: the echo, after one row of one SQLite file was changed and synced, with
// SQLite's own wait for the lock.
import { Database } from "bun:sqlite";
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import { echoServer } from "./server.ts";

const database = new Database("shared.db", { create: true });
for (const pragma of ["busy_timeout = 5000", "journal_mode = WAL", "synchronous = FULL"]) {
  database.exec(`PRAGMA ${pragma}`);
}
database.exec("CREATE TABLE IF NOT EXISTS counter (id INTEGER PRIMARY KEY, number INTEGER NOT NULL)");
database.exec("INSERT OR IGNORE INTO counter VALUES (1, 0)");
const count = database.prepare("UPDATE counter SET number = number + 1 WHERE id = 1");

serveStdio(() => echoServer(() => count.run()));
