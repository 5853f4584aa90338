import { resolve } from "node:path";
import { AppError } from "../base/errors.ts";
import { randomIds } from "../base/ids.ts";
import { redactText } from "../base/redact.ts";
import { copyDatabase } from "../store/copy/copy-database.ts";
import { holdersOf } from "../store/holders.ts";
import { isPostgres } from "../store/open.ts";
import { readAtOnce } from "../store/snapshot.ts";
import { readWorkspace } from "../store/workspaces.ts";
import { LineReader } from "../tasks/transfer/line-file.ts";
import { exportWorkspace } from "../tasks/transfer/workspace-export.ts";
import { importWorkspace } from "../tasks/transfer/workspace-import.ts";
import { workspaceIdentity } from "../tasks/workspaces.ts";
import { type CliContext, type Command, type CommandInput, isSet } from "./command.ts";

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

const dbCopy: Command = {
  words: ["db", "copy"],
  summary:
    "Copies the whole database, a file, into an empty one of a PostgreSQL server, and compares both row by row. Once more, it goes on where it stopped.",
  positional: ["url"],
  flags: { live: { kind: "boolean", help: "Although others have it open: what they write from now on stays behind." } },
  run: async ({ open, runtime, clock, databasePath }, input) => {
    const url = input.values["url"] ?? "";
    if (isPostgres(databasePath) || !isPostgres(url)) {
      throw new AppError("invalid_input", "cannot copy anything but a file to a server", {
        hint: "Write it like: cadre db copy postgres://user@host/database",
      });
    }
    const path = resolve(databasePath);
    refuseOthers(holdersOf(path, runtime.host.pid) ?? [], isSet(input, "live"));
    const { sql } = await open();
    const started = clock.elapsed();
    const tell = (table: string, rows: number) => {
      if (rows > 0 && runtime.host.isTerminal.err) runtime.host.writeErr(`${table}  ${rows}\n`);
    };
    const { tables, resumed } = await copyDatabase({ runtime, clock, ids: randomIds, source: sql, path, url, tell });
    return {
      from: path,
      to: redactText(url),
      rows: tables.reduce((sum, { rows }) => sum + rows, 0),
      took_ms: Math.round(clock.elapsed() - started),
      ...(resumed ? { resumed } : {}),
      tables: tables.filter(({ rows }) => rows > 0),
    };
  },
};

function refuseOthers(pids: readonly number[], isLive: boolean): void {
  if (pids.length === 0 || isLive) return;
  throw new AppError(
    "conflict",
    `cannot copy the database: it is open in ${pids.length} other processes (${pids.join(", ")})`,
    {
      hint: "End them first, or say --live, when what they write from now on may stay behind.",
    },
  );
}

function fileOf(input: CommandInput, runtime: CliContext["runtime"]): string {
  const { file } = input.values;
  if (file) return resolve(runtime.host.cwd, file);
  throw new AppError("invalid_input", "no file was given", { hint: "Write it like: cadre db export work.jsonl" });
}

export const transferCommands: readonly Command[] = [dbExport, dbImport, dbCopy];
