import { describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { templateCommands } from "../../../src/cli/template-commands.ts";
import { BUILT_IN_TEMPLATES } from "../../../src/tasks/templates/template-built-in.ts";
import { Templates } from "../../../src/tasks/templates/templates.ts";
import { invoke } from "../../harness/cli.ts";
import { tempFolder } from "../../harness/folder.ts";

const FOLDER = join(".cadre", "templates");

async function cadre(folder: string, ...args: string[]) {
  const options = { commands: templateCommands, workspace: folder, home: join(folder, "home") };
  const { exit, stdout, stderr } = await invoke([...args, "--json"], options);
  return {
    exit,
    answer: JSON.parse(stdout || "{}") as Record<string, unknown>,
    error: JSON.parse(stderr || '{"error":{}}').error as { message: string; hint: string; fields?: unknown },
  };
}

describe("cadre template new", () => {
  test("writes an example that is valid, and makes a plan as its comments say", async () => {
    using folder = tempFolder();

    const { exit, answer } = await cadre(folder.path, "template", "new", "feature");

    const plan = await new Templates(undefined).plan(folder.path, "feature", {
      about: "x",
      parts: "a, b",
      risk: "high",
    });
    expect([exit, answer]).toEqual([0, { id: "feature", file: join(folder.path, FOLDER, "feature.yaml") }]);
    expect(plan.tasks.map(({ id }) => id)).toEqual([
      "design",
      "build_1",
      "build_2",
      "audit",
      "test",
      "switch",
      "release",
    ]);
    expect((await cadre(folder.path, "template", "validate")).answer).toMatchObject({ valid: 1 });
  });

  test("begins with the text of another template", async () => {
    using folder = tempFolder();

    const made = await cadre(folder.path, "template", "new", "web-app", "--from", "web-app");
    const unknown = await cadre(folder.path, "template", "new", "other", "--from", "web-ap");

    expect(made.exit).toBe(0);
    expect(readFileSync(join(folder.path, FOLDER, "web-app.yaml"), "utf8")).toBe(
      BUILT_IN_TEMPLATES.get("web-app") ?? "",
    );
    expect(unknown).toMatchObject({ exit: 4, error: { hint: "Did you mean web-app?" } });
    expect(existsSync(join(folder.path, FOLDER, "other.yaml"))).toBe(false);
  });

  test("writes into the folder of the user's settings with --user", async () => {
    using folder = tempFolder();

    const { answer } = await cadre(folder.path, "template", "new", "mine", "--user");
    const validated = await cadre(folder.path, "template", "validate");

    const file = join(folder.path, "home", "templates", "mine.yaml");
    expect(answer).toEqual({ id: "mine", file });
    expect(validated.answer).toMatchObject({ templates: [{ id: "mine", source: file }] });
  });

  test("writes over nothing, whatever its ending", async () => {
    using folder = tempFolder();
    mkdirSync(join(folder.path, FOLDER), { recursive: true });
    writeFileSync(join(folder.path, FOLDER, "a.yaml"), "mine");
    writeFileSync(join(folder.path, FOLDER, "b.yml"), "mine");

    const [a, b] = [await cadre(folder.path, "template", "new", "a"), await cadre(folder.path, "template", "new", "b")];

    expect([a.exit, b.exit]).toEqual([5, 5]);
    expect(a.error.message).toBe(`cannot write ${join(FOLDER, "a.yaml")}: it is already there`);
    expect(b.error.message).toBe(`cannot write template b: ${join(FOLDER, "b.yml")} is already there`);
    expect(readFileSync(join(folder.path, FOLDER, "a.yaml"), "utf8")).toBe("mine");
    expect(existsSync(join(folder.path, FOLDER, "b.yaml"))).toBe(false);
  });

  test("writes through no link: not of a folder, not of the file", async () => {
    using outside = tempFolder();
    using byFolder = tempFolder();
    symlinkSync(outside.path, join(byFolder.path, ".cadre"));
    using byFile = tempFolder();
    mkdirSync(join(byFile.path, FOLDER), { recursive: true });
    symlinkSync(join(outside.path, "target"), join(byFile.path, FOLDER, "a.yaml"));

    const [folder, file] = [
      await cadre(byFolder.path, "template", "new", "a"),
      await cadre(byFile.path, "template", "new", "a"),
    ];

    expect(folder).toMatchObject({ exit: 3, error: { message: expect.stringContaining("it is a link") } });
    expect(file).toMatchObject({ exit: 5, error: { message: expect.stringContaining("already there") } });
    expect(existsSync(join(outside.path, "templates"))).toBe(false);
    expect(existsSync(join(outside.path, "target"))).toBe(false);
  });

  test("says what is in the way where no folder can be made", async () => {
    using folder = tempFolder();
    writeFileSync(join(folder.path, ".cadre"), "a file");

    const { exit, error } = await cadre(folder.path, "template", "new", "a");

    expect(exit).toBe(3);
    expect(error.message).toBe(`cannot write into ${join(folder.path, ".cadre")}: it is no folder`);
  });

  test.each(["../a", "A", "a b", "con", ".", "x".repeat(65)])("refuses the id %j", async (id) => {
    using folder = tempFolder();

    const { exit, error } = await cadre(folder.path, "template", "new", id);

    expect([exit, error.message]).toEqual([2, expect.stringContaining("it is no plain id")]);
    expect(existsSync(join(folder.path, ".cadre"))).toBe(false);
  });

  test("asks for an id", async () => {
    using folder = tempFolder();

    expect((await cadre(folder.path, "template", "new")).error.hint).toContain("cadre template new release-train");
  });
});

describe("cadre template validate", () => {
  test("finds nothing to say where there are only built-in templates", async () => {
    using folder = tempFolder();

    expect(await cadre(folder.path, "template", "validate")).toMatchObject({ exit: 0, answer: { valid: 0 } });
  });

  test("names every mistake in the user's and the project's files with its place", async () => {
    using folder = tempFolder();
    mkdirSync(join(folder.path, FOLDER), { recursive: true });
    mkdirSync(join(folder.path, "home", "templates"), { recursive: true });
    writeFileSync(
      join(folder.path, FOLDER, "a.yaml"),
      'name: A\ndescription: D\ntitle: "{{x}}"\ntasks: [{title: Do, needs: [No]}]\n',
    );
    writeFileSync(join(folder.path, "home", "templates", "b.yaml"), "name: [\n");

    const { exit, error } = await cadre(folder.path, "template", "validate");

    expect(exit).toBe(2);
    expect(error.message).toStartWith("cannot use 2 template files: 3 mistakes\n");
    expect(error.fields).toEqual([
      { path: expect.stringMatching(/b\.yaml:2:1$/), message: expect.any(String) },
      { path: `${join(FOLDER, "a.yaml")}:3:1`, message: "title: there is no parameter x" },
      { path: `${join(FOLDER, "a.yaml")}:4:29`, message: "tasks.0.needs.0: no task is called No, did you mean do?" },
    ]);
  });

  test("looks at one file, wherever it is", async () => {
    using folder = tempFolder();
    writeFileSync(join(folder.path, "draft.yaml"), "name: A\ndescription: D\ntitle: T\ntasks: [{title: Do}]\n");
    writeFileSync(join(folder.path, "bad.yaml"), "name: A\n");

    const good = await cadre(folder.path, "template", "validate", "draft.yaml");
    const bad = await cadre(folder.path, "template", "validate", "bad.yaml");
    const gone = await cadre(folder.path, "template", "validate", "gone.yaml");

    expect(good.answer).toEqual({ valid: 1, templates: [{ id: "draft", name: "A", source: "draft.yaml" }] });
    expect([bad.exit, bad.error.message]).toEqual([
      2,
      expect.stringMatching(/^cannot use bad.yaml: 3 mistakes\n {2}bad.yaml:1:1/),
    ]);
    expect([gone.exit, gone.error.message]).toEqual([2, expect.stringContaining("gone.yaml  it is not there")]);
  });
});
