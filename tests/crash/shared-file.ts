// Several whole processes on one file, each writing as fast as it is answered.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { openTestApp } from "../harness/app.ts";
import { tempFolder } from "../harness/folder.ts";
import { StdioWorker } from "./stdio-worker.ts";

interface SharedReport {
  readonly acknowledged: number;
  readonly distinctIds: number;
  /** Answered tasks that are not there, or not as the last answer said. */
  readonly lost: number;
  readonly tasks: number;
  /** Updates of the one task that every process changed. */
  readonly sharedRevision: number;
  readonly events: number;
  readonly distinctEvents: number;
  readonly check: string;
}

const IN_FLIGHT = 4;

export async function shareOneFile(processes: number, each: number): Promise<SharedReport> {
  using folder = tempFolder();
  const home = join(folder.path, "home");
  const project = join(folder.path, "project");
  mkdirSync(project);
  const workers = await Promise.all(Array.from({ length: processes }, () => StdioWorker.start(home, project)));
  const shared = await workers[0]?.call("task_create", { title: "shared" });
  const sharedId = String(shared?.["id"]);

  const acknowledged = (await Promise.all(workers.map((worker) => writeMany(worker, each, sharedId)))).flat();
  await Promise.all(workers.map((worker) => worker.leave()));

  await using app = await openTestApp({ db: join(home, "cadre.db") });
  const rows = await app.sql.all<{ id: string; status: string; revision: number }>(
    "SELECT id, status, revision FROM task",
  );
  const found = new Map(rows.map((row) => [row.id, row]));
  const isKept = (id: string) => found.get(id)?.status === "active" && found.get(id)?.revision === 2;
  const [events] = await app.sql.all<{ all: number; distinct: number }>(
    'SELECT count(*) AS "all", count(DISTINCT seq) AS "distinct" FROM event',
  );
  const [check] = await app.sql.all("PRAGMA integrity_check");
  return {
    acknowledged: acknowledged.length,
    distinctIds: new Set(acknowledged).size,
    lost: acknowledged.filter((id) => !isKept(id)).length,
    tasks: rows.length - 1,
    sharedRevision: found.get(sharedId)?.revision ?? 0,
    events: events?.all ?? 0,
    distinctEvents: events?.distinct ?? 0,
    check: String(check?.["integrity_check"]),
  };
}

/** Creates and updates tasks of its own, and as often the one that all share. Answers the ids. */
async function writeMany(worker: StdioWorker, count: number, sharedId: string): Promise<string[]> {
  const ids: string[] = [];
  let left = count;
  const one = async () => {
    while (left-- > 0) {
      const made = await worker.call("task_create", { title: "one of many" });
      const id = String(made?.["id"]);
      await worker.call("task_update", { id, status: "active", revision: 1 });
      await worker.call("task_update", { id: sharedId, options: { note: "seen" } });
      ids.push(id);
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, one));
  return ids;
}
