import { expect, test } from "bun:test";
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROLE_FILE_BYTES_MAX } from "../../../../src/base/limits.ts";
import { Roles } from "../../../../src/tasks/roles/roles.ts";
import { refusalOf } from "../../../harness/errors.ts";
import { tempFolder } from "../../../harness/folder.ts";
import { BUILT_IN_ROLES as BUILT_IN } from "../../../harness/role-names.ts";

/** The built-in roles and these. */
const withRoles = (...ids: string[]) => [...new Set([...BUILT_IN, ...ids])].sort();

function project(files: Readonly<Record<string, string>> = {}) {
  const folder = tempFolder();
  const roles = join(folder.path, ".cadre", "roles");
  mkdirSync(roles, { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(roles, name), text);
  return { ...folder, roles };
}

const AUDITOR = "name: Auditor\ndescription: Looks for holes.\nexpertise: [crypto]\n";

test("list() gives the built-in roles of a project without its own, each with words of its own", async () => {
  using folder = tempFolder();

  const { roles, problems } = await new Roles().list(folder.path);

  expect(roles.map(({ id }) => id)).toEqual(BUILT_IN);
  expect(new Set(roles.map(({ description }) => description)).size).toBe(BUILT_IN.length);
  expect(roles.every(({ source, approach }) => source === "built-in" && approach.length > 0)).toBe(true);
  expect(problems).toEqual([]);
});

test("every file in roles/ is a built-in role", () => {
  const files = readdirSync(join(import.meta.dirname, "..", "..", "..", "..", "roles")).filter((name) =>
    name.endsWith(".yaml"),
  );

  expect(files.sort()).toEqual(BUILT_IN.map((id) => `${id}.yaml`));
});

test("list() adds a project's role, and lets it stand in for a built-in one of the same name", async () => {
  using folder = project({ "auditor.yml": AUDITOR, "architect.yaml": "name: Ours\ndescription: Our own.\n" });

  const { roles } = await new Roles().list(folder.path);

  expect(roles.map(({ id }) => id)).toEqual(withRoles("auditor"));
  expect(roles.filter(({ source }) => source !== "built-in").map(({ name, source }) => [name, source])).toEqual([
    ["Ours", join(".cadre", "roles", "architect.yaml")],
    ["Auditor", join(".cadre", "roles", "auditor.yml")],
  ]);
});

test("show() uses an edit at the next call", async () => {
  using folder = project({ "auditor.yaml": AUDITOR });
  const roles = new Roles();
  const before = await roles.show(folder.path, "auditor");

  writeFileSync(join(folder.roles, "auditor.yaml"), AUDITOR.replace("holes", "doors"));

  expect(before.description).toBe("Looks for holes.");
  expect((await roles.show(folder.path, "auditor")).description).toBe("Looks for doors.");
});

test.each([
  ["not YAML", "name: [unfinished\ndescription: x\n", /flow/i],
  ["a misspelled key", `${AUDITOR}expertize: [x]\n`, /expertize/],
  ["a missing key", "name: Auditor\n", /description/],
  ["another type", "- a\n- b\n", /expected/],
  ["nothing", "", /expected/],
  ["a bomb of aliases", bomb(), /expected|alias/i],
  ["too large", `${AUDITOR}# ${"x".repeat(ROLE_FILE_BYTES_MAX)}\n`, /larger than 32KiB/],
])("list() reports a file that is %s, and the other roles work", async (_what, text, message) => {
  using folder = project({ "broken.yaml": text, "auditor.yaml": AUDITOR });

  const { roles, problems } = await new Roles().list(folder.path);

  expect(roles.map(({ id }) => id)).toEqual(withRoles("auditor"));
  expect(problems).toEqual([
    expect.objectContaining({ file: join(".cadre", "roles", "broken.yaml"), message: expect.stringMatching(message) }),
  ]);
});

test("list() says in which line a file is broken", async () => {
  using folder = project({ "broken.yaml": "name: Auditor\ndescription: [x\n" });

  const { problems } = await new Roles().list(folder.path);

  expect(problems[0]).toMatchObject({ line: 3, column: 1 });
});

test("list() reports a file whose name is too long for an id", async () => {
  using folder = project({ [`${"x".repeat(65)}.yaml`]: AUDITOR });

  const { roles, problems } = await new Roles().list(folder.path);

  expect(roles).toHaveLength(BUILT_IN.length);
  expect(problems[0]?.message).toContain("longer than 64");
});

test("list() follows no link: not a file's, not a folder's", async () => {
  using outside = project({ "secret.yaml": AUDITOR });
  using inside = project({});
  symlinkSync(join(outside.roles, "secret.yaml"), join(inside.roles, "linked.yaml"));
  using linkedFolder = tempFolder();
  mkdirSync(join(linkedFolder.path, ".cadre"));
  symlinkSync(outside.roles, join(linkedFolder.path, ".cadre", "roles"));
  using linkedParent = tempFolder();
  symlinkSync(join(outside.path, ".cadre"), join(linkedParent.path, ".cadre"));

  const roles = new Roles();
  const sets = await Promise.all([inside, linkedFolder, linkedParent].map(({ path }) => roles.list(path)));

  expect(sets.map((set) => set.roles.map(({ id }) => id))).toEqual([BUILT_IN, BUILT_IN, BUILT_IN]);
});

test("show() says which file is broken when its role is asked for", async () => {
  using folder = project({ "auditor.yaml": "name: [x\n" });

  const refused = await refusalOf(() => new Roles().show(folder.path, "auditor"));

  expect(refused.code).toBe("invalid_input");
  expect(refused.message).toContain("auditor.yaml");
  expect(refused.hint).toMatch(/Mend line \d/);
});

test("show() suggests the role that was probably meant", async () => {
  using folder = project();

  const near = await refusalOf(() => new Roles().show(folder.path, "debuger"));
  const far = await refusalOf(() => new Roles().show(folder.path, "astronaut"));

  expect(near).toMatchObject({ code: "not_found", hint: "Did you mean debugger?" });
  expect(far.hint).toContain(BUILT_IN.join(", "));
});

/** Each line holds the one before nine times: three gigabytes from nine lines. */
function bomb(): string {
  const lines = Array.from(
    { length: 9 },
    (_, at) => `a${at + 1}: &a${at + 1} [${Array(9).fill(`*a${at}`).join(", ")}]`,
  );
  return ["a0: &a0 lol", ...lines].join("\n");
}
