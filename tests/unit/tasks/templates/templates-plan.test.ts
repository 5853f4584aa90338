import { describe, expect, test } from "bun:test";
import { DESCRIPTION_CHARS_MAX, TEMPLATE_ENTRIES_MAX, TITLE_CHARS_MAX } from "../../../../src/base/limits.ts";
import { planOf } from "../../../../src/tasks/templates/template-plan.ts";
import { readTemplate } from "../../../../src/tasks/templates/template-read.ts";
import { refusalOf } from "../../../harness/errors.ts";

/** A plan of a template that is given without its name and its description. */
async function plan(text: string, values: Record<string, unknown> = {}) {
  const read = await readTemplate(`name: Test\ndescription: For tests.\n${text}`);
  if ("problems" in read) throw new Error(JSON.stringify(read.problems));
  return planOf("test", read.definition, values);
}

const PARAMETERS = `
parameters:
  name: {type: text, description: What it is called., min: 2, max: 20}
  count: {type: number, description: How many., default: 3, min: 1, max: 10}
  fast: {type: boolean, description: Whether it hurries., default: false}
  kind: {type: choice, description: Which kind., choices: [Small, Large], default: Small}
  parts: {type: list, description: Its parts., default: [one, two], max: 3}
  note: {type: text, description: A note., required: false}
`;
const SHOWN = `${PARAMETERS}
title: "{{name}}"
goal: "{{name}}|{{ count }}|{{fast}}|{{kind}}|{{parts}}|{{note}}"
tasks: [{title: Do}]
`;

describe("planOf() puts values into texts", () => {
  test("of every kind, with their defaults", async () => {
    const least = await plan(SHOWN, { name: "Ada" });
    const all = await plan(SHOWN, { name: " Bo ", count: 7, fast: true, kind: "Large", parts: ["x"], note: "hey" });

    expect(least).toEqual({ title: "Ada", description: "Ada|3|no|Small|one, two|", tasks: [{ title: "Do" }] });
    expect(all.description).toBe("Bo|7|yes|Large|x|hey");
  });

  test.each([
    ["a number", { count: "7" }, "Ada|7|no|Small|one, two|"],
    ["a boolean", { fast: "Yes" }, "Ada|3|yes|Small|one, two|"],
    ["a choice in other letters", { kind: "large" }, "Ada|3|no|Large|one, two|"],
    ["a list with commas", { parts: "a, b,,c" }, "Ada|3|no|Small|a, b, c|"],
    ["a list in lines", { parts: "a\nb" }, "Ada|3|no|Small|a, b|"],
    ["a list in JSON", { parts: '["a, b", "c"]' }, "Ada|3|no|Small|a, b, c|"],
    ["a number where a text is wanted", { note: 5 }, "Ada|3|no|Small|one, two|5"],
    ["nothing", { count: "", kind: " ", parts: null }, "Ada|3|no|Small|one, two|"],
    ["an empty list", { parts: [] }, "Ada|3|no|Small||"],
  ])("that are given as %s", async (_what, values, description) => {
    expect((await plan(SHOWN, { name: "Ada", ...values })).description).toBe(description);
  });

  test("in every text of a task, and leaves out what stays empty", async () => {
    const text = `${PARAMETERS}
title: T
tasks:
  - title: "Make {{name}}"
    description: "{{note}}"
    role: "{{kind}}"
    acceptance: ["{{name}} is there", "{{note}}"]
    effort: "{{count}}h"
    tags: ["{{kind}}", "{{note}}"]
    environment: "{{name}}"
    language: "{{note}}"
    priority: 2
    worker: code
`;

    const { tasks } = await plan(text, { name: "Ada" });

    expect(tasks).toEqual([
      {
        title: "Make Ada",
        role: "Small",
        acceptance: ["Ada is there"],
        effort: "3h",
        tags: ["Small"],
        environment: "Ada",
        priority: 2,
        worker: "code",
      },
    ]);
  });

  test("once: what a value says is not expanded itself", async () => {
    const text = `${PARAMETERS}
title: "{{name}}"
goal: "{{note}}"
tasks: [{title: "A {{name}}"}, {title: "B {{item}}", each: parts, needs: ["A {{name}}"]}]
`;

    const made = await plan(text, { name: "{{note}}", note: "$& {{name}}", parts: ["{{name}}"] });

    expect(made).toEqual({
      title: "{{note}}",
      description: "$& {{name}}",
      tasks: [{ title: "A {{note}}" }, { title: "B {{name}}", needs: ["A {{note}}"] }],
    });
  });

  test("in titles on one line, and cuts the plan's own title to what a title may have", async () => {
    const text = `
parameters: {about: {type: text, description: About.}}
title: "{{about}}"
tasks: [{title: "Do {{about}}"}]
`;

    const lines = await plan(text, { about: "one\n two" });
    const long = await plan(text.replace("Do {{about}}", "Do"), { about: "x".repeat(TITLE_CHARS_MAX + 1) });

    expect([lines.title, lines.tasks[0]?.title]).toEqual(["one two", "Do one two"]);
    expect(long.title).toHaveLength(TITLE_CHARS_MAX);
  });
});

