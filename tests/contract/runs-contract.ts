// What a durable run promises, on every engine of the database.
import { deepStrictEqual as deepEqual, strictEqual as equal, ok, rejects } from "node:assert";
import { systemClock } from "../../src/base/clock.ts";
import { AppError } from "../../src/base/errors.ts";
import type { Json } from "../../src/base/json.ts";
import { recover } from "../../src/runs/sweep.ts";
import type { RunContext } from "../../src/runs/workflow.ts";
import { insertReply } from "../../src/store/replies.ts";
import { forget } from "../../src/store/retention.ts";
import { keepStep, newStep } from "../../src/store/run-steps.ts";
import { type Sql, run as statement } from "../../src/store/sql.ts";
import { until } from "../harness/condition.ts";
import { refusalOf } from "../harness/errors.ts";
import { mortal } from "../harness/mortal.ts";
import { testRuns } from "../harness/runs.ts";
import { type ContractCase, open } from "./sql-contract.ts";

interface Told {
  readonly type: string;
  readonly data: { readonly n: number; readonly step?: string };
}

async function eventsOf(sql: Sql, id: string): Promise<Told[]> {
  const rows = await sql.all<{ type: string; data: string }>(
    "SELECT type, data FROM event WHERE subject = ?1 ORDER BY seq",
    [id],
  );
  return rows.map(({ type, data }) => ({ type, data: JSON.parse(data) }));
}

/** Whatever happened, the events of a run count from 1 without a gap. */
async function hasNoGap(sql: Sql, id: string): Promise<void> {
  const numbers = (await eventsOf(sql, id)).map(({ data }) => data.n);
  deepEqual(
    numbers,
    numbers.map((_n, at) => at + 1),
  );
}

const boom = () => Promise.reject(new Error("boom"));

