import { expect, test } from "bun:test";
import { CODE_MEMORY_BYTES } from "../../../../src/base/limits.ts";
import { GUEST_FILE, type Instance, instantiate } from "../../../../src/sandbox/engine/instance.ts";

const SMALL_BYTES = 32 * 1024 * 1024;

function evaluated({ context }: Instance, code: string): unknown {
  return context.dump(context.unwrapResult(context.evalCode(code, GUEST_FILE)));
}

test("each world has what the first has, chance of its own, and nothing of another", async () => {
  const worlds = [];
  for (let at = 0; at < 6; at++) worlds.push(await instantiate(CODE_MEMORY_BYTES));

  const drawn = worlds.map((world) => evaluated(world, "globalThis.mine = [Math.random(), Math.random()]"));
  const globals = worlds.map((world) => evaluated(world, "Object.getOwnPropertyNames(globalThis).sort().join()"));
  const [first, ...others] = worlds;
  if (first) evaluated(first, "Array.prototype.map = 1; globalThis.left = 1");

  expect(new Set(drawn.map(String)).size).toBe(worlds.length);
  expect(new Set(globals).size).toBe(1);
  for (const other of others) expect(evaluated(other, "typeof left + typeof [].map")).toBe("undefinedfunction");
  expect(evaluated(await instantiate(CODE_MEMORY_BYTES), "typeof left + typeof mine")).toBe("undefinedundefined");
});

test("a copy holds to its own memory, not to that of the world it was copied from", async () => {
  for (const memoryBytes of [CODE_MEMORY_BYTES, CODE_MEMORY_BYTES, SMALL_BYTES]) await instantiate(memoryBytes);

  const { context, memory } = await instantiate(SMALL_BYTES);
  const filled = context.evalCode("const all = []; for (;;) all.push(new Uint8Array(1e6))", GUEST_FILE);

  expect(filled.error && context.dump(filled.error)).toMatchObject({ message: "out of memory" });
  expect(memory.buffer.byteLength).toBeLessThanOrEqual(SMALL_BYTES);
});