describe("planOf() refuses", () => {
  const parameters =
    "It takes name (text, required): What it is called; count (number): How many; fast (boolean): " +
    "Whether it hurries; kind (Small | Large): Which kind; parts (list): Its parts; note (text): A note.";

  test.each([
    ["a missing value", {}, "name: no value was given"],
    ["an unknown parameter", { name: "Ada", cuont: 3 }, "cuont: there is no parameter cuont, did you mean count?"],
    ["a name that every object has", { name: "Ada", constructor: 1 }, "constructor: there is no parameter constructor"],
    ["no number", { name: "Ada", count: "many" }, "count: expected a number, not many"],
    ["an endless number", { name: "Ada", count: "1e999" }, "count: expected a number, not 1e999"],
    ["a number below its bound", { name: "Ada", count: 0 }, "count: expected at least 1, not 0"],
    ["a number over its bound", { name: "Ada", count: 11 }, "count: expected at most 10, not 11"],
    ["no boolean", { name: "Ada", fast: "maybe" }, "fast: expected true or false, not maybe"],
    ["no choice", { name: "Ada", kind: "Smal" }, "kind: Smal is not one of Small, Large, did you mean Small?"],
    ["no text", { name: ["Ada"] }, "name: expected a text"],
    ["a short text", { name: "A" }, "name: expected at least 2 characters, not 1"],
    ["a long text", { name: "A".repeat(21) }, "name: expected at most 20 characters, not 21"],
    ["no list", { name: "Ada", parts: 5 }, "parts: expected a list of texts"],
    ["a list of lists", { name: "Ada", parts: [["a"]] }, "parts: expected a list of texts"],
    ["a long list", { name: "Ada", parts: "a,b,c,d" }, "parts: expected at most 3 entries, not 4"],
    ["an entry twice", { name: "Ada", parts: ["a", " a "] }, "parts: a is there twice"],
    ["an object without a text", { name: "Ada", count: { toString: 1 } }, "count: expected a number, not an object"],
  ])("%s, and lists the parameters", async (_what, values, message) => {
    const refused = await refusalOf(() => plan(SHOWN, values));

    expect(refused).toMatchObject({
      code: "invalid_input",
      message: `cannot fill template test: ${message}`,
      hint: parameters,
    });
  });

  test("everything that is wrong at once, by parameter", async () => {
    const { fields } = await refusalOf(() => plan(SHOWN, { coutn: 1, fast: "maybe" }));

    expect(fields.map(({ path }) => path)).toEqual(["coutn", "name", "fast"]);
  });

  test("values of which two tasks would be called the same", async () => {
    const text = `${PARAMETERS}\ntitle: T\ntasks: [{title: "{{name}}"}, {title: "{{note}}"}]`;

    const refused = await refusalOf(() => plan(text, { name: "Same", note: "same" }));

    expect(refused.message).toBe("cannot fill template test: two tasks are called same");
  });

  test("values that make a text or a title too long, and says of which task", async () => {
    const text = `
parameters: {about: {type: text, description: About.}}
title: T
tasks: [{title: "Do {{about}}", description: "${"{{about}}".repeat(20)}"}]
`;

    const title = await refusalOf(() => plan(text, { about: "x".repeat(300) }));
    const whole = await refusalOf(() => plan(text.replace("Do {{about}}", "Do"), { about: "x".repeat(2_000) }));

    expect(title.message).toMatch(/^cannot fill template test: the title of Do x+…: Too big/);
    expect(whole).toMatchObject({ code: "too_large", hint: expect.stringContaining(String(DESCRIPTION_CHARS_MAX)) });
  });

  test("a plan of more tasks than a plan may have, before it makes them", async () => {
    const tasks = Array.from({ length: 21 }, (_, at) => `{title: "${at} {{item}}", each: parts}`).join(", ");
    const text = `parameters: {parts: {type: list, description: Parts.}}\ntitle: T\ntasks: [${tasks}]`;
    const parts = Array.from({ length: TEMPLATE_ENTRIES_MAX }, (_, at) => `part ${at}`);

    const refused = await refusalOf(() => plan(text, { parts }));

    expect(refused.message).toBe("cannot fill template test: 1050 tasks are more than 1000");
  });

  test("values that leave no task", async () => {
    const text = "parameters: {fast: {type: boolean, description: Fast.}}\ntitle: T\ntasks: [{title: Do, when: fast}]";

    const refused = await refusalOf(() => plan(text, { fast: false }));

    expect(refused.message).toBe("cannot fill template test: these values leave no task");
  });
});

