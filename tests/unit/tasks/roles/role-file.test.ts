import { describe, expect, test } from "bun:test";
import { ROLE_PROBLEMS_MAX, ROLES_IN_FILE_MAX } from "../../../../src/base/limits.ts";
import { readRoles } from "../../../../src/tasks/roles/role-file.ts";

const read = (text: string, isOld = false) => readRoles({ file: "x.yaml", id: "x", text, isOld });

describe("readRoles() of our own form", () => {
  test.each([
    [
      "a misspelled key",
      "name: A\ndescription: B\n\nexpertize: [x]\n",
      4,
      1,
      "unknown key expertize. Did you mean expertise?",
    ],
    ["a missing key", "# x\nname: A\n", 2, 1, "description is missing"],
    [
      "an item of another type",
      "name: A\ndescription: B\nchecklist:\n  - one\n  - 2\n",
      5,
      5,
      /^checklist\.1: .*string/,
    ],
    ["an empty item", "name: A\ndescription: B\npitfalls: ['']\n", 3, 12, /^pitfalls\.0: /],
    ["a list for a text", "name: [A]\ndescription: B\n", 1, 1, /^name: .*string/],
    [
      "a key of the old forms",
      "name: A\ndescription: B\nspecialist_roles: {a: b}\n",
      3,
      1,
      /^unknown key specialist_roles/,
    ],
    ["nothing", "", 1, 1, /^file: /],
    ["comments only", "# name: A\n", 1, 1, /^file: /],
  ])("says where %s is", async (_what, text, line, column, message) => {
    const { roles, problems } = await read(text);

    expect(roles).toEqual([]);
    expect(problems).toEqual([
      { file: "x.yaml", line, column, message: typeof message === "string" ? message : expect.stringMatching(message) },
    ]);
  });

  test("names every mistake up to a bound, what breaks the role before what is ignored", async () => {
    const several = await read("name: A\nexpertize: [x]\nchecklist: y\n");
    const many = await read(
      `name: A\ndescription: B\n${Array.from({ length: 20 }, (_, at) => `k${at}: 1`).join("\n")}`,
    );

    expect(several.problems.map(({ line, message }) => [line, message.slice(0, 9)])).toEqual([
      [1, "descripti"],
      [3, "checklist"],
      [2, "unknown k"],
    ]);
    expect(many.problems).toHaveLength(ROLE_PROBLEMS_MAX);
  });

  test("shows control characters of a file instead of printing them", async () => {
    const { problems } = await read('name: A\ndescription: B\n"\\e[31mred": 1\n');

    expect(problems[0]?.message).toContain("\\x1b[31mred");
  });
});

describe("readRoles() of the forms of earlier systems", () => {
  test("ignores what it does not know, and says so", async () => {
    const { roles, problems } = await read("name: A\ndescription: B\nprompts: [do]\nmodel: large\n");

    expect(roles).toMatchObject([{ id: "x", name: "A", approach: ["do"] }]);
    expect(problems).toEqual([{ file: "x.yaml", line: 4, column: 1, message: "model is ignored", ignored: true }]);
  });

  test("does so in their folder whatever the form", async () => {
    const text = "name: A\ndescription: B\nmodel: large\n";

    const [ours, old] = await Promise.all([read(text), read(text, true)]);

    expect([ours.roles.length, old.roles.length]).toEqual([0, 1]);
    expect(old.problems).toMatchObject([{ line: 3, ignored: true }]);
  });

  test("adds prompts to approach, and takes a name for a description that is not there", async () => {
    const { roles } = await read("name: A\napproach: [first]\nprompts: [second]\n");

    expect(roles).toMatchObject([{ name: "A", description: "A", approach: ["first", "second"] }]);
  });

  test("takes one role alone by its role_definition", async () => {
    const { roles } = await read("role_definition: You test\n");

    expect(roles).toMatchObject([{ id: "x", name: "X", description: "You test" }]);
  });

  test("takes the other roles of a file in which one is broken, and says which and where", async () => {
    const { roles, problems } = await read(
      "good:\n  role_definition: Works\nbad:\n  expertise: [x]\nworse:\n  role_definition: 5\n",
    );

    expect(roles.map(({ id }) => id)).toEqual(["good"]);
    expect(problems).toEqual([
      { file: "x.yaml", line: 3, column: 1, role: "bad", message: "it has neither name nor role_definition" },
      { file: "x.yaml", line: 6, column: 3, role: "worse", message: expect.stringMatching(/^role_definition: /) },
    ]);
  });

  test("tells what takes a role away before what is only ignored", async () => {
    const keys = Array.from({ length: ROLE_PROBLEMS_MAX }, (_, at) => `  k${at}: 1\n`).join("");

    const { problems } = await read(`good:\n  role_definition: Works\n${keys}bad:\n  expertise: [x]\n`);

    expect(problems).toHaveLength(ROLE_PROBLEMS_MAX);
    expect(problems.map(({ role, ignored }) => [role, ignored]).slice(0, 2)).toEqual([
      ["bad", undefined],
      ["good", true],
    ]);
  });

  test("ignores what stands beside the roles", async () => {
    const { roles, problems } = await read("version: 1\na:\n  role_definition: Works\n");

    expect(roles.map(({ id }) => id)).toEqual(["a"]);
    expect(problems).toMatchObject([{ line: 1, role: "version", ignored: true }]);
  });

  test.each([["__proto__"], ["../evil"], ["a/b"], [""], ["x".repeat(65)]])("refuses the id %p", async (id) => {
    const { roles, problems } = await read(
      `${JSON.stringify(id)}:\n  role_definition: Works\nb:\n  role_definition: Works\n`,
    );

    expect(roles.map((role) => role.id)).toEqual(["b"]);
    expect(problems).toMatchObject([{ line: 1, message: expect.stringMatching(/^its name /) }]);
  });

  test("takes so many roles of one file and no more", async () => {
    const text = Array.from({ length: ROLES_IN_FILE_MAX + 1 }, (_, at) => `r${at}:\n  role_definition: Works\n`).join(
      "",
    );

    const { roles, problems } = await read(text);

    expect(roles).toHaveLength(ROLES_IN_FILE_MAX);
    expect(problems).toMatchObject([
      { line: 2 * ROLES_IN_FILE_MAX + 1, message: expect.stringContaining("more than") },
    ]);
  });

  test("takes the example that an earlier system left, all comments, for no role at all", async () => {
    expect(await read("# architect:\n#   role_definition: x\n", true)).toEqual({ roles: [], problems: [] });
  });
});
