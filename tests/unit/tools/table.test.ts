// What holds for every row of the tool table: the rules that make one declaration work on every face,
// with every client and every model provider.
import { expect, test } from "bun:test";
import { route } from "../../../src/http/rest.ts";
import { toMcpTool } from "../../../src/mcp/projection.ts";
import { tools, toolsAndAliases } from "../../../src/tools/index.ts";
import { compactInputSchema, inputSchema, type JsonSchema, outputSchema } from "../../../src/tools/schema.ts";
import { TOOLSETS } from "../../../src/tools/tool.ts";

const INPUTS_MAX = 8;
const ROWS = toolsAndAliases.map((tool) => [tool.name, tool] as const);

/** Every place in a schema, with its path. */
function* places(schema: unknown, path = "$"): Generator<{ path: string; value: unknown }> {
  yield { path, value: schema };
  if (typeof schema !== "object" || schema === null) return;
  for (const [key, inner] of Object.entries(schema)) yield* places(inner, `${path}.${key}`);
}

/** Where JSON Schema expects a schema. */
const SUBSCHEMA =
  /\.(properties\.[^.]+|items|additionalProperties|prefixItems\.\d+|anyOf\.\d+|oneOf\.\d+|allOf\.\d+|not)$/;

test("names are unique, and of letters and underscores", () => {
  const names = toolsAndAliases.map(({ name }) => name);

  expect(new Set(names).size).toBe(names.length);
  for (const name of names) expect(name).toMatch(/^[a-z][a-z_]*[a-z]$/);
});

test("a tool is called noun_verb, and its REST route and CLI words follow", () => {
  for (const tool of tools) {
    expect(tool.name).toMatch(/^[a-z]+_[a-z]+$/);
    expect(route(tool)).toMatchObject({ path: `/v1/${tool.name.replace("_", "/")}` });
  }
});

test.each(ROWS)("%s says what it is for in a title and at most two sentences", (_name, tool) => {
  const sentences = tool.summary.split(/[.!?](?:\s|$)/).filter((part) => part.trim() !== "");

  expect(tool.title.length).toBeWithin(3, 60);
  expect(tool.summary).toMatch(/^[A-Z].*\.$/);
  expect(sentences.length).toBeLessThanOrEqual(2);
});

test.each(ROWS)("%s belongs to a toolset, and destroys only outside the default ones", (_name, tool) => {
  expect(TOOLSETS).toContain(tool.toolset);
  // A program may do whatever its sandbox lets it.
  if (tool.effect === "destroy" && tool.name !== "code_run")
    expect(["runs", "admin", "classic"]).toContain(tool.toolset);
  const { annotations } = toMcpTool(tool);
  expect(annotations?.readOnlyHint ?? false).toBe(tool.effect === "read");
  // For what is read-only the hint means nothing; for everything else its default is true.
  if (tool.effect !== "read") expect(annotations?.destructiveHint).toBe(tool.effect === "destroy");
});

test.each(ROWS)("%s takes at most eight inputs, rare ones under options", (_name, tool) => {
  const { properties = {} } = inputSchema(tool) as { properties?: Record<string, JsonSchema> };

  // Old names take what they always took.
  if (!tool.aliasOf) expect(Object.keys(properties).length).toBeLessThanOrEqual(INPUTS_MAX);
  for (const name of Object.keys(properties)) expect(name).toMatch(/^[a-z][a-z_]*$/);
  for (const position of tool.positional) expect(Object.keys(properties)).toContain(position);
});

test.each(ROWS)("%s describes every option by name where a model sees only that there are some", (_name, tool) => {
  const full = inputSchema(tool) as { properties?: Record<string, { properties?: object }> };
  const names = Object.keys(full.properties?.["options"]?.properties ?? {});
  const compact = compactInputSchema(tool) as { properties?: Record<string, { description?: string }> };

  for (const name of names) expect(compact.properties?.["options"]?.description).toContain(name);
});

for (const [face, schemaOf] of [
  ["input", inputSchema],
  ["compact input", compactInputSchema],
  ["output", outputSchema],
] as const) {
  test.each(ROWS)(
    `the ${face} schema of %s is an object on top, without unions there and without boolean subschemas`,
    (_name, tool) => {
      const schema = schemaOf(tool);

      expect(schema["type"]).toBe("object");
      for (const word of ["anyOf", "oneOf", "allOf", "not", "enum", "$ref"]) expect(schema).not.toHaveProperty(word);
      for (const { path, value } of places(schema)) {
        if (SUBSCHEMA.test(path)) expect(typeof value, path).toBe("object");
        expect(path, "no references: not every client follows them").not.toMatch(/\$ref$|\$defs$/);
      }
    },
  );
}

test.each(ROWS)("the schema of %s has a bound on every text, list and number that comes in", (_name, tool) => {
  for (const { path, value } of places(inputSchema(tool))) {
    const { type, maxLength, pattern, enum: choices, maxItems, maximum, const: only } = (value ?? {}) as JsonSchema;
    if (type === "string")
      expect(
        [maxLength, pattern, choices, only].some((bound) => bound !== undefined),
        path,
      ).toBe(true);
    if (type === "array") expect(maxItems, path).toBeNumber();
    // A whole number is bounded by what a number can hold, also where the schema does not say so.
    if (type === "number") expect(maximum, path).toBeNumber();
  }
});

test("an old name takes its tool's effect with it", () => {
  for (const tool of toolsAndAliases) {
    if (!tool.aliasOf) continue;
    expect(tool).toMatchObject({ toolset: "classic", effect: tool.aliasOf.effect });
    expect(tools).toContain(tool.aliasOf);
  }
});
