// Programs that must just work, and programs that attack: the same for every level that this machine has. What is
// checked after each is what the corpus says: no word got out, no file changed, no process lives on.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { AppError } from "../../src/base/errors.ts";
import { isAtLeast, type Level } from "../../src/sandbox/isolation.ts";
import { LIMITS_DEFAULT } from "../../src/sandbox/limits.ts";
import type { Outcome, Program } from "../../src/sandbox/program.ts";
import type { Sandbox } from "../../src/sandbox/sandbox.ts";
import { removeProbe, stateOf, type Targets } from "../harness/targets.ts";
import corpus from "./sandbox/adversarial.json" with { type: "json" };
import benign from "./sandbox/benign.json" with { type: "json" };

interface Given {
  readonly stdin?: string;
  readonly args?: string[];
  readonly env?: Record<string, string>;
  readonly files?: Record<string, string>;
  readonly packages?: string[];
  readonly params?: Record<string, unknown>;
}

interface Check {
  readonly type: string;
  readonly value?: string | number;
  readonly path?: string;
  readonly code?: string;
  readonly language?: string;
  readonly stdout?: string;
  readonly glob?: string;
}

export interface Case {
  readonly id: string;
  readonly language: Program["language"];
  readonly code: string;
  readonly input?: unknown;
  readonly minLevel?: Level;
  readonly limits?: { wall_ms: number; memory_mb: number; output_bytes: number; processes: number; disk_mb?: number };
  readonly expect: { readonly status: string | string[]; readonly limit?: string[]; readonly [key: string]: unknown };
  readonly checks?: Check[];
}

export const benignCases = benign as unknown as Case[];
export const adversarialCases = corpus.cases as unknown as Case[];

const MIB = 1024 * 1024;
/** The corpus has words of its own. */
const STATUS: Readonly<Record<string, string>> = { completed: "ok", crashed: "crash" };

function fill(text: string, words: Readonly<Record<string, string>>): string {
  return text
    .replace(/\{\{REPEAT:(\d+):([\s\S]*?)\}\}/g, (_all, count: string, line: string) =>
      Array.from({ length: Number(count) }, (_, at) => line.replaceAll("$i", String(at))).join("\n"),
    )
    .replace(/\{\{(\w+)\}\}/g, (all, name: string) => words[name] ?? all);
}

export function programOf(one: Case, words: Readonly<Record<string, string>>, level: Level | undefined): Program {
  const { limits } = one;
  const isScript = one.language === "javascript" || one.language === "typescript";
  const given = (isScript ? {} : JSON.parse(fill(JSON.stringify(one.input ?? {}), words))) as Given;
  return {
    language: one.language,
    engine: "quickjs",
    code: fill(one.code, words),
    stdin: given.stdin ?? "",
    args: given.args ?? [],
    env: one.language === "python" || one.language === "bash" ? { ...given.env, SBX_RUN: words["MARKER"] ?? "" } : {},
    input: (isScript ? (one.input as { input?: unknown } | undefined)?.input : given.params) as Program["input"],
    files: given.files ?? {},
    packages: given.packages ?? [],
    workspace: "/nowhere",
    cwd: undefined,
    database: undefined,
    network: false,
    level,
    limits: limits
      ? {
          ...LIMITS_DEFAULT,
          wallMs: limits.wall_ms,
          cpuMs: 2 * limits.wall_ms,
          memoryBytes: limits.memory_mb * MIB,
          outputBytes: limits.output_bytes,
          processes: limits.processes,
          ...(limits.disk_mb ? { diskBytes: limits.disk_mb * MIB } : {}),
        }
      : LIMITS_DEFAULT,
  };
}

/** Each program has a mark of its own: several run at once. */
function marked(targets: Targets, { id }: Case): Targets {
  const marker = `${targets.marker}-${id}-end`;
  return { ...targets, marker, words: { ...targets.words, MARKER: marker, TMP_PROBE: `/tmp/probe-${marker}` } };
}

