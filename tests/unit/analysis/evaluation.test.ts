import { expect, test } from "bun:test";
import { EVALUATIONS, evaluate } from "../../evaluation/evaluate.ts";

test.each(Object.entries(EVALUATIONS))("in %s what is wrong is told, and what is right is not", async (_name, text) => {
  const { bad, good, missed, alarms } = await evaluate(text);

  expect(bad).toBeGreaterThanOrEqual(200);
  expect(good).toBeGreaterThanOrEqual(200);
  expect({ missed, alarms }).toEqual({ missed: [], alarms: [] });
});
