// The roles that come with cadre, and what is written about writing one.
import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { roleSchema } from "../../../../scripts/role-schema.ts";
import { RoleFile } from "../../../../src/tasks/roles/role.ts";
import { readRoles } from "../../../../src/tasks/roles/role-file.ts";
import { rolePrompt } from "../../../../src/tasks/roles/role-prompt.ts";
import { Roles } from "../../../../src/tasks/roles/roles.ts";

const FOLDER = join(import.meta.dirname, "..", "..", "..", "..", "roles");
const TOKENS_MAX = 900;
const { roles } = await new Roles().list("/nowhere");
const text = (name: string) => readFileSync(join(FOLDER, name), "utf8");

test.each(roles.map((role) => [role.id, role] as const))("%s is a whole role of at most 900 tokens", (_id, role) => {
  const prompt = rolePrompt(role, {});

  for (const part of ["expertise", "decides", "approach", "checklist", "pitfalls"] as const) {
    expect(role[part].length).toBeGreaterThanOrEqual(3);
  }
  expect(role.output_format).toBeString();
  expect(role.example).toBeString();
  expect(prompt.unknown).toEqual([]);
  expect(prompt.text.length / 4).toBeLessThanOrEqual(TOKENS_MAX);
});

test("no two built-in roles share a line", () => {
  const lines = roles.flatMap(({ name, description, expertise, decides, approach, checklist, pitfalls }) =>
    [name, description, ...expertise, ...decides, ...approach, ...checklist, ...pitfalls].map((line) =>
      line.toLowerCase(),
    ),
  );

  expect(lines.filter((line, at) => lines.indexOf(line) !== at)).toEqual([]);
});

test("every built-in file names the schema that editors check it by", () => {
  const files = readdirSync(FOLDER).filter((name) => name.endsWith(".yaml"));

  const without = files.filter(
    (name) => !text(name).startsWith("# yaml-language-server: $schema=./role.schema.json\n"),
  );

  expect(files).toHaveLength(roles.length);
  expect(without).toEqual([]);
});

test("role.schema.json is what the source says, with every key explained", () => {
  const schema = JSON.parse(text("role.schema.json"));

  expect(text("role.schema.json")).toBe(roleSchema());
  expect(schema).toMatchObject({ required: ["name", "description"], additionalProperties: false });
  expect(Object.keys(schema.properties)).toEqual(Object.keys(RoleFile.shape));
  for (const property of Object.values<{ description?: string }>(schema.properties)) {
    expect(property.description).toBeString();
  }
});

test("the example in roles/README.md loads, and has every key", async () => {
  const [, example = ""] = /```yaml\n(name: [\s\S]*?)```/.exec(text("README.md")) ?? [];

  const read = await readRoles({ file: "release_manager.yaml", id: "release_manager", text: example });

  expect(read.problems).toEqual([]);
  expect(read.roles).toMatchObject([{ name: "Release manager" }]);
  for (const key of Object.keys(RoleFile.shape)) expect(example).toMatch(new RegExp(`^${key}:`, "m"));
});
