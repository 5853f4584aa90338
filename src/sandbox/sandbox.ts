// Runs programs of every language, each confined as well as this machine allows, a bounded number at a time.
import { dirname } from "node:path";
import type { Clock } from "../base/clock.ts";
import { AppError } from "../base/errors.ts";
import { type Json, jsonIn } from "../base/json.ts";
import { CODE_RUNNING_MAX, CODE_WAITING_MAX } from "../base/limits.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { ConfinedProcess, type ProcessParts } from "./confined-process.ts";
import type { Job } from "./engine/job.ts";
import { type Engine, type EngineRun, Engines } from "./engines.ts";
import { Grounds } from "./grounds.ts";
import type { Interpreter } from "./interpreter.ts";
import type { CellHooks, Kernel } from "./kernels/kernel.ts";
import { Kernels } from "./kernels/kernels.ts";
import { bash } from "./languages/bash.ts";
import { bun } from "./languages/bun.ts";
import { noPython, Pythons, python } from "./languages/python.ts";
import { Launcher } from "./launcher/launcher.ts";
import { Levels } from "./levels.ts";
import { PackageStore } from "./packages/package-store.ts";
import { Packages } from "./packages/packages.ts";
import { requirementsOf, wantedPython } from "./packages/requirements.ts";
import { type OnOutput, type Outcome, type Program, runsInEngine } from "./program.ts";
import { Pyodide } from "./pyodide/pyodide.ts";
import { Reaper } from "./reaper.ts";
import { runCommand } from "./run-command.ts";
import { sweepRunFolders } from "./run-folder.ts";
import { Turns } from "./turns.ts";

export interface RunHooks {
  readonly signal: AbortSignal;
  readonly onOutput: OnOutput;
  callTool?(name: string, input: string): Promise<string>;
  readonly tools?: readonly string[];
}

export class Sandbox {
  /** Whoever runs a program takes one before. */
  readonly turns = new Turns(CODE_RUNNING_MAX, CODE_WAITING_MAX);
  readonly levels: Levels;
  readonly kernels: Kernels;
  readonly pyodide: Pyodide;
  readonly #parts: ProcessParts;
  readonly #grounds: Grounds;
  readonly #processes: ConfinedProcess;
  readonly #engines: Engines;
  readonly #pythons: Pythons;
  readonly #packages: Packages;
  #isSwept = false;

