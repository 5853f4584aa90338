import { join } from "node:path";
import { claimRuns } from "../../../src/store/runs.ts";
import { run, type Sql } from "../../../src/store/sql.ts";
import { appendRate } from "../append-rate.ts";
import { interleave, median, percentile } from "../measure.ts";
import type { Bench } from "../programs.ts";
import type { Row } from "../row.ts";
import { ended, first, openRunPeer, type RunPeer, stepRate } from "../run-peer.ts";
import { StdioPeer } from "../stdio-peer.ts";

const ROUNDS = 9;
const ROUND_MS = 250;
const STEPS = 40;
const STARTS = 200;
const QUEUED = 100_000;
const ORPHANED = 10_000;
const CLAIMS = 200;
const IDLE_MS = 10_000;
/** The rate of steps against F that is wanted, by the number of workflows at once. */
const WANTED: ReadonlyMap<number, number> = new Map([
  [1, 0.6],
  [16, 3],
  [64, 5],
]);

/** Durable runs: how fast, how soon, and what they cost when there is nothing to do. */
export async function runs(bench: Bench): Promise<Row[]> {
  return [
    ...(await steps(bench)),
    ...(await starts(bench)),
    ...(await claims(bench)),
    ...(await restart(bench)),
    ...(await idle(bench)),
  ];
}

interface Opened extends RunPeer {
  readonly cwd: string;
  readonly db: string;
  readonly locks: string;
}

async function open(bench: Bench): Promise<Opened & AsyncDisposable> {
  const { cwd } = bench.place();
  const db = join(cwd, "cadre.db");
  const locks = join(cwd, "processes");
  const peer = await openRunPeer(db, locks);
  return { ...peer, cwd, db, locks, [Symbol.asyncDispose]: () => peer.close() };
}

async function steps(bench: Bench): Promise<Row[]> {
  await using peer = await open(bench);
  peer.worker.start();
  for (const workflows of WANTED.keys()) await stepRate(peer, workflows, STEPS);
  const rates = await interleave(ROUNDS, {
    disk: async () => appendRate(join(peer.cwd, "blocks"), ROUND_MS),
    "1": () => stepRate(peer, 1, STEPS),
    "16": () => stepRate(peer, 16, STEPS),
    "64": () => stepRate(peer, 64, STEPS),
  });
  const floor = { name: "F: 4 KiB append and fdatasync", value: median(rates.disk) };
  return [...WANTED].map(([workflows, bound]) => ({
    figure: `durable steps, ${workflows} workflow${workflows === 1 ? "" : "s"} at once, SQLite`,
    unit: "/s",
    ours: median(rates[String(workflows) as keyof typeof rates]),
    floor,
    target: { of: "ratio" as const, kind: "at least" as const, bound },
    note: "With starting each run and ending it; synchronous=FULL.",
  }));
}

