// A process that starts to look after its backups, and then has nothing else to do.
import { systemClock } from "../../src/base/clock.ts";
import { Log } from "../../src/observe/log.ts";
import { BackupKeeper } from "../../src/store/backup/backup-keeper.ts";
import { openTasks } from "./storage.ts";

const { sql } = await openTasks(process.argv[2] ?? "");
const log = new Log({ level: "off", format: "text", clock: systemClock, write: () => {} });
const keeper = new BackupKeeper({
  sql,
  clock: systemClock,
  log,
  backups: undefined,
  everyMs: 60_000,
  changes: 1,
  rules: {},
});
keeper.start();
process.stdout.write("started\n");
