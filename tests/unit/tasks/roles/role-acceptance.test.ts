// What earlier systems promised of roles, row by row.
import { expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { rolePrompt } from "../../../../src/tasks/roles/role-prompt.ts";
import { Roles } from "../../../../src/tasks/roles/roles.ts";
import { tempFolder } from "../../../harness/folder.ts";

/** A project with these files, each named below its folder. */
function project(files: Readonly<Record<string, string>>) {
  const folder = tempFolder();
  const write = (name: string, text: string) => {
    mkdirSync(dirname(join(folder.path, name)), { recursive: true });
    writeFileSync(join(folder.path, name), text);
  };
  for (const [name, text] of Object.entries(files)) write(name, text);
  return { ...folder, write };
}

const promptOf = async (workspace: string, word: string) =>
  rolePrompt(await new Roles().find(workspace, word), {}).text;

test.each([
  ["B1", ["architect", "implementer", "debugger", "documenter"]],
  ["B2", ["tester", "reviewer", "researcher"]],
])("%s: the built-in roles %p are listed, and each gives a prompt of its own", async (_row, ids) => {
  using folder = tempFolder();

  const { roles } = await new Roles().list(folder.path);
  const prompts = await Promise.all(ids.map((id) => promptOf(folder.path, id)));

  expect(roles.map(({ id }) => id)).toEqual(expect.arrayContaining(ids));
  expect(new Set(prompts).size).toBe(ids.length);
});

/** The form that the README of an earlier system shows, with its quotes and the spaces at an end of line. */
const SECURITY_AUDITOR = `# .task_orchestrator/roles/custom_specialist.yaml
name: "Security Auditor"
description: "Looks for holes, and for what they are worth"
expertise:
  - "Web applications"
  - "Key handling"  
prompts:
  - "Say for each advice what an attacker gains without it"
  - "Name the rule of the trade that it follows"
`;

test.each([
  ["custom_specialist.yaml", "security_auditor"],
  ["custom_specialist.yaml", "custom_specialist"],
  ["custom_specialist.yaml", "Security Auditor"],
  ["security_auditor.yaml", "security_auditor"],
  ["security_auditor.yaml", "custom_specialist"],
  ["security_auditor.yaml", "Security Auditor"],
])("B3, D5: the README's file .task_orchestrator/roles/%s works unchanged as %s", async (name, word) => {
  using folder = project({ [`.task_orchestrator/roles/${name}`]: SECURITY_AUDITOR });
  const roles = new Roles();

  const role = await roles.find(folder.path, word);
  const { problems } = await roles.list(folder.path);

  expect(role).toMatchObject({
    name: "Security Auditor",
    expertise: ["Web applications", "Key handling"],
    source: join(".task_orchestrator", "roles", name),
  });
  expect(rolePrompt(role, {}).text).toContain("1. Say for each advice what an attacker gains without it\n2. Name");
  expect(problems).toEqual([]);
});

/** The form of a project's *_roles.yaml in an earlier system, with the role that gives work to the others. */
const PROJECT_ROLES = `# Roles of this project

task_orchestrator:
  role_definition: "You hand out the work"
  expertise:
    - "Cutting work in pieces"
  approach:
    - "Look at what is asked"
  output_format: "A list of pieces, each with who does it"
  specialist_roles:
    data_transformer: "Cleaning and joining tables"
    reviewer: "Reading what others wrote"

data_transformer:
  role_definition: "You are a specialist for tables"
  expertise:
    - "Cleaning"
  approach:
    - "Keep the meaning"
    - "Count rows before and after"
  output_format: "Rules, one for each column"
`;

test.each([
  ["as it is", PROJECT_ROLES],
  ["below specialist_roles", `specialist_roles:\n${PROJECT_ROLES.replace(/^(?=.)/gm, "  ")}`],
  ["below roles", `roles:\n${PROJECT_ROLES.replace(/^(?=.)/gm, "  ")}`],
])("B4: a *_roles.yaml of the original, %s, loads unchanged", async (_what, text) => {
  using folder = project({ ".task_orchestrator/roles/project_roles.yaml": text });
  const roles = new Roles();

  const { problems } = await roles.list(folder.path);
  const transformer = await roles.find(folder.path, "data_transformer");
  const orchestrator = await roles.find(folder.path, "Task Orchestrator");

  expect(problems).toEqual([]);
  expect(transformer).toEqual({
    id: "data_transformer",
    name: "Data transformer",
    description: "You are a specialist for tables",
    expertise: ["Cleaning"],
    decides: [],
    approach: ["Keep the meaning", "Count rows before and after"],
    checklist: [],
    pitfalls: [],
    output_format: "Rules, one for each column",
    source: join(".task_orchestrator", "roles", "project_roles.yaml"),
  });
  expect(rolePrompt(orchestrator, {}).text).toContain("data_transformer (Cleaning and joining tables); reviewer (");
});

test("B6: a project's role takes the place of the built-in one of its id, and the list says where each is from", async () => {
  using folder = project({
    ".cadre/roles/architect.yaml": "name: Ours\ndescription: Our own.\n",
    ".task_orchestrator/roles/architect.yaml": "name: Older\ndescription: Of before.\n",
    ".task_orchestrator/roles/default_roles.yaml": "tester:\n  role_definition: You try things\n",
  });

  const { roles } = await new Roles().list(folder.path);

  const sources = new Map(roles.map(({ id, source }) => [id, source]));
  expect(roles.filter(({ id }) => id === "architect").map(({ name }) => name)).toEqual(["Ours"]);
  expect(sources.get("architect")).toBe(join(".cadre", "roles", "architect.yaml"));
  expect(sources.get("tester")).toBe(join(".task_orchestrator", "roles", "default_roles.yaml"));
  expect(sources.get("reviewer")).toBe("built-in");
});

test("B7: broken YAML is reported with file, line and column, and the other roles load", async () => {
  using folder = project({
    ".cadre/roles/broken.yaml": "name: Broken\ndescription: [x\n",
    ".cadre/roles/whole.yaml": "name: Whole\ndescription: Works.\n",
  });

  const { roles, problems } = await new Roles().list(folder.path);

  expect(problems).toEqual([
    { file: join(".cadre", "roles", "broken.yaml"), line: 3, column: 1, message: expect.any(String) },
  ]);
  expect(roles.map(({ id }) => id)).toContain("whole");
  expect(roles.map(({ id }) => id)).toContain("architect");
});

test("B8: an edit counts at the next call, without a restart", async () => {
  using folder = project({ ".task_orchestrator/roles/auditor.yaml": SECURITY_AUDITOR });
  const roles = new Roles();
  const before = await roles.find(folder.path, "auditor");

  folder.write(".task_orchestrator/roles/auditor.yaml", SECURITY_AUDITOR.replace("an attacker gains", "is lost"));
  const edited = await roles.find(folder.path, "auditor");
  folder.write(".cadre/roles/auditor.yaml", "name: Newer\ndescription: Came while cadre ran.\n");
  const added = await roles.find(folder.path, "auditor");

  expect(before.approach[0]).toBe("Say for each advice what an attacker gains without it");
  expect(edited.approach[0]).toBe("Say for each advice what is lost without it");
  expect(added.name).toBe("Newer");
});

test("B9: variables are filled, and an unknown one is reported", async () => {
  using folder = project({
    ".cadre/roles/auditor.yaml": "name: Auditor\ndescription: Audits {{project}} for {{ title }}, not {{proejct}}.\n",
  });
  const roles = new Roles();

  const prompt = rolePrompt(await roles.find(folder.path, "auditor"), { project: "shop", title: "Holes" });
  const { problems } = await roles.list(folder.path);

  expect(prompt.text).toContain("Audits shop for Holes, not {{proejct}}.");
  expect(prompt.unknown).toEqual(["proejct"]);
  expect(problems).toEqual([
    {
      file: join(".cadre", "roles", "auditor.yaml"),
      line: 2,
      column: 1,
      message: "{{proejct}} is no variable and stays as it is. Did you mean project?",
      ignored: true,
    },
  ]);
});
