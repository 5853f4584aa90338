// A workspace leaves one database and comes into another as the same rows, whatever engine each of them is.
import { deepStrictEqual as deepEqual } from "node:assert";
import { join } from "node:path";
import { randomIds } from "../../src/base/ids.ts";
import { DRAFT_PIECE_CHARS_MAX } from "../../src/base/limits.ts";
import { openRooms } from "../../src/rooms.ts";
import { run, type Sql } from "../../src/store/sql.ts";
import { readWorkspace } from "../../src/store/workspaces.ts";
import { LineReader } from "../../src/tasks/transfer/line-file.ts";
import { exportWorkspace } from "../../src/tasks/transfer/workspace-export.ts";
import { importWorkspace } from "../../src/tasks/transfer/workspace-import.ts";
import { fakeClock } from "../harness/clock.ts";
import { deathless } from "../harness/deathless.ts";
import { tempFolder } from "../harness/folder.ts";
import { here } from "../harness/here.ts";
import { type ContractCase, open } from "./sql-contract.ts";

const clock = fakeClock();
const HERE = "/home/me/carried";

async function exportTo(path: string, sql: Sql): Promise<void> {
  const workspace = await readWorkspace(sql, HERE);
  if (!workspace) throw new Error("nothing to export");
  await exportWorkspace(sql, workspace, { path, version: "1.2.3", now: clock.now() });
}

async function importFrom(path: string, sql: Sql) {
  using file = new LineReader(path);
  return await importWorkspace(sql, () => file.lines(), clock.now());
}

/** Every row of every table that an export carries, without its place in one database. */
async function allRows(sql: Sql): Promise<Record<string, unknown[]>> {
  const tables = {
    session: "id",
    task: "id",
    task_need: "task_id, needs_id",
    draft: "id",
    draft_piece: "draft_id, piece",
    content: "hash",
    artifact: "id",
    decision: "task_id, text",
    task_commit: "task_id, hash",
  };
  const rows: Record<string, unknown[]> = {};
  for (const [table, order] of Object.entries(tables)) {
    const found = await sql.all<Record<string, unknown>>(`SELECT * FROM ${table} ORDER BY ${order}`);
    rows[table] = found.map(({ seq: _seq, bytes, ...row }) => ({
      ...row,
      ...(bytes instanceof Uint8Array ? { bytes: Buffer.from(bytes).toString("hex") } : {}),
    }));
  }
  return rows;
}

const ANN = { agent: { id: "ann", label: "ann", isShared: false, process: "" } };
const LARGE = "0123456789abcdef".repeat(40_000);

export const transferCases: readonly ContractCase[] = [
  {
    name: "an exported workspace is imported as it was, once",
    run: async (db) => {
      using folder = tempFolder();
      const file = join(folder.path, "work.jsonl");
      const sql = await open(db);
      const { workspaces, tasks } = openRooms({ ...here, sql, clock, ids: randomIds, liveness: deathless });
      const first = await tasks.create(HERE, { title: "first 🙂", tags: ["a"], description: "one\ntwo" });
      const second = await tasks.create(HERE, { title: "second", needs: [first.id] });
      await tasks.archive(first.id);
      const shown = () => Promise.all([first, second].map(({ id }) => tasks.show(id)));
      const before = await shown();
      await exportTo(file, sql);
      await workspaces.forget(HERE);

      const imported = await importFrom(file, sql);
      const again = await importFrom(file, sql);

      deepEqual(await shown(), before);
      deepEqual([imported.tasks, imported.needs, imported.skipped], [2, 1, 3]); // The log has kept its three events.
      deepEqual([again.tasks, again.needs, again.events, again.skipped], [0, 0, 0, 6]);
    },
  },
  {
    name: "something of everything is carried: plans, drafts in the middle, artifacts short and long, decisions, commits",
    run: async (db) => {
      using folder = tempFolder();
      const file = join(folder.path, "work.jsonl");
      const sql = await open(db);
      const house = openRooms({ ...here, sql, clock, ids: randomIds, liveness: deathless });
      await house.sessions.begin(HERE, { title: "Carried", client: "ann" });
      const { plan, tasks } = await house.plans.make(
        HERE,
        { title: "Goal" },
        [
          { title: "One", acceptance: ["it is, done"] },
          { title: "Two", needs: ["One"] },
          { title: "Three", after: ["One"], related: ["Two"] },
        ],
        { client: "ann" },
      );
      const [one = "", two = "", three = ""] = tasks.map(({ id }) => id);
      const handIn = (id: string, work: string) =>
        house.completion.handIn(
          id,
          { summary: "done", work, type: "code", next: "continue", files: ["src/a.ts"], decisions: ["so it is"] },
          ANN,
        );
      await house.claims.start(HERE, { id: one }, ANN.agent);
      await handIn(one, "short 🙂 and \u2028 odd");
      await house.claims.start(HERE, { id: two }, ANN.agent);
      await house.drafts.append(two, { piece: 1, text: "half of it" }, ANN);
      await house.drafts.append(two, { piece: 2, text: LARGE.slice(0, DRAFT_PIECE_CHARS_MAX) }, ANN);
      await house.claims.start(HERE, { id: three }, ANN.agent);
      await handIn(three, LARGE);
      await house.tasks.update(two, { commit: { hash: "abc123", message: "a commit", author: "Ann" } }, ANN);
      await house.tasks.update(two, { waive: one, note: "not needed" }, ANN);
      const before = await allRows(sql);
      await exportTo(file, sql);
      await house.workspaces.forget(HERE);
      await sql.write(() => run("DELETE FROM content"));

      const imported = await importFrom(file, sql);
      const again = await importFrom(file, sql);

      deepEqual(await allRows(sql), before);
      deepEqual(
        [imported.sessions, imported.tasks, imported.drafts, imported.contents, imported.artifacts],
        [1, 4, 1, 2, 2],
      );
      deepEqual([again.tasks, again.drafts, again.artifacts, again.decisions, again.commits], [0, 0, 0, 0, 0]);
      deepEqual((await house.tasks.show(plan.id)).children, 3);
      deepEqual((await house.drafts.read(two, 20))?.next_piece, 3);
    },
  },
];
