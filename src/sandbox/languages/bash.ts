import { existsSync } from "node:fs";
import { join } from "node:path";
import { AppError } from "../../base/errors.ts";
import type { Interpreter } from "../interpreter.ts";
import type { Program } from "../program.ts";

const PLACES = ["/bin/bash", "/usr/bin/bash", "/usr/local/bin/bash", "/opt/homebrew/bin/bash"] as const;

export function bash({ code, args }: Program): Interpreter {
  const shell = PLACES.find((path) => existsSync(path));
  if (!shell) {
    throw new AppError("unavailable", "cannot run bash: this machine has none", {
      hint: "Install it with the system's packages, like apt install bash or apk add bash.",
    });
  }
  return {
    readable: [],
    isRuntime: false,
    code: { "main.sh": code },
    env: {},
    // Nobody's startup files are read.
    command: (folder) => [shell, "--noprofile", "--norc", join(folder.code, "main.sh"), ...args],
  };
}
