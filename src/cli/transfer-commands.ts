import { resolve } from "node:path";
import { AppError } from "../base/errors.ts";
import { readAtOnce } from "../store/snapshot.ts";
import { readWorkspace } from "../store/workspaces.ts";
import { LineReader } from "../tasks/transfer/line-file.ts";
import { exportWorkspace } from "../tasks/transfer/workspace-export.ts";
import { importWorkspace } from "../tasks/transfer/workspace-import.ts";
import { workspaceIdentity } from "../tasks/workspaces.ts";
import type { CliContext, Command, CommandInput } from "./command.ts";

const dbExport: Command = {
  words: ["db", "export"],
  summary: "Writes one workspace to a file, all its rows and what they hold, a line for each.",
  positional: ["file"],
  run: async ({ open, runtime, clock, version, databasePath, workspace: folder }, input) => {
    const path = fileOf(input, runtime);
    const { sql } = await open();
    const identity = workspaceIdentity(folder);
    const workspace = await readWorkspace(sql, identity);
    if (!workspace) {
      throw new AppError("not_found", `no workspace ${identity}`, {
        hint: "See which there are with cadre workspace list, then name one with --workspace FOLDER.",
      });
    }
    const exported = await readAtOnce(runtime, { sql, database: resolve(databasePath) }, (reader) =>
      exportWorkspace(reader, workspace, { path, version, now: clock.now() }),
    );
    return { file: path, workspace: workspace.path, ...exported };
  },
};

const dbImport: Command = {
  words: ["db", "import"],
  summary: "Reads a workspace that db export has written; all of it or nothing, and nothing is written over.",
  positional: ["file"],
  run: async ({ open, runtime, clock }, input) => {
    using file = new LineReader(fileOf(input, runtime));
    const { sql } = await open();
    return { ...(await importWorkspace(sql, () => file.lines(), clock.now())) };
  },
};

function fileOf(input: CommandInput, runtime: CliContext["runtime"]): string {
  const { file } = input.values;
  if (file) return resolve(runtime.host.cwd, file);
  throw new AppError("invalid_input", "no file was given", { hint: "Write it like: cadre db export work.jsonl" });
}

export const transferCommands: readonly Command[] = [dbExport, dbImport];