  /** In `packageFolder` it keeps what Python programs need. */
  constructor(runtime: Runtime, clock: Clock, packageFolder: string) {
    const launcher = new Launcher(runtime, packageFolder);
    this.#parts = { runtime, clock, reaper: new Reaper(runtime), launcher };
    this.#processes = new ConfinedProcess(this.#parts);
    this.levels = new Levels(runtime, clock, this.#processes, launcher);
    this.#grounds = new Grounds(runtime, clock, this.levels);
    this.#engines = new Engines({ ...this.#parts, grounds: this.#grounds });
    this.#pythons = new Pythons(runtime);
    this.kernels = new Kernels(clock, (program, signal) => this.#startKernel(program, signal));
    this.pyodide = new Pyodide(packageFolder);
    const store = new PackageStore(packageFolder, runtime.host, clock);
    this.#packages = new Packages(runtime.host, store, (program, installer, signal) =>
      this.#runCommand(program, installer, { signal, onOutput: () => {} }),
    );
  }

  async run(program: Program, hooks: RunHooks): Promise<Outcome> {
    if (!this.#isSwept) {
      this.#isSwept = true;
      await sweepRunFolders(this.#parts.runtime.host);
    }
    if (program.kernel) return this.kernels.run(program, hooks);
    if (program.language === "sql") return this.#runSql(program, hooks);
    if (runsInEngine(program)) return this.#runScript(program, hooks);
    return this.#runCommand(program, await this.#interpreterOf(program, hooks.signal), hooks);
  }

  #runCommand(
    program: Program,
    interpreter: Interpreter,
    hooks: Pick<RunHooks, "signal" | "onOutput">,
  ): Promise<Outcome> {
    const parts = { runtime: this.#parts.runtime, grounds: this.#grounds, processes: this.#processes };
    return runCommand(parts, program, interpreter, hooks);
  }

  async close(): Promise<void> {
    await this.kernels.closeAll();
    await this.#engines.close();
    await this.#parts.reaper.close();
    this.#parts.launcher.close();
  }

  async #interpreterOf(program: Program, signal: AbortSignal): Promise<Interpreter> {
    if (program.language === "bash") return bash(program);
    if (program.language === "python") return this.#python(program, signal);
    return bun(this.#parts.runtime, program);
  }

  async #python(program: Program, signal: AbortSignal): Promise<Interpreter> {
    const level = program.level ?? (await this.levels.best());
    const mustBeOpen = this.#parts.runtime.host.uid === 0 && level !== "namespace";
    const chosen = await this.#pythons.choose(wantedPython(program.code), mustBeOpen);
    if (!chosen) return this.#pyodideFor(program);
    const needs = requirementsOf(program.packages ?? [], program.code);
    const folder = needs.length > 0 ? await this.#packages.folderFor(chosen, needs, program, signal) : undefined;
    return python(chosen, program, folder, program.kernel !== undefined);
  }

  async #pyodideFor(program: Program): Promise<Interpreter> {
    if (!this.pyodide.isThere) throw noPython(this.#parts.runtime.host.platform);
    const { pyodide } = await import("./languages/pyodide.ts");
    const packages = requirementsOf(program.packages ?? [], program.code).map(({ name }) => name);
    return pyodide(this.#parts.runtime, this.pyodide.folder, { ...program, packages });
  }

  async #startKernel(program: Program, signal: AbortSignal): Promise<Kernel> {
    if (program.language === "python") {
      const { PythonKernel } = await import("./kernels/python-kernel.ts");
      const parts = { ...this.#parts, grounds: this.#grounds };
      return PythonKernel.start(parts, program, await this.#python(program, signal));
    }
    refuseForEngine(program);
    const { ScriptKernel } = await import("./kernels/script-kernel.ts");
    const run = (engine: Engine, cell: Program, hooks: CellHooks) =>
      this.#timed(engine.run(scriptJob(cell, hooks), hooks));
    return new ScriptKernel(await this.#engines.open({ level: program.level, required: program.required }), run);
  }

  async #runScript(program: Program, hooks: RunHooks): Promise<Outcome> {
    refuseForEngine(program);
    return this.#runEngine(scriptJob(program, hooks), program, hooks, undefined);
  }

  async #runSql(program: Program, hooks: RunHooks): Promise<Outcome> {
    const { database } = program;
    const job: Job = {
      language: "sql",
      code: program.code,
      params: program.input === undefined ? undefined : JSON.stringify(program.input),
      database,
      limits: program.limits,
    };
    const files = database && {
      readable: [dirname(database.path)],
      // Beside the file SQLite writes its journal.
      writable: database.mayWrite ? [dirname(database.path)] : [],
    };
    return this.#runEngine(job, program, hooks, files);
  }

  async #runEngine(
    job: Job,
    { level, required }: Program,
    hooks: RunHooks,
    files: { readable: string[]; writable: string[] } | undefined,
  ): Promise<Outcome> {
    return this.#timed(this.#engines.run(job, { ...hooks, level, required, files }));
  }

  async #timed(running: Promise<EngineRun>): Promise<Outcome> {
    const started = this.#parts.clock.elapsed();
    const run = await running;
    return {
      ...outcomeOf(run),
      usage: { ...usageOf(run), wall_ms: Math.round(this.#parts.clock.elapsed() - started) },
    };
  }
}

function scriptJob({ language, code, args, input, limits, kernel }: Program, { tools = [] }: CellHooks): Job {
  return {
    language: language === "typescript" ? "typescript" : "javascript",
    code,
    args,
    input: input === undefined ? undefined : JSON.stringify(input),
    limits,
    isCell: kernel !== undefined,
    tools,
  };
}

function refuseForEngine({ stdin, files, cwd, network, env }: Program): void {
  const given = [
    stdin === "" ? undefined : "stdin",
    Object.keys(files).length === 0 ? undefined : "files",
    cwd === undefined ? undefined : "working_directory",
    network ? "network" : undefined,
    Object.keys(env).length === 0 ? undefined : "env",
  ].filter((name) => name !== undefined);
  if (given.length === 0) return;
  throw new AppError(
    "invalid_input",
    `cannot give ${given.join(", ")} to the engine quickjs: it has no files, no network and no environment`,
    {
      hint: 'Give the value as input, or choose the engine "bun".',
    },
  );
}

function outcomeOf({ result, stdout, stderr, isolation }: EngineRun): Omit<Outcome, "usage"> {
  const common = { stdout, stderr, files: [], refused: [], isolation };
  if (!("limit" in result || "result" in result || "error" in result || "columns" in result || "truncated" in result))
    return { status: result.status, truncated: false, ...common };
  const { status, limit, error, truncated, columns, changes } = result;
  // The engine says that it is JSON, and a program may have made the engine its own.
  const value = jsonIn(result.result) as Json | undefined;
  return {
    status,
    ...(limit ? { limit } : {}),
    ...(error ? { failure: error } : {}),
    ...(value === undefined ? {} : { result: value }),
    ...(columns ? { columns, rows: (jsonIn(result.rows) ?? []) as Json[][] } : {}),
    ...(changes === undefined ? {} : { changes }),
    truncated: truncated === true,
    ...common,
  };
}

function usageOf({ result, peakBytes }: EngineRun): Pick<Outcome["usage"], "cpu_ms" | "peak_bytes" | "processes"> {
  const cpu = "cpu_ms" in result ? result.cpu_ms : undefined;
  return { cpu_ms: cpu ?? 0, ...(peakBytes > 0 ? { peak_bytes: peakBytes } : {}), processes: 1 };
}
