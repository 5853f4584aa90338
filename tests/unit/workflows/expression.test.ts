import { expect, test } from "bun:test";
import { namesAsked, onlyCode, partsOf, pathOf } from "../../../src/workflows/expression.ts";

test.each([
  ["plain", [{ text: "plain" }]],
  ["", []],
  ["${a}", [{ code: "a" }]],
  ["x ${a} y", [{ text: "x " }, { code: "a" }, { text: " y" }]],
  ["$${a}", [{ text: "${a}" }]],
  ["$5 {a}", [{ text: "$5 {a}" }]],
  ["${{ a: 1 }}", [{ code: "{ a: 1 }" }]],
  ['${"}"}', [{ code: '"}"' }]],
  ["${'\\'}'}", [{ code: "'\\'}'" }]],
  ["${`${b}}`}!", [{ code: "`${b}}`" }, { text: "!" }]],
  ["${a", undefined],
  ['${"a}', undefined],
  ["${`${a}", undefined],
])("partsOf(%j) cuts text and code", (text, parts) => {
  expect(partsOf(text)).toEqual(parts as never);
});

test("onlyCode() is for what is nothing but an expression", () => {
  expect([onlyCode("${a}"), onlyCode(" ${a}"), onlyCode("a")]).toEqual(["a", undefined, undefined]);
});

test("pathOf() takes a way to a value, and nothing that has to be worked out", () => {
  expect(pathOf("steps.a.b[0].c")).toEqual(["steps", "a", "b", "0", "c"]);
  for (const code of ["a()", "a + b", "a?.b", "a['b']", "", "1", "a.", "a[-1]"]) expect(pathOf(code)).toBeUndefined();
});

test("namesAsked() names what code asks of a global, or says that it could be any", () => {
  expect(namesAsked("steps.a + steps?.b.c", "steps")).toEqual(new Set(["a", "b"]));
  expect(namesAsked("other.steps.a", "steps")).toEqual(new Set());
  expect(namesAsked("steps[name]", "steps")).toBe("any");
  expect(namesAsked("Object.keys(steps)", "steps")).toBe("any");
});
