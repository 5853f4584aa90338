// A world of several workers on one database, clients that start, signal and cancel runs, and everything that may go
// wrong: workers die and stand still, calls fail, answers are lost. The seed chooses all of it, and always the same.
import type { Ids } from "../../src/base/ids.ts";
import type { Json } from "../../src/base/json.ts";
import type { Liveness } from "../../src/base/liveness.ts";
import { Runs } from "../../src/runs/runs.ts";
import { Worker } from "../../src/runs/worker.ts";
import { Workflows } from "../../src/runs/workflows.ts";
import type { RunRow } from "../../src/store/runs.ts";
import type { Sql } from "../../src/store/sql.ts";
import { countingIds } from "../harness/ids.ts";
import { Random } from "../harness/random.ts";
import { isRight, onceKeys, type Program, programWorkflow, randomProgram, signalsOf, timesOf } from "./program.ts";
import { type Actor, Scheduler } from "./scheduler.ts";
import { emptyDatabase, memoryDatabase, type SimulatedDatabase, simulatedSql, type Weather } from "./simulated-sql.ts";

export interface Simulated {
  readonly seed: string;
  /** What must not be; empty when all is well. */
  readonly wrong: readonly string[];
  readonly steps: number;
  readonly faults: number;
}

const STEPS_MAX = 60_000;
const RUNS_MAX = 4;
const OPS_MAX = 5;
const WORKERS_MAX = 3;
const LIMIT = "at once";
const MOST = 2;
/** Shorter and longer than a lease. */
const STILL_MS_MIN = 20_000;
const STILL_MS_MAX = 60_000;
const DEAD_MS_MAX = 40_000;
const FAULT_EVERY_MS = 8_000;
const PAUSE_MS = 200;
const STEP_MS_MAX = 15_000;

const calm: Weather = { fails: 0, loses: 0 };

interface Started {
  readonly program: Program;
  readonly isLimited: boolean;
  readonly key: string;
  id?: string;
  isCancelled: boolean;
}

let shared: Promise<SimulatedDatabase> | undefined;

export async function simulate(seed: string): Promise<Simulated> {
  shared ??= memoryDatabase();
  const database = await shared;
  emptyDatabase(database);
  return new World(seed, database).run();
}

class World {
  readonly #seed: string;
  readonly #random: Random;
  readonly #scheduler: Scheduler;
  readonly #database: SimulatedDatabase;
  readonly #ids: Ids = countingIds();
  readonly #done = new Map<string, number>();
  readonly #wrong: string[] = [];
  readonly #dead = new Set<string>();
  readonly #workers: Actor[] = [];
  readonly #weather: Weather;
  readonly #started: Started[];
  readonly #isApart: boolean;
  #faults = 0;
  #clientsAtWork = 0;

