import { join } from "node:path";
import { AppError } from "../../base/errors.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import type { Interpreter } from "../interpreter.ts";
import type { Program } from "../program.ts";
import runner from "../pyodide/pyodide.driver.js" with { type: "text" };
import { bunCommand } from "./bun.ts";
import driver from "./driver.py" with { type: "text" };
import { readSaidByPython, SAID } from "./python.ts";

/** Python in WebAssembly, out of the folder that Pyodide was fetched into. */
export function pyodide(runtime: Runtime, home: string, program: Program): Interpreter {
  refuseWhatItHasNot(program);
  const { code, args, limits, imports, cwd } = program;
  const [executable, ...flags] = bunCommand(runtime);
  return {
    readable: [executable, home],
    isRuntime: true,
    code: {
      "pyodide.mjs": runner,
      "driver.py": driver,
      "main.py": code,
      ...(imports ? { "imports.txt": imports.join("\n") } : {}),
    },
    env: { BUN_BE_BUN: "1", DO_NOT_TRACK: "1" },
    command: (folder) => [
      executable,
      ...flags,
      join(folder.code, "pyodide.mjs"),
      home,
      String(limits.memoryBytes),
      JSON.stringify([cwd ?? folder.work, folder.temp, folder.code]),
      join(folder.code, "driver.py"),
      join(folder.temp, SAID),
      join(folder.code, "main.py"),
      ...args,
    ],
    said: (folder) => readSaidByPython(join(folder.temp, SAID), limits.outputBytes),
  };
}

function refuseWhatItHasNot({ kernel, network, packages = [] }: Program): void {
  const asked = [
    ...(kernel ? ["a kernel"] : []),
    ...(network ? ["network"] : []),
    ...(packages.length > 0 ? ["packages"] : []),
  ];
  if (asked.length === 0) return;
  throw new AppError("unavailable", `cannot run python with ${asked.join(" and ")}: here there is only Pyodide`, {
    hint: "Install python3, or leave that out.",
  });
}
