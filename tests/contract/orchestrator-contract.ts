// Sessions, plans, claims, drafts and completion on every engine: what holds for one must hold for all.
import { deepStrictEqual as deepEqual, strictEqual as equal, ok } from "node:assert";
import type { Agent } from "../../src/base/agent.ts";
import { AppError } from "../../src/base/errors.ts";
import { randomIds } from "../../src/base/ids.ts";
import { LEASE_MS } from "../../src/base/limits.ts";
import { openRooms, type Rooms } from "../../src/rooms.ts";
import type { PlanItem } from "../../src/tasks/plan-item.ts";
import { fakeClock } from "../harness/clock.ts";
import { deathless } from "../harness/deathless.ts";
import { refusalOf } from "../harness/errors.ts";
import { here } from "../harness/here.ts";
import { type ContractCase, open, type TestDatabase } from "./sql-contract.ts";

const HERE = "/home/me/project";

function agent(name: string): Agent {
  return { id: name, label: name, isShared: false, process: "" };
}
const [ANN, BEN] = [agent("ann"), agent("ben")];

async function openHouse(db: TestDatabase) {
  const clock = fakeClock();
  const sql = await open(db);
  return { sql, clock, ...openRooms({ ...here, sql, clock, ids: randomIds, liveness: deathless }) };
}

const DIAMOND: readonly PlanItem[] = [
  { title: "Design" },
  { title: "Build", needs: ["Design"] },
  { title: "Describe", needs: ["design"] },
  { title: "Check", needs: ["Build", "Describe"] },
];

async function makePlan({ plans }: Rooms, items: readonly PlanItem[] = DIAMOND) {
  const { plan, tasks } = await plans.make(HERE, { title: "Goal" }, items, { client: "test" });
  const idOf = new Map(tasks.map(({ id, title }) => [title, id]));
  return {
    plan: plan.id,
    tasks,
    id: (title: string) => {
      const id = idOf.get(title);
      if (id === undefined) throw new Error(`no task ${title}`);
      return id;
    },
  };
}

const done = (summary: string) => ({ summary, type: "general", next: "continue" }) as const;

