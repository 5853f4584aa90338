import { spawn } from "node:child_process";
import { once } from "node:events";
import { RUNTIME_ENV } from "../../../src/sandbox/confine.ts";
import { interleave, median, rateOf } from "../measure.ts";
import type { Bench } from "../programs.ts";
import type { Row } from "../row.ts";
import { StdioPeer } from "../stdio-peer.ts";

const RUNS = 31;
const FIRST_RUNS = 5;
const ROUNDS = 3;
const ROUND_MS = 2_000;
const LANES = 4;
const ATTACK_MS = 1_000;
const ATTACK_ROUNDS = 3;
const PING_PAUSE_MS = 10;
const WALL_MS = 3_000;

const PYTHON = 'print("hello")';
const BASH = "echo hello";
const SCRIPT = 'console.log("hello")';

/** Programs through the tool, beside the same program started by itself. */
export async function code(bench: Bench): Promise<Row[]> {
  const path = await bench.program("cadre");
  await using peer = new StdioPeer({ path, ...bench.place() });
  await peer.greet();
  const run: Run = (language, text, more = {}) => peer.call("code_run", { language, code: text, ...more });
  await using engine = await BareEngine.start(path);
  const python = await pythonPath();
  const script = await inTurns({ tool: () => run("javascript", SCRIPT), floor: () => engine.run(SCRIPT) });
  const bashRun = await inTurns({ tool: () => run("bash", BASH), floor: () => bare(["/bin/bash", "-c", BASH]) });
  const pythonRun = await inTurns({ tool: () => run("python", PYTHON), floor: () => bare([python, "-c", PYTHON]) });
  const kernel = await inTurns({ tool: () => run("python", "1 + 1", { options: { kernel: "bench" } }) });
  return [
    {
      figure: "JavaScript hello on a warm engine, p50",
      unit: "ms",
      ours: script.tool,
      floor: { name: "the engine alone", value: script.floor },
      target: { of: "ours", kind: "at most", bound: 6 },
    },
    await firstCall(bench, path),
    {
      figure: "bash hello above the bare spawn, p50",
      unit: "ms",
      ours: bashRun.tool - bashRun.floor,
      floor: { name: "bash alone", value: bashRun.floor },
      target: { of: "ours", kind: "at most", bound: 20 },
      note: "At the best level of this machine, which the answers say.",
    },
    {
      figure: "python hello above the bare spawn, p50",
      unit: "ms",
      ours: pythonRun.tool - pythonRun.floor,
      floor: { name: "python3 alone", value: pythonRun.floor },
      target: { of: "ours", kind: "at most", bound: 20 },
    },
    {
      figure: "Python kernel, a further cell, p50",
      unit: "ms",
      ours: kernel.tool,
      target: { of: "ours", kind: "at most", bound: 3 },
    },
    ...(await inParallel(run, python)),
    await wallLimit(run),
    await lagUnderAttack(peer, run),
  ];
}

/** What is made ready for the next program of one kind must not be paid by another kind. */
async function inTurns<Name extends string>(
  cases: Readonly<Record<Name, () => Promise<unknown>>>,
): Promise<Record<Name, number>> {
  for (const work of Object.values<() => Promise<unknown>>(cases)) for (let warm = 0; warm < 3; warm++) await work();
  const times = await interleave(
    RUNS,
    mapValues(cases, (work) => () => timeOf(work)),
  );
  return mapValues(times, median);
}

type Run = (language: string, code: string, more?: object) => Promise<unknown>;

/** From the first call of a process to its answer: nothing is warm yet. */
async function firstCall(bench: Bench, path: string): Promise<Row> {
  const first: number[] = [];
  const starts: number[] = [];
  for (let round = 0; round < FIRST_RUNS; round++) {
    await using peer = new StdioPeer({ path, ...bench.place() });
    await peer.greet();
    first.push(await timeOf(() => peer.call("code_run", { language: "javascript", code: SCRIPT })));
    starts.push(await timeOf(async () => (await BareEngine.start(path))[Symbol.asyncDispose]()));
  }
  return {
    figure: "JavaScript hello, first call of a process",
    unit: "ms",
    ours: median(first),
    floor: { name: "an engine's start", value: median(starts) },
    target: { of: "ours", kind: "at most", bound: 120 },
    note: "The self-test of the level, the database and the engine's start are in it.",
  };
}

