// A run as a file, and a run gone through again.
import { existsSync, readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { formatBytes } from "../base/bytes.ts";
import { AppError } from "../base/errors.ts";
import { RUN_FILE_BYTES_MAX } from "../base/limits.ts";
import { writeWhole } from "../store/durable-file.ts";
import { fileError } from "../store/file-errors.ts";
import { callerOf } from "../tools/run.ts";
import type { Command, CommandInput } from "./command.ts";
import { callOf } from "./tool-command.ts";

const runExport: Command = {
  words: ["run", "export"],
  summary: "Writes a run to a JSON file, with all that it started: steps, signals, events, the texts of its workflows.",
  positional: ["id", "file?"],
  run: async ({ open, runtime, clock, version }, input) => {
    const { runFiles } = await open();
    const id = required(input, "id", "export");
    const exported = await runFiles.export(id, { cadre: version, nowMs: clock.now() });
    const path = resolve(runtime.host.cwd, input.values["file"] ?? `${id}.json`);
    try {
      writeWhole(path, `${JSON.stringify(exported, null, 2)}\n`);
    } catch (cause) {
      throw fileError(cause, `write ${path}`);
    }
    return {
      id,
      file: path,
      runs: exported.runs.length,
      steps: exported.runs.reduce((sum, { steps }) => sum + steps.length, 0),
    };
  },
};

const runImport: Command = {
  words: ["run", "import"],
  summary: "Reads a run that run export has written. It is over here; run retry goes on with one that was not.",
  positional: ["file"],
  run: async (context, input) => {
    const path = resolve(context.runtime.host.cwd, required(input, "file", "import"));
    const text = readBounded(path);
    const { runFiles, workspaces } = await context.open();
    const { id: workspaceId } = await workspaces.at(context.workspace);
    const caller = callerOf(callOf(context, input.requestId));
    return { ...(await runFiles.import(text, { workspaceId, caller, nowMs: context.clock.now() })) };
  },
};

const runReplay: Command = {
  words: ["run", "replay"],
  summary: "Goes through a run again over what it remembers, does nothing, and says whether it comes out the same.",
  positional: ["id"],
  run: async ({ open }, input) => {
    const { runFiles } = await open();
    const id = required(input, "id", "replay");
    const replayed = await runFiles.replay(id);
    if (replayed.differences.length > 0) input.exitWith(1);
    return { id, result: replayed.differences.length === 0 ? "same" : "different", ...replayed };
  },
};

function required(input: CommandInput, name: "id" | "file", verb: string): string {
  const value = input.values[name];
  if (value) return value;
  throw new AppError("invalid_input", `cannot ${verb} a run: no ${name} was given`, {
    hint: `Write it like: cadre run ${verb} ${name === "id" ? "run_0123456789ab; cadre run list names them" : "run.json"}.`,
  });
}

function readBounded(path: string): string {
  if (!existsSync(path)) {
    throw new AppError("not_found", `cannot import a run: there is no file ${path}`, {
      hint: "cadre run export writes one.",
    });
  }
  try {
    const { size } = statSync(path);
    if (size <= RUN_FILE_BYTES_MAX) return readFileSync(path, "utf8");
    throw new AppError("too_large", `cannot import ${path}: it has ${formatBytes(size)}`, {
      hint: `At most ${formatBytes(RUN_FILE_BYTES_MAX)}.`,
    });
  } catch (cause) {
    throw fileError(cause, `read ${path}`);
  }
}

export const runTransferCommands: readonly Command[] = [runExport, runImport, runReplay];