  constructor(seed: string, database: SimulatedDatabase) {
    this.#seed = seed;
    this.#random = new Random(seed);
    this.#scheduler = new Scheduler(this.#random);
    this.#database = database;
    const isStormy = this.#random.isTrue(0.5);
    this.#weather = isStormy ? { fails: this.#random.next() * 0.03, loses: this.#random.next() * 0.03 } : calm;
    this.#isApart = this.#random.isTrue(0.5);
    this.#started = Array.from({ length: this.#random.int(1, RUNS_MAX) }, (_, at) => ({
      program: randomProgram(this.#random, OPS_MAX),
      isLimited: this.#random.isTrue(0.5),
      key: `run ${at}`,
      isCancelled: false,
    }));
    database.onChange = () => this.#lookAtLimit();
  }

  async run(): Promise<Simulated> {
    for (let at = this.#random.int(1, WORKERS_MAX); at > 0; at--) this.#startWorker();
    for (const started of this.#started) this.#startClient(started);
    this.#makeTrouble(this.#random.int(0, 5));
    const how = await this.#scheduler.runUntil(() => this.#isOver(), STEPS_MAX);
    for (const worker of this.#workers) worker.isDead = true;
    if (how !== "done") this.#wrong.push(`${how} after ${this.#scheduler.steps} steps: ${this.#openRuns()}`);
    else this.#judge();
    this.#database.onChange = () => {};
    return { seed: this.#seed, wrong: this.#wrong, steps: this.#scheduler.steps, faults: this.#faults };
  }

  #rows<T>(text: string): T[] {
    return this.#database.connection.all(text) as T[];
  }

  #isOver(): boolean {
    return this.#clientsAtWork === 0 && this.#rows("SELECT 1 FROM run WHERE ended_ms IS NULL LIMIT 1").length === 0;
  }

  #openRuns(): string {
    return JSON.stringify(this.#rows("SELECT id, status, wake_ms, process, epoch FROM run WHERE ended_ms IS NULL"));
  }

  // --- Who acts --------------------------------------------------------------------------------------------------

  #actor(name: string): Actor {
    return { name, isDead: false, stillUntilMs: 0 };
  }

  #sqlOf(actor: Actor): Sql {
    return simulatedSql(this.#database, this.#scheduler, actor, this.#random, this.#weather);
  }

  #startWorker(): void {
    const actor = this.#actor(this.#ids.next("process"));
    this.#workers.push(actor);
    const workflows = new Workflows();
    workflows.add(this.#workflow(actor));
    new Worker({
      sql: this.#sqlOf(actor),
      clock: this.#scheduler.clockOf(actor),
      ids: this.#ids,
      workflows,
      liveness: this.#liveness(),
      process: actor.name,
      host: "here",
      pid: 1,
      version: "1",
      complain: () => {},
    }).start();
  }

  #workflow(actor: Actor) {
    const clock = this.#scheduler.clockOf(actor);
    return programWorkflow({
      pause: () => (this.#random.isTrue(0.5) ? clock.sleep(this.#random.int(0, STEP_MS_MAX)) : Promise.resolve()),
      done: (run, key) => {
        const name = `${run} ${key}`;
        this.#done.set(name, (this.#done.get(name) ?? 0) + 1);
      },
    });
  }

  /** On one machine a lock tells who has died; of another nobody knows. */
  #liveness(): Liveness {
    return { hold: () => {}, isAlive: (process) => (this.#isApart ? undefined : !this.#dead.has(process)) };
  }

  #startClient(started: Started): void {
    const actor = this.#actor(`client of ${started.key}`);
    const clock = this.#scheduler.clockOf(actor);
    const sql = this.#sqlOf(actor);
    const idle = { lookAround: async () => {} } as unknown as Worker;
    const runs = new Runs({ sql, clock, ids: this.#ids, worker: idle });
    const again = async <T>(work: () => Promise<T>): Promise<T> => {
      for (;;) {
        try {
          return await work();
        } catch (error) {
          const { code } = error as { code?: string };
          if (code !== "unavailable" && code !== "uncertain") throw error;
          await clock.sleep(PAUSE_MS);
        }
      }
    };
    const work = async () => {
      const limits = started.isLimited ? [{ key: LIMIT, most: MOST }] : [];
      const options = { idempotencyKey: started.key, limits };
      await clock.sleep(this.#random.int(0, 5_000));
      const input = started.program as unknown as Json;
      const { id } = await again(() => runs.start(this.#workflow(actor), input, options));
      started.id = id;
      if (this.#random.isTrue(0.15)) {
        await clock.sleep(this.#random.int(0, 60_000));
        started.isCancelled = true;
        await again(() => runs.cancel(id)).catch(isEnded);
        return;
      }
      for (const { name, value } of this.#random.shuffled(signalsOf(started.program))) {
        await clock.sleep(this.#random.int(0, 30_000));
        await again(() => runs.signal(id, name, value, name));
      }
    };
    this.#clientsAtWork++;
    work()
      .catch((error: unknown) => this.#wrong.push(`${started.key}: a client was told ${error}`))
      .finally(() => this.#clientsAtWork--);
  }

  /** Workers die, and others come in their place; or they stand still until they have lost what they had. */
  #makeTrouble(left: number): void {
    if (left === 0) return;
    const fate = this.#actor("fate");
    this.#scheduler.after(fate, this.#random.int(0, FAULT_EVERY_MS), () => {
      const living = this.#workers.filter(({ isDead }) => !isDead);
      // The last one has died in this moment, and who comes in its place is on the way.
      if (living.length === 0) return this.#makeTrouble(left);
      const victim = this.#random.pick(living);
      this.#faults++;
      if (this.#random.isTrue(0.3))
        victim.stillUntilMs = this.#scheduler.clockOf(fate).elapsed() + this.#random.int(STILL_MS_MIN, STILL_MS_MAX);
      else {
        victim.isDead = true;
        this.#dead.add(victim.name);
        if (living.length === 1 || this.#random.isTrue(0.7))
          this.#scheduler.after(fate, this.#random.int(0, living.length === 1 ? 0 : DEAD_MS_MAX), () =>
            this.#startWorker(),
          );
      }
      this.#makeTrouble(left - 1);
    });
  }

  // --- What must be ----------------------------------------------------------------------------------------------

  #lookAtLimit(): void {
    const [row] = this.#rows<{ held: number; used: number }>(
      `SELECT (SELECT count(*) FROM run_gate WHERE holds = 1) AS held, COALESCE((SELECT used FROM run_limit), 0) AS used`,
    );
    if (row && (row.held > MOST || row.held !== row.used))
      this.#wrong.push(`${row.held} hold the limit, ${row.used} are counted`);
  }

  #judge(): void {
    const runs = new Map(this.#rows<RunRow>("SELECT * FROM run").map((run) => [run.id, run]));
    for (const started of this.#started) {
      const run = runs.get(started.id ?? "");
      if (!run) this.#wrong.push(`${started.key} was acknowledged as ${started.id}, and is not there`);
      else this.#judgeRun(run, started);
    }
    if (this.#rows("SELECT 1 FROM run WHERE parent_id IS NULL").length !== this.#started.length)
      this.#wrong.push("a run was started twice");
    for (const run of runs.values()) this.#judgeEvents(run);
    this.#judgeTimes();
  }

  #judgeRun(run: RunRow, { program, isCancelled, key }: Started): void {
    if (run.status === "cancelled" && isCancelled) return;
    const mayBeUnknown = this.#faults > 0 || this.#weather !== calm;
    const isWell =
      run.status === "completed" && isRight(program, JSON.parse(run.output ?? "null") as Json, mayBeUnknown);
    // Whoever dies over it again and again takes it along; that is told.
    const isGivenUp = run.status === "failed" && /workers died over it/.test(run.error ?? "");
    if (!isWell && !isGivenUp) this.#wrong.push(`${key} is ${run.status} with ${run.output} ${run.error}`);
  }

  #judgeEvents({ id, status }: RunRow): void {
    const rows = this.#rows<{ type: string; data: string; subject: string }>(
      `SELECT type, data, subject FROM event WHERE subject = '${id}' ORDER BY seq`,
    );
    const isInOrder = rows.every(({ data }, at) => (JSON.parse(data) as { n: number }).n === at + 1);
    const last = rows.at(-1)?.type;
    const ends = rows.filter(({ type }) => /^run\.(completed|failed|cancelled)$/.test(type)).length;
    const completed = rows
      .filter(({ type }) => type === "step.completed")
      .map(({ data }) => JSON.parse(data).step as string);
    if (new Set(completed).size < completed.length)
      this.#wrong.push(`${id} was worked on by two: it completed ${completed}`);
    if (!isInOrder || last !== `run.${status}` || ends !== 1)
      this.#wrong.push(`${id} told ${rows.map(({ type, data }) => `${type} ${data}`).join("; ")}`);
  }

  /** What may be done once was done once; the rest was done again only where something went wrong. */
  #judgeTimes(): void {
    let again = 0;
    for (const [name, times] of this.#done) {
      const [run = "", key = ""] = name.split(" ");
      const [row] = this.#rows<RunRow>(`SELECT * FROM run WHERE id = '${run}'`);
      const program = JSON.parse(row?.input ?? "[]") as Program;
      const wanted = timesOf(program).get(key) ?? 0;
      if (times > 1 && onceKeys(program).includes(key)) this.#wrong.push(`${name} was done ${times} times`);
      again += Math.max(0, times - wanted);
    }
    // Somebody who is slow is taken for dead, as it would be.
    const isTaken = this.#rows("SELECT 1 FROM run WHERE crashes > 0 LIMIT 1").length > 0;
    if (again > 0 && this.#faults === 0 && this.#weather === calm && !isTaken)
      this.#wrong.push(`${again} steps were done again for nothing`);
  }
}

function isEnded(error: unknown): void {
  if ((error as { code?: string }).code !== "conflict") throw error;
}
