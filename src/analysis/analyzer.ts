// Looks into many files at once, by processes of this same program. Invariant: there is one report for each file, in the
// order in which they were given; a file that a process does not end with ends that process, and is skipped.
import { tmpdir } from "node:os";
import type { Clock } from "../base/clock.ts";
import { AppError } from "../base/errors.ts";
import { jsonIn } from "../base/json.ts";
import { ANALYSIS_FILE_MS, ANALYSIS_PROCESSES_MAX, ANALYSIS_REPORT_CHARS_MAX } from "../base/limits.ts";
import { LineSplitter } from "../base/line-splitter.ts";
import { type AddedBatch, addedLines } from "../project/added-lines.ts";
import { type ChangedLines, changedLines } from "../project/changed-lines.ts";
import type { Runtime, Started } from "../runtime/runtime.ts";
import type { AnalyzeJob } from "./analyze-child.ts";
import type { CacheAt } from "./cache-at.ts";
import { FileReport } from "./file-report.ts";
import type { AnalysisSettings } from "./settings.ts";

interface AnalyzeOptions {
  readonly settings?: AnalysisSettings;
  onReport?(report: FileReport, done: number): void;
}

type Tell = (at: number, report: FileReport) => void;

interface AnalyzerParts {
  readonly runtime: Pick<Runtime, "host" | "start">;
  readonly clock: Clock;
  readonly processes?: number;
  /** What is known of files that have not changed is asked for there. */
  readonly cache?: CacheAt | undefined;
}

/** So many files wait in a process, so that it never waits for us. */
const AHEAD = 8;
/** A file may take twice its time before its process is given up. */
const PATIENCE_MS = 2 * ANALYSIS_FILE_MS;
/** A second process is started for more files than one is done with at once. */
const FILES_PER_PROCESS = 16;

export class Analyzer {
  readonly #parts: AnalyzerParts;

  constructor(parts: AnalyzerParts) {
    this.#parts = parts;
  }

