// `cadre import`: the work of earlier systems, with what it brought forth.
import { existsSync, realpathSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { importArtifacts } from "../artifacts/import-artifacts.ts";
import { AppError } from "../base/errors.ts";
import { printable } from "../base/text.ts";
import { idFor, importWork } from "../tasks/import/import-work.ts";
import type { OldSource, OldTask } from "../tasks/import/old-work.ts";
import { SOURCES } from "../tasks/import/sources.ts";
import { workspaceIdentity } from "../tasks/workspaces.ts";
import { asIfThere, makeCompletedTask } from "./artifact-commands.ts";
import { type CliContext, type Command, isSet } from "./command.ts";

export const importCommand: Command = {
  words: ["import"],
  summary:
    "Brings the tasks of earlier systems into the project, with what they brought forth: from FILE, or from where these keep it. Once more, it brings only what is new.",
  positional: ["file?"],
  flags: { "dry-run": { kind: "boolean", help: "Only say what would come, and write nothing." } },
  run: async (context, input) => {
    const { open, clock, workspace: folder, signal } = context;
    const isDryRun = isSet(input, "dry-run");
    const stores = storesOf(context, input.values["file"]);
    const app = await open();
    const workspace = isDryRun ? await asIfThere(app, folder) : await app.workspaces.at(folder);
    const imported: Record<string, unknown>[] = [];
    for (const { source, path, tasks } of stores) {
      const parts = { sql: app.sql, workspace, source, path, isDryRun, now: clock.now() };
      const counts = await importWork(tasks, parts);
      const makeTask = (title: string, now: number) => makeCompletedTask(workspace.id, title, now);
      const artifactFolder = source.artifactFolder?.(path);
      const more =
        artifactFolder !== undefined && existsSync(artifactFolder)
          ? await importArtifacts(
              { sql: app.sql, clock, makeTask, taskIdOf: (task) => idFor("task", parts, task) },
              workspace,
              artifactFolder,
              { dryRun: isDryRun, signal },
            )
          : undefined;
      const { artifacts, ...others } = counts;
      imported.push({
        source: source.id,
        ...others,
        artifacts: artifacts + (more?.artifacts ?? 0),
        ...(more?.problems ? { problems: more.problems } : {}),
        file: path,
      });
    }
    return { workspace: workspaceIdentity(folder), ...(isDryRun ? { dry_run: true } : {}), imported };
  },
};

interface Store {
  readonly source: OldSource;
  readonly path: string;
  readonly tasks: readonly OldTask[];
}

function storesOf({ runtime, workspace }: CliContext, given: string | undefined): Store[] {
  const { cwd, homeDir } = runtime.host;
  const paths =
    given === undefined
      ? SOURCES.flatMap((source) => source.places(workspace, homeDir))
      : placesBelow(resolve(cwd, given), homeDir);
  const files = [...new Set(paths.filter(isFile).map((path) => realpathSync(path)))];
  const stores = files.flatMap((path): Store[] => {
    for (const source of SOURCES) {
      const tasks = source.read(path, runtime);
      if (tasks) return [{ source, path, tasks }];
    }
    return [];
  });
  if (stores.length > 0) return stores;
  const names = SOURCES.map(({ name }) => name).join(", ");
  if (given !== undefined && files.length > 0) {
    throw new AppError("invalid_input", `cannot import ${printable(given)}: it is no store that cadre knows`, {
      hint: `Known are those of ${names}. What cadre db export has written comes in with cadre db import.`,
    });
  }
  throw new AppError(
    "not_found",
    given === undefined ? "nothing to import was found" : `no store in ${printable(given)}`,
    {
      hint: `Name the file of ${names}; looked at were ${paths.join(", ")}.`,
    },
  );
}

/** A folder means what would lie in it. */
function placesBelow(path: string, home: string): string[] {
  return isFile(path)
    ? [path]
    : SOURCES.flatMap((source) => source.places(path, home)).filter((place) => place.startsWith(path));
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
