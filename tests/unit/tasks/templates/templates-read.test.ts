import { expect, test } from "bun:test";
import { DEFINITION_PROBLEMS_MAX } from "../../../../src/base/limits.ts";
import { readTemplate } from "../../../../src/tasks/templates/template-read.ts";

const HEAD = "name: N\ndescription: D\ntitle: T\n";

async function problems(text: string) {
  const read = await readTemplate(text);
  return "problems" in read ? read.problems : [];
}

test("readTemplate() takes a file that says no more than it must", async () => {
  expect(await readTemplate(`${HEAD}tasks: [{title: Do}]`)).toEqual({
    definition: { name: "N", description: "D", title: "T", parameters: {}, tasks: [{ title: "Do" }] },
  });
});

test.each([
  ["what is no YAML", "name: [x\ntasks: 1\n", 2, 1, /flow/i],
  ["nothing", "", 1, 1, /^file: .*expected object/],
  ["a list", "- a\n", 1, 1, /^file: .*expected object/],
  [
    "a misspelled key",
    `${HEAD}tasks: [{title: Do}]\nparametres: {}\n`,
    5,
    1,
    /^parametres: there is no such key. Did you mean parameters\?/,
  ],
  [
    "a misspelled key of a task",
    `${HEAD}tasks:\n  - title: Do\n    need: [x]\n`,
    6,
    5,
    /^tasks\.0\.need: .*Did you mean needs\?/,
  ],
  [
    "a misspelled key of a parameter",
    `${HEAD}tasks: [{title: Do}]\nparameters:\n  x:\n    type: text\n    description: X\n    defualt: y\n`,
    9,
    5,
    /Did you mean default\?/,
  ],
  ["a missing key", "description: D\ntitle: T\ntasks: [{title: Do}]\n", 1, 1, /^name: it is missing/],
  ["no task", `${HEAD}tasks: []\n`, 4, 1, /^tasks: /],
  [
    "an unknown type",
    `${HEAD}tasks: [{title: Do}]\nparameters:\n  x: {type: colour, description: X}\n`,
    6,
    7,
    /^parameters\.x\.type: .*"text"\|"number"/,
  ],
  [
    "a name with a dash",
    `${HEAD}tasks: [{title: Do}]\nparameters:\n  a-b: {type: text, description: X}\n`,
    6,
    3,
    /small letters/,
  ],
  [
    "a name that every object has",
    `${HEAD}tasks: [{title: Do, when: constructor}]\n`,
    4,
    21,
    /no parameter constructor/,
  ],
  [
    "the name of an entry",
    `${HEAD}tasks: [{title: Do}]\nparameters:\n  item: {type: text, description: X}\n`,
    6,
    3,
    /item is the name of an entry/,
  ],
  [
    "a text without quotes",
    "name: N\ndescription: D\ntitle: {{x}}\ntasks: [{title: Do}]\n",
    3,
    1,
    /^title: .*stands in quotes/,
  ],
  [
    "a role of no kind",
    `${HEAD}tasks:\n  - title: Do\n    complexity: hard\n`,
    6,
    5,
    /^tasks\.0\.complexity: .*"simple"/,
  ],
  ["a value that cannot be compared", `${HEAD}tasks: {length: {toString: 1, valueOf: 1}}\n`, 1, 1, /wrong kind/],
])("readTemplate() says where %s is", async (_what, text, line, column, message) => {
  expect(await problems(text)).toEqual([{ line, column, message: expect.stringMatching(message) }]);
});

test.each([
  ["choices without the type", "{type: text, description: X, choices: [a]}", /choices belong to the type choice/],
  ["the type without choices", "{type: choice, description: X}", /choices belong to the type choice/],
  ["bounds of a boolean", "{type: boolean, description: X, min: 1}", /mean nothing for a boolean/],
  ["bounds the wrong way round", "{type: number, description: X, min: 2, max: 1}", /min is larger/],
  ["a default that is required", "{type: text, description: X, default: a, required: true}", /nobody is required/],
  [
    "a default of another type",
    "{type: number, description: X, default: many}",
    /its default: expected a number, not many/,
  ],
  [
    "a default that is no choice",
    "{type: choice, description: X, choices: [a, b], default: c}",
    /its default: c is not one of a, b/,
  ],
  [
    "a default out of bounds",
    "{type: list, description: X, max: 1, default: [a, b]}",
    /its default: expected at most 1 entry, not 2/,
  ],
  [
    "a default that is nothing",
    "{type: text, description: X, default: }",
    /expected a text, a number, true, false or a list/,
  ],
])("readTemplate() refuses a parameter with %s", async (_what, parameter, message) => {
  const [problem] = await problems(`${HEAD}parameters:\n  x: ${parameter}\ntasks: [{title: Do}]\n`);

  expect(problem).toMatchObject({ line: 5, message: expect.stringMatching(message) });
});

