import { expect, test } from "bun:test";
import type { KnownModel } from "../../../src/agents/model-names.ts";
import { ModelPool } from "../../../src/agents/model-pool.ts";
import { fakeClock } from "../../harness/clock.ts";

function pool() {
  const clock = fakeClock();
  const made: string[] = [];
  const it = new ModelPool(clock, async ({ model, key }) => {
    made.push(`${model} ${key}`);
    return { stream: async function* () {} };
  });
  const of = (model: string, key = "k") => it.of({ provider: "p", model, key, url: undefined } as KnownModel);
  return { clock, made, it, of };
}

test("a client is made once for a model and a key, and anew for another key or after an hour", async () => {
  const { clock, made, of } = pool();

  const first = await of("a");
  expect(await of("a")).toBe(first);
  await of("a", "new key");
  clock.advance(3_600_000);
  expect(await of("a")).not.toBe(first);

  expect(made).toEqual(["a k", "a new key", "a k"]);
});

test("thirty-two are kept, and the one that was used longest ago goes first", async () => {
  const { made, it, of } = pool();
  for (let n = 0; n < 32; n++) await of(`m${n}`);
  await of("m0");
  await of("one more");

  expect(it.size).toBe(32);
  await of("m0");
  await of("m1");
  expect(made.slice(-2)).toEqual(["one more k", "m1 k"]);
});
