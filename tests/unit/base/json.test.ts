import { expect, test } from "bun:test";
import { isRecord, nesting, parseJson, stableJson, wellFormed } from "../../../src/base/json.ts";
import { JSON_DEPTH_MAX } from "../../../src/base/limits.ts";
import { refusalOf } from "../../harness/errors.ts";

const nested = (depth: number) => `${"[".repeat(depth)}${"]".repeat(depth)}`;

test("parseJson() reads what is valid, up to the deepest nesting", () => {
  expect(parseJson('{"a": [1, "]"]}', "it")).toEqual({ a: [1, "]"] });
  expect(parseJson(nested(JSON_DEPTH_MAX), "it")).toBeArray();
});

test.each([
  ["{", "not valid JSON"],
  ["", "not valid JSON"],
  [nested(JSON_DEPTH_MAX + 1), "nested deeper"],
  ["[".repeat(1_000_000), "nested deeper"],
])("parseJson(%#) refuses and says what it could not read", async (text, why) => {
  const refused = await refusalOf(() => parseJson(text, "the body"));

  expect(refused.code).toBe("invalid_input");
  expect(refused.message).toContain("cannot read the body");
  expect(refused.message).toContain(why);
});

test.each([
  ["", 0],
  ["1", 0],
  ['"[[["', 0],
  ['{"a\\"[": [{"b": []}]}', 4],
  ['["\\\\", []]', 2],
  ['["unfinished [', 1],
])("nesting(%p) is %p", (text, depth) => {
  expect(nesting(text)).toBe(depth);
});

test("stableJson() is the same text whatever order the keys were written in", () => {
  expect(stableJson({ b: [{ d: 1, c: 2 }], a: null })).toBe(stableJson({ a: null, b: [{ c: 2, d: 1 }] }));
  expect(stableJson({ a: 1 })).not.toBe(stableJson({ a: 2 }));
});

test("isRecord() tells an object from what merely has its type", () => {
  expect([{}, [], null, "a", undefined, Object.create(null)].map(isRecord)).toEqual([
    true,
    false,
    false,
    false,
    false,
    true,
  ]);
});

test("wellFormed() replaces what cannot be stored, in keys too, and keeps everything else", () => {
  const value: unknown = { "a\ud800": ["x\udfffy\0", "🙂\u0001", 1, null, true], b: { c: "\ud83d" } };

  expect(wellFormed(value)).toEqual({ "a\ufffd": ["x\ufffdy\ufffd", "🙂\u0001", 1, null, true], b: { c: "\ufffd" } });
});

test("wellFormed() keeps a key named __proto__ a plain key", () => {
  const value = wellFormed(JSON.parse('{"__proto__": {"polluted": true}}'));

  expect(Object.keys(value as object)).toEqual(["__proto__"]);
  expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
});
