import { AppError } from "../base/errors.ts";
import { EXPORT_LINES_MAX } from "../base/limits.ts";
import type { Reader } from "../store/snapshot.ts";
import { type LoggedEvent, readAllEvents, readAllNeeds, readAllTasks } from "../store/workspace-rows.ts";
import type { WorkspaceRow } from "../store/workspaces.ts";
import { LineWriter } from "./line-file.ts";
import { FORMAT } from "./workspace-line.ts";

export interface Exported {
  readonly tasks: number;
  readonly needs: number;
  readonly events: number;
}

interface ExportOptions {
  readonly path: string;
  /** Of this program. */
  readonly version: string;
  readonly now: number;
}

const PAGE_ROWS = 1_000;

/** Writes all rows of a workspace to a file, which is whole or not there. */
export async function exportWorkspace(
  reader: Reader,
  workspace: WorkspaceRow,
  { path, version, now }: ExportOptions,
): Promise<Exported> {
  const file = new LineWriter(path);
  try {
    file.write({ kind: "cadre-export", format: FORMAT, cadre: version, exported_ms: now });
    file.write({ kind: "workspace", ...workspace });
    const exported = {
      tasks: await writeTasks(reader, workspace.id, file),
      needs: await writeNeeds(reader, workspace.id, file),
      events: await writeEvents(reader, workspace.id, file),
    };
    file.write({ kind: "end", ...exported });
    refuseTooMany(file.lines);
    file.finish();
    return exported;
  } catch (error) {
    file.discard();
    throw error;
  }
}

async function writeTasks(reader: Reader, workspaceId: string, file: LineWriter): Promise<number> {
  let written = 0;
  for (let after = 0; ; ) {
    const rows = await readAllTasks(reader, workspaceId, after, PAGE_ROWS);
    for (const { seq, workspace_id: _same, ...task } of rows) {
      file.write({ kind: "task", ...task });
      after = seq;
    }
    written += rows.length;
    if (rows.length < PAGE_ROWS) return written;
  }
}

async function writeNeeds(reader: Reader, workspaceId: string, file: LineWriter): Promise<number> {
  const needs = await readAllNeeds(reader, workspaceId);
  for (const need of needs) file.write({ kind: "need", ...need });
  return needs.length;
}

async function writeEvents(reader: Reader, workspaceId: string, file: LineWriter): Promise<number> {
  let written = 0;
  for (let after = 0; ; ) {
    const rows: LoggedEvent[] = await readAllEvents(reader, workspaceId, after, PAGE_ROWS);
    for (const { seq, ...event } of rows) {
      file.write({ kind: "event", ...event });
      after = seq;
    }
    written += rows.length;
    refuseTooMany(file.lines);
    if (rows.length < PAGE_ROWS) return written;
  }
}

/** What cannot be imported again is no export. */
function refuseTooMany(lines: number): void {
  if (lines <= EXPORT_LINES_MAX) return;
  throw new AppError("too_large", `cannot export: the workspace has more than ${EXPORT_LINES_MAX} rows`, {
    hint: "Let old events go with the setting keep_events, or take the whole database with cadre db backup.",
  });
}
