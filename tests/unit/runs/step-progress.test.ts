// How far a step is: told now and then, one at a time, and never after its end.
import { expect, test } from "bun:test";
import type { Fenced } from "../../../src/runs/fenced.ts";
import { StepProgress } from "../../../src/runs/step-progress.ts";
import { newStep } from "../../../src/store/run-steps.ts";
import { fakeClock } from "../../harness/clock.ts";

function watched(record: () => Promise<void> = async () => {}) {
  const clock = fakeClock();
  const told: unknown[] = [];
  const fenced = {
    record: (row: { readonly about: string | null }, type: string, data: unknown) => {
      told.push([type, JSON.parse(row.about ?? "null"), data]);
      return record();
    },
  } as unknown as Fenced;
  return { clock, told, progress: new StepProgress(fenced, clock, newStep("run_1", "look", "tool", 0)) };
}

test("it is told once in a while, and whoever is quick tells nothing", async () => {
  const { clock, told, progress } = watched();

  progress.tell(1, 10, "a.ts");
  clock.advance(1_000);
  progress.tell(2, 10, "b.ts");
  await Promise.resolve();
  progress.tell(3, 10, "c.ts");
  await progress.end();

  const about = { done: 2, total: 10, at: "b.ts" };
  expect(told).toEqual([["step.progress", about, { step: "look", kind: "tool", ...about }]]);
});

test("the end waits for what is being told, and nothing follows it", async () => {
  const held = Promise.withResolvers<void>();
  const { clock, told, progress } = watched(() => held.promise);
  clock.advance(1_000);
  progress.tell(1, undefined, undefined);

  let isOver = false;
  const ending = progress.end().then(() => {
    isOver = true;
  });
  clock.advance(5_000);
  progress.tell(2, undefined, undefined);
  await Promise.resolve();
  expect(isOver).toBe(false);
  held.resolve();
  await ending;

  expect(told).toHaveLength(1);
});

test("what cannot be told is no failure of the step", async () => {
  const { clock, progress } = watched(() => Promise.reject(new Error("the run is somebody else's")));
  clock.advance(1_000);
  progress.tell(1, 2, "a");

  expect(await progress.end()).toBeUndefined();
});
