// kill -9 while several windows work a plan: tasks held, drafts half written, results handed in. What was answered
// must be there, and the next window must find it where it left off.
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "../../src/base/clock.ts";
import { openTestApp, type TestApp } from "../harness/app.ts";
import { tempFolder } from "../harness/folder.ts";
import { Random } from "../harness/random.ts";
import { StdioWorker } from "./stdio-worker.ts";

interface WorkedReport {
  readonly rounds: number;
  /** Pieces and results that were answered. */
  readonly acknowledged: number;
  /** What was answered and is not there, or not as it was answered. */
  readonly lost: string[];
  /** Tasks that two windows held at once. */
  readonly shared: string[];
  /** Files in the project that are no whole artifact. */
  readonly partial: string[];
  readonly check: string;
}

const TASKS = 400;
const PIECES = 4;
const ACKS_BEFORE_KILL_MAX = 40;

/** What every window has been told, over all rounds. */
class Book {
  /** The last piece of each task that was answered. */
  readonly pieces = new Map<string, number>();
  readonly completed = new Set<string>();
  readonly lost: string[] = [];
  readonly shared: string[] = [];
  /** Which window has each task that is being worked on. */
  readonly held = new Map<string, StdioWorker>();
  /** Windows that are about to die: whoever takes their tasks over is right. */
  readonly dying = new Set<StdioWorker>();
  acknowledged = 0;

  start(id: string, window: StdioWorker, next: number): void {
    const holder = this.held.get(id);
    if (holder && !this.dying.has(holder)) this.shared.push(id);
    this.held.set(id, window);
    const last = this.pieces.get(id) ?? 0;
    if (next <= last) this.lost.push(`piece ${last} of ${id}: offered ${next}`);
  }

  append(id: string, piece: number): void {
    this.pieces.set(id, piece);
    this.acknowledged++;
  }

  complete(id: string): void {
    this.completed.add(id);
    this.held.delete(id);
    this.acknowledged++;
  }
}

const textOf = (id: string, piece: number) => `<${id} ${piece}>`.repeat(20);

/** Each round starts so many windows, lets them work, kills all of them, and the next round goes on. */
export async function workedRounds(rounds: number, windows: number, seed: string): Promise<WorkedReport> {
  using folder = tempFolder();
  const home = join(folder.path, "home");
  const project = join(folder.path, "project");
  mkdirSync(project);
  const random = new Random(seed);
  const book = new Book();
  await plan(home, project);

  for (let round = 1; round <= rounds; round++) {
    const workers = await Promise.all(Array.from({ length: windows }, () => StdioWorker.start(home, project)));
    await Promise.all(workers.map((worker) => workUntilKilled(worker, random.int(1, ACKS_BEFORE_KILL_MAX), book)));
  }

  await using app = await openTestApp({ db: join(home, "cadre.db") });
  await compare(app, book);
  const [check] = await app.sql.all("PRAGMA integrity_check");
  return {
    rounds,
    acknowledged: book.acknowledged,
    lost: book.lost,
    shared: book.shared,
    partial: partialFiles(join(project, ".cadre", "artifacts"), book),
    check: String(check?.["integrity_check"]),
  };
}

async function plan(home: string, project: string): Promise<void> {
  const worker = await StdioWorker.start(home, project);
  const tasks = Array.from({ length: TASKS }, (_, at) => ({ title: `Task ${at}` }));
  await worker.call("task_plan", { title: "Much to do", tasks });
  await worker.leave();
}

async function workUntilKilled(worker: StdioWorker, acks: number, book: Book): Promise<void> {
  let left = acks;
  /** Kills in the middle of the last call, so that its answer may or may not have left. */
  const call: CallTool = async (name, input) => {
    const answer = worker.call(name, input);
    if (--left > 0) return answer;
    book.dying.add(worker);
    await worker.kill();
    return answer;
  };
  while (await workOne(worker, call, book));
}

type CallTool = (name: string, input: object) => Promise<Record<string, unknown> | undefined>;

/** One task from start to end; false when the window was killed on the way. */
async function workOne(worker: StdioWorker, call: CallTool, book: Book): Promise<boolean> {
  const started = await call("task_start", {});
  if (!started) return false;
  const id = String(started["id"]);
  const { next_piece: next = 1 } = (started["draft"] ?? {}) as { next_piece?: number };
  book.start(id, worker, next);
  for (let piece = next; piece <= PIECES; piece++) {
    if (!(await call("task_append", { id, piece, text: textOf(id, piece) }))) return false;
    book.append(id, piece);
  }
  if (!(await call("task_complete", { id, summary: `did ${id}`, files: [`src/${id}.ts`] }))) return false;
  book.complete(id);
  return true;
}

async function compare(app: Pick<TestApp<Clock>, "tasks" | "artifacts" | "drafts">, book: Book): Promise<void> {
  for (const [id, last] of book.pieces) {
    const { status, artifacts = [] } = await app.tasks.show(id);
    const [artifact] = artifacts;
    const text = artifact
      ? (await app.artifacts.text(artifact.id, { from: 0, chars: 1_000_000 }))?.text
      : (await app.drafts.read(id, 1_000_000))?.tail;
    const expected = Array.from({ length: last }, (_, at) => textOf(id, at + 1)).join("");
    if (!text?.startsWith(expected)) book.lost.push(`pieces 1 to ${last} of ${id}`);
    if (book.completed.has(id) && (status !== "completed" || !artifact)) book.lost.push(`the result of ${id}`);
  }
}

/** A file of the mirror is whole or not there; what a crash left half written has another name. */
function partialFiles(folder: string, { completed }: Book): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(md|ts)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => {
      const id = /task_[0-9a-f]{12}/.exec(path)?.[0] ?? "";
      const whole = Array.from({ length: PIECES }, (_, at) => textOf(id, at + 1)).join("");
      return readFileSync(path, "utf8") !== whole && completed.has(id);
    });
}
