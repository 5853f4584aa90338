import { describe, expect, test } from "bun:test";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { TEMPLATE_FILE_BYTES_MAX, TEMPLATES_BYTES_MAX, TEMPLATES_MAX } from "../../../../src/base/limits.ts";
import { DefinitionFiles } from "../../../../src/config/definition-files.ts";
import { BUILT_IN_TEMPLATES } from "../../../../src/tasks/templates/template-built-in.ts";
import { TEMPLATES, Templates } from "../../../../src/tasks/templates/templates.ts";
import { refusalOf } from "../../../harness/errors.ts";
import { tempFolder } from "../../../harness/folder.ts";

const BUILT_IN = [...BUILT_IN_TEMPLATES.keys()].sort();
const OURS = join(".cadre", "templates");

function template(name: string, more = ""): string {
  return `name: ${name}\ndescription: For tests.\ntitle: ${name}\ntasks: [{title: Do it}]\n${more}`;
}

/** A project with these template files. */
function project(files: Readonly<Record<string, string>> = {}) {
  const folder = tempFolder();
  const templates = join(folder.path, OURS);
  mkdirSync(templates, { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(templates, name), text);
  return { ...folder, templates };
}

/** The same for the user. */
function userFolder(files: Readonly<Record<string, string>> = {}) {
  const folder = tempFolder();
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder.path, name), text);
  return folder;
}

test("list() gives the built-in templates with their parameters where there are no others", async () => {
  using folder = tempFolder();

  const { templates, problems } = await new Templates(join(folder.path, "none")).list(folder.path);

  expect(templates.map(({ id }) => id)).toEqual(BUILT_IN);
  expect(templates.every(({ source, parameters }) => source === "built-in" && Object.keys(parameters).length > 1)).toBe(
    true,
  );
  expect(problems).toEqual([]);
});

test("list() adds the user's and the project's, of which the later one counts and says where it is from", async () => {
  using user = userFolder({
    "mine.yaml": template("Mine"),
    "research.yml": template("My research"),
    "both.yaml": template("User's"),
  });
  using folder = project({ "both.yaml": template("Project's"), "web-app.yaml": template("Our app"), "notes.txt": "x" });

  const { templates, problems } = await new Templates(user.path).list(folder.path);

  const others = templates.filter(({ source }) => source !== "built-in");
  expect(others.map(({ id, name, source }) => [id, name, source])).toEqual([
    ["both", "Project's", join(OURS, "both.yaml")],
    ["mine", "Mine", join(user.path, "mine.yaml")],
    ["research", "My research", join(user.path, "research.yml")],
    ["web-app", "Our app", join(OURS, "web-app.yaml")],
  ]);
  expect(templates).toHaveLength(BUILT_IN.length + 2);
  expect(problems).toEqual([]);
});

test("list() says which of two endings counts", async () => {
  using folder = project({ "a.yaml": template("First"), "a.yml": template("Second") });

  const { templates, problems } = await new Templates(undefined).list(folder.path);

  expect(templates.find(({ id }) => id === "a")?.name).toBe("Second");
  expect(problems).toEqual([{ file: join(OURS, "a.yaml"), message: "a.yml is template a too, and counts" }]);
});

test("show() and plan() use an edit at the next call", async () => {
  using folder = project({ "a.yaml": template("Before") });
  const templates = new Templates(undefined);
  const before = await templates.show(folder.path, "a");

  writeFileSync(join(folder.templates, "a.yaml"), template("After"));

  expect(before).toEqual({
    id: "a",
    source: join(OURS, "a.yaml"),
    name: "Before",
    description: "For tests.",
    parameters: {},
    title: "Before",
    tasks: [{ title: "Do it" }],
  });
  expect((await templates.show(folder.path, "a")).name).toBe("After");
  expect(await templates.plan(folder.path, "a", {})).toEqual({
    title: "After",
    description: "",
    tasks: [{ title: "Do it" }],
  });
});

