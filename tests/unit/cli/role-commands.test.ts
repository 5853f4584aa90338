import { describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROLE_ROW_CHARS_MAX } from "../../../src/base/limits.ts";
import { Roles } from "../../../src/tasks/roles/roles.ts";
import { invoke } from "../../harness/cli.ts";
import { tempFolder } from "../../harness/folder.ts";

/** A project with role files, by name. */
function project(files: Readonly<Record<string, string>> = {}) {
  const folder = tempFolder();
  const workspace = join(folder.path, "project");
  const roles = join(workspace, ".cadre", "roles");
  mkdirSync(workspace);
  if (Object.keys(files).length > 0) mkdirSync(roles, { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(roles, name), text);
  const cadre = async (...args: string[]) => {
    const { exit, stdout, stderr } = await invoke(["--workspace", workspace, ...args], {
      workspace,
      home: join(folder.path, "home"),
    });
    return { exit, stdout, stderr };
  };
  return { ...folder, workspace, roles, cadre };
}

const GOOD = "name: Good\ndescription: Works.\n";

describe("cadre role new", () => {
  test("B5: writes a commented example once, and never overwrites", async () => {
    using here = project();
    const path = join(here.roles, "release_manager.yaml");

    const first = await here.cadre("role", "new", "release_manager", "--json");
    const written = readFileSync(path, "utf8");
    writeFileSync(path, GOOD);
    const second = await here.cadre("role", "new", "release_manager");

    expect(first.exit).toBe(0);
    expect(JSON.parse(first.stdout)).toEqual({
      id: "release_manager",
      file: join(".cadre", "roles", "release_manager.yaml"),
      workspace: here.workspace,
    });
    expect(written).toMatch(/^# expertise:$/m);
    expect(second).toMatchObject({ exit: 5, stdout: "", stderr: expect.stringContaining("it is already there") });
    expect(readFileSync(path, "utf8")).toBe(GOOD);
  });

  test("writes an example that works as it is, and with every comment taken away", async () => {
    using here = project();
    await here.cadre("role", "new", "release_manager");
    const path = join(here.roles, "release_manager.yaml");
    const before = await new Roles().list(here.workspace);

    const uncommented = readFileSync(path, "utf8").replace(/^# (?=[a-z_]+:| {2})/gm, "");
    writeFileSync(path, uncommented);
    const after = await new Roles().list(here.workspace);

    const roleOf = ({ roles }: typeof before) => roles.find(({ id }) => id === "release_manager");
    expect([before.problems, after.problems]).toEqual([[], []]);
    expect(roleOf(before)).toMatchObject({ name: "Release manager", expertise: [] });
    for (const part of ["expertise", "decides", "approach", "checklist", "pitfalls"] as const) {
      expect(roleOf(after)?.[part]).not.toEqual([]);
    }
    expect(roleOf(after)).toMatchObject({ output_format: expect.any(String), example: expect.any(String) });
  });

  test("begins a built-in role from what it says", async () => {
    using here = project();

    await here.cadre("role", "new", "reviewer");

    const { roles, problems } = await new Roles().list(here.workspace);
    const [ours, theirs] = [roles, (await new Roles().list(here.path)).roles].map((all) =>
      all.find(({ id }) => id === "reviewer"),
    );
    expect(problems).toEqual([]);
    expect(ours).toEqual({ ...theirs, source: join(".cadre", "roles", "reviewer.yaml") } as typeof ours);
  });

  test("refuses a role whose file has the other ending", async () => {
    using here = project({ "auditor.yml": GOOD });

    const { exit } = await here.cadre("role", "new", "auditor");

    expect(exit).toBe(5);
    expect(readdirSync(here.roles)).toEqual(["auditor.yml"]);
  });

  test.each([
    ["Security Auditor", "cadre role new security_auditor"],
    ["../evil", "cadre role new evil"],
    ["a/b", "cadre role new ab"],
    [".hidden", "cadre role new hidden"],
    ["nul", "cadre role new release_manager"],
    ["x".repeat(65), `cadre role new ${"x".repeat(64)}`],
    ["\u001b[31m", "cadre role new m"],
    ["", "cadre role new release_manager"],
  ])("refuses the id %p, writes nothing and says a better one", async (id, better) => {
    using here = project();

    const { exit, stderr } = await here.cadre("role", "new", id);

    expect(exit).toBe(2);
    expect(stderr).toContain(better);
    expect(stderr).not.toContain("\u001b");
    expect(existsSync(join(here.workspace, ".cadre"))).toBe(false);
  });

  test.each([
    ["the folder .cadre", [".cadre"]],
    ["the folder of roles", [".cadre", "roles"]],
  ])("writes through no link: %s", async (_what, parts) => {
    using here = project();
    const outside = join(here.path, "outside");
    mkdirSync(outside);
    mkdirSync(join(here.workspace, ...parts.slice(0, -1)), { recursive: true });
    symlinkSync(outside, join(here.workspace, ...parts));

    const { exit, stderr } = await here.cadre("role", "new", "auditor");

    expect(exit).toBe(3);
    expect(stderr).toContain("it is a link");
    expect(readdirSync(outside)).toEqual([]);
  });

  test("writes through no link: the file itself", async () => {
    using here = project({ "good.yaml": GOOD });
    const outside = join(here.path, "outside.yaml");
    symlinkSync(outside, join(here.roles, "auditor.yaml"));

    const { exit } = await here.cadre("role", "new", "auditor");

    expect(exit).toBe(5);
    expect(existsSync(outside)).toBe(false);
  });

  test("makes no project folder", async () => {
    using here = project();

    const { exit, stderr } = await here.cadre("role", "new", "auditor", "--workspace", join(here.path, "none"));

    expect(exit).toBe(3);
    expect(stderr).toContain("ENOENT");
    expect(existsSync(join(here.path, "none"))).toBe(false);
  });
});

describe("cadre role validate", () => {
  test("B7: says file, line and column of each mistake, and ends with 2", async () => {
    using here = project({
      "good.yaml": GOOD,
      "bad.yaml": `${GOOD}\nexpertize: [x]\nchecklist: y\n`,
      "worse.yaml": "name: [x\n",
    });

    const { exit, stdout, stderr } = await here.cadre("role", "validate");

    const at = (name: string) => join(".cadre", "roles", name);
    expect([exit, stdout]).toEqual([2, ""]);
    expect(stderr).toStartWith("error cannot use 2 role files: 3 mistakes\n");
    expect(stderr).toContain(`\n  ${at("bad.yaml")}:4:1  unknown key expertize. Did you mean expertise?\n`);
    expect(stderr).toContain(`\n  ${at("bad.yaml")}:5:1  checklist: `);
    expect(stderr).toContain(`\n  ${at("worse.yaml")}:2:1  `);
  });

  test("gives the same to scripts, one field each", async () => {
    using here = project({ "bad.yaml": "description: x\n" });

    const { exit, stderr } = await here.cadre("role", "validate", "--json");

    expect(exit).toBe(2);
    expect(JSON.parse(stderr)).toMatchObject({
      error: { fields: [{ path: `${join(".cadre", "roles", "bad.yaml")}:1:1`, message: "name is missing" }] },
    });
  });

  test("lists the roles that are right, and what is ignored in them", async () => {
    using here = project({ "good.yaml": GOOD, "old_roles.yaml": "a:\n  role_definition: Works\n  model: large\n" });

    const { exit, stdout } = await here.cadre("role", "validate", "--json");

    const old = join(".cadre", "roles", "old_roles.yaml");
    expect(exit).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      valid: 2,
      roles: [
        { id: "a", name: "A", source: old },
        { id: "good", name: "Good", source: join(".cadre", "roles", "good.yaml") },
      ],
      ignored: [{ place: `${old}:3:3`, message: "model is ignored" }],
    });
  });

  test("has nothing to say of a project without roles", async () => {
    using here = project();

    const { exit, stdout } = await here.cadre("role", "validate", "--json");

    expect([exit, JSON.parse(stdout)]).toEqual([0, { valid: 0 }]);
  });

  test("looks at one file only, wherever it lies", async () => {
    using here = project({ "bad.yaml": "name: [x\n" });
    writeFileSync(join(here.workspace, "draft.yaml"), GOOD);

    const good = await here.cadre("role", "validate", "draft.yaml", "--json");
    const bad = await here.cadre("role", "validate", join(".cadre", "roles", "bad.yaml"));
    const gone = await here.cadre("role", "validate", "gone.yaml");

    expect(JSON.parse(good.stdout)).toEqual({ valid: 1, roles: [{ id: "draft", name: "Good", source: "draft.yaml" }] });
    expect(bad.exit).toBe(2);
    expect(gone).toMatchObject({ exit: 2, stderr: expect.stringContaining("gone.yaml  it is not there") });
  });

  test("reads a file of the old folder as leniently as a start does", async () => {
    using here = project();
    mkdirSync(join(here.workspace, ".task_orchestrator", "roles"), { recursive: true });
    const file = join(".task_orchestrator", "roles", "a.yaml");
    writeFileSync(join(here.workspace, file), `${GOOD}model: large\n`);

    const [all, one] = [await here.cadre("role", "validate"), await here.cadre("role", "validate", file)];

    expect([all.exit, one.exit]).toEqual([0, 0]);
    expect(one.stdout).toContain("model is ignored");
  });
});

describe("cadre role show", () => {
  test("prints the text that a model gets, with what only a task fills in still open", async () => {
    using here = project({
      "good.yaml": "name: Good\ndescription: Helps {{project}} with {{title}} and {{nobody}}.\n",
    });

    const { stdout } = await here.cadre("role", "show", "GOOD", "--prompt", "--json");

    const answer = JSON.parse(stdout);
    expect(answer).toMatchObject({ id: "good", unknown: ["nobody"] });
    expect(answer.prompt).toStartWith("# Good\nHelps project with {{title}} and {{nobody}}.\n");
    expect(answer).not.toHaveProperty("approach");
  });
});

describe("cadre role list", () => {
  test("is light: a row for each role, cut short, and one problem for each file", async () => {
    const long = "x".repeat(ROLE_ROW_CHARS_MAX + 1);
    using here = project({
      "bad.yaml": "description: 1\nexpertize: 2\n",
      "old.yaml": `name: Old\ndescription: ${long}\nprompts: [do]\nmodel: large\nprice: low\n`,
    });

    const { stdout } = await here.cadre("role", "list", "--json");

    const { roles, problems } = JSON.parse(stdout);
    const at = (name: string) => join(".cadre", "roles", name);
    expect(roles.find(({ id }: { id: string }) => id === "old")).toEqual({
      id: "old",
      name: "Old",
      description: `${"x".repeat(ROLE_ROW_CHARS_MAX - 1)}…`,
      source: at("old.yaml"),
    });
    expect(problems).toEqual([
      { file: at("bad.yaml"), line: 1, column: 1, message: "name is missing" },
      { file: at("old.yaml"), line: 4, column: 1, message: "model is ignored", ignored: true },
    ]);
  });
});