export const orchestratorCases: readonly ContractCase[] = [
  {
    name: "a plan is worked to its end: each task is ready when what it needs is completed",
    run: async (db) => {
      const house = await openHouse(db);
      const { plan, id } = await makePlan(house);
      const worked: string[] = [];
      for (;;) {
        const claim = await house.claims.start(HERE, {}, ANN).catch((error: unknown) => error as AppError);
        if (claim instanceof AppError) {
          equal(claim.code, "not_found");
          break;
        }
        worked.push(claim.task.title);
        await house.completion.handIn(claim.task.id, { ...done(`did ${claim.task.title}`), work: "x" }, { agent: ANN });
      }

      deepEqual(worked, ["Design", "Build", "Describe", "Check"]);
      const workspace = await house.workspaces.find(HERE);
      const synthesis = await house.overview.synthesize(workspace?.id ?? "", plan);
      ok(synthesis.isComplete);
      equal(synthesis.plan.percentage, 100);
      ok(synthesis.document.indexOf("did Design") < synthesis.document.indexOf("did Check"));
      const end = await house.completion.handIn(plan, { ...done("all of it"), work: "the result" }, { agent: ANN });
      equal(end.task.status, "completed");
      equal((await house.tasks.show(id("Check"))).session, (await house.tasks.show(plan)).session);
    },
  },
  {
    name: "of many that start at once, each task goes to one",
    run: async (db) => {
      const house = await openHouse(db);
      const other = openRooms({
        ...here,
        sql: await open(db),
        clock: house.clock,
        ids: randomIds,
        liveness: deathless,
      });
      const items = Array.from({ length: 24 }, (_, at) => ({ title: `Task ${at}` }));
      await makePlan(house, items);

      const claims = await Promise.all(
        Array.from({ length: 24 }, (_, at) =>
          (at % 2 === 0 ? house : other).claims.start(HERE, {}, agent(`agent ${at}`)),
        ),
      );

      equal(new Set(claims.map(({ task }) => task.id)).size, 24);
      equal(new Set(claims.map(({ lease }) => lease.token)).size, 24);
      equal((await refusalOf(() => other.claims.start(HERE, {}, ANN))).code, "not_found");
    },
  },
  {
    name: "of two that start the same task, one is told who holds it",
    run: async (db) => {
      const house = await openHouse(db);
      const { id } = await makePlan(house);
      const start = (who: Agent) =>
        house.claims.start(HERE, { id: id("Design") }, who).catch((error: unknown) => error as AppError);

      const [first, second] = await Promise.all([start(ANN), start(BEN)]);

      const [winner, loser] = first instanceof AppError ? ["ben", first] : ["ann", second];
      ok(loser instanceof AppError);
      equal(loser.code, "conflict");
      ok(loser.message.includes(`${winner} holds it`));
    },
  },
  {
    name: "a hold that has run out can be taken over, and its holder may hand in until then",
    run: async (db) => {
      const house = await openHouse(db);
      const { id } = await makePlan(house, [{ title: "A" }, { title: "B" }]);
      const a = await house.claims.start(HERE, { id: id("A") }, ANN);
      await house.claims.start(HERE, { id: id("B") }, ANN);
      house.clock.advance(LEASE_MS + 1);

      const late = await house.completion.handIn(id("B"), done("late, but nobody came"), { agent: ANN });
      const taken = await house.claims.start(HERE, { id: id("A") }, BEN);
      const refused = await refusalOf(() =>
        house.completion.handIn(id("A"), done("too late"), { agent: ANN, lease: a.lease.token }),
      );

      equal(late.task.status, "completed");
      equal(taken.takenFrom, "ann");
      equal(taken.lease.epoch, a.lease.epoch + 1);
      equal(taken.task.attempts, 2);
      equal(refused.code, "conflict");
      ok(refused.message.includes("ben holds it, and your lease no longer counts"));
    },
  },
  {
    name: "a draft grows piece by piece, twice the same is once, and another text is refused with the next piece",
    run: async (db) => {
      const house = await openHouse(db);
      const { id } = await makePlan(house);
      const design = id("Design");
      await house.claims.start(HERE, { id: design }, ANN);
      const append = (piece: number, text: string) => house.drafts.append(design, { piece, text }, { agent: ANN });

      const answers = [
        await append(1, "one "),
        await append(2, "two "),
        await append(1, "one "),
        await append(3, "ü🙂"),
      ];
      const changed = await refusalOf(() => append(2, "other"));
      const skipped = await refusalOf(() => append(5, "five"));
      const result = await house.completion.handIn(design, done("from the draft"), { agent: ANN });

      deepEqual(answers, [
        { next_piece: 2, chars: 4 },
        { next_piece: 3, chars: 8 },
        { next_piece: 3, chars: 8 },
        { next_piece: 4, chars: 11 },
      ]);
      equal(changed.code, "conflict");
      ok(changed.hint.includes("The next piece is 4"));
      ok(skipped.hint.includes("The next piece is 4"));
      equal(result.text, "one two ü🙂");
      equal((await house.artifacts.text(result.artifact?.id ?? "", { from: 0, chars: 100 }))?.text, "one two ü🙂");
    },
  },
  {
    name: "a draft left behind is offered to whoever takes the task over, and goes on where it was",
    run: async (db) => {
      const house = await openHouse(db);
      const { id } = await makePlan(house);
      const design = id("Design");
      await house.claims.start(HERE, { id: design }, ANN);
      await house.drafts.append(design, { piece: 1, text: "half of a sen" }, { agent: ANN });
      house.clock.advance(LEASE_MS + 1);

      const workspace = await house.workspaces.find(HERE);
      const handover = await house.overview.handover(workspace?.id ?? "");
      const claim = await house.claims.start(HERE, {}, BEN);
      const briefing = await house.briefings.of(HERE, claim, false);
      await house.drafts.append(design, { piece: 2, text: "tence." }, { agent: BEN });
      const stolen = await refusalOf(() => house.drafts.append(design, { piece: 3, text: "mine" }, { agent: ANN }));

      deepEqual(handover.interrupted, [{ id: design, title: "Design", was: "ann" }]);
      deepEqual(handover.drafts, [{ task: design, title: "Design", chars: 13 }]);
      equal(claim.task.id, design);
      deepEqual(briefing.draft, { chars: 13, next_piece: 2, tail: "half of a sen" });
      equal((await house.drafts.read(design, 100))?.tail, "half of a sentence.");
      equal(stolen.code, "conflict");
    },
  },
  {
    name: "a failed task is retried after a pause, so many times as it may",
    run: async (db) => {
      const house = await openHouse(db);
      const { id } = await makePlan(house, [{ title: "Flaky" }]);
      const flaky = id("Flaky");
      const fail = async () => {
        await house.claims.start(HERE, { id: flaky }, ANN);
        await house.tasks.update(flaky, { status: "failed", note: "no luck" }, { agent: ANN });
      };

      await fail();
      await house.tasks.update(flaky, { status: "pending" });
      const early = await refusalOf(() => house.claims.start(HERE, { id: flaky }, ANN));
      house.clock.advance(60 * 60_000);
      await fail();
      await house.tasks.update(flaky, { status: "pending" });
      house.clock.advance(60 * 60_000);
      await fail();
      const exhausted = await refusalOf(() => house.tasks.update(flaky, { status: "pending" }));
      await house.tasks.update(flaky, { attempts_max: 4 });
      await house.tasks.update(flaky, { status: "pending" });

      ok(early.message.includes("it is to be retried in"));
      ok(exhausted.message.includes("it was tried 3 times, of 3"));
      equal((await house.tasks.show(flaky)).attempts, 3);
    },
  },
  {
    name: "blocks waits for the end whatever it is, related never, and a waiver names its reason",
    run: async (db) => {
      const house = await openHouse(db);
      const { id } = await makePlan(house, [
        { title: "First" },
        { title: "After it", after: ["First"] },
        { title: "Beside it", related: ["First"] },
        { title: "Only with it", needs: ["First"] },
      ]);
      const start = (title: string) => house.claims.start(HERE, { id: id(title) }, ANN);

      const early = await refusalOf(() => start("After it"));
      await start("Beside it");
      await start("First");
      await house.tasks.update(id("First"), { status: "failed", note: "cannot be done" }, { agent: ANN });
      await start("After it");
      const stuck = await refusalOf(() => start("Only with it"));
      await house.tasks.update(id("Only with it"), { waive: id("First"), note: "not needed after all" });
      await start("Only with it");

      ok(early.message.includes(`it waits for ${id("First")}`));
      ok(stuck.hint.includes("waive it"));
      const waived = await house.tasks.show(id("Only with it"));
      deepEqual(waived.waived, [{ id: id("First"), why: "not needed after all" }]);
      // The reason is the waiver's; of the task itself it says nothing.
      equal(waived.note, undefined);
    },
  },
  {
    name: "a plan made anew keeps finished work, changes what is open, and cancels what is left out",
    run: async (db) => {
      const house = await openHouse(db);
      const { plan, id } = await makePlan(house);
      await house.claims.start(HERE, { id: id("Design") }, ANN);
      await house.completion.handIn(id("Design"), done("designed"), { agent: ANN });

      const again = await house.plans.remake(plan, {}, [
        { title: "Design", description: "not looked at: it is done" },
        { title: "build", description: "in another way", needs: ["Design"] },
        { title: "Deploy", needs: ["Build"] },
      ]);

      deepEqual(again.changes, { added: 1, changed: 1, kept: 1, cancelled: 2 });
      const build = await house.tasks.show(id("Build"));
      deepEqual([build.title, build.description, build.status], ["build", "in another way", "pending"]);
      equal((await house.tasks.show(id("Design"))).summary, "designed");
      equal((await house.tasks.show(id("Check"))).status, "cancelled");
    },
  },
  {
    name: "a plan with unknown names or a circle is refused whole, naming them",
    run: async (db) => {
      const house = await openHouse(db);

      const unknown = await refusalOf(() => makePlan(house, [{ title: "A", needs: ["Desing"] }, { title: "Design" }]));
      const circle = await refusalOf(() =>
        makePlan(house, [
          { title: "A", needs: ["C"] },
          { title: "B", needs: ["A"] },
          { title: "C", needs: ["B"] },
        ]),
      );

      const lonely = await refusalOf(() => makePlan(house, [{ title: "A", needs: ["B"] }]));

      ok(lonely.message.endsWith('"A" names "B", which is no task'));
      equal(unknown.code, "not_found");
      ok(unknown.message.includes('"A" names "Desing", which is no task; did you mean "Design"?'));
      equal(circle.code, "conflict");
      ok(circle.message.includes('"A" needs "C" needs "B" needs "A"'));
      deepEqual((await house.tasks.list(HERE, { limit: 20 })).tasks, []);
    },
  },
  {
    name: "sessions are begun once, closed, reopened, and cleaned up when nothing is left to do",
    run: async (db) => {
      const house = await openHouse(db);
      const first = await house.sessions.begin(HERE, { title: "First", client: "ann" });
      const again = await house.sessions.begin(HERE, { client: "ben" });
      const other = await house.sessions.begin(HERE, { title: "Other", isNew: true, client: "ben" });
      await house.sessions.close(other.session.id);
      const reopened = await house.sessions.resume(other.session.id);
      house.clock.advance(1_000);

      const dry = await house.sessions.cleanUp(HERE, { idleMs: 500, isDryRun: true });
      const wet = await house.sessions.cleanUp(HERE, { idleMs: 500, isDryRun: false });

      equal(again.session.id, first.session.id);
      deepEqual([first.isContinued, again.isContinued, other.isContinued], [false, true, false]);
      equal(reopened.status, "open");
      deepEqual(
        dry.closed.map(({ id }) => id),
        [first.session.id, other.session.id],
      );
      deepEqual(wet.closed, dry.closed);
      deepEqual(
        (await house.sessions.list(HERE, { limit: 20 })).sessions.map(({ title, status }) => [title, status]),
        [
          ["Other", "closed"],
          ["First", "closed"],
        ],
      );
    },
  },
];
