// Several windows on one file that do whatever comes into their heads, and what must hold for the log and the rows
// afterwards, whatever it was.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { TaskStatus } from "../../src/base/transitions.ts";
import type { Sql } from "../../src/store/sql.ts";
import { openTestApp } from "../harness/app.ts";
import { tempFolder } from "../harness/folder.ts";
import { Random } from "../harness/random.ts";
import { StdioWorker } from "./stdio-worker.ts";

interface MixedReport {
  readonly calls: number;
  /** Refused with a hint, as calls that cross each other are. */
  readonly refused: number;
  /** Every rule that did not hold, with where. */
  readonly broken: string[];
}

const STATUSES: readonly TaskStatus[] = ["pending", "active", "blocked", "completed", "failed", "cancelled"];

export async function mixedWindows(windows: number, callsEach: number, seed: string): Promise<MixedReport> {
  using folder = tempFolder();
  const home = join(folder.path, "home");
  const project = join(folder.path, "project");
  mkdirSync(project);
  const workers = await Promise.all(Array.from({ length: windows }, () => StdioWorker.start(home, project)));
  await workers[0]?.call("task_plan", {
    title: "Shared",
    tasks: Array.from({ length: 40 }, (_, at) => ({
      title: `Task ${at}`,
      ...(at > 0 ? { needs: [`Task ${Math.floor(at / 3)}`].filter((name) => name !== `Task ${at}`) } : {}),
    })),
  });
  const outcomes = await Promise.all(
    workers.map((worker, at) => new Window(worker, new Random(`${seed} ${at}`)).work(callsEach)),
  );
  await Promise.all(workers.map((worker) => worker.leave()));

  await using app = await openTestApp({ db: join(home, "cadre.db") });
  return {
    calls: windows * callsEach,
    refused: outcomes.flat().filter((outcome) => outcome !== "done").length,
    broken: [...outcomes.flat().filter((outcome) => outcome.startsWith("broken")), ...(await brokenRules(app.sql))],
  };
}

class Window {
  readonly #worker: StdioWorker;
  readonly #random: Random;
  #ids: string[] = [];
  readonly #held = new Map<string, number>();

  constructor(worker: StdioWorker, random: Random) {
    this.#worker = worker;
    this.#random = random;
  }

  async work(calls: number): Promise<string[]> {
    const outcomes: string[] = [];
    for (let call = 0; call < calls; call++) {
      outcomes.push(
        await this.#one().catch((error: unknown) => {
          const { code, hint } = JSON.parse((error as Error).message).error;
          return ["conflict", "not_found", "invalid_input"].includes(code) && hint ? "refused" : `broken: ${code}`;
        }),
      );
    }
    return outcomes;
  }

  async #one(): Promise<string> {
    const held = [...this.#held.keys()];
    const others = this.#ids.length;
    const id =
      held.length > 0 && this.#random.isTrue(0.7) ? this.#random.pick(held) : this.#ids[this.#random.int(0, others)];
    const deeds = id === undefined ? [() => this.#list()] : this.#deeds(id);
    await this.#random.pick(deeds)();
    return "done";
  }

  #deeds(id: string): readonly (() => Promise<unknown>)[] {
    const [random, worker] = [this.#random, this.#worker];
    const start = () => this.#start(random.isTrue(0.3) ? { id } : {});
    const append = () => this.#append(id);
    return [
      () => this.#list(),
      start,
      start,
      append,
      append,
      append,
      async () => {
        await worker.call("task_complete", { id, summary: "did it", options: { decisions: ["so"] } });
        this.#held.delete(id);
      },
      () => {
        const options = { note: "because", force: random.isTrue(0.2) };
        return worker.call("task_update", { id, status: random.pick(STATUSES), options });
      },
      () => worker.call("task_update", { id, title: `Named ${random.int(1, 99)}`, revision: random.int(1, 9) }),
      () => worker.call("task_create", { title: "One more", needs: random.isTrue(0.5) ? [id] : [] }),
    ];
  }

  async #list(): Promise<void> {
    const { tasks = [] } = ((await this.#worker.call("task_list", { limit: 200 })) ?? {}) as {
      tasks?: { id: string }[];
    };
    this.#ids = tasks.map(({ id }) => id);
  }

  async #start(input: object): Promise<void> {
    const started = await this.#worker.call("task_start", input);
    const draft = started?.["draft"] as { next_piece: number } | undefined;
    this.#held.set(String(started?.["id"]), draft?.next_piece ?? 1);
  }

  async #append(id: string): Promise<void> {
    const piece = this.#held.get(id) ?? 1;
    const appended = await this.#worker.call("task_append", { id, piece, text: `${id} ${piece}. ` });
    this.#held.set(id, Number(appended?.["next_piece"]));
  }
}