const PARAMETERS = `parameters:
  fast: {type: boolean, description: F}
  kind: {type: choice, description: K, choices: [small, large]}
  parts: {type: list, description: P}
  name: {type: text, description: N}
`;

test.each([
  [
    "an unknown name in a text",
    'title: "Make {{naem}}"',
    1,
    "tasks.0.title: there is no parameter naem, did you mean name?",
  ],
  [
    "an unknown name in a point",
    'title: Do\n    acceptance: [ok, "{{x}}"]',
    2,
    "tasks.0.acceptance.1: there is no parameter x",
  ],
  ["braces that stay open", 'title: "Make {{name"', 1, "tasks.0.title: {{ is not followed by a name and }}"],
  ["an entry without a list", 'title: "Make {{item}}"', 1, "tasks.0.title: there is no parameter item"],
  ["a value in an id", 'title: Do\n    id: "a {{name}}"', 2, "tasks.0.id: an id is for needs: no value is put into it"],
  ["a condition on nothing", "title: Do\n    when: quick", 2, "tasks.0.when: there is no parameter quick"],
  ["a condition on a choice alone", "title: Do\n    when: kind", 2, "tasks.0.when: kind is a choice: say kind=value"],
  [
    "a condition on no choice",
    "title: Do\n    when: kind=smal",
    2,
    "tasks.0.when: kind: smal is not one of small, large, did you mean small?",
  ],
  [
    "a condition on a list",
    "title: Do\n    when: parts=a",
    2,
    "tasks.0.when: parts is a list: a task for each of its entries says each",
  ],
  [
    "a condition of another form",
    "title: Do\n    when: fast and kind",
    2,
    "tasks.0.when: fast and kind is neither the name of a parameter, nor name=value, nor name!=value",
  ],
  ["a repetition of no list", 'title: "Do {{item}}"\n    each: name', 2, "tasks.0.each: name is a text, not a list"],
  [
    "a repetition of nothing",
    'title: "Do {{item}}"\n    each: partz',
    2,
    "tasks.0.each: there is no parameter partz, did you mean parts?",
  ],
  [
    "a repetition with one title",
    "title: Do\n    each: parts",
    2,
    "tasks.0.each: the title holds no {{item}}: its copies could not be told apart",
  ],
  [
    "a need on nothing",
    "title: Do\n    needs: [Design, Desing]\n  - title: Design",
    2,
    "tasks.0.needs.1: no task is called Desing, did you mean design?",
  ],
  ["a need on itself", "title: Do\n    after: [do]", 2, "tasks.0.after.0: a task cannot wait for itself"],
  ["two tasks of one name", "title: Do\n  - title: Other\n    id: do", 1, "tasks.0: two tasks are called Do"],
])("readTemplate() finds %s", async (_what, task, line, message) => {
  const read = await problems(`${HEAD}${PARAMETERS}tasks:\n  - ${task}\n`);

  expect(read).toEqual([expect.objectContaining({ line: 9 + line, message })]);
});

test("readTemplate() names the tasks of a cycle, and not those that only wait for it", async () => {
  const tasks = `
  - {title: Waits, needs: [A]}
  - {title: A, needs: [C]}
  - {title: B, after: [A]}
  - {id: c, title: C, needs: [B]}
`;

  const [problem] = await problems(`${HEAD}tasks:${tasks}`);

  expect(problem?.message).toBe("tasks: each waits for the next: A → c → B → A");
});

test("readTemplate() takes tasks that only help each other to be understood", async () => {
  const read = await readTemplate(`${HEAD}tasks: [{title: A, related: [B]}, {title: B, related: [A]}]`);

  expect(read).toHaveProperty("definition");
});

test("readTemplate() tells of several mistakes, and of a broken file no more than a bound", async () => {
  const two = await problems(`${HEAD}tasks:\n  - {title: "{{x}}"}\n  - {title: B, needs: [C]}\n`);
  const many = await problems(`${HEAD}tasks:\n${'  - {title: "{{x}}"}\n'.repeat(500)}`);

  expect(two.map(({ line }) => line)).toEqual([5, 6]);
  expect(many).toHaveLength(DEFINITION_PROBLEMS_MAX);
});

test("readTemplate() shows control characters instead of printing them", async () => {
  const [problem] = await problems(`${HEAD}tasks:\n  - title: "{{\\e[31m}}"\n`);

  expect(problem?.message).toBe("tasks.0.title: there is no parameter \\x1b[31m");
});

test.each([
  ["spaces between braces", `"{{${" ".repeat(30_000)}"`],
  ["braces", `"${"{{".repeat(15_000)}"`],
  ["names", `"${"{{x".repeat(10_000)}"`],
])("readTemplate() is done with a text of nothing but %s", async (_what, description) => {
  const [problem] = await problems(`${HEAD}tasks:\n  - {title: Do, description: ${description}}\n`);

  expect(problem).toBeDefined();
});
