// Kept results on every engine: bytes come back as they went in, versions of one name are 1, 2, 3 … whoever writes at
// once, and a content that somebody is about to refer to is not dropped under their hands.
import { deepStrictEqual as deepEqual, strictEqual as equal, ok } from "node:assert";
import { Artifacts, type KeepInput } from "../../src/artifacts/artifacts.ts";
import { dropUnused } from "../../src/artifacts/drop-unused.ts";
import {
  contentOf,
  dropContents,
  readAllArtifacts,
  readContent,
  readContentSizes,
  readNewestOfTasks,
  readTasksWithArtifacts,
} from "../../src/store/artifacts.ts";
import { run, type Sql } from "../../src/store/sql.ts";
import { fakeClock } from "../harness/clock.ts";
import { until } from "../harness/condition.ts";
import { keepInput, makeWork, OTHER_TASK, TASK } from "../unit/artifacts/stage.ts";
import { type ContractCase, open } from "./sql-contract.ts";

const clock = fakeClock();
const HERE = "/home/me/kept";
let count = 0;

type Given = Partial<Omit<KeepInput, "text" | "bytes">> & { readonly text?: string; readonly bytes?: Uint8Array };

async function rooms(sql: Sql) {
  const artifacts = new Artifacts(sql);
  const workspace = await makeWork(sql, HERE, clock);
  return { artifacts, workspace, keep: keeper(sql) };
}

/** Another process, which finds the work there. */
function keeper(sql: Sql) {
  const artifacts = new Artifacts(sql);
  const workspace = { id: "workspace_000000000001", path: HERE, created_ms: 0 };
  return (given: Given) => {
    const id = `artifact_${(++count).toString(16).padStart(12, "0")}`;
    return sql.write(() => artifacts.keep(keepInput(workspace, id, given, clock.now())));
  };
}

