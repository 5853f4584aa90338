import { expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { templateList, templateShow } from "../../../src/tools/template.ts";
import { openTestApp } from "../../harness/app.ts";
import { refusalOf } from "../../harness/errors.ts";

const table = [templateList, templateShow];

function writeTemplate(workspace: string, name: string, text: string): void {
  mkdirSync(join(workspace, ".cadre", "templates"), { recursive: true });
  writeFileSync(join(workspace, ".cadre", "templates", name), text);
}

const OURS = `
name: Ours
description: ${"Long. ".repeat(100)}
parameters:
  a: {type: text, description: A}
  b: {type: text, description: B, default: x}
  c: {type: text, description: C, required: false}
title: "{{a}}{{b}}{{c}}"
tasks: [{title: Do, description: What to do., acceptance: [It is done.], role: tester}]
`;

test("template_list says which values each template needs, in rows that stay short", async () => {
  await using app = await openTestApp({ table });
  writeTemplate(app.workspace, "aaa.yaml", OURS);

  const { templates, problems } = (await app.call("template_list", {})) as {
    templates: Record<string, unknown>[];
    problems: unknown;
  };

  expect(templates).toHaveLength(13);
  expect(templates[0]).toEqual({
    id: "aaa",
    name: "Ours",
    description: expect.stringMatching(/^.{199}…$/),
    source: join(".cadre", "templates", "aaa.yaml"),
    tasks: 1,
    required: ["a"],
    optional: ["b", "c"],
  });
  expect(
    templates.slice(1).every(({ source, required }) => source === "built-in" && (required as string[]).length === 1),
  ).toBe(true);
  expect(problems).toBeUndefined();
});

test("template_list tells one mistake of each broken file", async () => {
  await using app = await openTestApp({ table });
  writeTemplate(app.workspace, "a.yaml", "nam: x\n");
  writeTemplate(app.workspace, "b.yaml", "name: [\n");

  const { problems } = (await app.call("template_list", {})) as { problems: { file: string }[] };

  expect(problems.map(({ file }) => file)).toEqual([
    join(".cadre", "templates", "a.yaml"),
    join(".cadre", "templates", "b.yaml"),
  ]);
});

test("template_show gives parameters and tasks, and with whole what each task says", async () => {
  await using app = await openTestApp({ table });
  writeTemplate(app.workspace, "ours.yaml", OURS);

  const brief = await app.call("template_show", { id: "ours" });
  const whole = await app.call("template_show", { id: "ours", whole: true });

  expect(brief["parameters"]).toMatchObject({ b: { type: "text", default: "x" } });
  expect(brief["tasks"]).toEqual([{ title: "Do", role: "tester" }]);
  expect(whole["tasks"]).toEqual([
    { title: "Do", role: "tester", description: "What to do.", acceptance: ["It is done."] },
  ]);
});

test("template_show looks into the project that is named", async () => {
  await using app = await openTestApp({ table });
  await using other = await openTestApp({ table });
  writeTemplate(other.workspace, "ours.yaml", OURS);

  const refused = await refusalOf(() => app.call("template_show", { id: "ours" }));
  const shown = await app.call("template_show", { id: "ours", workspace: other.workspace });

  expect(refused.code).toBe("not_found");
  expect(shown["name"]).toBe("Ours");
});
