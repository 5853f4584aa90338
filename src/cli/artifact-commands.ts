import { resolve } from "node:path";
import { dropUnused } from "../artifacts/drop-unused.ts";
import { exportArtifacts } from "../artifacts/export-artifacts.ts";
import { importArtifacts } from "../artifacts/import-artifacts.ts";
import { Mirror } from "../artifacts/mirror.ts";
import { moveMirror } from "../artifacts/move-mirror.ts";
import { AppError } from "../base/errors.ts";
import { randomIds } from "../base/ids.ts";
import { appendEvent } from "../store/events.ts";
import type { Part } from "../store/sql.ts";
import { insertTask, readTask } from "../store/tasks.ts";
import type { WorkspaceRow } from "../store/workspaces.ts";
import { newTask } from "../tasks/new-task.ts";
import { taskEvent } from "../tasks/task-event.ts";
import type { App } from "../tools/tool.ts";
import { type CliContext, type Command, type CommandInput, isSet } from "./command.ts";

const DRY_RUN = { "dry-run": { kind: "boolean", help: "Only say what would be done." } } as const;

const artifactExport: Command = {
  words: ["artifact", "export"],
  summary: "Writes every version of every artifact of the project to a new folder, with an index.json.",
  positional: ["folder"],
  flags: { task: { kind: "text", help: "Of this task only." } },
  run: async ({ open, runtime, workspace: path, signal }, input) => {
    const folder = folderOf(input, "folder", runtime);
    const app = await open();
    const workspace = await existing(app, path);
    const task = input.flags["task"]?.at(-1);
    if (task !== undefined && (await readTask(app.sql, task))?.workspace_id !== workspace.id) {
      throw new AppError("not_found", `no task ${task} in ${workspace.path}`, {
        hint: "See which there are with cadre task list, or name the project with --workspace FOLDER.",
      });
    }
    return { folder, ...(await exportArtifacts(app.sql, workspace, folder, { task, signal })) };
  },
};

const artifactImport: Command = {
  words: ["artifact", "import"],
  summary:
    "Brings artifacts into the project from a folder that cadre has exported or mirrored, or from a project with a .task_orchestrator folder.",
  positional: ["folder"],
  flags: DRY_RUN,
  run: async ({ open, runtime, clock, workspace: path, signal }, input) => {
    const folder = folderOf(input, "folder", runtime);
    const isDryRun = isSet(input, "dry-run");
    const app = await open();
    const workspace = isDryRun ? await asIfThere(app, path) : await app.workspaces.at(path);
    const makeTask = (title: string, now: number) => makeCompletedTask(workspace.id, title, now);
    const parts = { sql: app.sql, clock, makeTask };
    const imported = await importArtifacts(parts, workspace, folder, { dryRun: isDryRun, signal });
    if (isDryRun) return { folder, dry_run: true, ...imported };
    return {
      folder,
      ...imported,
      ...(await mirroredAgain(new Mirror(app.sql, clock), { ...workspace, path }, signal)),
    };
  },
};

const artifactDedupe: Command = {
  words: ["artifact", "dedupe"],
  summary: "Drops what no artifact refers to any more, and says how much is saved by storing each content once.",
  flags: DRY_RUN,
  run: async ({ open, signal }, input) => {
    const dryRun = isSet(input, "dry-run");
    const dropped = await dropUnused((await open()).sql, { dryRun, signal });
    return {
      ...(dryRun ? { dry_run: true } : {}),
      ...dropped,
      ...(dropped.unused > 0 && !dryRun ? { next: "cadre db optimize gives the space back to the disk" } : {}),
    };
  },
};

