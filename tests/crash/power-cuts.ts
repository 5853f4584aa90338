// The power goes while a process works on runs. Whatever part of what was not synced has arrived: the file is whole, all
// that was acknowledged is there, and the runs go on to their ends.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Liveness } from "../../src/base/liveness.ts";
import type { Sql } from "../../src/store/sql.ts";
import { openDatabase } from "../harness/database.ts";
import { tempFolder } from "../harness/folder.ts";
import { startCommand } from "../harness/process.ts";
import { Random } from "../harness/random.ts";
import { testRuns } from "../harness/runs.ts";
import { count, STEPS, type Told } from "./power-worker.ts";
import { layOut, readTrace, tracing, type WriteTrace } from "./write-trace.ts";

interface PowerReport {
  readonly cuts: number;
  /** Of what was acknowledged before a cut. */
  readonly acknowledged: number;
  /** Acknowledged, and not there after a cut. */
  readonly lost: string[];
  /** Files that are not whole, and runs that did not end as they should. */
  readonly wrong: string[];
}

const WORKER = fileURLToPath(new URL("power-worker.ts", import.meta.url));
/** Runs are worked to their ends after one of so many cuts: it takes longer than all the rest. */
const ENDED_EVERY = 5;

/** With the power. */
const everybodyDied: Liveness = { hold: () => {}, isAlive: () => false };

interface Cuts {
  readonly runs: number;
  readonly cuts: number;
  readonly seed: string;
  /** No change waits for the disk: then a cut must lose something. */
  readonly isCareless?: boolean;
}

export async function powerCuts({ runs, cuts, seed, isCareless = false }: Cuts): Promise<PowerReport> {
  using folder = tempFolder();
  const random = new Random(seed);
  const trace = await traceWork(folder.path, runs, isCareless);
  const report = { cuts, acknowledged: 0, lost: [] as string[], wrong: [] as string[] };
  const first = trace.findIndex(({ kind }) => kind === "said");
  for (let cut = 0; cut < cuts; cut++) {
    const until = random.int(first, trace.length);
    const place = join(folder.path, `cut-${cut}`);
    layOut(trace, until, place, random);
    const told = trace.slice(0, until).flatMap((one) => (one.kind === "said" ? toldIn(one.text) : []));
    report.acknowledged += told.length;
    const sql = await openDatabase(join(place, "cadre.db"));
    const [check] = await sql.all("PRAGMA integrity_check");
    if (check?.["integrity_check"] !== "ok") report.wrong.push(`cut at ${until}: ${JSON.stringify(check)}`);
    for (const one of told) if (!(await isThere(sql, one))) report.lost.push(`cut at ${until}: ${JSON.stringify(one)}`);
    if (!isCareless && cut % ENDED_EVERY === 0) report.wrong.push(...(await endAll(sql)));
    await sql.close();
  }
  return report;
}

async function traceWork(folder: string, runs: number, isCareless: boolean): Promise<WriteTrace> {
  const path = join(folder, "trace");
  const home = join(folder, "home");
  const words = [process.execPath, WORKER, join(home, "cadre.db"), String(runs), ...(isCareless ? ["process"] : [])];
  const worker = startCommand([...tracing(path), ...words] as [string, ...string[]]);
  const exit = await worker.exited;
  if (exit !== 0)
    throw new Error(`the worker ended with ${exit}: ${worker.stderr()} ${readFileSync(path, "latin1").slice(-500)}`);
  return readTrace(path, home);
}

function toldIn(text: string): Told[] {
  return text
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as Told);
}

async function isThere(sql: Sql, told: Told): Promise<boolean> {
  if (told.told === "step") {
    const [row] = await sql.all("SELECT output FROM run_step WHERE run_id = ?1 AND key = ?2 AND status = 'completed'", [
      told.id,
      told.key,
    ]);
    return row?.["output"] === JSON.stringify(told.value);
  }
  const [row] = await sql.all("SELECT status, output FROM run WHERE id = ?1", [told.id]);
  return told.told === "started" ? row !== undefined : row?.["output"] === JSON.stringify(told.value);
}

/** What goes on after a cut comes to what it would have come to. */
async function endAll(sql: Sql): Promise<string[]> {
  const rows = await sql.all<{ id: string; input: string }>("SELECT id, input FROM run");
  await using house = testRuns(sql, { isIdle: true, liveness: everybodyDied });
  house.add(count);
  house.worker.start();
  const wrong: string[] = [];
  for (const { id, input } of rows) {
    const { output } = await house.reaches(id, "completed", "failed");
    if (output !== String(Number(input) + STEPS)) wrong.push(`${id} came to ${output} from ${input}`);
  }
  return wrong;
}
