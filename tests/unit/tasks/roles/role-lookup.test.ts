import { describe, expect, test } from "bun:test";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROLE_FILE_BYTES_MAX, ROLES_MAX } from "../../../../src/base/limits.ts";
import { Roles } from "../../../../src/tasks/roles/roles.ts";
import { refusalOf } from "../../../harness/errors.ts";
import { tempFolder } from "../../../harness/folder.ts";

/** A project with role files: by name in .cadre/roles, by name in .task_orchestrator/roles. */
function project(ours: Readonly<Record<string, string>>, old: Readonly<Record<string, string>> = {}) {
  const folder = tempFolder();
  for (const [parent, files] of [
    [".cadre", ours],
    [".task_orchestrator", old],
  ] as const) {
    const roles = join(folder.path, parent, "roles");
    mkdirSync(roles, { recursive: true });
    for (const [name, text] of Object.entries(files)) writeFileSync(join(roles, name), text);
  }
  return folder;
}

const named = (name: string) => `name: ${name}\ndescription: Works.\n`;
const find = (workspace: string, word: string) => new Roles().find(workspace, word);

describe("find()", () => {
  test.each([
    "data_steward",
    "data-steward",
    "Data Steward",
    "DATA_STEWARD",
    "  data  steward ",
    "Keeper of data",
    "keeper-of_DATA",
  ])("finds a role as %p", async (word) => {
    using folder = project({ "data-steward.yaml": named("Keeper of data") });

    expect(await find(folder.path, word)).toMatchObject({ id: "data-steward" });
  });

  test("finds a file whose name is written in another form of Unicode", async () => {
    using folder = project({ [`${"prüfer".normalize("NFD")}.yaml`]: named("Someone") });

    expect(await find(folder.path, "Prüfer".normalize("NFC"))).toMatchObject({ name: "Someone" });
  });

  test("takes an id before a name", async () => {
    using folder = project({ "a-b.yaml": named("One") }, { "c.yaml": named("a-b") });

    expect(await find(folder.path, "a-b")).toMatchObject({ name: "One" });
  });

  test("takes a project's role by its name before a built-in one, which is then not listed", async () => {
    using folder = project({ "quality.yaml": named("Tester") });

    const { roles } = await new Roles().list(folder.path);

    expect(await find(folder.path, "tester")).toMatchObject({ id: "quality" });
    expect(roles.map(({ id }) => id)).not.toContain("tester");
  });

  test("asks which when several roles have the name", async () => {
    using folder = project({ "a.yaml": named("Expert"), "b.yaml": named("Expert") });

    expect(await refusalOf(() => find(folder.path, "expert"))).toMatchObject({
      code: "not_found",
      message: "no single role expert: 2 could be meant",
      hint: "Say which: a, b.",
    });
  });

  test("takes custom_specialist for the project's own role when there is just one", async () => {
    using none = project({});
    using one = project({}, { "auditor.yaml": named("Auditor") });
    using two = project({ "auditor.yaml": named("Auditor") }, { "writer.yaml": named("Writer") });

    expect(await find(one.path, "custom_specialist")).toMatchObject({ id: "auditor" });
    expect((await refusalOf(() => find(none.path, "custom_specialist"))).hint).toStartWith(
      "This project has no role of its own.",
    );
    expect(await refusalOf(() => find(two.path, "Custom Specialist"))).toMatchObject({
      code: "not_found",
      hint: "Say which: auditor, writer.",
    });
  });

  test.each([
    ["securty_auditor", "Did you mean security_auditor?"],
    ["keeper of dta", "Did you mean keeper_of_data?"],
    ["astronaut", /^There are analyst, architect, /],
    ["", /^There are /],
    [" - ", /^There are /],
  ])("says for %p what there is", async (word, hint) => {
    using folder = project({ "steward.yaml": named("Keeper of data") });

    const refused = await refusalOf(() => find(folder.path, word));

    expect(refused.code).toBe("not_found");
    expect(refused.hint).toMatch(hint);
  });

  test("says of a role whose file is broken where, as of one that is not there", async () => {
    using folder = project({
      "auditor.yaml": "name: A\ndescription: [x\n",
      "all_roles.yaml": "a:\n  expertise: [x]\n",
    });

    expect(await refusalOf(() => find(folder.path, "Auditor"))).toMatchObject({
      code: "not_found",
      message: expect.stringContaining("auditor.yaml"),
      hint: `Mend line 3 of ${join(".cadre", "roles", "auditor.yaml")}.`,
    });
    expect((await refusalOf(() => find(folder.path, "a"))).hint).toStartWith("Mend line 1 of");
  });
});

describe("list()", () => {
  test("says which of two files of one role counts", async () => {
    using folder = project({ "a.yaml": named("First"), "a.yml": named("Second") });

    const { roles, problems } = await new Roles().list(folder.path);

    expect(roles.find(({ id }) => id === "a")).toMatchObject({ name: "First" });
    expect(problems).toEqual([
      {
        file: join(".cadre", "roles", "a.yml"),
        role: "a",
        message: `${join(".cadre", "roles", "a.yaml")} holds role a too, and counts`,
        ignored: true,
      },
    ]);
  });

  test("takes a role of .cadre in silence before one of .task_orchestrator, however its id is written", async () => {
    using folder = project({ "data-steward.yaml": named("Ours") }, { "data_steward.yml": named("Older") });

    const { roles, problems } = await new Roles().list(folder.path);

    expect(roles.filter(({ id }) => /steward/.test(id)).map(({ name }) => name)).toEqual(["Ours"]);
    expect(problems).toEqual([]);
  });

  test("reads the old folder with the same care: no links, bounded files", async () => {
    using outside = project({ "secret.yaml": named("Secret") });
    using folder = project({}, { "huge.yaml": `${named("Huge")}# ${"x".repeat(ROLE_FILE_BYTES_MAX)}` });
    symlinkSync(
      join(outside.path, ".cadre", "roles", "secret.yaml"),
      join(folder.path, ".task_orchestrator", "roles", "s.yaml"),
    );
    using linked = tempFolder();
    symlinkSync(join(outside.path, ".cadre"), join(linked.path, ".task_orchestrator"));

    const sets = await Promise.all([folder, linked].map(({ path }) => new Roles().list(path)));

    expect(sets.flatMap(({ roles }) => roles.filter(({ source }) => source !== "built-in"))).toEqual([]);
    expect(sets.flatMap(({ problems }) => problems.map(({ message }) => message))).toEqual(["it is larger than 32KiB"]);
  });

  test("reads so many files of both folders together, and says that there are more", async () => {
    const files = (prefix: string, count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, at) => [`${prefix}${at}.yaml`, named(`${prefix}${at}`)]));
    using folder = project(files("a", ROLES_MAX - 1), files("b", 3));

    const { roles, problems } = await new Roles().list(folder.path);

    expect(roles.filter(({ source }) => source !== "built-in")).toHaveLength(ROLES_MAX);
    expect(problems.map(({ message }) => message)).toEqual([`this project has more than ${ROLES_MAX} role files`]);
  });
});
