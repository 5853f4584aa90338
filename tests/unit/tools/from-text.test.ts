import { expect, test } from "bun:test";
import { z } from "zod";
import { fromText, textKeys } from "../../../src/tools/from-text.ts";
import { toolsAndAliases } from "../../../src/tools/index.ts";
import { defineTool } from "../../../src/tools/tool.ts";

const sample = defineTool({
  name: "sample_make",
  title: "Make a sample",
  summary: "Takes one of every kind.",
  effect: "write",
  toolset: "task",
  input: z.object({
    text: z.string().describe("Any text."),
    count: z.number().int().optional(),
    isLoud: z.boolean().default(false),
    words: z.array(z.string()).optional(),
    colour: z.enum(["red", "blue"]).optional(),
    shape: z.object({ sides: z.number() }).optional(),
    options: z.strictObject({ depth: z.number().optional(), note: z.string().optional() }).optional(),
  }),
  output: z.object({}),
  run: async () => ({}),
});

test("textKeys() names every input with its kind, and options beside the others", () => {
  expect(textKeys(sample).map(({ key, kind, isRequired, isOption }) => [key, kind, isRequired, isOption])).toEqual([
    ["text", "text", true, false],
    ["count", "number", false, false],
    ["isLoud", "boolean", false, false],
    ["words", "list", false, false],
    ["colour", "text", false, false],
    ["shape", "json", false, false],
    ["depth", "number", false, true],
    ["note", "text", false, true],
  ]);
  expect(textKeys(sample)[0]?.description).toBe("Any text.");
  expect(textKeys(sample)[4]?.choices).toEqual(["red", "blue"]);
});

test.each<[string, Record<string, string[]>, object]>([
  ["text", { text: ["a"] }, { text: "a" }],
  ["text that looks like a number", { text: ["12"] }, { text: "12" }],
  ["the last of several", { text: ["a", "b"] }, { text: "b" }],
  ["a number", { count: ["-12"] }, { count: -12 }],
  ["no number", { count: ["twelve"] }, { count: "twelve" }],
  ["an empty number", { count: [""] }, { count: "" }],
  ["infinity", { count: ["Infinity"] }, { count: "Infinity" }],
  ["yes", { isLoud: ["YES"] }, { isLoud: true }],
  ["a flag without a value", { isLoud: [""] }, { isLoud: true }],
  ["no", { isLoud: ["0"] }, { isLoud: false }],
  ["no boolean", { isLoud: ["maybe"] }, { isLoud: "maybe" }],
  ["a list", { words: ["a,b", "c"] }, { words: ["a", "b", "c"] }],
  ["an empty list", { words: [""] }, { words: [] }],
  ["JSON", { shape: ['{"sides": 3}'] }, { shape: { sides: 3 } }],
  ["no JSON", { shape: ["{"] }, { shape: "{" }],
  ["an option by its own name", { text: ["a"], depth: ["2"] }, { text: "a", options: { depth: 2 } }],
  ["options as JSON is no name", { options: ['{"depth": 1}'] }, { options: '{"depth": 1}' }],
  ["an unknown name", { bananas: ["1"] }, { bananas: "1" }],
])("fromText() reads %s", (_what, texts, input) => {
  expect(fromText(sample, texts)).toEqual(input as never);
});

test("fromText() keeps a name like __proto__ a name, so that it is refused like any other", () => {
  const input = fromText(sample, Object.fromEntries([["__proto__", ["x"]]]));

  expect(Object.keys(input)).toEqual(["__proto__"]);
});

test("every tool's inputs have names of their own as texts", () => {
  for (const tool of toolsAndAliases) {
    const keys = textKeys(tool).map(({ key }) => key);
    expect(new Set(keys).size, tool.name).toBe(keys.length);
  }
});