/** What is wrong; nothing when all is as the case says. */
export async function tryBenign(sandbox: Sandbox, one: Case, targets: Targets, level: Level): Promise<string[]> {
  const outcome = await sandbox.run(programOf(one, targets.words, level), hooks());
  const problems: string[] = [];
  const differ = (what: string, is: unknown, should: unknown) => {
    if (should !== undefined && !Bun.deepEquals(is, should)) problems.push(`${what} is ${JSON.stringify(is)}`);
  };
  const { expect } = one;
  differ("status", STATUS[outcome.status] ?? outcome.status, expect.status);
  for (const what of ["stdout", "exit_code", "result", "columns", "rows"] as const)
    differ(what, outcome[what], expect[what]);
  differ("error_line", outcome.failure?.line, expect["error_line"]);
  for (const word of (expect["stderr_contains"] ?? []) as string[])
    if (!outcome.stderr.includes(word)) problems.push(`stderr lacks ${word}`);
  const told = JSON.stringify(outcome.failure ?? {});
  for (const word of (expect["error_contains"] ?? []) as string[])
    if (!told.includes(word)) problems.push(`error lacks ${word}`);
  for (const [path, text] of Object.entries((expect["artifacts"] ?? {}) as Record<string, string>))
    differ(path, outcome.files.find((file) => file.path === path)?.bytes.toString(), text);
  if (problems.length > 0) problems.push(JSON.stringify({ ...outcome, files: [], isolation: 0 }).slice(0, 1_500));
  return problems;
}

export async function tryAttack(sandbox: Sandbox, one: Case, all: Targets, level: Level): Promise<string[]> {
  const targets = marked(all, one);
  if (one.minLevel && !isAtLeast(level, one.minLevel)) return [];
  const paths = (one.checks ?? []).flatMap(({ path }) => (path ? [fill(path, targets.words)] : []));
  const before = new Map(paths.map((path) => [path, stateOf(path)]));
  const hits = targets.netHits();
  const rss = process.memoryUsage().rss;
  const lag = new Lag();
  const started = performance.now();
  const outcome = await sandbox.run(programOf(one, targets.words, level), hooks()).catch(refused);
  const wallMs = performance.now() - started;
  const seen: Seen = {
    outcome,
    before,
    wallMs,
    lagMs: lag.stop(),
    hits: targets.netHits() - hits,
    rssMb: (process.memoryUsage().rss - rss) / MIB,
  };
  const problems = statusProblems(one, outcome);
  for (const check of one.checks ?? []) {
    const problem = await checkProblem(check, one, seen, targets, sandbox, level);
    if (problem) problems.push(`${check.type}: ${problem}`);
  }
  if (processesWith(targets.marker).length > 0 && !(await goneSoon(targets.marker)))
    problems.push("a process lives on");
  removeProbe(targets.words["TMP_PROBE"] ?? "/nowhere");
  if (problems.length > 0) problems.push(JSON.stringify({ ...outcome, files: [], isolation: 0 }).slice(0, 1_500));
  return problems;
}

/** A program that was not let run: what the history shows of it. */
function refused(thrown: unknown): Outcome {
  if (!(thrown instanceof AppError) || thrown.code !== "invalid_input") throw thrown;
  const isolation: Outcome["isolation"] = { level: "process", backend: [], network: "off", verified: false };
  const nothing = { stdout: "", stderr: "", truncated: false, files: [], refused: [] };
  return { status: "denied", ...nothing, isolation, usage: { wall_ms: 0, cpu_ms: 0, processes: 0 } };
}

interface Seen {
  readonly outcome: Outcome;
  readonly before: ReadonlyMap<string, string>;
  readonly wallMs: number;
  readonly lagMs: number;
  readonly hits: number;
  readonly rssMb: number;
}

function statusProblems({ expect }: Case, outcome: Outcome): string[] {
  const status = STATUS[outcome.status] ?? outcome.status;
  const problems = [expect.status].flat().includes(status) ? [] : [`status is ${status}`];
  if (expect.limit && outcome.limit && !expect.limit.includes(outcome.limit))
    problems.push(`limit is ${outcome.limit}`);
  return problems;
}

/** What a check looks at: itself, filled in, and all that was seen of the program. */
interface Look extends Seen {
  readonly check: Check;
  readonly one: Case;
  readonly value: string | number | undefined;
  readonly path: string;
  readonly targets: Targets;
  readonly sandbox: Sandbox;
  readonly level: Level;
}

type Answer = string | undefined | Promise<string | undefined>;
const over = (is: number, { value }: Look): Answer => (is > Number(value) ? `${Math.round(is)} > ${value}` : undefined);
const unless = (isRight: boolean, problem: string): Answer => (isRight ? undefined : problem);
const unchanged = ({ path, before }: Look): Answer => unless(stateOf(path) === before.get(path), `${path} changed`);
/** Looked at when all programs have run. */
const atTheEnd = (): Answer => undefined;

