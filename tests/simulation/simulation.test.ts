// Hundreds of made-up worlds, each by its seed. More of them: bun scripts/simulate.ts --seeds 10000
import { expect, test } from "bun:test";
import { simulate } from "./simulate.ts";

const SEEDS = 500;
const TIMEOUT_MS = 120_000;

test(
  `in ${SEEDS} made-up worlds every run ends once, as its program says, whoever dies, stands still or is not answered`,
  async () => {
    const wrong: string[] = [];
    let faults = 0;
    for (let at = 0; at < SEEDS; at++) {
      const world = await simulate(`gate ${at}`);
      faults += world.faults;
      for (const what of world.wrong) wrong.push(`bun scripts/simulate.ts --seed "${world.seed}": ${what}`);
    }

    expect(wrong).toEqual([]);
    expect(faults).toBeGreaterThan(SEEDS);
  },
  TIMEOUT_MS,
);

test("a seed leads to the same world every time", async () => {
  const [one, other] = [await simulate("twice"), await simulate("twice")];

  expect(one).toEqual(other);
  expect(one.steps).toBeGreaterThan(100);
});