async function inParallel(run: Run, python: string): Promise<Row[]> {
  const cases = {
    python: () => run("python", PYTHON),
    barePython: () => bare([python, "-c", PYTHON]),
    bash: () => run("bash", BASH),
    bareBash: () => bare(["/bin/bash", "-c", BASH]),
    script: () => run("javascript", SCRIPT),
  };
  const rates = await interleave(
    ROUNDS,
    mapValues(cases, (work) => () => rateOf(ROUND_MS, LANES, work)),
  );
  const row = (figure: string, values: number[], bound: number, floor?: Row["floor"]): Row => ({
    figure: `${figure}, ${LANES} in parallel`,
    unit: "/s",
    ours: median(values),
    ...(floor ? { floor } : {}),
    target: { of: "ours", kind: "at least", bound },
  });
  return [
    row("python hello", rates.python, 60, { name: "python3 alone", value: median(rates.barePython) }),
    row("bash hello", rates.bash, 110, { name: "bash alone", value: median(rates.bareBash) }),
    row("JavaScript hello", rates.script, 200),
  ];
}

async function wallLimit(run: Run): Promise<Row> {
  const ours = await timeOf(() => run("bash", "sleep 60", { timeout: `${WALL_MS}ms` }));
  return {
    figure: "a limit of 3 s ends a program by",
    unit: "ms",
    ours,
    target: { of: "ours", kind: "at most", bound: 3_100 },
  };
}

const ATTACKS: readonly (readonly [string, string])[] = [
  ["bash", ":(){ :|:& };:; wait"],
  ["python", "x = []\nwhile True: x.append(bytearray(10**7))"],
  ["bash", "yes | head -c 60000000"],
  ["javascript", "for (;;) [1].concat([2])"],
  ["bash", "head -c 300000000 /dev/zero > big; sleep 9"],
];

/** How long the server keeps somebody else waiting while programs attack it. */
async function lagUnderAttack(peer: StdioPeer, run: Run): Promise<Row> {
  const waits: number[] = [];
  let isOver = false;
  const ping = async () => {
    while (!isOver) {
      waits.push(await timeOf(() => peer.request("ping", {})));
      await Bun.sleep(PING_PAUSE_MS);
    }
  };
  const attack = async () => {
    for (let round = 0; round < ATTACK_ROUNDS; round++)
      await Promise.all(ATTACKS.map(([language, text]) => run(language, text, { timeout: `${ATTACK_MS}ms` })));
    isOver = true;
  };
  await Promise.all([ping(), attack()]);
  return {
    figure: "the longest wait for a ping while programs attack",
    unit: "ms",
    ours: Math.max(...waits),
    target: { of: "ours", kind: "at most", bound: 60 },
    note: `${ATTACKS.length} programs at once: forks, memory, output, a loop, the disk.`,
  };
}

/** An engine without the server: lines in, lines out. */
class BareEngine {
  readonly #child: ReturnType<typeof spawn>;
  #text = "";
  #wake: () => void = () => {};

  private constructor(path: string) {
    this.#child = spawn(path, ["internal", "engine"], {
      env: { ...process.env, ...RUNTIME_ENV },
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.#child.stdout?.on("data", (bytes: Buffer) => {
      this.#text += bytes;
      this.#wake();
    });
  }

  static async start(path: string): Promise<BareEngine> {
    const engine = new BareEngine(path);
    await engine.#until('"ready"');
    return engine;
  }

  async run(text: string): Promise<void> {
    const limits = { wallMs: WALL_MS, memoryBytes: 512 * 1024 * 1024, outputBytes: 1_000_000 };
    const job = { language: "javascript", code: text, args: [], limits, isCell: false, tools: [] };
    this.#child.stdin?.write(`${JSON.stringify({ job })}\n`);
    await this.#until('"result"');
  }

  async #until(word: string): Promise<void> {
    while (!this.#text.includes(word))
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    this.#text = "";
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await once(this.#child, "exit");
  }
}

async function bare([program = "", ...args]: readonly string[]): Promise<void> {
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
  await once(child, "close");
}

async function pythonPath(): Promise<string> {
  const child = spawn("python3", ["-c", "import sys; print(sys.executable)"]);
  let text = "";
  child.stdout.on("data", (bytes: Buffer) => {
    text += bytes;
  });
  await once(child, "close");
  return text.trim();
}

async function timeOf(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

function mapValues<Key extends string, In, Out>(
  record: Readonly<Record<Key, In>>,
  map: (value: In) => Out,
): Record<Key, Out> {
  return Object.fromEntries(Object.entries<In>(record).map(([key, value]) => [key, map(value)])) as Record<Key, Out>;
}
