// kill -9 and several processes on one file. Long versions: bun scripts/crash.ts --rounds 100 --each 250 --worked 8 --windows 8 --calls 2000
import { afterAll, expect, test } from "bun:test";
import { PostgresServer } from "../contract/postgres-database.ts";
import { testRedis } from "../harness/redis.ts";
import { clusterRounds } from "./cluster-rounds.ts";
import { killRounds } from "./kill-rounds.ts";
import { mixedWindows } from "./mixed-windows.ts";
import { powerCuts } from "./power-cuts.ts";
import { runRounds } from "./run-rounds.ts";
import { shareOneFile } from "./shared-file.ts";
import { workedRounds } from "./worked-rounds.ts";

const ROUNDS = 10;
const PROCESSES = 4;
const EACH = 60;
const TIMEOUT_MS = 120_000;

test(
  "kill -9 loses nothing that was acknowledged, and the next start works",
  async () => {
    const report = await killRounds(ROUNDS, "gate");

    expect(report).toMatchObject({ rounds: ROUNDS, missing: [], unchanged: [], check: "ok" });
    expect(report.acknowledged).toBeGreaterThan(ROUNDS);
  },
  TIMEOUT_MS,
);

const hasTracer = Bun.which("strace") !== null;
if (!hasTracer) console.warn("SKIPPED: power cuts. They are made of what strace sees, and it is not there.");

test.if(hasTracer)(
  "a power cut loses no run, step or end that was acknowledged, and the runs go on",
  async () => {
    const report = await powerCuts({ runs: 6, cuts: 20, seed: "gate" });

    expect(report).toMatchObject({ cuts: 20, lost: [], wrong: [] });
    expect(report.acknowledged).toBeGreaterThan(100);
  },
  TIMEOUT_MS,
);

test.if(hasTracer)(
  "a power cut shows what did not wait for the disk",
  async () => {
    const { lost, wrong } = await powerCuts({ runs: 3, cuts: 12, seed: "careless", isCareless: true });

    expect(lost.length).toBeGreaterThan(0);
    expect(wrong).toEqual([]);
  },
  TIMEOUT_MS,
);

test(
  "four processes on one file lose no update, give no id twice, and number the log without a gap",
  async () => {
    const report = await shareOneFile(PROCESSES, EACH);

    const all = PROCESSES * EACH;
    expect(report).toEqual({
      acknowledged: all,
      distinctIds: all,
      lost: 0,
      tasks: all,
      sharedRevision: all + 1,
      events: 3 * all + 1,
      distinctEvents: 3 * all + 1,
      check: "ok",
    });
  },
  TIMEOUT_MS,
);

test(
  "D1, D15: windows that are killed at work lose no piece and no result, and others go on right behind it",
  async () => {
    const report = await workedRounds(3, 3, "gate");

    expect(report).toMatchObject({ rounds: 3, lost: [], shared: [], partial: [], check: "ok" });
    expect(report.acknowledged).toBeGreaterThan(10);
  },
  TIMEOUT_MS,
);

test(
  "four windows that do anything at all keep one holder per epoch, rising revisions and a log without a gap",
  async () => {
    const { broken, refused, calls } = await mixedWindows(4, 80, "gate");

    expect(broken).toEqual([]);
    expect(refused).toBeGreaterThan(0);
    expect(refused).toBeLessThan(calls);
  },
  TIMEOUT_MS,
);

const sound = { wrong: [], gaps: [], twice: [], complaints: "", check: "ok" };

test(
  "runs whose workers are killed, or stand still, end once each, as the model says, without a gap in what they tell",
  async () => {
    expect(await runRounds({ runs: 60, workers: 3, kills: 5, seed: "gate" })).toMatchObject(sound);
  },
  TIMEOUT_MS,
);

const server = await PostgresServer.open();
afterAll(() => server?.close());
test.if(server !== undefined)(
  "the same on PostgreSQL",
  async () => {
    const database = server?.url ?? "";
    expect(await runRounds({ runs: 40, workers: 3, kills: 4, seed: "gate", database })).toMatchObject(sound);
  },
  TIMEOUT_MS,
);

test.if(server !== undefined)(
  "three machines behind a balancer, one killed every second: each run ends once, and followers see each event once",
  async () => {
    const bus = (await testRedis())?.href;
    await (await server?.fresh())?.[Symbol.asyncDispose]();
    const db = server?.url ?? "";
    const asked = { db, bus, runs: 60, nodes: 3, kills: 3, killEveryMs: 1_000, seed: "gate", isApart: false };

    const report = await clusterRounds(asked);

    expect(report).toMatchObject({ runs: 60, missing: [], wrong: [], gaps: [], unseen: 0, twice: 0 });
    expect(report.kills).toBeGreaterThanOrEqual(3);
    expect(report.reconnects).toBeGreaterThan(0);
  },
  TIMEOUT_MS,
);