  /** Which lines of a project differ from an earlier state of it. */
  changedLines(root: string, ref: string, signal: AbortSignal): Promise<ChangedLines> {
    return changedLines(this.#parts.runtime, root, ref, signal);
  }

  /** What its commits have added: all of them, or those since a state of it. */
  addedLines(root: string, since: string | undefined, signal: AbortSignal): AsyncIterable<AddedBatch> {
    return addedLines(this.#parts.runtime, root, since, signal);
  }

  async analyze(
    jobs: readonly AnalyzeJob[],
    signal: AbortSignal,
    { settings, onReport = () => {} }: AnalyzeOptions = {},
  ): Promise<FileReport[]> {
    const reports: (FileReport | undefined)[] = jobs.map(() => undefined);
    const queue = new Queue(jobs);
    let done = 0;
    const tell = (at: number, report: FileReport) => {
      reports[at] = report;
      done++;
      onReport(report, done);
    };
    const { processes = ANALYSIS_PROCESSES_MAX } = this.#parts;
    const count = Math.min(processes, Math.ceil(jobs.length / FILES_PER_PROCESS));
    await Promise.all(Array.from({ length: count }, () => this.#work(queue, signal, tell, settings)));
    return reports.flatMap((report) => report ?? []);
  }

  /** One process after the other, until nothing is left. */
  async #work(queue: Queue, signal: AbortSignal, tell: Tell, settings: AnalysisSettings | undefined): Promise<void> {
    while (!queue.isEmpty) {
      signal.throwIfAborted();
      const child = new Child(this.#parts, queue, tell, settings);
      const lost = await child.run(signal);
      signal.throwIfAborted();
      if (lost === undefined) continue;
      const { at, job, skipped } = lost;
      tell(at, { path: job.path, skipped, functions: [], findings: [] });
    }
  }
}

interface Numbered {
  readonly at: number;
  readonly job: AnalyzeJob;
}

class Queue {
  readonly #waiting: Numbered[];

  constructor(jobs: readonly AnalyzeJob[]) {
    this.#waiting = jobs.map((job, at) => ({ at, job })).reverse();
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  take(): Numbered | undefined {
    return this.#waiting.pop();
  }

  /** They were given to somebody who has died, and nothing is wrong with them. */
  giveBack(jobs: readonly Numbered[]): void {
    this.#waiting.push(...jobs.toReversed());
  }
}

/** One process, and what it has been given. */
class Child {
  readonly #parts: AnalyzerParts;
  readonly #queue: Queue;
  readonly #tell: Tell;
  readonly #settings: AnalysisSettings | undefined;
  readonly #given: Numbered[] = [];
  readonly #lines = new LineSplitter(ANALYSIS_REPORT_CHARS_MAX);
  #process: Started | undefined;
  #stopTimer: () => void = () => {};
  #isLate = false;
  #answered = 0;
  #complaint = "";

  constructor(parts: AnalyzerParts, queue: Queue, tell: Tell, settings: AnalysisSettings | undefined) {
    this.#parts = parts;
    this.#queue = queue;
    this.#tell = tell;
    this.#settings = settings;
  }

  /** Answers the file that it died of, if it did. */
  async run(signal: AbortSignal): Promise<(Numbered & { readonly skipped: "budget: time" | "crashed" }) | undefined> {
    const { runtime } = this.#parts;
    const { host } = runtime;
    const command = [...host.self, "internal", "analyze"] as [string, ...string[]];
    const started = await runtime.start(command, {
      env: host.selfEnv,
      cwd: tmpdir(),
      onOutput: (stream, bytes) => this.#take(stream, bytes),
    });
    this.#process = started;
    const stop = () => void host.signalProcess(started.pid, "SIGTERM");
    signal.addEventListener("abort", stop, { once: true });
    try {
      const said = { settings: this.#settings, cache: this.#parts.cache };
      if (this.#settings) started.write(`${JSON.stringify(said)}\n`).catch(() => {});
      this.#give();
      await started.ended;
      await started.drained;
    } finally {
      signal.removeEventListener("abort", stop);
      this.#stopTimer();
    }
    const [died, ...others] = this.#given;
    this.#queue.giveBack(others);
    if (!died || signal.aborted) return undefined;
    if (this.#answered === 0 && !this.#isLate && this.#complaint !== "")
      throw new AppError("unavailable", `cannot look into files: ${this.#complaint}`, {
        hint: "The log of this server may say more.",
      });
    return { ...died, skipped: this.#isLate ? "budget: time" : "crashed" };
  }

  /** Keeps it busy; when there is nothing more it may leave. */
  #give(): void {
    const child = this.#process;
    if (!child) return;
    while (this.#given.length < AHEAD) {
      const next = this.#queue.take();
      if (!next) break;
      this.#given.push(next);
      // Whoever has died says so by its end.
      child.write(`${JSON.stringify(next.job)}\n`).catch(() => {});
    }
    if (this.#given.length === 0) child.endInput().catch(() => {});
    this.#stopTimer();
    this.#stopTimer = this.#parts.clock.after(PATIENCE_MS, () => {
      this.#isLate = true;
      this.#parts.runtime.host.signalProcess(child.pid, "SIGTERM");
    });
  }

  #take(stream: "stdout" | "stderr", bytes: Uint8Array): void {
    if (stream === "stderr") {
      this.#complaint = (this.#complaint + Buffer.from(bytes).toString()).slice(0, COMPLAINT_CHARS_MAX);
      return;
    }
    for (const line of this.#lines.push(bytes)) {
      const next = this.#given.shift();
      if (!next) return;
      const report = FileReport.safeParse(jsonIn(line ?? ""));
      this.#answered++;
      this.#tell(
        next.at,
        report.success ? report.data : { path: next.job.path, skipped: "crashed", functions: [], findings: [] },
      );
    }
    this.#give();
  }
}

const COMPLAINT_CHARS_MAX = 500;
