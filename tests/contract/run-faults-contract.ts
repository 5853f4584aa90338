// What happens to runs when their database fails, and when clocks disagree, on every engine.
import { deepStrictEqual as deepEqual, strictEqual as equal, ok } from "node:assert";
import { type Clock, systemClock } from "../../src/base/clock.ts";
import { AppError } from "../../src/base/errors.ts";
import type { Workflow } from "../../src/runs/workflow.ts";
import { MIGRATIONS, migrate, SCHEMA_LATEST } from "../../src/store/migrate.ts";
import { type Sql, run as statement } from "../../src/store/sql.ts";
import { clockOf } from "../../src/store/store-clock.ts";
import { aroundSql } from "../harness/around-sql.ts";
import { until } from "../harness/condition.ts";
import { deathless } from "../harness/deathless.ts";
import { refusalOf } from "../harness/errors.ts";
import { testRuns } from "../harness/runs.ts";
import { type ContractCase, open } from "./sql-contract.ts";

const HOUR_MS = 3_600_000;
const STEPS = 6;
const RUNS = 8;

/** Pauses that a person would wait for pass soon. */
const hurried: Clock = { ...systemClock, sleep: (ms, signal) => systemClock.sleep(ms / 50, signal) };

function away(): AppError {
  return new AppError("unavailable", "cannot reach the database: it is away", { hint: "Wait." });
}

function lost(): AppError {
  return new AppError("uncertain", "cannot tell whether the change was made: the connection was lost", {
    hint: "Look.",
  });
}

/** A database that is away for so many changes, whenever the test says. */
function failing(sql: Sql): { readonly sql: Sql; fail(changes: number): void; readonly failed: number } {
  let left = 0;
  let failed = 0;
  const orFail = <T>(work: () => Promise<T>): Promise<T> => {
    if (left <= 0) return work();
    left--;
    failed++;
    return Promise.reject(away());
  };
  const around = aroundSql(sql, {
    write: (change) => orFail(() => sql.write(change)),
    writeOne: (text, values) => orFail(() => sql.writeOne(text, values)),
  });
  return {
    sql: around,
    fail: (changes) => {
      left = changes;
    },
    get failed() {
      return failed;
    },
  };
}

async function numbersOf(sql: Sql, id: string): Promise<number[]> {
  const rows = await sql.all<{ data: string }>("SELECT data FROM event WHERE subject = ?1 ORDER BY seq", [id]);
  return rows.map(({ data }) => (JSON.parse(data) as { n: number }).n);
}