/** One row for each kind of check: what is wrong. */
const LOOKS: Readonly<Record<string, (look: Look) => Answer>> = {
  not_in_output: ({ outcome, value }) => {
    const all = outcome.stdout + outcome.stderr + JSON.stringify([outcome.result, outcome.rows, outcome.failure]);
    return unless(!all.replaceAll(`${value}?`, "").includes(String(value)), `holds ${value}`);
  },
  in_stdout: ({ outcome, value }) =>
    unless((outcome.stdout + JSON.stringify(outcome.rows ?? [])).includes(String(value)), `lacks ${value}`),
  exit_code: ({ outcome, value }) => unless(outcome.exit_code === value, `is ${outcome.exit_code}`),
  file_unchanged: unchanged,
  file_meta_unchanged: unchanged,
  dir_unchanged: unchanged,
  path_absent: ({ path }) => unless(stateOf(path) === "ENOENT", `${path} is there`),
  file_not_contains: ({ path, value }) =>
    unless(!readFileSync(path, "utf8").includes(String(value)), `${path} holds ${value}`),
  victim_alive: ({ targets }) => unless(targets.isVictimAlive(), "it is dead"),
  net_hits: (look) => over(look.hits, look),
  wall_ms_max: (look) => over(look.wallMs, look),
  server_lag_ms_max: (look) => over(look.lagMs, look),
  server_rss_growth_mb_max: (look) => over(look.rssMb, look),
  peak_rss_mb_max: (look) => over((look.outcome.usage.peak_bytes ?? 0) / MIB, look),
  max_processes: (look) => over(look.outcome.usage.processes, look),
  output_bytes_max: (look) =>
    over(Buffer.byteLength(look.outcome.stdout) + Buffer.byteLength(look.outcome.stderr), look),
  truncated: ({ outcome, value }) => unless(outcome.truncated === (value ?? true), `is ${outcome.truncated}`),
  result_is_valid_json: ({ outcome }) => unless(JSON.stringify(outcome.result ?? null) !== undefined, "it is not"),
  workdir_removed: atTheEnd,
  workdir_glob_absent: atTheEnd,
  no_suid_left: atTheEnd,
  next_run_clean: ({ check, one, targets, sandbox, level }) => nextRunProblem(check, one, targets, sandbox, level),
  artifact_not_contains: ({ outcome, value }) =>
    unless(!outcome.files.some(({ bytes }) => Buffer.from(bytes).includes(String(value))), "a file holds it"),
  no_process: async ({ value }) => unless(await goneSoon(String(value)), "a process lives on"),
  host_prototype_clean: () => unless(Object.keys(Object.prototype).length === 0, "it is not"),
};

async function checkProblem(
  check: Check,
  one: Case,
  seen: Seen,
  targets: Targets,
  sandbox: Sandbox,
  level: Level,
): Promise<string | undefined> {
  const value = typeof check.value === "string" ? fill(check.value, targets.words) : check.value;
  const path = check.path === undefined ? "" : fill(check.path, targets.words);
  const look = LOOKS[check.type];
  if (!look) return `no check of this name (${check.type})`;
  return look({ ...seen, check, one, value, path, targets, sandbox, level });
}

async function nextRunProblem(check: Check, one: Case, targets: Targets, sandbox: Sandbox, level: Level) {
  const language = (check.language ?? one.language) as Program["language"];
  const next = await sandbox.run(
    programOf({ id: "next", language, code: check.code ?? "", expect: { status: "ok" } }, targets.words, level),
    hooks(),
  );
  return next.stdout === check.stdout ? undefined : `printed ${JSON.stringify(next.stdout + next.stderr)}`;
}

function hooks() {
  return { signal: new AbortController().signal, onOutput: () => {} };
}

export function runFolders(): string[] {
  return readdirSync(tmpdir()).filter((name) => name.startsWith(`cadre-run-${process.pid}-`));
}

/** Processes whose command line or environment holds a word. */
function processesWith(word: string): string[] {
  return readdirSync("/proc").filter((pid) => {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) return false;
    return ["cmdline", "environ"].some((name) => {
      try {
        return statSync(`/proc/${pid}`) && readFileSync(`/proc/${pid}/${name}`, "latin1").includes(word);
      } catch {
        return false;
      }
    });
  });
}

const GONE_TRIES = 20;

async function goneSoon(word: string): Promise<boolean> {
  for (let tries = 0; tries < GONE_TRIES; tries++) {
    if (processesWith(word).length === 0) return true;
    await Bun.sleep(20);
  }
  return false;
}

/** How late this process's event loop was at worst. */
class Lag {
  #worst = 0;
  #last = performance.now();
  readonly #timer = setInterval(() => {
    const now = performance.now();
    this.#worst = Math.max(this.#worst, now - this.#last - 10);
    this.#last = now;
  }, 10);

  stop(): number {
    clearInterval(this.#timer);
    return this.#worst;
  }
}