export const durableRunCases: readonly ContractCase[] = [
  {
    name: "runs that are over are forgotten with all that they started, and those that are open are not",
    run: async (db) => {
      const sql = await open(db);
      await using house = testRuns(sql);
      const below = house.define("below", async () => null);
      const above = house.define("above", async (context) => {
        await context.child("child", below, null);
        return null;
      });
      const waits = house.define("waits", async (context) => (await context.waitFor("go", "go")) ?? null);
      const ids: string[] = [];
      for (const workflow of [above, waits, below]) ids.push((await house.runs.start(workflow, null)).id);
      const [over = "", waiting = "", newest = ""] = ids;
      await Promise.all([house.reaches(over, "completed"), house.reaches(newest, "completed")]);
      await house.reaches(waiting, "waiting");
      // Of all the newest stays, whatever its age: its number must not be given twice.
      const last = await house.runs.start(below, null);
      await house.reaches(last.id, "completed");

      const later = { ...systemClock, now: () => systemClock.now() + 10_000 };
      const gone = await forget(sql, later, { runsMs: 5_000 }, new AbortController().signal);
      const left = await sql.all<{ id: string }>("SELECT id FROM run ORDER BY seq");

      equal(gone.runs, 2);
      deepEqual(
        left.map(({ id }) => id),
        [waiting, last.id],
      );
    },
  },
  {
    name: "a run does its steps once each, in order, and tells of each",
    run: async (db) => {
      const sql = await open(db);
      await using house = testRuns(sql);
      const done: string[] = [];
      const workflow = house.define("sum", async (context, input) => {
        let sum = 0;
        for (const n of input as number[]) {
          sum += await context.step(`add ${n}`, async () => {
            done.push(`add ${n}`);
            return n;
          });
        }
        return { sum };
      });

      const { id, isNew } = await house.runs.start(workflow, [1, 2, 3]);
      const run = await house.reaches(id, "completed");

      equal(isNew, true);
      deepEqual(done, ["add 1", "add 2", "add 3"]);
      deepEqual(JSON.parse(run.output ?? ""), { sum: 6 });
      deepEqual(
        (await eventsOf(sql, id)).map(({ type }) => type),
        ["run.created", "step.completed", "step.completed", "step.completed", "run.completed"],
      );
      await hasNoGap(sql, id);
    },
  },
  {
    name: "a sleeping run has no worker, and does nothing again when it goes on",
    run: async (db) => {
      const sql = await open(db);
      await using house = testRuns(sql);
      let steps = 0;
      const workflow = house.define("sleeper", async (context) => {
        await context.step("before", async () => ++steps);
        await context.sleep("night", 200);
        return context.step("after", async () => ++steps);
      });

      const { id } = await house.runs.start(workflow, null);
      const asleep = await house.reaches(id, "waiting");
      const awake = await house.reaches(id, "completed");

      equal(asleep.process, null);
      ok(asleep.wake_ms !== null);
      equal(awake.output, "2");
      equal(awake.epoch, 2);
      await hasNoGap(sql, id);
    },
  },
  {
    name: "signals are kept until somebody wants them, in their order; one said twice is heard once",
    run: async (db) => {
      const sql = await open(db);
      await using house = testRuns(sql);
      const workflow = house.define("listener", async (context) => {
        await context.waitFor("start", "go");
        const first = await context.waitFor("first", "word");
        const second = await context.waitFor("second", "word");
        const never = await context.waitFor("third", "word", { timeoutMs: 30 });
        return [first ?? null, second ?? null, never === undefined];
      });
      const { id } = await house.runs.start(workflow, null);
      await house.reaches(id, "waiting");

      equal(await house.runs.signal(id, "word", "one", "key"), true);
      equal(await house.runs.signal(id, "word", "one", "key"), false);
      await house.runs.signal(id, "word", { two: 2 });
      await house.runs.signal(id, "go", null);
      const run = await house.reaches(id, "completed");

      deepEqual(JSON.parse(run.output ?? ""), ["one", { two: 2 }, true]);
      equal((await refusalOf(() => house.runs.signal(id, "word", 1))).code, "conflict");
      equal(await house.runs.signal(id, "word", "one", "key"), false);
      equal((await refusalOf(() => house.runs.signal("run_0123456789ab", "word", 1))).code, "not_found");
      await hasNoGap(sql, id);
    },
  },
  {
    name: "what comes for one branch is heard while another is at work",
    run: async (db) => {
      const sql = await open(db);
      await using house = testRuns(sql);
      const long = Promise.withResolvers<string>();
      const workflow = house.define("branches", async (context) => {
        const [word, , work] = await Promise.all([
          context.waitFor("word", "word").then((said) => context.step("said", async () => said ?? null)),
          context.sleep("pause", 20).then(() => context.step("paused", async () => true)),
          context.step("long", () => long.promise),
        ]);
        return [word, work];
      });
      const { id } = await house.runs.start(workflow, null);
      const keys = async () =>
        (await house.runs.show(id)).steps.filter(({ status }) => status === "completed").map(({ key }) => key);
      await until(async () => (await keys()).includes("paused"), "the pause is over");

      await house.runs.signal(id, "word", "heard");
      await until(async () => (await keys()).includes("said"), "the word was heard");
      long.resolve("worked");

      equal((await house.reaches(id, "completed")).output, '["heard","worked"]');
      await hasNoGap(sql, id);
    },
  },
  {
    name: "children run by themselves, and their parent goes on with what they come to",
    run: async (db) => {
      const sql = await open(db);
      await using house = testRuns(sql);
      const child = house.define("double", async (context, input) => {
        if (input === 3) throw new AppError("not_found", "no three", { hint: "Take another." });
        return context.step("double", async () => Number(input) * 2);
      });
      const parent = house.define("fan out", async (context) => {
        const all = await Promise.allSettled([1, 2, 3].map((n) => context.child(`child ${n}`, child, n)));
        return all.map((one) => (one.status === "fulfilled" ? (one.value ?? null) : (one.reason as AppError).message));
      });

      const { id } = await house.runs.start(parent, null);
      const output = JSON.parse((await house.reaches(id, "completed")).output ?? "") as Json[];

      deepEqual(output.slice(0, 2), [2, 4]);
      ok(/^double \(run_\w+\) failed: no three$/.test(String(output[2])), String(output[2]));
      await hasNoGap(sql, id);
    },
  },
  {
    name: "a step that fails is tried again while it may; an error that says that it is final is not",
    run: async (db) => {
      const sql = await open(db);
      await using house = testRuns(sql);
      const tries = { flaky: 0, hopeless: 0, refused: 0 };
      const retry = { attempts: 3, firstMs: 5 };
      const refusal = new AppError("invalid_input", "cannot do that", { hint: "Do this." });
      const counted = (name: "hopeless" | "refused", work: () => Promise<never>) => {
        tries[name]++;
        return work();
      };
      const workflow = house.define("tries", async (context) => {
        const flaky = await context.step("flaky", async ({ attempt }) => (++tries.flaky < 3 ? boom() : attempt), {
          retry,
        });
        const outcomes = await Promise.allSettled([
          context.step("hopeless", () => counted("hopeless", boom), { retry }),
          context.step("refused", () => counted("refused", () => Promise.reject(refusal)), { retry }),
        ]);
        return [flaky, ...outcomes.map((one) => (one.status === "rejected" ? String(one.reason.code) : "ok"))];
      });

      const { id } = await house.runs.start(workflow, null);

      equal((await house.reaches(id, "completed")).output, '[3,"internal","invalid_input"]');
      deepEqual(tries, { flaky: 3, hopeless: 3, refused: 1 });
      await hasNoGap(sql, id);
    },
  },
  {
    name: "a step that takes too long is told to stop, and fails whatever it does",
    run: async (db) => {
      const sql = await open(db);
      await using house = testRuns(sql);
      let wasTold = false;
      const workflow = house.define("slow", (context) =>
        context.step(
          "slow",
          ({ signal }) => {
            signal.addEventListener("abort", () => {
              wasTold = true;
            });
            return new Promise(() => {});
          },
          { timeoutMs: 20 },
        ),
      );

      const { id } = await house.runs.start(workflow, null);
      const run = await house.reaches(id, "failed");

      equal(wasTold, true);
      equal(JSON.parse(run.error ?? "").code, "timeout");
    },
  },
  {
    name: "a run ends when its time is over, at work or waiting",
    run: async (db) => {
      const sql = await open(db);
      await using house = testRuns(sql);
      const atWork = house.define("at work", (context) => context.step("long", () => new Promise(() => {})));
      const waits = house.define("waits", (context) => context.waitFor("never", "never"));

      const ids = await Promise.all([atWork, waits].map((one) => house.runs.start(one, null, { timeoutMs: 100 })));

      for (const { id } of ids) {
        equal(JSON.parse((await house.reaches(id, "failed")).error ?? "").code, "timeout");
        await hasNoGap(sql, id);
      }
    },
  },
  {
    name: "cancel ends what waits at once, tells what is at work to stop, and takes the children with it",
    run: async (db) => {
      const sql = await open(db);
      await using house = testRuns(sql);
      let wasTold = false;
      let wroteLater = false;
      const child = house.define("child", (context) =>
        context
          .step(
            "long",
            ({ signal }) =>
              new Promise<null>((resolve) =>
                signal.addEventListener("abort", () => {
                  wasTold = true;
                  resolve(null);
                }),
              ),
          )
          .then(() => {
            wroteLater = true;
            return null;
          }),
      );
      const parent = house.define("parent", (context) => context.child("child", child, null));
      const { id } = await house.runs.start(parent, null);
      await house.reaches(id, "waiting");
      const [{ id: childId = "" } = {}] = await sql.all<{ id: string }>("SELECT id FROM run WHERE parent_id = ?1", [
        id,
      ]);
      await house.reaches(childId, "running");

      equal((await house.runs.cancel(id)).status, "cancelled");
      await house.reaches(childId, "cancelled");

      equal(wasTold, true);
      equal(wroteLater, false);
      equal((await refusalOf(() => house.runs.cancel(id))).code, "conflict");
      await hasNoGap(sql, id);
      await hasNoGap(sql, childId);
    },
  },
  {
    name: "cancel of a child that waits is its parent's to hear of, and does not end the parent",
    run: async (db) => {
      const sql = await open(db);
      await using house = testRuns(sql);
      const long = Promise.withResolvers<string>();
      const child = house.define("child", (context) => context.waitFor("never", "never"));
      const parent = house.define("parent", async (context) => {
        const told = context.child("child", child, null).catch((error: AppError) => error.code);
        return [await context.step("long", () => long.promise), (await told) ?? null];
      });
      const { id } = await house.runs.start(parent, null);
      const childOf = async () => {
        const rows = await sql.all<{ id: string; status: string }>("SELECT id, status FROM run WHERE parent_id = ?1", [
          id,
        ]);
        return rows[0];
      };
      await until(async () => (await childOf())?.status === "waiting", "the child waits");

      await house.runs.cancel((await childOf())?.id ?? "");
      long.resolve("worked");

      equal((await house.reaches(id, "completed")).output, '["worked","cancelled"]');
      await hasNoGap(sql, id);
    },
  },
  {
    name: "a run at work that waits for a signal writes nothing while others write",
    run: async (db) => {
      const [sql, elsewhere] = [await open(db), await open(db)];
      await using house = testRuns(sql);
      const long = Promise.withResolvers<null>();
      const workflow = house.define("quiet", async (context) => {
        await Promise.all([context.waitFor("word", "word"), context.step("long", () => long.promise)]);
        return null;
      });
      const { id } = await house.runs.start(workflow, null);
      await until(async () => (await house.runs.show(id)).steps.length === 1, "the wait is kept");
      let commits = 0;
      const stop = sql.onCommit(() => commits++);

      await house.runs.signal(id, "other", null);
      const before = commits;
      for (let at = 0; at < 5; at++) {
        await elsewhere.write(() => statement("UPDATE run SET priority = priority WHERE id = ?1", [id]));
        await new Promise((resolve) => setTimeout(resolve, 30));
      }
      stop();

      equal(commits, before);
      await house.runs.signal(id, "word", null);
      long.resolve(null);
      await house.reaches(id, "completed");
      await hasNoGap(sql, id);
    },
  },
  {
    name: "cancel reaches a run that another process works on",
    run: async (db) => {
      const [sql, elsewhere] = [await open(db), await open(db)];
      await using house = testRuns(sql);
      await using other = testRuns(elsewhere, { isIdle: true });
      const workflow = house.define("long", (context) => context.step("long", () => new Promise(() => {})));
      const { id } = await house.runs.start(workflow, null);
      await house.reaches(id, "running");

      await other.runs.cancel(id);

      await house.reaches(id, "cancelled");
      await hasNoGap(sql, id);
    },
  },
  {
    name: "the same key starts one run, and refuses another input",
    run: async (db) => {
      const sql = await open(db);
      await using house = testRuns(sql, { isIdle: true });
      const workflow = house.define("once", async () => null);
      const once = { idempotencyKey: "key" };

      const all = await Promise.all([1, 2, 3, 4].map(() => house.runs.start(workflow, { a: 1, b: 2 }, once)));
      const again = await house.runs.start(workflow, { b: 2, a: 1 }, once);

      deepEqual(new Set([...all, again].map(({ id }) => id)).size, 1);
      equal(all.filter(({ isNew }) => isNew).length, 1);
      equal((await refusalOf(() => house.runs.start(workflow, { a: 2 }, once))).code, "conflict");
    },
  },
  {
    name: "no more run at once than a limit allows, and all of them run",
    run: async (db) => {
      const [sql, elsewhere] = [await open(db), await open(db)];
      await using house = testRuns(sql);
      await using other = testRuns(elsewhere);
      const now = { a: 0, b: 0 };
      const most = { a: 0, b: 0 };
      const workflow = house.define("limited", (context, input) =>
        context.step("work", async () => {
          for (const key of input as ("a" | "b")[]) most[key] = Math.max(most[key], ++now[key]);
          await new Promise((resolve) => setImmediate(resolve));
          for (const key of input as ("a" | "b")[]) now[key]--;
          return null;
        }),
      );
      other.add(workflow);
      const limits = { a: { key: "a", most: 2 }, b: { key: "b", most: 3 } };

      const started = await Promise.all(
        Array.from({ length: 30 }, (_, at) => {
          const keys: ("a" | "b")[] = at % 3 === 0 ? ["a", "b"] : at % 3 === 1 ? ["a"] : ["b"];
          return house.runs.start(workflow, keys, { limits: keys.map((key) => limits[key]) });
        }),
      );
      for (const { id } of started) await house.reaches(id, "completed");

      ok(most.a <= 2 && most.b <= 3, JSON.stringify(most));
      const left = await sql.all<{ key: string; used: number }>("SELECT key, used FROM run_limit ORDER BY key");
      deepEqual(
        left.map(({ key, used }) => ({ key, used })),
        [
          { key: "a", used: 0 },
          { key: "b", used: 0 },
        ],
      );
    },
  },
  {
    name: "only so many start in a time, and the rest when theirs comes",
    run: async (db) => {
      const sql = await open(db);
      await using house = testRuns(sql);
      const workflow = house.define("rated", async () => null);
      const limits = [{ key: "rate", rate: { starts: 2, perMs: 200 } }];

      const started = await Promise.all([1, 2, 3, 4].map(() => house.runs.start(workflow, null, { limits })));
      const rows = [];
      for (const { id } of started) rows.push(await house.reaches(id, "completed"));

      deepEqual(started.map(({ status }) => status).sort(), ["gated", "gated", "queued", "queued"]);
      // Their time begins when the first are let in, which is before anybody starts on them.
      const times = rows.map(({ started_ms }) => Number(started_ms)).sort((one, other) => one - other);
      const first = Math.min(...rows.map(({ created_ms }) => Number(created_ms)));
      ok((times[3] ?? 0) - first >= 150, `${first}: ${times.join()}`);
    },
  },
  {
    name: "the more urgent goes first, and who waits gets more urgent",
    run: async (db) => {
      const sql = await open(db);
      await using house = testRuns(sql, { isIdle: true });
      const order: Json[] = [];
      const workflow = house.define("ordered", async (_context, input) => void order.push(input));
      const minutes = (n: number) =>
        sql.write(() => statement("UPDATE run SET rank = rank - ?1 WHERE priority = 9", [n * 60_000]));
      await house.runs.start(workflow, "waited", { priority: 9 });
      await minutes(5);
      for (const priority of [5, 1, 9, 5]) await house.runs.start(workflow, priority, { priority });

      house.worker.start();
      await until(() => order.length === 5, "all have run");

      deepEqual(order, [1, "waited", 5, 5, 9]);
    },
  },
  {
    name: "a worker that has lost a run writes nothing more, and another one does it",
    run: async (db) => {
      const [sql, elsewhere] = [await open(db), await open(db)];
      await using slow = testRuns(sql);
      const hold = Promise.withResolvers<null>();
      const workflow = slow.define("stolen", (context) =>
        context.step("work", async () => {
          await hold.promise;
          return "slow";
        }),
      );
      const { id } = await slow.runs.start(workflow, null);
      await slow.reaches(id, "running");
      await sql.write(() => statement("UPDATE run SET wake_ms = 1 WHERE id = ?1", [id]));

      await using quick = testRuns(elsewhere);
      quick.define("stolen", (context) => context.step("work", async () => "quick"));
      await slow.worker.stop();
      await quick.reaches(id, "completed");
      hold.resolve(null);

      equal((await quick.runs.show(id)).run.output, '"quick"');
      await hasNoGap(sql, id);
    },
  },
  {
    name: "runs of a process that has died go on at once; a step that may not be done twice is not",
    run: async (db) => {
      const [sql, elsewhere] = [await open(db), await open(db)];
      const body = mortal(sql);
      const dying = testRuns(body);
      const hang = () => new Promise<null>(() => {});
      const steps = (work: () => Promise<Json>) => async (context: RunContext) => {
        const first = await context.step("first", async () => "kept");
        const outcomes = await Promise.allSettled([
          context.step("again", work),
          context.step("once", work, { atMostOnce: true }),
        ]);
        return [first, ...outcomes.map((one) => (one.status === "fulfilled" ? one.value : String(one.reason.code)))];
      };
      const workflow = dying.define("died", steps(hang));
      const { id } = await dying.runs.start(workflow, null);
      const begun = async () => (await dying.runs.show(id)).steps.map(({ key }) => key);
      await until(async () => (await begun()).includes("once"), "the step has begun");

      body.die();
      const liveness = { hold: () => {}, isAlive: (process: string) => process !== dying.process };
      await using heir = testRuns(elsewhere, { liveness });
      heir.define(
        "died",
        steps(async () => "done"),
      );
      const run = await heir.reaches(id, "completed");

      deepEqual(JSON.parse(run.output ?? ""), ["kept", "done", "uncertain"]);
      equal(run.crashes, 1);
      await hasNoGap(sql, id);
    },
  },
  {
    name: "a run over which workers die again and again fails, and its retry keeps what was done",
    run: async (db) => {
      const sql = await open(db);
      await using house = testRuns(sql, { isIdle: true });
      let firsts = 0;
      const workflow = house.define("poison", async (context) => {
        await context.step("first", async () => ++firsts);
        return context.step("second", async () => "well");
      });
      const { id } = await house.runs.start(workflow, null);
      await sql.write(() => statement("UPDATE run SET crashes = 5 WHERE id = ?1", [id]));

      house.worker.start();
      const failed = await house.reaches(id, "failed");
      await house.runs.retry(id);
      const run = await house.reaches(id, "completed");

      equal(JSON.parse(failed.error ?? "").code, "unavailable");
      equal(run.output, '"well"');
      equal((await refusalOf(() => house.runs.retry(id))).code, "conflict");
      await hasNoGap(sql, id);
    },
  },
  {
    name: "a run over which workers die goes on for as long as it gets on between two deaths",
    run: async (db) => {
      const sql = await open(db);
      await using house = testRuns(sql, { isIdle: true });
      const workflow = house.define("slow", async (context) => {
        const first = await context.step("first", async () => "never");
        return context.step("second", async () => `${first}, then well`);
      });
      const dies = async (id: string, times: number) => {
        for (let time = 0; time < times; time++) {
          await sql.write(() => statement("UPDATE run SET status = 'running', process = 'gone' WHERE id = ?1", [id]));
          await sql.write(function* () {
            yield* recover(["gone"], systemClock.now(), false);
          });
        }
      };
      const getsOn = (id: string) =>
        sql.write(() =>
          keepStep({
            ...newStep(id, "first", "step", 1),
            status: "completed",
            output: '"kept"',
            ended_ms: systemClock.now() + 1_000,
          }),
        );
      const [stuck, slow] = [await house.runs.start(workflow, null), await house.runs.start(workflow, null)];

      await dies(stuck.id, 5);
      await dies(slow.id, 4);
      await getsOn(slow.id);
      await dies(slow.id, 4);
      house.worker.start();

      equal((await house.reaches(stuck.id, "failed")).crashes, 5);
      equal((await house.reaches(slow.id, "completed")).output, '"kept, then well"');
    },
  },
  {
    name: "a run over which workers die gets on for as long as the words of its models grow",
    run: async (db) => {
      const sql = await open(db);
      await using house = testRuns(sql, { isIdle: true });
      const workflow = house.define("wordy", (context) => context.step("say", async () => "said"));
      const [stuck, grows] = [await house.runs.start(workflow, null), await house.runs.start(workflow, null)];
      const place = { workspace_id: null, workflow: "wordy", step: "say", agent: "say", provider: "p", model: "m" };
      let now = systemClock.now();
      const dies = async (id: string, kept: number) => {
        await sql.write(() =>
          statement("UPDATE run SET status = 'running', process = 'gone' WHERE id = ?1 AND status = 'queued'", [id]),
        );
        await sql.write(() => recover(["gone"], ++now, false));
        const said = { id: `${id}-${now}`, run_id: id, root_id: id, text: "", kept, created_ms: ++now };
        await sql.write(() => insertReply({ ...place, ...said }));
      };

      for (let time = 0; time < 12; time++) {
        await dies(stuck.id, 300);
        await dies(grows.id, 300 * time);
      }
      house.worker.start();

      equal((await house.reaches(stuck.id, "failed")).crashes, 5);
      equal((await house.reaches(grows.id, "completed")).output, '"said"');
    },
  },
  {
    name: "a retry does again what failed, and nothing of what was done",
    run: async (db) => {
      const sql = await open(db);
      await using house = testRuns(sql);
      const done = { first: 0, second: 0 };
      const workflow = house.define("mended", async (context) => {
        await context.step("first", async () => ++done.first);
        return context.step("second", async () => (++done.second === 1 ? boom() : "mended"));
      });
      const { id } = await house.runs.start(workflow, null);
      await house.reaches(id, "failed");

      await house.runs.retry(id);

      equal((await house.reaches(id, "completed")).output, '"mended"');
      deepEqual(done, { first: 1, second: 2 });
      await hasNoGap(sql, id);
    },
  },
  {
    name: "a retry has a child that failed begin again, too; a run that goes on starts no child twice",
    run: async (db) => {
      const sql = await open(db);
      await using house = testRuns(sql);
      let tries = 0;
      const child = house.define("child", async (context) => {
        await context.sleep("pause", 5);
        return context.step("try", async () => (++tries === 1 ? boom() : "mended"));
      });
      const parent = house.define("parent", (context) => context.child("child", child, null));
      const { id } = await house.runs.start(parent, null);
      await house.reaches(id, "failed");

      await house.runs.retry(id);

      equal((await house.reaches(id, "completed")).output, '"mended"');
      const begun = (await eventsOf(sql, id)).filter(({ type }) => type === "step.started");
      equal(begun.length, 2);
      await hasNoGap(sql, id);
    },
  },
  {
    name: "a workflow that asks for other steps than before is told so, and does nothing",
    run: async (db) => {
      const [sql, elsewhere] = [await open(db), await open(db)];
      const before = testRuns(sql);
      const workflow = before.define("changed", async (context) => {
        await context.step("old", async () => 1);
        await context.waitFor("wait", "go");
        return null;
      });
      const { id } = await before.runs.start(workflow, null);
      await before.reaches(id, "waiting");
      await before[Symbol.asyncDispose]();

      await using after = testRuns(elsewhere);
      after.define("changed", async () => "other");
      await after.runs.signal(id, "go", null);
      const run = await after.reaches(id, "failed");

      ok(JSON.parse(run.error ?? "").message.startsWith("nondeterminism: "), run.error ?? "");
    },
  },
  {
    name: "the database itself refuses a move that a run cannot make",
    run: async (db) => {
      const sql = await open(db);
      await using house = testRuns(sql);
      const { id } = await house.runs.start(
        house.define("done", async () => null),
        null,
      );
      await house.reaches(id, "completed");

      await rejects(sql.write(() => statement("UPDATE run SET status = 'running' WHERE id = ?1", [id])));

      equal((await house.runs.show(id)).run.status, "completed");
    },
  },
  {
    name: "what is too large is refused, and the run says so",
    run: async (db) => {
      const sql = await open(db);
      await using house = testRuns(sql);
      const workflow = house.define("large", (context) => context.step("large", async () => "x".repeat(4_000_001)));

      const { id } = await house.runs.start(workflow, null);

      equal(JSON.parse((await house.reaches(id, "failed")).error ?? "").code, "too_large");
      equal((await refusalOf(() => house.runs.start(workflow, "x".repeat(4_000_001)))).code, "too_large");
    },
  },
];
