// Runs on two machines that share a PostgreSQL, while that is taken away, or throws everybody out.

import { afterAll, expect, test } from "bun:test";
import { SQL } from "bun";
import { systemClock } from "../../src/base/clock.ts";
import { bunRuntime } from "../../src/runtime/bun.ts";
import { migrate } from "../../src/store/migrate.ts";
import { Postgres } from "../../src/store/postgres.ts";
import type { Sql } from "../../src/store/sql.ts";
import { clockOf } from "../../src/store/store-clock.ts";
import { PostgresServer } from "../contract/postgres-database.ts";
import { until } from "../harness/condition.ts";
import { isRequired } from "../harness/requirement.ts";
import { type TestRuns, testRuns } from "../harness/runs.ts";
import { type TcpProxy, tcpProxy } from "../harness/tcp-proxy.ts";

const RUNS = 24;
const STEPS = 8;
const STEP_MS_MAX = 40;
const AWAY_MS = Number(process.env["CADRE_TEST_AWAY_MS"] ?? 1_500);
/** Waiting for a lease to end on top of the time away is not unusual. */
const TEST_MS_MAX = 120_000;

const server = await PostgresServer.open();
afterAll(() => server?.close());
const mustRun = isRequired("postgres");
if (!server && !mustRun) console.warn("SKIPPED: faults of a PostgreSQL server. None answers.");
const onPostgres = test.skipIf(!server && !mustRun);

interface Machine extends AsyncDisposable {
  readonly sql: Sql;
  readonly house: TestRuns;
}

async function machine(proxy: TcpProxy, done: string[]): Promise<Machine> {
  const url = new URL(server?.url ?? "");
  url.hostname = "127.0.0.1";
  url.port = String(proxy.port);
  const sql = await Postgres.open(bunRuntime, url.href, systemClock);
  await migrate(sql, { clock: systemClock, keepCopy: async () => {} });
  const { clock, stop } = await clockOf(sql, systemClock);
  // Of a process on another machine nobody knows whether it lives.
  const liveness = { hold: () => {}, isAlive: () => undefined };
  const house = testRuns(sql, { clock, liveness, mayComplain: true });
  house.define("work", async (context, input) => {
    let sum = Number(input);
    for (let at = 0; at < STEPS; at++) {
      sum += await context.step(`step ${at}`, async () => {
        await systemClock.sleep(Math.random() * STEP_MS_MAX);
        done.push(`${context.id} ${at}`);
        return at;
      });
    }
    return sum;
  });
  return {
    sql,
    house,
    [Symbol.asyncDispose]: async () => {
      await house[Symbol.asyncDispose]();
      stop();
      await sql.close();
    },
  };
}

/** Starts runs on two machines, does something to the server, and looks that every run has come to what it must. */
async function survives(fault: (proxy: TcpProxy, admin: SQL) => Promise<void>): Promise<{ again: number }> {
  await (await server?.fresh())?.[Symbol.asyncDispose]();
  const { hostname, port } = new URL(server?.url ?? "");
  await using proxy = await tcpProxy({ host: hostname, port: Number(port || 5432) });
  const admin = new SQL(server?.url ?? "", { max: 1 });
  const done: string[] = [];
  await using one = await machine(proxy, done);
  await using other = await machine(proxy, done);
  const work = { name: "work", version: "1", handler: "work@1", run: async () => null };
  const started: { id: string; input: number }[] = [];
  for (let input = 0; input < RUNS; input++) {
    started.push({ id: (await (input % 2 === 0 ? one : other).house.runs.start(work, input)).id, input });
  }
  await until(() => done.length >= RUNS, "the work is under way");

  await fault(proxy, admin);
  const isOver = async () =>
    (await admin.unsafe("SELECT 1 FROM run WHERE ended_ms IS NULL LIMIT 1").then((rows) => rows.length)) === 0;
  await until(isOver, "all runs are over", TEST_MS_MAX / 2);

  const rows = await admin.unsafe("SELECT id, status, output, crashes FROM run");
  const ends = new Map(rows.map((row: { id: string }) => [row.id, row]));
  for (const { id, input } of started) {
    const sum = input + (STEPS * (STEPS - 1)) / 2;
    expect(ends.get(id)).toMatchObject({ status: "completed", output: String(sum) });
    const told = await admin.unsafe("SELECT data FROM event WHERE subject = $1 ORDER BY seq", [id]);
    const numbers = told.map(({ data }: { data: string }) => (JSON.parse(data) as { n: number }).n);
    expect(numbers).toEqual(numbers.map((_n: number, at: number) => at + 1));
    expect(told.filter(({ data }: { data: string }) => data.includes('"step"'))).toHaveLength(STEPS);
  }
  await admin.close();
  return { again: done.length - new Set(done).size };
}

onPostgres(
  `a server that is away for ${AWAY_MS} ms costs nothing that was acknowledged, and the machines come back by themselves`,
  async () => {
    const { again } = await survives(async (proxy) => {
      await proxy.cut();
      await systemClock.sleep(AWAY_MS);
      await proxy.mend();
    });

    // At most what was under way.
    expect(again).toBeLessThanOrEqual(RUNS);
  },
  TEST_MS_MAX,
);

onPostgres(
  "connections that are ended again and again under way cost nothing that was acknowledged",
  async () => {
    const kills = 5;
    const { again } = await survives(async (_proxy, admin) => {
      for (let at = 0; at < kills; at++) {
        await admin.unsafe(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()",
        );
        await systemClock.sleep(Math.random() * 100);
      }
    });

    expect(again).toBeLessThanOrEqual(kills * RUNS);
  },
  TEST_MS_MAX,
);