export const runFaultCases: readonly ContractCase[] = [
  {
    name: "a database that is away for a while costs a run nothing, and its workflow hears nothing of it",
    run: async (db) => {
      const sql = await open(db);
      const database = failing(sql);
      await using house = testRuns(database.sql, { clock: hurried, mayComplain: true });
      const heard: unknown[] = [];
      const done: number[] = [];
      const workflow = house.define("patient", async (context) => {
        for (let at = 0; at < STEPS; at++) {
          const work = async () => {
            if (at === 2 && database.failed === 0) database.fail(4);
            done.push(at);
            return at;
          };
          await context.step(`step ${at}`, work).catch((error: unknown) => {
            heard.push(error);
            throw error;
          });
        }
        return "done";
      });

      const { id } = await house.runs.start(workflow, null);
      const run = await house.reaches(id, "completed", "failed");

      equal(run.output, '"done"');
      equal(run.crashes, 0);
      deepEqual(heard, []);
      equal(database.failed, 4);
      // What was done and not remembered was done again, and nothing else.
      deepEqual([...new Set(done)], [0, 1, 2, 3, 4, 5]);
      ok(done.length <= STEPS + database.failed, String(done));
      const numbers = await numbersOf(sql, id);
      deepEqual(
        numbers,
        numbers.map((_n, at) => at + 1),
      );
    },
  },
  {
    name: "runs that were taken by a claim whose answer was lost are worked on all the same",
    run: async (db) => {
      const sql = await open(db);
      let claims = 0;
      const forgetful = aroundSql(sql, {
        write: async (change) => {
          const answer = await sql.write(change);
          const isClaim = Array.isArray(answer) && answer.some((row) => row?.status === "running");
          if (isClaim && ++claims === 1) throw lost();
          return answer;
        },
      });
      await using house = testRuns(forgetful, { clock: hurried, mayComplain: true });
      const workflow = house.define("taken", async () => "done");

      const { id } = await house.runs.start(workflow, null);
      const run = await house.reaches(id, "completed");

      equal(run.epoch, 2);
      equal(run.crashes, 0);
      equal(claims, 2);
    },
  },
  {
    name: "a clock that is set an hour ahead takes no run from who works on it",
    run: async (db) => {
      const [sql, elsewhere] = [await open(db), await open(db)];
      let ahead = 0;
      const set: Clock = { ...systemClock, now: () => systemClock.now() + ahead };
      let looks = 0;
      const liveness = {
        ...deathless,
        isAlive: () => {
          looks++;
          return true;
        },
      };
      const hold = Promise.withResolvers<null>();
      await using one = testRuns(sql, { clock: set });
      const workflow = one.define("long", (context) => context.step("work", () => hold.promise));
      const { id } = await one.runs.start(workflow, null);
      await one.reaches(id, "running");
      await using other = testRuns(elsewhere, { clock: set, liveness });
      other.define("long", (context) => context.step("work", async () => null));

      await until(() => looks > 0, "the other has looked who works");
      ahead = HOUR_MS;
      const before = looks;
      await until(() => looks >= before + 2, "the other has looked again");
      hold.resolve(null);
      const run = await one.reaches(id, "completed");

      equal(run.epoch, 1);
      equal(run.crashes, 0);
    },
  },
  {
    name: "machines whose clocks are an hour apart agree on the server's, and take no run from each other",
    only: "postgres",
    run: async (db) => {
      const [sql, elsewhere] = [await open(db), await open(db)];
      const early: Clock = { ...systemClock, now: () => systemClock.now() - HOUR_MS };
      const late: Clock = { ...systemClock, now: () => systemClock.now() + HOUR_MS };
      const [one, other] = [await clockOf(sql, early), await clockOf(elsewhere, late)];
      const hold = Promise.withResolvers<null>();
      let looks = 0;
      const liveness = {
        ...deathless,
        isAlive: () => {
          looks++;
          return undefined;
        },
      };
      await using slow = testRuns(sql, { clock: one.clock });
      await using quick = testRuns(elsewhere, { clock: other.clock, liveness });
      const workflow = slow.define("long", (context) => context.step("work", () => hold.promise));
      const { id } = await slow.runs.start(workflow, null);
      await slow.reaches(id, "running");
      quick.define("long", (context) => context.step("work", async () => null));

      await until(() => looks >= 2, "the other has looked twice for what was left");
      hold.resolve(null);
      const run = await slow.reaches(id, "completed");

      equal(run.epoch, 1);
      ok(Math.abs(one.clock.now() - other.clock.now()) < HOUR_MS / 100);
      ok(Math.abs(run.created_ms - systemClock.now()) < HOUR_MS / 100);
      one.stop();
      other.stop();
    },
  },
  {
    name: "a process of an older version loses its runs to one that has changed the tables, and they end once",
    run: async (db) => {
      const [sql, newer] = [await open(db), await open(db)];
      const letGo = Promise.withResolvers<void>();
      const done: string[] = [];
      let held = 0;
      let isOld = true;
      const work: Workflow["run"] = async (context, input) => {
        const first = await context.step("first", async () => {
          done.push(`first ${input}`);
          return Number(input) * 2;
        });
        return context.step("second", async () => {
          if (isOld) {
            held++;
            await letGo.promise;
          }
          return first + 1;
        });
      };
      await using old = testRuns(sql, { mayComplain: true });
      await using young = testRuns(newer, { isIdle: true });
      const workflow = old.define("work", work);
      young.define("work", work);
      const ids: string[] = [];
      for (let at = 0; at < RUNS; at++) ids.push((await old.runs.start(workflow, at)).id);
      await until(() => held === RUNS, "each run has kept its first step and begun its second");

      const future = { version: SCHEMA_LATEST + 1, name: "future", text: "CREATE TABLE future (a {int}) {strict};" };
      await migrate(newer, { clock: systemClock, keepCopy: async () => {}, migrations: [...MIGRATIONS, future] });
      letGo.resolve();
      const refusal = await refusalOf(() => old.runs.start(workflow, 0));
      isOld = false;
      // Its leases run out: it cannot renew them any more.
      await newer.write(() => statement("UPDATE run SET wake_ms = 1 WHERE status = 'running'"));
      young.worker.start();

      equal(refusal.code, "outdated");
      for (const [at, id] of ids.entries()) {
        const run = await young.reaches(id, "completed");
        equal(run.output, String(at * 2 + 1));
        deepEqual(
          await numbersOf(newer, id),
          Array.from({ length: run.events }, (_, n) => n + 1),
        );
      }
      deepEqual(done.toSorted(), ids.map((_id, at) => `first ${at}`).toSorted());
    },
  },
  {
    name: "steps of many runs at once are remembered, each with its own events",
    run: async (db) => {
      const sql = await open(db);
      await using house = testRuns(sql);
      const workflow = house.define("many", async (context, input) => {
        const branches = Array.from({ length: STEPS }, (_, at) => context.step(`branch ${at}`, async () => at));
        const sum = (await Promise.all(branches)).reduce((all, one) => all + one, Number(input));
        return context.step("text", async () => `${sum} "quotes" \\ \u0000 ü ${JSON.stringify({ a: null })}`);
      });

      const ids: string[] = [];
      for (let at = 0; at < 20; at++) ids.push((await house.runs.start(workflow, at)).id);
      for (const [at, id] of ids.entries()) {
        const run = await house.reaches(id, "completed");
        equal(JSON.parse(run.output ?? ""), `${at + 15} "quotes" \\ \u0000 ü {"a":null}`);
        deepEqual(
          await numbersOf(sql, id),
          Array.from({ length: STEPS + 3 }, (_, n) => n + 1),
        );
      }
    },
  },
];
