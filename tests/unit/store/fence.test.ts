import { describe, expect, test } from "bun:test";
import { systemClock } from "../../../src/base/clock.ts";
import { FENCE_MS } from "../../../src/base/limits.ts";
import { runtime } from "../../../src/runtime/current.ts";
import { Fence, refuseFenced } from "../../../src/store/fence.ts";
import { openToWrite } from "../../../src/store/inspect.ts";
import { fakeClock } from "../../harness/clock.ts";
import { refusalOf } from "../../harness/errors.ts";
import { openStorage } from "../../harness/storage.ts";

describe("Fence", () => {
  test("keeps every process from writing until it is lowered; all of them may read", async () => {
    await using storage = openStorage();
    const one = await storage.open();
    const two = await storage.open();
    await one.add("first");
    const fence = new Fence(() => openToWrite(runtime, storage.database), systemClock);

    await fence.raise();
    const refusals = [await refusalOf(() => one.add("second")), await refusalOf(() => two.add("third"))];
    const titles = await two.titles();
    fence.lower();
    await two.add("fourth");

    expect(refusals.map(({ code, retryAfterMs }) => [code, retryAfterMs])).toEqual([
      ["unavailable", 1_000],
      ["unavailable", 1_000],
    ]);
    expect(titles).toEqual(["first"]);
    expect(await one.titles()).toEqual(["first", "fourth"]);
  });

  test("takes the place of one that a killed restore has left", async () => {
    await using storage = openStorage();
    const { add } = await storage.open();
    const open = () => openToWrite(runtime, storage.database);
    await new Fence(open, systemClock).raise();

    const fence = new Fence(open, systemClock);
    await fence.raise();
    fence.lower();

    await add("first");
  });

  test("that has come to its end is not renewed: somebody may have written", async () => {
    await using storage = openStorage();
    await storage.open();
    const clock = fakeClock();
    const fence = new Fence(() => openToWrite(runtime, storage.database), clock);
    await fence.raise();
    clock.advance(FENCE_MS - 1);
    fence.renew();
    clock.advance(FENCE_MS);

    const refusal = await refusalOf(() => fence.renew());

    expect(refusal.code).toBe("timeout");
  });
});

describe("refuseFenced()", () => {
  test("lets everybody through at its end, so that a restore which was killed keeps nobody out for ever", () => {
    expect(() => refuseFenced([{ value: "1000" }], 1_000)).not.toThrow();
    expect(() => refuseFenced([], 0)).not.toThrow();
  });
});