const artifactMove: Command = {
  words: ["artifact", "move"],
  summary:
    "For a project that was moved: writes its artifact files at the new place, and takes the unchanged old ones away.",
  positional: ["from", "to"],
  flags: DRY_RUN,
  run: async ({ open, runtime, clock, signal }, input) => {
    const from = projectOf(input, "from", runtime);
    const to = projectOf(input, "to", runtime);
    const { sql, workspaces } = await open();
    const workspace = await workspaces.find(to);
    if (!workspace) throw await notMoved({ workspaces }, from, to);
    const dryRun = isSet(input, "dry-run");
    const moved = await moveMirror({ sql, clock }, from, { ...workspace, path: to }, { dryRun, signal });
    return { from, to, ...(dryRun ? { dry_run: true } : {}), ...moved };
  },
};

const artifactRepair: Command = {
  words: ["artifact", "repair"],
  summary: "Writes the project's artifact files again where they are missing or differ from what was kept.",
  flags: DRY_RUN,
  run: async ({ open, clock, workspace: path, signal }, input) => {
    const app = await open();
    const workspace = await existing(app, path);
    const dryRun = isSet(input, "dry-run");
    const repaired = await new Mirror(app.sql, clock).repair({ ...workspace, path }, { dryRun, signal });
    return { workspace: path, ...(dryRun ? { dry_run: true } : {}), ...repaired };
  },
};

async function existing({ workspaces }: Pick<App, "workspaces">, path: string): Promise<WorkspaceRow> {
  const workspace = await workspaces.find(path);
  if (workspace) return workspace;
  throw new AppError("not_found", `no workspace ${path}`, {
    hint: "See which there are with cadre workspace list, then name one with --workspace FOLDER.",
  });
}

/** Looking makes no workspace. */
export async function asIfThere({ workspaces }: Pick<App, "workspaces">, path: string): Promise<WorkspaceRow> {
  return (await workspaces.find(path)) ?? { id: "", path, created_ms: 0 };
}

async function notMoved({ workspaces }: Pick<App, "workspaces">, from: string, to: string): Promise<AppError> {
  if (!(await workspaces.find(from))) {
    return new AppError("not_found", `no workspace ${to}`, { hint: "See which there are with cadre workspace list." });
  }
  return new AppError("conflict", `cannot move the artifacts of ${from}: its work has not moved yet`, {
    hint: `Move it first with cadre workspace move ${from} ${to}.`,
  });
}

/** For work whose own task is not here: nobody is to start it. */
export function* makeCompletedTask(workspaceId: string, title: string, now: number): Part<string> {
  const place = { workspace_id: workspaceId, session_id: null, parent_id: null, created_ms: now, updated_ms: now };
  const task = { ...newTask({ title }, { ...place, id: randomIds.next("task") }), status: "completed" } as const;
  const row = (yield* insertTask(task)) ?? task;
  yield* appendEvent(taskEvent("task.created", row, { title, status: row.status }));
  return row.id;
}

/** What was brought is there, whether or not its files can be written. */
async function mirroredAgain(mirror: Mirror, workspace: WorkspaceRow, signal: AbortSignal) {
  try {
    const { written, problems } = await mirror.repair(workspace, { signal });
    return { files: written, ...(problems ? { mirror_problems: problems } : {}) };
  } catch (cause) {
    if (!(cause instanceof AppError)) throw cause;
    return { files: 0, mirror_problems: [cause.message] };
  }
}

/** A path of another system is taken as it is: the project may have come from there. */
function projectOf(input: CommandInput, name: string, runtime: CliContext["runtime"]): string {
  const folder = input.values[name];
  return folder && /^([A-Za-z]:[\\/]|[\\/])/.test(folder) ? folder : folderOf(input, name, runtime);
}

function folderOf(input: CommandInput, name: string, runtime: CliContext["runtime"]): string {
  const folder = input.values[name];
  if (folder) return resolve(runtime.host.cwd, folder);
  throw new AppError("invalid_input", "no folder was given", {
    hint: "See how it is written with --help.",
  });
}

export const artifactCommands: readonly Command[] = [
  artifactExport,
  artifactImport,
  artifactDedupe,
  artifactMove,
  artifactRepair,
];
