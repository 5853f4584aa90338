import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { AnalyzeJob } from "../../../src/analysis/analyze-child.ts";
import { countLines } from "../../../src/analysis/metrics/count-lines.ts";
import { halsteadOf } from "../../../src/analysis/metrics/halstead.ts";
import { measureFunctions } from "../../../src/analysis/metrics/measure-functions.ts";
import { findFlows } from "../../../src/analysis/security/find-flows.ts";
import { parseText } from "../../../src/analysis/syntax/parser.ts";
import { EVALUATIONS, evaluate } from "../../../tests/evaluation/evaluate.ts";
import { median } from "../measure.ts";
import type { Bench } from "../programs.ts";
import type { Row } from "../row.ts";

const ROUNDS = 5;
const CORPUS_BYTES = 6_000_000;
/** Code in the shape that people write it in: nothing that a bundler has put together. */
const FILE_BYTES_MAX = 300_000;
const BUNDLED = /^.{1000}/m;
const LINES = 100_000;
const MANY_LINES = 1_000_000;
const COLD = 'const { exec } = require("child_process");\napp.get("/", (req) => exec("ls " + req.query.a));\n';
const MEGABYTE = 1_000_000;

/** How much of what is wrong is told, and what it takes to look. */
export async function analysis(bench: Bench): Promise<Row[]> {
  const path = await bench.program("cadre");
  const files = corpus();
  const first = jobsOf(files, LINES);
  return [
    ...(await accuracy()),
    ...(await speed(files)),
    await firstFinding(path),
    ...(await looks(path, first)),
    await memory(path, jobsOf(files, MANY_LINES)),
  ];
}

async function accuracy(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [language, text] of Object.entries(EVALUATIONS)) {
    const { bad, good, recall, precision, falseAlarms } = await evaluate(text);
    const note = `${bad} functions that are wrong and ${good} that are right, of tests/evaluation.`;
    rows.push(
      { figure: `${language}: of all that is wrong, told`, unit: "%", ours: recall * 100, note },
      { figure: `${language}: of all that is told, wrong`, unit: "%", ours: precision * 100 },
      { figure: `${language}: of all that is right, told`, unit: "%", ours: falseAlarms * 100 },
    );
  }
  return rows;
}

interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/** What is installed for this project, as far as it was written by hand. */
function corpus(): SourceFile[] {
  const files: SourceFile[] = [];
  let bytes = 0;
  for (const path of walk(join(import.meta.dir, "..", "..", "..", "node_modules"))) {
    if (!/\.[cm]?js$/.test(path) || statSync(path).size > FILE_BYTES_MAX) continue;
    const text = readFileSync(path, "utf8");
    if (BUNDLED.test(text)) continue;
    files.push({ path, text });
    bytes += text.length;
    if (bytes > CORPUS_BYTES) break;
  }
  return files;
}

function* walk(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true }).sort((one, other) =>
    one.name < other.name ? -1 : 1,
  )) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* walk(path);
    else if (entry.isFile()) yield path;
  }
}

async function speed(files: readonly SourceFile[]): Promise<Row[]> {
  const bytes = files.reduce((sum, { text }) => sum + text.length, 0);
  const whole: number[] = [];
  const parsed: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const times = { parse: 0, look: 0 };
    for (const { path, text } of files) {
      const began = performance.now();
      const tree = await parseText(text, "javascript", { nodes: MEGABYTE, isOver: () => false });
      const read = performance.now();
      times.parse += read - began;
      if (typeof tree === "string") continue;
      await findFlows(path, tree, "javascript");
      measureFunctions(tree, "javascript");
      countLines(tree, "javascript");
      halsteadOf(tree);
      times.look += performance.now() - read;
    }
    parsed.push(bytes / 1_000 / times.parse);
    whole.push(bytes / 1_000 / (times.parse + times.look));
  }
  return [
    {
      figure: "security and metrics, one thread",
      unit: "MB/s",
      ours: median(whole),
      floor: { name: "the parser alone", value: median(parsed) },
      target: { of: "ours", kind: "at least", bound: 3 },
      note: `${(bytes / MEGABYTE).toFixed(1)} MB of JavaScript of installed packages.`,
    },
  ];
}

/** Jobs of so many lines: the same files under other names, where there are not as many. */
function jobsOf(files: readonly SourceFile[], lines: number): AnalyzeJob[] {
  const jobs: AnalyzeJob[] = [];
  for (let left = lines, round = 0; left > 0; round++)
    for (const { path, text } of files) {
      jobs.push({ path: `${round}${path}`, file: path });
      left -= text.split("\n").length;
      if (left <= 0) break;
    }
  return jobs;
}

async function firstFinding(path: string): Promise<Row> {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const began = performance.now();
    await lookAt(path, [{ path: "a.js", text: COLD }]);
    times.push(performance.now() - began);
  }
  return {
    figure: "first finding of a cold process",
    unit: "ms",
    ours: median(times),
    target: { of: "ours", kind: "at most", bound: 150 },
  };
}

async function looks(path: string, jobs: readonly AnalyzeJob[]): Promise<Row[]> {
  const one: number[] = [];
  const two: number[] = [];
  const halves = [jobs.filter((_job, at) => at % 2 === 0), jobs.filter((_job, at) => at % 2 === 1)];
  for (let round = 0; round < 3; round++) {
    one.push(await secondsOf(() => lookAt(path, jobs)));
    two.push(await secondsOf(() => Promise.all(halves.map((half) => lookAt(path, half)))));
  }
  return [
    {
      figure: "100,000 lines, two processes",
      unit: "s",
      ours: median(two),
      target: { of: "ours", kind: "at most", bound: 2 },
      note: "Everything: flows, mistakes, secrets, metrics, duplicates.",
    },
    {
      figure: "two processes against one",
      unit: "×",
      ours: median(one) / median(two),
      floor: { name: "two programs that share nothing", value: await machineRatio() },
      target: { of: "ours", kind: "at least", bound: 1.7 },
    },
  ];
}

/** How much more two programs do at once than one, that only count: what the machine has for two. */
async function machineRatio(): Promise<number> {
  const count = async () => {
    const child = spawn(process.execPath, ["-e", "let n = 0; for (let at = 0; at < 1.5e9; at++) n = (n + at) | 0;"]);
    await once(child, "close");
  };
  const alone = await secondsOf(count);
  return (2 * alone) / (await secondsOf(() => Promise.all([count(), count()])));
}

async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1_000;
}

async function memory(path: string, jobs: readonly AnalyzeJob[]): Promise<Row> {
  const peak = await lookAt(path, jobs);
  return {
    figure: "memory of a process, 1,000,000 lines",
    unit: "MiB",
    ours: peak,
    target: { of: "ours", kind: "at most", bound: 400 },
  };
}

/** Gives a process of the program files to look at, until it has answered all of them; how much memory it had at most. */
async function lookAt(path: string, jobs: readonly AnalyzeJob[]): Promise<number> {
  const child = spawn(path, ["internal", "analyze"], { stdio: ["pipe", "pipe", "inherit"] });
  let peak = 0;
  const look = setInterval(() => {
    peak = Math.max(peak, peakOf(child.pid));
  }, 100);
  child.stdout.on("data", () => {});
  for (const job of jobs) child.stdin.write(`${JSON.stringify(job)}\n`);
  child.stdin.end();
  await once(child, "close");
  clearInterval(look);
  return peak;
}

/** In MiB, as Linux counts it; elsewhere nobody asks. */
function peakOf(pid: number | undefined): number {
  try {
    const [, kilobytes = "0"] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
    return Number(kilobytes) / 1_024;
  } catch {
    return 0;
  }
}
