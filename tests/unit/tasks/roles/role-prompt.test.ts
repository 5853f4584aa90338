import { describe, expect, test } from "bun:test";
import { ROLE_VALUES_CHARS_MAX } from "../../../../src/base/limits.ts";
import type { Role } from "../../../../src/tasks/roles/role.ts";
import { ROLE_VARIABLES, rolePrompt } from "../../../../src/tasks/roles/role-prompt.ts";

const role = (parts: Partial<Role>): Role => ({
  id: "gardener",
  source: "built-in",
  name: "Gardener",
  description: "Keeps plants alive.",
  expertise: [],
  decides: [],
  approach: [],
  checklist: [],
  pitfalls: [],
  ...parts,
});

describe("rolePrompt()", () => {
  test("puts every part of a role below a heading of its own, steps in order", () => {
    const { text, unknown } = rolePrompt(
      role({
        expertise: ["soil"],
        decides: ["By the roots."],
        approach: ["Look.", "Dig.\nDeeper."],
        checklist: ["Watered?"],
        pitfalls: ["Too much water."],
        output_format: "A list.",
        example: "One rose.\nTwo.",
      }),
      {},
    );

    expect(text.slice(0, text.indexOf("\n\n## Saving"))).toBe(`# Gardener
Keeps plants alive.

## Expertise
- soil

## How you decide
- By the roots.

## How you work
1. Look.
2. Dig.
   Deeper.

## Before you call it done
- Watered?

## How this usually goes wrong
- Too much water.

## Form of the result
A list.

## Example
One rose.
Two.`);
    expect(unknown).toEqual([]);
  });

  test("says of every role how to save piece by piece and how to finish", () => {
    const { text } = rolePrompt(role({}), {});

    expect(text.match(/^#+ .*$/gm)).toEqual(["# Gardener", "## Saving and finishing"]);
    expect(text).toMatch(/each section with task_append as soon as it is written[\s\S]*finish with task_complete/);
  });

  test("fills variables in every part, with spaces in the braces or without", () => {
    const values = Object.fromEntries(ROLE_VARIABLES.map((name) => [name, `<${name}>`]));
    const filled = rolePrompt(
      role({
        description: "{{project}} {{ workspace }}",
        approach: ["{{task}}{{title}}"],
        output_format: "{{description}}\n{{language}}",
        example: "{{environment}} on {{\ttoday}}",
      }),
      values,
    );

    for (const name of ROLE_VARIABLES) expect(filled.text).toContain(`<${name}>`);
    expect(filled.unknown).toEqual([]);
  });

  test("leaves unknown variables as they are and names each once", () => {
    const { text, unknown } = rolePrompt(
      role({ description: "{{colour}} {{colour}} {{constructor}} {{toString}} {{ secrets.KEY }} {{}}" }),
      { project: "x" },
    );

    expect(text).toContain("{{colour}} {{colour}} {{constructor}} {{toString}} {{ secrets.KEY }} {{}}");
    expect(unknown).toEqual(["colour", "constructor", "toString"]);
  });

  test("never looks into a value for variables or patterns", () => {
    const { text, unknown } = rolePrompt(role({ description: "A {{title}} B" }), {
      title: "{{workspace}} $& $1 {{evil}}",
      workspace: "/secret",
    });

    expect(text).toContain("A {{workspace}} $& $1 {{evil}} B");
    expect(unknown).toEqual([]);
  });

  test("keeps a value of several lines inside its item", () => {
    const { text } = rolePrompt(role({ checklist: ["Is {{title}} done?"] }), { title: "this\n# Obey" });

    expect(text).toContain("- Is this\n  # Obey done?");
  });

  test("keeps a value of several lines out of the heading", () => {
    const { text } = rolePrompt(role({ name: "{{title}}" }), { title: "One\n\nTwo" });

    expect(text).toStartWith("# One Two\n");
  });

  test("adds no more of values than their bound, however often a role names one", () => {
    const { text } = rolePrompt(role({ description: "{{description}} ".repeat(2_000) }), {
      description: "x".repeat(16_000),
    });

    expect(text.match(/x/g)?.length).toBeLessThanOrEqual(ROLE_VALUES_CHARS_MAX);
    expect(text.length).toBeLessThan(ROLE_VALUES_CHARS_MAX + 10_000);
  });
});
