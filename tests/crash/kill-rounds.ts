// kill -9 in a loop. What was answered must be there, whatever else is.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { openTestApp } from "../harness/app.ts";
import { tempFolder } from "../harness/folder.ts";
import { Random } from "../harness/random.ts";
import { StdioWorker } from "./stdio-worker.ts";

interface KillReport {
  readonly rounds: number;
  readonly acknowledged: number;
  /** Ids that were answered and are not there: the one number that must be zero. */
  readonly missing: string[];
  /** Answered changes of which the row does not know. */
  readonly unchanged: string[];
  /** Written, but killed before the answer left: allowed, and the reason for idempotency keys. */
  readonly unacknowledged: number;
  /** What SQLite's own check says after the last round. */
  readonly check: string;
}

const IN_FLIGHT = 8;
const ACKS_BEFORE_KILL_MAX = 60;

/** Starts, writes, kills; each round opens what the last one left. The same seed kills after the same answers. */
export async function killRounds(
  rounds: number,
  seed: string,
  onRound: (round: number, acknowledged: number) => void = () => {},
): Promise<KillReport> {
  using folder = tempFolder();
  const home = join(folder.path, "home");
  const project = join(folder.path, "project");
  mkdirSync(project);
  const random = new Random(seed);
  const acknowledged = new Map<string, "pending" | "active">();

  for (let round = 1; round <= rounds; round++) {
    await killRound(await StdioWorker.start(home, project), random.int(1, ACKS_BEFORE_KILL_MAX), acknowledged);
    onRound(round, acknowledged.size);
  }

  await using app = await openTestApp({ db: join(home, "cadre.db") });
  const rows = await app.sql.all<{ id: string; status: string }>("SELECT id, status FROM task");
  const found = new Map(rows.map(({ id, status }) => [id, status]));
  const [check] = await app.sql.all("PRAGMA integrity_check");
  return {
    rounds,
    acknowledged: acknowledged.size,
    missing: [...acknowledged.keys()].filter((id) => !found.has(id)),
    unchanged: [...acknowledged]
      .filter(([id, status]) => status === "active" && found.get(id) === "pending")
      .map(([id]) => id),
    unacknowledged: [...found.keys()].filter((id) => !acknowledged.has(id)).length,
    check: String(check?.["integrity_check"]),
  };
}

async function killRound(worker: StdioWorker, acks: number, acknowledged: Map<string, string>): Promise<void> {
  let left = acks;
  let killing: Promise<void> | undefined;
  const one = async () => {
    while (left > 0) {
      const made = await worker.call("task_create", { title: "written before the kill" });
      if (!made) return;
      acknowledged.set(String(made["id"]), "pending");
      const changed = await worker.call("task_update", { id: made["id"], status: "active" });
      if (changed) acknowledged.set(String(made["id"]), "active");
      if (--left <= 0) killing ??= worker.kill();
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, one));
  await killing;
}
