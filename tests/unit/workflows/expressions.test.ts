import { afterAll, expect, test } from "bun:test";
import { systemClock } from "../../../src/base/clock.ts";
import type { Json } from "../../../src/base/json.ts";
import { runtime } from "../../../src/runtime/current.ts";
import { Sandbox } from "../../../src/sandbox/sandbox.ts";
import { Expressions } from "../../../src/workflows/expressions.ts";
import { refusalOf } from "../../harness/errors.ts";
import { tempFolder } from "../../harness/folder.ts";

const folder = tempFolder();
const sandbox = new Sandbox(runtime, systemClock, folder.path);
const expressions = new Expressions(async () => sandbox);
const { signal } = new AbortController();
const SCOPE = { inputs: { n: 3, list: ["a", "b"], nothing: null }, steps: { one: { text: "<x>" } } };

const fill = (value: Json) => expressions.fill(value, SCOPE, signal);

afterAll(async () => {
  await sandbox.close();
  folder[Symbol.dispose]();
});

test("fill() keeps the kind of what is nothing but an expression, and puts the rest into its text", async () => {
  const filled = await fill({
    number: "${inputs.n}",
    sum: "${inputs.n + 1}",
    text: "n is ${inputs.n}, ${inputs.list}, ${inputs.nothing}.",
    list: ["${inputs.list[1].toUpperCase()}", "$${kept}"],
    deep: { one: "${steps.one}" },
  });

  expect(filled).toEqual({
    number: 3,
    sum: 4,
    text: 'n is 3, ["a","b"], .',
    list: ["B", "${kept}"],
    deep: { one: { text: "<x>" } },
  });
});

test("fill() leaves out what comes to nothing", async () => {
  expect(
    await fill({ a: "${inputs.missing}", b: "${undefined}", c: "${inputs.nothing}", d: ["${undefined}"] }),
  ).toEqual({
    c: null,
    d: [null],
  });
});

test.each([
  ["time", "${Date.now()}", /Date.now is not there/],
  ["time by another way", "${new Date().getTime()}", /Date is not there/],
  ["chance", "${Math.random()}", /Math.random is not there/],
  ["what is not there", "${inputs.list.none.more}", /none|undefined/],
  ["a name that is none", "${require('fs')}", /require/],
  ["the host", "${process.env}", /process/],
  ["the network", "${fetch('http://127.0.0.1')}", /fetch/],
])("fill() refuses %s", async (_what, text, message) => {
  const refused = await refusalOf(() => fill(text));

  expect([refused.code, refused.message]).toEqual(["invalid_input", expect.stringMatching(message)]);
});

test("fill() ends an expression that does not end", async () => {
  expect(await refusalOf(() => fill("${(() => { for (;;); })()}"))).toMatchObject({ code: "invalid_input" });
}, 30_000);

test("fill() takes a property that every object has from the engine, not from here", async () => {
  expect(await fill("${typeof inputs.constructor}")).toBe("function");
  expect(await fill("${inputs.__proto__ === Object.prototype}")).toBe(true);
});

test("problems() tells what is no JavaScript, without running it", async () => {
  const found = await expressions.problems(["inputs.n", "1 +", "(() => { throw new Error('ran') })()"], signal);

  expect(found).toEqual([undefined, expect.stringContaining("SyntaxError"), undefined]);
});
