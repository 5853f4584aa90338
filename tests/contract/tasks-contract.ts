// The task graph and the workspaces on every engine: the statements are one text, and here is shown that
// each engine reads it alike.
import { deepStrictEqual as deepEqual, strictEqual as equal, ok } from "node:assert";
import { randomIds } from "../../src/base/ids.ts";
import { openRooms, type Rooms } from "../../src/rooms.ts";
import type { Sql } from "../../src/store/sql.ts";
import { fakeClock } from "../harness/clock.ts";
import { deathless } from "../harness/deathless.ts";
import { refusalOf } from "../harness/errors.ts";
import { here } from "../harness/here.ts";
import { type ContractCase, open } from "./sql-contract.ts";

const clock = fakeClock();
const HERE = "/home/me/project";

function rooms(sql: Sql): Rooms {
  return openRooms({ ...here, sql, clock, ids: randomIds, liveness: deathless });
}

export const taskCases: readonly ContractCase[] = [
  {
    name: "Tasks keep everything that was given, and show it",
    run: async (db) => {
      const { tasks } = rooms(await open(db));
      const first = await tasks.create(HERE, { title: "first" });
      const draft = {
        title: "second 🙂",
        description: "all of it",
        role: "tester",
        priority: 1,
        tags: ["a", "b"],
        environment: "docker",
        language: "sql",
      };

      const { id } = await tasks.create(HERE, { ...draft, needs: [first.id, first.id] });

      const times = { created_ms: clock.now(), updated_ms: clock.now() };
      const waits_for = [{ id: first.id, title: "first", status: "pending" }];
      const needs = [first.id];
      deepEqual(await tasks.show(id), { id, status: "pending", needs, waits_for, revision: 1, ...draft, ...times });
    },
  },
  {
    name: "Tasks move by compare-and-set: of two changes to one revision, one is refused",
    run: async (db) => {
      const [one, other] = [rooms(await open(db)), rooms(await open(db))];
      const { id } = await one.tasks.create(HERE, { title: "contested" });

      const outcomes = await Promise.allSettled([
        one.tasks.update(id, { title: "one", revision: 1 }),
        other.tasks.update(id, { title: "other", revision: 1 }),
      ]);

      deepEqual(outcomes.map(({ status }) => status).sort(), ["fulfilled", "rejected"]);
      equal((await one.tasks.show(id)).revision, 2);
    },
  },
  {
    name: "Tasks refuse a cycle that two processes would close together, short or long",
    run: async (db) => {
      const [one, other] = [rooms(await open(db)), rooms(await open(db))];
      const create = async (title: string, needs: string[] = []) => (await one.tasks.create(HERE, { title, needs })).id;

      for (let round = 0; round < 10; round++) {
        const c = await create("c");
        const b = await create("b", round % 2 === 0 ? [c] : []);
        const a = await create("a");
        const outcomes = await Promise.allSettled([
          one.tasks.update(a, { needs: [b] }),
          other.tasks.update(round % 2 === 0 ? c : b, { needs: [a] }),
        ]);

        deepEqual(outcomes.map(({ status }) => status).sort(), ["fulfilled", "rejected"]);
        const refused = outcomes.find(({ status }) => status === "rejected") as PromiseRejectedResult;
        ok(String(refused.reason).includes("cannot depend on itself"), String(refused.reason));
      }
    },
  },
  {
    name: "Tasks list pages with counts, filters, what is waited for, archived ones apart",
    run: async (db) => {
      const { tasks } = rooms(await open(db));
      const a = await tasks.create(HERE, { title: "a", role: "tester", language: "sql" });
      const b = await tasks.create(HERE, { title: "b", needs: [a.id], priority: 2 });
      const c = await tasks.create(HERE, { title: "c" });
      await tasks.update(a.id, { status: "active" });
      await tasks.archive(c.id);

      const page = await tasks.list(HERE, { limit: 1 });
      const next = await tasks.list(HERE, { limit: 1, cursor: page.cursor });
      const archived = await tasks.list(HERE, { limit: 20, archived: true });
      const filtered = await tasks.list(HERE, { limit: 20, status: "active", role: "tester", language: "sql" });

      const rowA = { id: a.id, title: "a", status: "active" };
      deepEqual(page, { tasks: [rowA], counts: { active: 1, pending: 1 }, cursor: page.cursor });
      deepEqual(next, { tasks: [{ id: b.id, title: "b", status: "pending", priority: 2, waits_for: 1 }] });
      deepEqual(archived, { tasks: [{ id: c.id, title: "c", status: "pending" }], counts: { pending: 1 } });
      deepEqual(filtered, { tasks: [rowA], counts: { active: 1 } });
    },
  },
  {
    name: "Tasks draw the graph, restore, purge, and complete ids",
    run: async (db) => {
      const { tasks } = rooms(await open(db));
      const a = await tasks.create(HERE, { title: "a" });
      const b = await tasks.create(HERE, { title: "b", needs: [a.id] });
      await tasks.archive(b.id);
      await tasks.restore(b.id);

      const graph = await tasks.graph(HERE);
      const ids = [await tasks.idsLike("", 9), await tasks.idsLike("ta", 9), await tasks.idsLike(a.id.slice(0, -1), 9)];
      await tasks.purge(a.id);

      deepEqual(
        graph.edges.map((edge) => ({ ...edge })),
        [{ task_id: b.id, needs_id: a.id, kind: "completion" }],
      );
      const both = [a.id, b.id].sort();
      deepEqual(ids.slice(0, 2), [both, both]);
      ok(ids[2]?.includes(a.id));
      equal((await tasks.show(b.id)).needs, undefined);
    },
  },
  {
    name: "Workspaces are made once by two processes, move with their work, and are forgotten with it",
    run: async (db) => {
      const [one, other] = [rooms(await open(db)), rooms(await open(db))];
      const [here, there] = await Promise.all([one.workspaces.at(HERE), other.workspaces.at(`${HERE}/`)]);
      const task = await one.tasks.create(HERE, { title: "a" });

      await one.workspaces.move(HERE, "/elsewhere");
      const moved = await other.tasks.list("/elsewhere", { limit: 20 });
      const counts = await one.workspaces.list();
      await one.workspaces.forget("/elsewhere");

      equal(here.id, there.id);
      deepEqual(
        moved.tasks.map(({ id }) => id),
        [task.id],
      );
      deepEqual(
        counts.map((row) => ({ ...row })),
        [{ id: here.id, path: "/elsewhere", created_ms: here.created_ms, tasks: 1, archived: 0 }],
      );
      equal((await refusalOf(() => one.tasks.show(task.id))).code, "not_found");
    },
  },
];