test("two projects with a template of one name each have their own", async () => {
  using one = project({ "a.yaml": template("One") });
  using two = project({ "a.yaml": template("Two") });
  const templates = new Templates(undefined);

  const names = [await templates.show(one.path, "a"), await templates.show(two.path, "a")].map(({ name }) => name);

  expect(names).toEqual(["One", "Two"]);
});

test("show() suggests the template that was probably meant, or says which there are", async () => {
  const templates = new Templates(undefined);

  const near = await refusalOf(() => templates.show("/nowhere", "web-ap"));
  const far = await refusalOf(() => templates.plan("/nowhere", "\u001b[31mastronautics", {}));

  expect(near).toMatchObject({ code: "not_found", message: "no template web-ap", hint: "Did you mean web-app?" });
  expect(far.message).toBe("no template \\x1b[31mastronautics");
  expect(far.hint).toContain(BUILT_IN.join(", "));
});

describe("a broken file", () => {
  const broken = template("Broken", "taks: []\n");

  test("is reported with its place, hides what it stands in for, and leaves the others alone", async () => {
    using folder = project({ "research.yaml": broken, "a.yaml": template("A") });
    const templates = new Templates(undefined);

    const { templates: rows, problems } = await templates.list(folder.path);
    const refused = await refusalOf(() => templates.plan(folder.path, "research", { question: "Why?" }));

    const message = expect.stringMatching(/^taks: there is no such key. Did you mean tasks\?$/);
    expect(problems).toEqual([{ file: join(OURS, "research.yaml"), line: 5, column: 1, message }]);
    expect(rows.map(({ id }) => id)).toEqual(["a", ...BUILT_IN.filter((id) => id !== "research")]);
    expect(refused).toMatchObject({ code: "invalid_input", hint: expect.stringContaining("cadre template validate") });
    expect(refused.message).toContain(`${join(OURS, "research.yaml")}:5:1  taks: there is no such key`);
  });

  test.each([
    ["a bomb of aliases", bomb(), /alias|expected/i],
    ["deep nesting", `name: ${"[".repeat(1_000)}`, /nests deeper/],
    ["too large", `${template("A")}# ${"x".repeat(TEMPLATE_FILE_BYTES_MAX)}`, /larger than 64KiB/],
    ["a value that throws", "name: {length: {toString: 1, valueOf: 1}}\n", /wrong kind|missing|expected/],
  ])("can be %s without harm", async (_what, text, message) => {
    using folder = project({ "bad.yaml": text });

    const { templates, problems } = await new Templates(undefined).list(folder.path);

    expect(templates).toHaveLength(BUILT_IN.length);
    expect(problems[0]).toMatchObject({ file: join(OURS, "bad.yaml"), message: expect.stringMatching(message) });
  });

  test.each(["Upper.yaml", "a b.yaml", "ü.yaml", ".yaml", `${"x".repeat(65)}.yaml`, "\u001b[31m.yml"])(
    "is one whose name is no id: %j",
    async (name) => {
      using folder = project({ [name]: template("A") });

      const { templates, problems } = await new Templates(undefined).list(folder.path);

      expect(templates).toHaveLength(BUILT_IN.length);
      expect(problems).toEqual([expect.objectContaining({ message: expect.stringContaining("its name is no id") })]);
      expect(problems[0]?.file).not.toContain("\u001b");
    },
  );
});

