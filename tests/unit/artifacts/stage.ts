import { mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { Artifacts, type KeepInput } from "../../../src/artifacts/artifacts.ts";
import type { Clock } from "../../../src/base/clock.ts";
import { runtime } from "../../../src/runtime/current.ts";
import type { ArtifactRow } from "../../../src/store/artifacts.ts";
import { openStore } from "../../../src/store/open.ts";
import type { Sql } from "../../../src/store/sql.ts";
import { insertTask } from "../../../src/store/tasks.ts";
import { ensureWorkspace, type WorkspaceRow } from "../../../src/store/workspaces.ts";
import { newTask } from "../../../src/tasks/new-task.ts";
import { type FakeClock, fakeClock } from "../../harness/clock.ts";
import { tempFolder } from "../../harness/folder.ts";

export const TASK = "task_000000000001";
export const OTHER_TASK = "task_000000000002";

type Given = Partial<Omit<KeepInput, "text" | "bytes">> & { readonly text?: string; readonly bytes?: Uint8Array };

export interface Stage extends AsyncDisposable {
  readonly sql: Sql;
  readonly clock: FakeClock;
  readonly artifacts: Artifacts;
  /** A project with two tasks. */
  readonly workspace: WorkspaceRow;
  /** A folder outside of it. */
  readonly outside: string;
  keep(given?: Given): Promise<ArtifactRow>;
}

/** Makes a workspace with two tasks. */
export async function makeWork(
  sql: Sql,
  path: string,
  clock: Clock,
  id = "workspace_000000000001",
): Promise<WorkspaceRow> {
  return sql.write(function* () {
    const workspace = yield* ensureWorkspace(path, () => ({ id, path, created_ms: clock.now() }));
    const times = { created_ms: clock.now(), updated_ms: clock.now() };
    for (const task of [TASK, OTHER_TASK]) {
      const place = { id: task, workspace_id: workspace.id, session_id: null, parent_id: null, ...times };
      yield* insertTask(newTask({ title: `the work of ${task}` }, place));
    }
    return workspace;
  });
}

/** What is kept in a test, unless it says otherwise. */
export function keepInput(workspace: WorkspaceRow, id: string, given: Given, now: number): KeepInput {
  const { text = "the work", bytes, ...rest } = given;
  const input = {
    id,
    workspace_id: workspace.id,
    task_id: TASK,
    name: "result",
    type: "general",
    mime: "text/markdown",
    title: "What came of it",
    files: [],
    now,
    ...rest,
  } as const;
  return bytes ? { ...input, bytes } : { ...input, text };
}

export async function openStage(): Promise<Stage> {
  const folder = tempFolder();
  const clock = fakeClock();
  const [project, outside] = [join(folder.path, "project"), join(folder.path, "outside")];
  for (const path of [project, outside]) mkdirSync(path);
  const db = join(folder.path, "data", "cadre.db");
  const sql = await openStore({ runtime, clock, db, profile: "default", keepCopy: async () => {} });
  const workspace = await makeWork(sql, project, clock);
  const artifacts = new Artifacts(sql);
  let count = 0;
  return {
    sql,
    clock,
    artifacts,
    workspace,
    outside,
    keep: (given = {}) => {
      const id = `artifact_${(++count).toString(16).padStart(12, "0")}`;
      return sql.write(() => artifacts.keep(keepInput(workspace, id, given, clock.now())));
    },
    [Symbol.asyncDispose]: async () => {
      await sql.close();
      folder[Symbol.dispose]();
    },
  };
}

/** Every file below a folder with what it holds, links and folders that are empty by their kind. */
export function treeOf(folder: string): Record<string, string> {
  const tree: Record<string, string> = {};
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const shown = path.slice(folder.length + 1);
    if (entry.isSymbolicLink()) tree[shown] = "(link)";
    else if (entry.isFile()) tree[shown] = readFileSync(path, "utf8");
    else if (readdirSync(path).length === 0) tree[shown] = "(empty)";
  }
  return tree;
}

export function modeOf(path: string): number {
  return statSync(path).mode & 0o777;
}