interface Told {
  seq: number;
  subject: string;
  type: string;
  data: { revision?: number; epoch?: number; status?: string; from?: string };
}

async function brokenRules(sql: Sql): Promise<string[]> {
  const events = (
    await sql.all<{ seq: number; subject: string; type: string; data: string }>(
      "SELECT seq, subject, type, data FROM event ORDER BY seq",
    )
  ).map((row): Told => ({ ...row, data: JSON.parse(row.data) }));
  const rows = await sql.all<FoundTask>(
    "SELECT t.id, t.status, t.revision, l.epoch FROM task t LEFT JOIN lease l ON l.task_id = t.id",
  );
  const byTask = Map.groupBy(events, ({ subject }) => subject);
  const broken = rows.flatMap((row) => brokenTask(row, byTask.get(row.id) ?? []));
  if (events.some(({ seq }, at) => seq !== at + 1)) broken.push("broken: the log has a gap, or an event twice");
  const early = await sql.all<{ id: string }>(
    `SELECT t.id FROM task t JOIN task_need n ON n.task_id = t.id JOIN task b ON b.id = n.needs_id
     WHERE t.attempts > 0 AND n.waived IS NULL AND b.attempts = 0 AND b.status IN ('pending', 'cancelled')`,
  );
  broken.push(...early.map(({ id }) => `broken: ${id} was started before what it needs`));
  const drafts = await sql.all<{ id: string }>(
    `SELECT d.id FROM draft d
     WHERE d.next_piece <> 1 + (SELECT count(*) FROM draft_piece p WHERE p.draft_id = d.id)
        OR d.chars <> (SELECT sum(length(p.text)) FROM draft_piece p WHERE p.draft_id = d.id)`,
  );
  broken.push(...drafts.map(({ id }) => `broken: ${id} does not have the pieces that it counts`));
  return broken;
}

interface FoundTask {
  readonly id: string;
  readonly status: string;
  readonly revision: number;
  readonly epoch: number | null;
}

/** Revisions and epochs only rise, one at a time, and the row is what the log said last. */
function brokenTask({ id, ...row }: FoundTask, told: Told[]): string[] {
  const broken: string[] = [];
  const last = { revision: 0, epoch: 0, status: "pending" };
  const expect = (what: string, found: unknown, wanted: unknown) => {
    if (found !== wanted) broken.push(`broken: ${what} of ${id} is ${found}, not ${wanted}`);
  };
  for (const { type, data } of told.filter((event) => event.type.startsWith("task."))) {
    expect("the next revision", data.revision, last.revision + 1);
    expect("the status before", data.from ?? last.status, last.status);
    if (type === "task.started") expect("the next epoch", data.epoch, last.epoch + 1);
    last.revision = data.revision ?? 0;
    last.status = data.status ?? last.status;
    last.epoch = data.epoch ?? last.epoch;
  }
  expect(
    "the row",
    JSON.stringify([row.revision, row.status, row.epoch ?? 0]),
    JSON.stringify([last.revision, last.status, last.epoch]),
  );
  return broken;
}
