// kill -9 of processes that work on runs, and others that stand still until they have lost what they had, until all
// runs have ended. Whatever happened, each ends once, as the model
// says, and tells of itself without a gap.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { systemClock } from "../../src/base/clock.ts";
import { run, type Sql } from "../../src/store/sql.ts";
import { until } from "../harness/condition.ts";
import { openDatabase } from "../harness/database.ts";
import { tempFolder } from "../harness/folder.ts";
import { type CadreProcess, startCommand } from "../harness/process.ts";
import { Random } from "../harness/random.ts";
import { testRuns } from "../harness/runs.ts";
import { model } from "./run-worker.ts";

interface RunReport {
  readonly runs: number;
  readonly kills: number;
  /** Runs that did not end as the model says. */
  readonly wrong: string[];
  /** Runs whose events have a gap. */
  readonly gaps: string[];
  /** Steps that were done more than once, and may not be. */
  readonly twice: string[];
  /** Steps that were done again after a kill. */
  readonly again: number;
  readonly complaints: string;
  readonly check: string;
}

const WORKER = fileURLToPath(new URL("run-worker.ts", import.meta.url));
const WORK_MS_MAX = 400;

interface Rounds {
  readonly runs: number;
  readonly workers: number;
  readonly kills: number;
  readonly seed: string;
  /** A database of one's own; by itself a file. */
  readonly database?: string;
}

export async function runRounds({ runs, workers, kills, seed, database }: Rounds): Promise<RunReport> {
  using folder = tempFolder();
  const random = new Random(seed);
  const db = database ?? join(folder.path, "cadre.db");
  writeFileSync(join(folder.path, "done"), "");
  const sql = await openDatabase(db);
  await using house = testRuns(sql, { isIdle: true });
  const start = async () => {
    const worker = startCommand([process.execPath, WORKER, db, folder.path]);
    await until(() => worker.stdout().includes("ready"), "the worker works");
    return worker;
  };
  const living = await Promise.all(Array.from({ length: workers }, start));
  const dead: CadreProcess[] = [];
  const started = await Promise.all(Array.from({ length: runs }, (_, n) => house.runs.start(model, n)));
  const saying = sayWords(
    house.runs,
    started.map(({ id }) => id),
    random,
  );
  for (let kill = 0; kill < kills; kill++) {
    await systemClock.sleep(random.int(20, WORK_MS_MAX));
    await standStill(sql, living[random.int(0, living.length - 1)], random);
    const at = random.int(0, living.length - 1);
    const [victim] = living.splice(at, 1);
    victim?.signal("SIGKILL");
    if (victim) dead.push(victim);
    living.push(await start());
  }
  await saying;
  await until(async () => (await open(sql)) === 0, "all runs have ended").catch((cause: unknown) => {
    throw new Error(`${cause}: ${living.map((worker) => worker.stderr()).join("\n")}`);
  });
  for (const worker of living) worker.signal("SIGKILL");
  await Promise.all([...living, ...dead].map(({ exited }) => exited));
  const report = {
    runs,
    kills,
    ...(await compare(
      sql,
      started.map(({ id }) => id),
      folder.path,
    )),
  };
  const complaints = [...living, ...dead].map((worker) => worker.stderr()).join("");
  await sql.close();
  return { ...report, complaints };
}

/** Longer than its leases last, as far as the others can tell; theirs are over, too. */
async function standStill(sql: Sql, worker: CadreProcess | undefined, random: Random): Promise<void> {
  if (!worker || random.next() < 0.5) return;
  process.kill(worker.pid, "SIGSTOP");
  // It may hold the lock: then this waits until it goes on.
  const over = sql.write(() => run("UPDATE run SET wake_ms = 1 WHERE status = 'running'"));
  await systemClock.sleep(random.int(20, WORK_MS_MAX));
  process.kill(worker.pid, "SIGCONT");
  await over;
}

/** What each run waits for at its end, said at any time. */
async function sayWords(
  runs: ReturnType<typeof testRuns>["runs"],
  ids: readonly string[],
  random: Random,
): Promise<void> {
  for (const [n, id] of ids.entries()) {
    if (random.next() < 0.2) await systemClock.sleep(random.int(1, 10));
    await runs.signal(id, "word", `word ${n}`, "once");
    await runs.signal(id, "word", `word ${n}`, "once").catch(() => {}); // It may have ended by the first.
  }
}

async function open(sql: Sql): Promise<number> {
  const rows = await sql.all("SELECT 1 AS found FROM run WHERE ended_ms IS NULL LIMIT 1");
  return rows.length;
}

async function compare(sql: Sql, ids: readonly string[], folder: string) {
  const rows = await sql.all<{
    id: string;
    status: string;
    output: string | null;
    parent_id: string | null;
    events: number;
  }>("SELECT id, status, output, parent_id, events FROM run");
  const wrong = ids.flatMap((id, n) => {
    const row = rows.find((one) => one.id === id);
    const [doubled, increased, once, word] = JSON.parse(row?.output ?? "[]");
    const isRight =
      row?.status === "completed" &&
      doubled === n * 2 &&
      increased === n + 1 &&
      (once === 1 || once === "unknown") &&
      word === `word ${n}`;
    return isRight ? [] : [`${id}: ${row?.status} ${row?.output}`];
  });
  const gaps: string[] = [];
  for (const { id, events } of rows) {
    const told = await sql.all<{ data: string }>("SELECT data FROM event WHERE subject = ?1 ORDER BY seq", [id]);
    const numbers = told.map(({ data }) => (JSON.parse(data) as { n: number }).n);
    if (numbers.length !== events || numbers.some((n, at) => n !== at + 1))
      gaps.push(`${id}: ${numbers.join()} of ${events}`);
  }
  const counts = new Map<string, number>();
  for (const line of readFileSync(join(folder, "done"), "utf8").trim().split("\n"))
    counts.set(line, (counts.get(line) ?? 0) + 1);
  const repeated = [...counts].filter(([, count]) => count > 1);
  const twice = repeated.map(([line]) => line).filter((line) => line.endsWith(" once"));
  const again = repeated.reduce((sum, [, count]) => sum + count - 1, 0);
  const [check] = sql.dialect === "sqlite" ? await sql.all("PRAGMA integrity_check") : [{ ok: "ok" }];
  return { wrong, gaps, twice, again, check: String(Object.values(check ?? {})[0]) };
}
