import { join } from "node:path";
import { AppError } from "../../base/errors.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import type { Interpreter } from "../interpreter.ts";
import type { Program } from "../program.ts";

/** This very program, asked to be its runtime. With no settings of the folder that it happens to work in, and nothing from the network. */
export function bunCommand(runtime: Runtime): readonly [string, ...string[]] {
  if (runtime.name !== "bun") {
    throw new AppError("unavailable", "cannot run the engine bun: this build of cadre runs on Deno", {
      hint: "Leave the engine out, or run the downloaded executable.",
    });
  }
  const [executable] = runtime.host.self;
  return [executable, "--config=/dev/null", "--no-env-file", "--no-install"];
}

/** The whole of Bun, with Node's interfaces. */
export function bun(runtime: Runtime, { language, code, args }: Program): Interpreter {
  const [executable, ...flags] = bunCommand(runtime);
  const name = language === "typescript" ? "main.ts" : "main.js";
  return {
    readable: [executable],
    isRuntime: true,
    code: { [name]: code },
    env: { BUN_BE_BUN: "1", DO_NOT_TRACK: "1" },
    command: (folder) => [executable, ...flags, join(folder.code, name), ...args],
  };
}
