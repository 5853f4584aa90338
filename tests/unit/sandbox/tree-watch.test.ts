import { expect, test } from "bun:test";
import { LIMITS_DEFAULT } from "../../../src/sandbox/limits.ts";
import { TreeWatch } from "../../../src/sandbox/tree-watch.ts";
import { fakeClock } from "../../harness/clock.ts";

test("a look that was asked for takes the place of the next one, and none comes after the end", async () => {
  const clock = fakeClock();
  let looks = 0;
  const treeUse = () => {
    looks++;
    return { processes: 1, rssBytes: 1, cpuMs: 1, pids: [1] };
  };
  const watch = new TreeWatch(clock, 1, { limits: LIMITS_DEFAULT, treeUse, diskUse: async () => 0 }, () => {});

  watch.look();
  await watch.stop();

  expect(looks).toBe(1);
  expect(clock.sleepers).toBe(0);
});
