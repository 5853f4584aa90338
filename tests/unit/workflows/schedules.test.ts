import { expect, test } from "bun:test";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readSchedules } from "../../../src/store/schedules.ts";
import { openTestApp } from "../../harness/app.ts";
import { fakeClock } from "../../harness/clock.ts";
import { refusalOf } from "../../harness/errors.ts";

/** Friday, noon, in London and so in UTC. */
const NOON = Date.UTC(2026, 10, 27, 12);
const DAY_MS = 86_400_000;
const WORKFLOW =
  "name: W\ndescription: D\ninputs: { n: { type: number, description: N } }\nsteps: [{ id: s, sleep: 1h }]\n";

async function house() {
  const app = await openTestApp({ clock: fakeClock(NOON) });
  const folder = join(app.workspace, ".cadre", "workflows");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "w.yaml"), WORKFLOW);
  return {
    ...app,
    file: join(folder, "w.yaml"),
    runs: async () => (await app.call("run_list", {}))["runs"] as { id: string }[],
  };
}

const NIGHTLY = { workflow: "w", cron: "0 3 * * *", timezone: "Europe/Berlin", inputs: { n: 1 } };

test("a schedule starts its workflow when its time has come, in its time zone, once", async () => {
  await using app = await house();
  const made = await app.call("schedule_create", NIGHTLY);

  const early = await app.schedules.startDue();
  app.clock.advance(DAY_MS);
  const next = await app.schedules.startDue();
  await app.schedules.startDue();

  expect(made).toMatchObject({ workflow: "w", inputs: { n: 1 }, next_ms: Date.UTC(2026, 10, 28, 2) });
  expect([early, next]).toEqual([Date.UTC(2026, 10, 28, 2), Date.UTC(2026, 10, 29, 2)]);
  const runs = await app.runs();
  expect(runs).toMatchObject([{ workflow: "w", status: "queued" }]);
  expect(await app.call("schedule_list", {})).toMatchObject({ schedules: [{ last_run: runs[0]?.id }] });
});

test("what was missed is made good once, and not while the last run is still under way", async () => {
  await using app = await house();
  await app.call("schedule_create", NIGHTLY);

  app.clock.advance(10 * DAY_MS);
  await app.schedules.startDue();
  app.clock.advance(DAY_MS);
  await app.schedules.startDue();

  const [run] = await app.runs();
  expect(await app.runs()).toHaveLength(1);
  expect(await app.call("schedule_list", {})).toMatchObject({ schedules: [{ problem: `${run?.id} is not over yet` }] });
});

test("two processes that look at once start one run", async () => {
  await using app = await house();
  await app.call("schedule_create", NIGHTLY);
  app.clock.advance(DAY_MS);

  await Promise.all([app.schedules.startDue(), app.schedules.startDue(), app.schedules.startDue()]);

  expect(await app.runs()).toHaveLength(1);
});

test("a schedule whose workflow is gone says so, and goes on", async () => {
  await using app = await house();
  await app.call("schedule_create", NIGHTLY);
  rmSync(app.file);
  app.clock.advance(DAY_MS);

  await app.schedules.startDue();

  expect(await app.runs()).toEqual([]);
  expect(await app.call("schedule_list", {})).toMatchObject({
    schedules: [{ problem: "no workflow w", next_ms: Date.UTC(2026, 10, 29, 2) }],
  });
});

test("a schedule that is deleted starts nothing", async () => {
  await using app = await house();
  const { id } = await app.call("schedule_create", NIGHTLY);

  await app.call("schedule_delete", { id });
  app.clock.advance(DAY_MS);
  await app.schedules.startDue();

  expect(await app.runs()).toEqual([]);
  expect(await readSchedules(app.sql, "any", 0, 10)).toEqual([]);
  expect((await refusalOf(() => app.call("schedule_delete", { id }))).code).toBe("not_found");
});

test.each([
  ["times that are none", { cron: "every day" }, /cannot read the times/],
  ["a time zone that is none", { timezone: "Mars/Olympus" }, /in Mars/],
  ["times that never come", { cron: "0 0 30 2 *" }, /never come|cannot read/],
  ["times that come every second", { cron: "* * * * * *" }, /once a minute/],
  ["an input that the workflow does not take", { inputs: { m: 1 } }, /there is no input m/],
  ["a workflow that is not there", { workflow: "none" }, /no workflow none/],
])("schedule_create refuses %s", async (_what, more, message) => {
  await using app = await house();

  const refused = await refusalOf(() => app.call("schedule_create", { ...NIGHTLY, ...more }));

  expect(refused.message).toMatch(message);
});
