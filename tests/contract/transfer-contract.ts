// A workspace leaves one database and comes into another as the same rows, whatever engine each of them is.
import { deepStrictEqual as deepEqual } from "node:assert";
import { join } from "node:path";
import { randomIds } from "../../src/base/ids.ts";
import type { Sql } from "../../src/store/sql.ts";
import { readWorkspace } from "../../src/store/workspaces.ts";
import { readLines } from "../../src/tasks/line-file.ts";
import { Tasks } from "../../src/tasks/tasks.ts";
import { exportWorkspace } from "../../src/tasks/workspace-export.ts";
import { importWorkspace } from "../../src/tasks/workspace-import.ts";
import { parseWorkspace } from "../../src/tasks/workspace-line.ts";
import { Workspaces } from "../../src/tasks/workspaces.ts";
import { fakeClock } from "../harness/clock.ts";
import { tempFolder } from "../harness/folder.ts";
import { type ContractCase, open } from "./sql-contract.ts";

const clock = fakeClock();
const HERE = "/home/me/carried";

async function exportTo(path: string, sql: Sql): Promise<void> {
  const workspace = await readWorkspace(sql, HERE);
  if (!workspace) throw new Error("nothing to export");
  await exportWorkspace(sql, workspace, { path, version: "1.2.3", now: clock.now() });
}

export const transferCases: readonly ContractCase[] = [
  {
    name: "an exported workspace is imported as it was, once",
    run: async (db) => {
      using folder = tempFolder();
      const file = join(folder.path, "work.jsonl");
      const sql = await open(db);
      const workspaces = new Workspaces(sql, clock, randomIds);
      const tasks = new Tasks(sql, workspaces, clock, randomIds);
      const first = await tasks.create(HERE, { title: "first 🙂", tags: ["a"], description: "one\ntwo" });
      const second = await tasks.create(HERE, { title: "second", needs: [first.id] });
      await tasks.archive(first.id);
      const shown = () => Promise.all([first, second].map(({ id }) => tasks.show(id)));
      const before = await shown();
      await exportTo(file, sql);
      await workspaces.forget(HERE);

      const imported = await importWorkspace(sql, parseWorkspace(readLines(file)), clock.now());
      const again = await importWorkspace(sql, parseWorkspace(readLines(file)), clock.now());

      deepEqual(await shown(), before);
      deepEqual([imported.tasks, imported.needs, imported.skipped], [2, 1, 3]); // The log has kept its three events.
      deepEqual([again.tasks, again.needs, again.events, again.skipped], [0, 0, 0, 6]);
    },
  },
];
