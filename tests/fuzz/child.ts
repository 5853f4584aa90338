import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { LineSplitter } from "../../src/base/line-splitter.ts";
import { tempFolder } from "../harness/folder.ts";
import { type Places, Violation } from "./verdict.ts";

export const SOURCES = resolve(import.meta.dirname, "../..");
/** What starts the program under test; scripts/fuzz.ts --bin puts an executable here. */
export type Program = readonly [string, ...string[]];
export const FROM_SOURCE: Program = [process.execPath, join(SOURCES, "src", "main.ts")];

/** A call that takes longer than this hangs. */
export const ANSWER_MS_MAX = 20_000;
const LINE_CHARS_MAX = 64 * 1024 * 1024;
const STDERR_CHARS_MAX = 1_000_000;
/** Lines of the log that tell of a failure nobody foresaw. */
const UNFORESEEN = /unexpected failure|tool failed|request failed|panic|Segmentation|out of memory/i;

/** A folder with a home for cadre and a small project, gone with it. */
export class Stage {
  readonly #folder = tempFolder();
  readonly home = join(this.#folder.path, "home");
  readonly workspace = join(this.#folder.path, "project");
  readonly other = join(this.#folder.path, "other");

  constructor() {
    for (const folder of [this.home, join(this.workspace, ".cadre", "roles"), this.other])
      mkdirSync(folder, { recursive: true });
    const role = "name: Fuzzer\ndescription: Sends what nobody expects.\n";
    writeFileSync(join(this.workspace, ".cadre", "roles", "fuzzer.yaml"), role);
    writeFileSync(join(this.workspace, ".cadre", "roles", "broken.yaml"), "name: [unclosed\n");
  }

  get env(): Record<string, string> {
    const kept = Object.entries(process.env).filter(([name]) => !/^(CADRE_|PORT$|DB_PATH$|MCP_|DEBUG$)/.test(name));
    return { ...(Object.fromEntries(kept) as Record<string, string>), CADRE_HOME: this.home };
  }

  get places(): Places {
    return { hidden: [SOURCES, this.home] };
  }

  [Symbol.dispose](): void {
    this.#folder[Symbol.dispose]();
  }
}

/** One process of cadre, watched: its lines, what it says on stderr, whether it still lives. */
export class Child {
  readonly process: ChildProcessWithoutNullStreams;
  readonly #onLine: (line: string) => void;
  stderr = "";
  exit: number | string | undefined;
  readonly ended: Promise<void>;

  constructor(program: Program, args: readonly string[], stage: Stage, onLine: (line: string) => void) {
    const [command, ...first] = program;
    this.#onLine = onLine;
    this.process = spawn(command, [...first, ...args], { env: stage.env, cwd: stage.workspace });
    this.process.stdin.on("error", () => {}); // Its death is seen by its exit.
    this.process.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.stderr = (this.stderr + text).slice(-STDERR_CHARS_MAX);
    });
    const splitter = new LineSplitter(LINE_CHARS_MAX);
    this.process.stdout.on("data", (chunk: Buffer) => {
      for (const line of splitter.push(chunk)) this.#onLine(line ?? "");
    });
    this.ended = new Promise((done) => {
      this.process.once("close", (code, signal) => {
        this.exit = code ?? signal ?? "ended";
        done();
      });
    });
  }

  /** Resolves when the pipe has taken it. */
  write(bytes: string | Uint8Array): Promise<void> {
    return new Promise((done) => {
      this.process.stdin.write(bytes, () => done());
    });
  }

  get rssBytes(): number {
    try {
      const status = readFileSync(`/proc/${this.process.pid}/status`, "utf8");
      return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024;
    } catch {
      return 0; // Only Linux tells.
    }
  }

  checkHealth(rssBytesMax: number): void {
    if (this.exit !== undefined)
      throw new Violation(`the process ended with ${this.exit}: ${this.stderr.slice(-2_000)}`);
    const line = this.stderr.split("\n").find((one) => UNFORESEEN.test(one));
    if (line) throw new Violation(`the log tells of a failure: ${line.slice(0, 2_000)}`);
    if (this.rssBytes > rssBytesMax) throw new Violation(`it holds ${Math.round(this.rssBytes / 1024 / 1024)} MiB`);
  }

  /** Asks it to leave; it has to. */
  async close(): Promise<void> {
    if (this.exit !== undefined) return;
    this.process.stdin.end();
    this.process.kill("SIGTERM");
    const late = new AbortController();
    await Promise.race([this.ended, pause(ANSWER_MS_MAX, undefined, { signal: late.signal }).catch(() => {})]);
    late.abort();
    if (this.exit !== undefined) return;
    this.process.kill("SIGKILL");
    throw new Violation(`it did not leave when it was asked to: ${this.stderr.slice(-2_000)}`);
  }
}

/** Waits for an answer, but not for ever. */
export async function inTime<T>(answer: Promise<T>, what: () => string): Promise<T> {
  const over = new AbortController();
  const late = pause(ANSWER_MS_MAX, undefined, { signal: over.signal }).then(
    () => {
      throw new Violation(`no answer after ${ANSWER_MS_MAX} ms: ${what()}`);
    },
    () => new Promise<never>(() => {}),
  );
  try {
    return await Promise.race([answer, late]);
  } finally {
    over.abort();
  }
}
