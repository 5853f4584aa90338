import { realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import { deadline } from "../../base/clock.ts";
import { AppError } from "../../base/errors.ts";
import { type Json, jsonIn } from "../../base/json.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import { closedFolderOn } from "../confine.ts";
import { ProgramError } from "../engine/job.ts";
import { type Interpreter, readSaid, type Said } from "../interpreter.ts";
import { isExecutable, onPath } from "../on-path.ts";
import { fits } from "../packages/requirements.ts";
import type { Program } from "../program.ts";
import driver from "./driver.py" with { type: "text" };

/** A Python of this machine, as it says itself. */
export interface Python {
  readonly executable: string;
  readonly version: string;
  /** Folders that it reads. */
  readonly folders: readonly string[];
  /** Of these, what not every program may read anyway. */
  readonly readable: readonly string[];
}

const ASK =
  "import sys, json; print(json.dumps([sys.executable, sys.version.split()[0].rstrip('+'), sys.prefix, sys.base_prefix, sys.exec_prefix]))";
const ASK_MS = 10_000;
const ASK_VARIABLES = ["PATH", "HOME", "USERPROFILE", "SYSTEMROOT"] as const;
export const SAID = "said.json";

const SaidByPython = z.object({
  result: z.json().optional(),
  error: ProgramError.optional(),
  limit: z.literal("memory").optional(),
  exit: z.number().int().optional(),
});

export class Pythons {
  readonly #runtime: Runtime;
  #found: Promise<readonly Python[]> | undefined;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /** Undefined where there is none. `mustBeOpen`: the program runs as another user, who cannot pass through our own folders. */
  async choose(wanted: string | undefined, mustBeOpen: boolean): Promise<Python | undefined> {
    this.#found ??= this.#find();
    const all = await this.#found;
    if (all.length === 0) {
      this.#found = undefined; // It may be installed meanwhile.
      return undefined;
    }
    const fitting = wanted === undefined ? all : all.filter(({ version }) => fits(version, wanted));
    const isOpen = ({ executable, folders }: Python) =>
      [executable, ...folders].every((path) => closedFolderOn(path) === undefined);
    const python = (mustBeOpen ? fitting.find(isOpen) : undefined) ?? fitting[0];
    if (python) return python;
    throw new AppError("unavailable", `cannot run python: its header asks for ${wanted}`, {
      hint: `On the PATH of this server there are ${all.map(({ version }) => version).join(", ")}.`,
    });
  }

  /** All on the PATH: the user's own first. */
  async #find(): Promise<readonly Python[]> {
    const candidates = onPath(this.#runtime.host, "python3");
    const answers = await Promise.all(candidates.map((path) => this.#ask(path)));
    return answers.filter((python) => python !== undefined);
  }

  /** A name on the PATH may be a script that looks for the real one: that one is wanted. */
  async #ask(path: string): Promise<Python | undefined> {
    const signal = deadline(ASK_MS);
    const { host } = this.#runtime;
    // A name on the PATH may be a shell's script, which would run what variables of ours tell it to.
    const env = Object.fromEntries(ASK_VARIABLES.flatMap((name) => (host.env[name] ? [[name, host.env[name]]] : [])));
    const finished = await host.run([path, "-I", "-S", "-c", ASK], { signal, env }).catch(() => undefined);
    const said = z.array(z.string()).safeParse(jsonIn(finished?.stdout));
    const [executable, version, ...prefixes] = said.data ?? [];
    if (!executable || !version || !isExecutable(executable)) return undefined;
    const folders = [...new Set([...prefixes, dirname(dirname(realpathSync(executable)))])];
    const readable = [...new Set([dirname(executable), ...folders])].filter((one) => !isSystem(one));
    return { executable, version, folders, readable };
  }
}

/** With what was installed for it, if anything was. */
export function python(
  { executable, readable }: Python,
  { code, args, limits, imports }: Program,
  packages: string | undefined,
  isKernel = false,
): Interpreter {
  return {
    readable: packages === undefined ? readable : [...readable, packages],
    isRuntime: false,
    code: {
      "driver.py": driver,
      "main.py": code,
      ...(imports ? { "imports.txt": imports.join("\n") } : {}),
      ...(packages === undefined ? {} : { "packages.txt": packages }),
    },
    env: { MPLBACKEND: "Agg", PYTHONDONTWRITEBYTECODE: "1", OPENBLAS_NUM_THREADS: "4", OMP_NUM_THREADS: "4" },
    command: (folder) => [
      executable,
      "-I", // Nobody's site packages, no variables, nothing from the working directory at the start.
      "-B",
      "-X",
      "utf8",
      join(folder.code, "driver.py"),
      join(folder.temp, SAID),
      join(folder.code, isKernel ? "cells" : "main.py"),
      ...args,
    ],
    said: (folder) => readSaidByPython(join(folder.temp, SAID), limits.outputBytes),
  };
}

function isSystem(path: string): boolean {
  return path === "/" || /^\/(usr|bin|sbin|lib|lib64|opt)(\/|$)/.test(path);
}

export function readSaidByPython(path: string, bytesMax: number): Said | undefined {
  const said = SaidByPython.safeParse(readSaid(path, bytesMax));
  if (!said.success) return undefined;
  const { result, ...more } = said.data;
  return { result: result as Json | undefined, ...more };
}

export function noPython(platform: string): AppError {
  const how: Record<string, string> = {
    darwin: "Install it with brew install python, or from python.org.",
    win32: "Install it with winget install Python.Python.3.13.",
  };
  return new AppError("unavailable", "cannot run python: there is no python3 on the PATH of this server", {
    hint: `${how[platform] ?? "Install it with the system's packages, like apt install python3 or apk add python3."} Or fetch a Python in WebAssembly, 6 MB, once: cadre code fetch pyodide.`,
  });
}