export const artifactCases: readonly ContractCase[] = [
  {
    name: "Artifacts keep bytes of any kind, many and none, and give them back",
    run: async (db) => {
      const sql = await open(db);
      const { artifacts, keep } = await rooms(sql);
      const every = Uint8Array.from({ length: 512 }, (_, at) => at % 256);

      for (const [name, bytes] of Object.entries({ every, none: new Uint8Array(), many: new Uint8Array(1 << 20) })) {
        const row = await keep({ name, bytes, mime: "application/octet-stream" });

        deepEqual(new Uint8Array(await artifacts.bytes(row)), bytes);
        equal(row.size_bytes, bytes.length);
      }
    },
  },
  {
    name: "Artifacts show, list and link what was kept",
    run: async (db) => {
      const sql = await open(db);
      const { artifacts, workspace, keep } = await rooms(sql);
      const first = await keep({ text: "one 🙂", type: "code", files: ["src/a.ts"], title: "Grüße" });
      const second = await keep({ text: "two" });
      const other = await keep({ text: "one 🙂", task_id: OTHER_TASK });
      await sql.write(() => run("UPDATE task SET archived_ms = 1 WHERE id = ?1", [OTHER_TASK]));

      const page = await artifacts.list({ workspace_id: workspace.id, versions: true }, { limit: 1 });
      const rest = await artifacts.list(
        { workspace_id: workspace.id, versions: true },
        { limit: 1, cursor: page.cursor },
      );

      deepEqual(
        [page, rest].flatMap(({ artifacts: rows }) => rows.map(({ id }) => id)),
        [second.id, first.id],
      );
      deepEqual((await artifacts.list({ task_id: OTHER_TASK, type: "general" }, { limit: 5 })).artifacts.length, 1);
      deepEqual(await artifacts.text(first.id, { from: 0, chars: 5 }), { text: "one ", more: 4 });
      deepEqual((await artifacts.show(first.id)).newest, { id: second.id, version: 2 });
      deepEqual((await artifacts.show(second.id, { version: 1 })).files, ["src/a.ts"]);
      deepEqual(
        (await readNewestOfTasks(sql, [TASK, OTHER_TASK])).map(({ id }) => id),
        [second.id, other.id],
      );
      deepEqual(
        (await artifacts.those([other.id, first.id], {})).map(({ id }) => id),
        [other.id, first.id],
      );
      deepEqual(await readTasksWithArtifacts(sql, workspace.id, TASK, 9), [OTHER_TASK]);
      deepEqual((await readAllArtifacts(sql, { workspace_id: workspace.id }, first.seq, 9)).length, 2);
      deepEqual(await artifacts.idsLike(first.id.slice(0, -1), 1).then((ids) => ids.length), 1);
    },
  },
  {
    name: "Artifacts of one name have versions without gaps, whoever keeps them at once",
    run: async (db) => {
      const [one, other] = [await open(db), await open(db)];
      const { workspace } = await rooms(one);
      const keepers = [keeper(one), keeper(other)];

      await Promise.all(Array.from({ length: 20 }, (_, at) => keepers[at % 2]?.({ text: `text ${at % 5} of ${at}` })));

      const rows = await readAllArtifacts(one, { workspace_id: workspace.id }, 0, 100);
      deepEqual(
        rows.map(({ version }) => version).sort((a, b) => a - b),
        Array.from({ length: 20 }, (_, at) => at + 1),
      );
    },
  },
  {
    name: "Artifacts of the same content that are kept at once share it",
    run: async (db) => {
      const [one, other] = [await open(db), await open(db)];
      await rooms(one);
      const keepers = [keeper(one), keeper(other)];

      await Promise.all(Array.from({ length: 20 }, (_, at) => keepers[at % 2]?.({ text: "same", name: `name ${at}` })));

      equal((await readContentSizes(one, "", 10)).length, 1);
    },
  },
  {
    name: "dropUnused() drops what purged tasks leave, says how much, and how much sharing saves",
    run: async (db) => {
      const sql = await open(db);
      const { keep } = await rooms(sql);
      await keep({ text: "shared" });
      await keep({ text: "shared", name: "copy" });
      await keep({ text: "gone", task_id: OTHER_TASK });
      await sql.write(() => run("DELETE FROM task WHERE id = ?1", [OTHER_TASK]));

      const looked = await dropUnused(sql, { dryRun: true });
      const dropped = await dropUnused(sql);
      const again = await dropUnused(sql);

      const counts = { artifacts: 2, contents: 1, stored_bytes: 6, shared_bytes: 6 };
      deepEqual(looked, { ...counts, unused: 1, unused_bytes: 4 });
      deepEqual(dropped, looked);
      deepEqual(again, { ...counts, unused: 0, unused_bytes: 0 });
    },
  },
  {
    name: "a content is never dropped while others keep it again and again",
    run: async (db) => {
      const [one, other] = [await open(db), await open(db)];
      const { artifacts } = await rooms(one);
      const keep = keeper(other);
      const { hash } = contentOf("wanted");

      for (let round = 0; round < 20; round++) {
        const [row] = await Promise.all([
          keep({ text: "wanted", name: `name ${round}` }),
          one.write(() => dropContents([hash])),
        ]);

        ok(await artifacts.bytes(row));
        await one.write(() => run("DELETE FROM artifact"));
      }
    },
  },
  {
    name: "dropContents() waits for a change that has found the content, and leaves it",
    only: "postgres",
    run: async (db) => {
      const sql = await open(db);
      const { keep } = await rooms(sql);
      const row = await keep({ text: "wanted" });
      await sql.write(() => run("DELETE FROM artifact"));
      const held = await db.hold();
      await held.all("SELECT hash FROM content WHERE hash = $1 FOR NO KEY UPDATE", [row.hash]);

      const dropping = sql.write(() => dropContents([row.hash]));
      const waiting = "SELECT 1 FROM pg_locks WHERE NOT granted";
      await until(async () => (await held.all(waiting)).length > 0, "the deletion waits");
      await held.all(
        `INSERT INTO artifact (id, workspace_id, task_id, name, version, type, mime, title, hash, size_bytes, created_ms)
         VALUES ('artifact_a', 'workspace_000000000001', $1, 'n', 1, 'general', 'text/markdown', '', $2, 6, 0)`,
        [TASK, row.hash],
      );
      await held.commit();

      deepEqual(await dropping, []);
      ok(await readContent(sql, row.hash));
    },
  },
];
