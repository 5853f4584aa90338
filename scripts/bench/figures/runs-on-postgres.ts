import { join } from "node:path";
import { run } from "../../../src/store/sql.ts";
import { PostgresServer } from "../../../tests/contract/postgres-database.ts";
import { interleave, median } from "../measure.ts";
import type { Bench } from "../programs.ts";
import type { Row } from "../row.ts";
import { openRunPeer, stepRate } from "../run-peer.ts";

const ROUNDS = 5;
const STEPS = 400;
const FLOOR_SECONDS = 2;
const CLIENTS = 16;

/** What a step does, as PostgreSQL's own program does it: the fence, what is remembered, the event, and the commit. */
const FLOOR = `\\set key random(1, 1000000000)
WITH passed AS (
  UPDATE run SET events = events + 1, updated_ms = 1 WHERE id = 'floor_' || :client_id AND epoch = 1 AND status = 'running'
  RETURNING id, events
), kept AS (
  INSERT INTO run_step (run_id, key, kind, status, attempt, output, started_ms, ended_ms)
  SELECT id, 'step ' || :key, 'step', 'completed', 1, '12', 1, 2 FROM passed
  ON CONFLICT (run_id, key) DO UPDATE SET status = excluded.status
), told AS (
  INSERT INTO event (at_ms, subject, type, data)
  SELECT 1, id, 'step.completed', '{"n":' || events || ',"step":"step 12","kind":"step"}' FROM passed
)
SELECT id FROM passed;
`;

/** Steps of many runs on a server, beside its own program with the same statement. */
export async function runsOnPostgres(bench: Bench): Promise<Row[]> {
  const server = Bun.which("pgbench") ? await PostgresServer.open() : undefined;
  if (!server) {
    console.warn("SKIPPED: runs on PostgreSQL. No server answers, or pgbench is not installed.");
    return [];
  }
  try {
    const { cwd } = bench.place();
    const peer = await openRunPeer(server.url, join(cwd, "processes"));
    const script = join(cwd, "floor.sql");
    await Bun.write(script, FLOOR);
    await peer.sql.write(floorRuns);
    peer.worker.start();
    await stepRate(peer, CLIENTS, STEPS);
    const rates = await interleave(ROUNDS, {
      floor: () => pgbench(server.url, script),
      "1": () => stepRate(peer, 1, STEPS),
      "16": () => stepRate(peer, CLIENTS, STEPS),
      "64": () => stepRate(peer, 4 * CLIENTS, STEPS),
    });
    await peer.close();
    const floor = { name: `pgbench, the same statement, ${CLIENTS} clients`, value: median(rates.floor) };
    const target = (bound: number) => ({ target: { of: "ratio" as const, kind: "at least" as const, bound } });
    return [
      { workflows: "1 workflow", ours: median(rates["1"]) },
      { workflows: "16 workflows", ours: median(rates["16"]), ...target(0.7) },
      { workflows: "64 workflows", ours: median(rates["64"]), ...target(2) },
    ].map(({ workflows, ...row }) => ({
      figure: `durable steps, ${workflows} at once, PostgreSQL`,
      unit: "/s",
      floor,
      ...row,
      note: `${STEPS} steps each; a statement remembers those of many runs.`,
    }));
  } finally {
    await server.close();
  }
}

function* floorRuns() {
  yield* run(
    `INSERT INTO run (id, workflow, version, handler, caller, status, priority, rank, root_id, input, created_ms,
       updated_ms, process, wake_ms, epoch)
     SELECT 'floor_' || i, 'floor', '1', 'floor@1', 'null', 'running', 5, 1, 'floor_' || i, '0', 1, 1,
       'process_pgbench0000', 9e15::bigint, 1 FROM generate_series(0, ${CLIENTS - 1}) AS i`,
  );
}

async function pgbench(url: string, script: string): Promise<number> {
  const options = ["-n", "-M", "prepared", "-c", String(CLIENTS), "-j", "2", "-T", String(FLOOR_SECONDS), "-f", script];
  const child = Bun.spawn(["pgbench", ...options, url], { stdout: "pipe", stderr: "pipe" });
  const [text, trouble] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  const rate = /tps = ([\d.]+)/.exec(text)?.[1];
  if (rate === undefined) throw new Error(`pgbench said nothing of its rate: ${trouble}`);
  return Number(rate);
}