describe("a project", () => {
  test("is never followed through a link: of a file, of a folder, or of the folder above", async () => {
    using outside = project({ "secret.yaml": template("Secret") });
    using linkedFile = project();
    symlinkSync(join(outside.templates, "secret.yaml"), join(linkedFile.templates, "linked.yaml"));
    using linkedFolder = tempFolder();
    mkdirSync(join(linkedFolder.path, ".cadre"));
    symlinkSync(outside.templates, join(linkedFolder.path, OURS));
    using linkedParent = tempFolder();
    symlinkSync(join(outside.path, ".cadre"), join(linkedParent.path, ".cadre"));

    const templates = new Templates(undefined);
    const sets = await Promise.all([linkedFile, linkedFolder, linkedParent].map(({ path }) => templates.list(path)));
    const refused = await refusalOf(() => templates.show(linkedFile.path, "linked"));

    expect(sets.map((set) => set.templates.length)).toEqual([BUILT_IN.length, BUILT_IN.length, BUILT_IN.length]);
    // Where a folder is a link, not even the names of its files are told.
    expect(sets.map((set) => set.problems)).toEqual([
      [{ file: join(OURS, "linked.yaml"), message: "it is a link" }],
      [],
      [],
    ]);
    expect(refused.message).toContain("it is a link");
  });

  test("has a folder or nothing where a template should be", async () => {
    using folder = project();
    mkdirSync(join(folder.templates, "folder.yaml"));

    const { problems } = await new Templates(undefined).list(folder.path);

    expect(problems).toEqual([{ file: join(OURS, "folder.yaml"), message: "it is no plain file" }]);
  });

  test("gives a bounded number of files of a bounded size", async () => {
    const large = template("Large", `# ${"x".repeat(TEMPLATE_FILE_BYTES_MAX - 100)}\n`);
    const count = Math.ceil(TEMPLATES_BYTES_MAX / large.length) + 2;
    using heavy = project(Object.fromEntries(Array.from({ length: count }, (_, at) => [`t${10 + at}.yaml`, large])));
    using many = project(
      Object.fromEntries(Array.from({ length: TEMPLATES_MAX + 1 }, (_, at) => [`t${at}.yaml`, template("T")])),
    );

    const [ofHeavy, ofMany] = [
      await new Templates(undefined).list(heavy.path),
      await new Templates(undefined).list(many.path),
    ];

    expect(ofHeavy.problems.at(-1)?.message).toBe("this project's templates are larger than 512KiB together");
    expect(ofHeavy.templates.length).toBeLessThan(BUILT_IN.length + count);
    expect(ofMany.problems[0]?.message).toContain(`more than ${TEMPLATES_MAX} templates`);
    expect(ofMany.templates).toHaveLength(BUILT_IN.length + TEMPLATES_MAX);
  });

  test("whose templates are too large together still shows each of them alone", async () => {
    const large = template("Large", `# ${"x".repeat(TEMPLATE_FILE_BYTES_MAX - 100)}\n`);
    using folder = project(Object.fromEntries(Array.from({ length: 12 }, (_, at) => [`t${10 + at}.yaml`, large])));

    expect((await new Templates(undefined).show(folder.path, "t21")).name).toBe("Large");
  });
});

test("the user's own templates may be links: their folder is theirs", async () => {
  using elsewhere = userFolder({ "real.yaml": template("Real") });
  using user = userFolder();
  symlinkSync(join(elsewhere.path, "real.yaml"), join(user.path, "linked.yaml"));
  symlinkSync(join(elsewhere.path, "gone.yaml"), join(user.path, "dangling.yaml"));

  const { templates, problems } = await new Templates(user.path).list("/nowhere");

  expect(templates.find(({ id }) => id === "linked")?.name).toBe("Real");
  expect(problems).toEqual([{ file: join(user.path, "dangling.yaml"), message: "it cannot be read (ENOENT)" }]);
});

test("text() gives a file as it stands, to begin another from", async () => {
  using folder = project({ "a.yaml": template("A", "# with its comments\n") });
  mkdirSync(join(folder.templates, "b.yaml"));
  const files = new DefinitionFiles(TEMPLATES, undefined);
  const textOf = (id: string) => files.text(files.find(folder.path, id));

  const refused = await refusalOf(() => textOf("b"));

  expect(textOf("a")).toBe(template("A", "# with its comments\n"));
  expect(textOf("web-app")).toBe(BUILT_IN_TEMPLATES.get("web-app") ?? "");
  expect(refused.message).toContain("it is no plain file");
});

/** Each line holds the one before nine times: three gigabytes from nine lines. */
function bomb(): string {
  const lines = Array.from(
    { length: 9 },
    (_, at) => `a${at + 1}: &a${at + 1} [${Array(9).fill(`*a${at}`).join(", ")}]`,
  );
  return ["a0: &a0 lol", ...lines].join("\n");
}