async function firstSteps(peer: RunPeer): Promise<number[]> {
  const times: number[] = [];
  for (let at = 0; at < STARTS; at++) {
    const started = performance.timeOrigin + performance.now();
    const { id } = await peer.runs.start(first, null);
    times.push(Number(await ended(peer, id)) - started);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return times;
}

async function starts(bench: Bench): Promise<Row[]> {
  await using own = await open(bench);
  own.worker.start();
  await firstSteps(own);
  const here = await firstSteps(own);
  await using apart = await open(bench);
  const peer = join(import.meta.dir, "..", "run-peer.ts");
  const child = Bun.spawn([process.execPath, peer, apart.db, apart.locks], { stdout: "pipe", stderr: "inherit" });
  await child.stdout.getReader().read();
  const looking = setInterval(() => void apart.sql.all("SELECT 1"), 1);
  const there = await elsewhere(apart).finally(() => clearInterval(looking));
  child.kill();
  await child.exited;
  return [
    {
      figure: "from the start of a run to its first step, p50",
      unit: "ms",
      ours: median(here),
      target: { of: "ours", kind: "at most", bound: 1 },
      note: "With the commit of the run's row.",
    },
    {
      figure: "from the start of a run to its first step, p99",
      unit: "ms",
      ours: percentile(here, 99),
      target: { of: "ours", kind: "at most", bound: 5 },
    },
    {
      figure: "the same in a second process on the file, p50",
      unit: "ms",
      ours: median(there),
      target: { of: "ours", kind: "at most", bound: 15 },
    },
  ];
}

/** Here nobody works on them: what another process commits is looked for. */
async function elsewhere(peer: RunPeer): Promise<number[]> {
  const times: number[] = [];
  for (let at = 0; at < STARTS / 2; at++) {
    const started = performance.timeOrigin + performance.now();
    const { id } = await peer.runs.start(first, null);
    for (;;) {
      const { run: row } = await peer.runs.show(id);
      if (row.ended_ms !== null) {
        times.push(Number(row.output) - started);
        break;
      }
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return times;
}

/** Rows as they would be, put there in one change. */
async function fill(sql: Sql, status: "queued" | "running", rows: number): Promise<void> {
  const owner = status === "running" ? "'process_dead00000000'" : "NULL";
  await sql.write(function* () {
    yield* run(
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${rows})
       INSERT INTO run (id, workflow, version, handler, caller, status, priority, rank, root_id, input, created_ms,
         updated_ms, process, wake_ms)
       SELECT '${status}_' || i, 'counting', '1', 'counting@1', 'null', '${status}', 5, i, '${status}_' || i, '0', 1, 1,
         ${owner}, ${status === "running" ? "1" : "NULL"} FROM n`,
    );
  });
}

async function claims(bench: Bench): Promise<Row[]> {
  const times = async (rows: number) => {
    await using peer = await open(bench);
    await fill(peer.sql, "queued", rows);
    const taken: number[] = [];
    const claim = {
      process: "process_bench0000000",
      handlers: ["counting@1"],
      host: "here",
      rowsMax: 1,
      leaseMs: 30_000,
    };
    await peer.sql.write(function* () {
      for (let at = 0; at < CLAIMS; at++) {
        const started = performance.now();
        yield* claimRuns({ ...claim, now: 2 });
        taken.push(1_000 * (performance.now() - started));
      }
    });
    return median(taken);
  };
  const few = await times(1_000);
  const many = await times(1_000_000);
  return [
    {
      figure: "claim of one among 1,000 queued runs, p50",
      unit: "µs",
      ours: few,
      target: { of: "ours", kind: "at most", bound: 100 },
    },
    {
      figure: "the same among 1,000,000, p50",
      unit: "µs",
      ours: many,
      floor: { name: "among 1,000", value: few },
      target: { of: "ours", kind: "at most", bound: 100 },
    },
  ];
}

async function restart(bench: Bench): Promise<Row[]> {
  await using peer = await open(bench);
  await fill(peer.sql, "queued", QUEUED);
  await fill(peer.sql, "running", ORPHANED);
  const finds = async (what: string) => (await peer.sql.all(`SELECT 1 FROM run WHERE ${what} LIMIT 1`)).length > 0;
  const started = performance.now();
  peer.worker.start();
  let firstMs: number | undefined;
  let allMs: number | undefined;
  while (firstMs === undefined || allMs === undefined) {
    // They do nothing, so the first that has ended has just begun.
    if (await finds("ended_ms IS NOT NULL")) firstMs ??= performance.now() - started;
    if (!(await finds("status = 'running' AND process = 'process_dead00000000'")))
      allMs ??= performance.now() - started;
    // Reads never leave the turn of the loop: without this nobody else would get one.
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const note = "100,000 runs wait, and 10,000 were left by a process that has died.";
  return [
    {
      figure: "restart until the first run starts",
      unit: "ms",
      ours: firstMs,
      target: { of: "ours", kind: "at most", bound: 250 },
      note,
    },
    {
      figure: "restart until all that was left is queued again",
      unit: "ms",
      ours: allMs,
      target: { of: "ours", kind: "at most", bound: 500 },
      note,
    },
  ];
}

/** Of a client's process that has its database open and nothing to do. */
async function idle(bench: Bench): Promise<Row[]> {
  const place = bench.place();
  await using peer = new StdioPeer({ path: await bench.program("cadre"), ...place });
  await peer.greet();
  await peer.call("task_list", {});
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  const before = peer.cpuMs();
  await new Promise((resolve) => setTimeout(resolve, IDLE_MS));
  const share = (100 * (peer.cpuMs() - before)) / IDLE_MS;
  return [
    {
      figure: "processor of a process with nothing to do",
      unit: "%",
      ours: share,
      target: { of: "ours", kind: "at most", bound: 0.3 },
      note: "Of one processor, over ten seconds; it looks for runs that others start, and for what is due.",
    },
  ];
}