describe("when", () => {
  const text = (when: string) => `${PARAMETERS}
title: T
tasks:
  - {id: first, title: First}
  - {id: maybe, title: Maybe, when: ${when}, needs: [first]}
  - {id: last, title: Last, needs: [first, maybe], after: [maybe], related: [Maybe]}
`;

  test.each([
    ["fast", { fast: true }],
    ["fast=yes", { fast: "1" }],
    ["fast!=true", {}],
    ["kind=small", {}],
    ["kind != Small", { kind: "Large" }],
    ["count=7", { count: "7.0" }],
    ["note=hey you", { note: "hey you" }],
    ["note!=hey", {}],
  ])("%s keeps a task with %j, and what needs it", async (when, values) => {
    const { tasks } = await plan(text(when), { name: "Ada", ...values });

    expect(tasks.map(({ id }) => id)).toEqual(["first", "maybe", "last"]);
    expect(tasks[2]).toMatchObject({ needs: ["first", "maybe"], after: ["maybe"], related: ["maybe"] });
  });

  test.each([
    ["fast", {}],
    ["fast=true", { fast: "no" }],
    ["kind=Large", {}],
    ["kind!=Large", { kind: "large" }],
    ["note=hey", {}],
  ])("%s leaves a task out with %j, and every need on it", async (when, values) => {
    const { tasks } = await plan(text(when), { name: "Ada", ...values });

    expect(tasks).toEqual([
      { id: "first", title: "First" },
      { id: "last", title: "Last", needs: ["first"] },
    ]);
  });
});

describe("each", () => {
  const text = `${PARAMETERS}
title: T
tasks:
  - {id: design, title: Design}
  - {id: build, title: "Build {{item}}", each: parts, needs: [design], description: "{{item}} of {{parts}}"}
  - {title: "Test {{item}}", each: parts, needs: [build]}
  - {id: ship, title: Ship, needs: ["Test {{item}}", design]}
`;

  test("makes a task for each entry; two with the same list need each other entry by entry, others need all", async () => {
    const { tasks } = await plan(text, { name: "Ada", parts: ["a", "b"] });

    expect(tasks).toEqual([
      { id: "design", title: "Design" },
      { id: "build_1", title: "Build a", needs: ["design"], description: "a of a, b" },
      { id: "build_2", title: "Build b", needs: ["design"], description: "b of a, b" },
      { title: "Test a", needs: ["build_1"] },
      { title: "Test b", needs: ["build_2"] },
      { id: "ship", title: "Ship", needs: ["Test a", "Test b", "design"] },
    ]);
  });

  test("makes none for an empty list, and leaves out every need on it", async () => {
    const { tasks } = await plan(text, { name: "Ada", parts: [] });

    expect(tasks).toEqual([
      { id: "design", title: "Design" },
      { id: "ship", title: "Ship", needs: ["design"] },
    ]);
  });

  test("needs all of another list", async () => {
    const both = `
parameters:
  a: {type: list, description: A., default: [x, y]}
  b: {type: list, description: B., default: [u, v]}
title: T
tasks:
  - {id: a, title: "A {{item}}", each: a}
  - {id: b, title: "B {{item}}", each: b, needs: [a]}
`;

    const { tasks } = await plan(both);

    expect(tasks.slice(2)).toEqual([
      { id: "b_1", title: "B u", needs: ["a_1", "a_2"] },
      { id: "b_2", title: "B v", needs: ["a_1", "a_2"] },
    ]);
  });
});
