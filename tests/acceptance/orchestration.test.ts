// Section A of the acceptance list, row by row: what the earlier orchestrators promised, kept.
import { afterAll, expect, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { LEASE_MS, PLAN_TASKS_MAX } from "../../src/base/limits.ts";
import { openTestApp } from "../harness/app.ts";
import { fakeClock } from "../harness/clock.ts";
import { refusalOf } from "../harness/errors.ts";
import { openFaces } from "../harness/faces.ts";
import { tempFolder } from "../harness/folder.ts";
import { SUBTASKS_JSON, walk } from "./five-steps.ts";

const faces = await openFaces();
afterAll(() => faces[Symbol.asyncDispose]());

type Answer = Record<string, unknown>;
const rows = (value: unknown) => value as Answer[];
const idsOf = (value: unknown) => rows(value).map((row) => String(row["id"] ?? row["task_id"]));

/** Three tasks that wait for one another. */
const CHAIN = [
  { title: "Design", role: "architect" },
  { title: "Build", role: "implementer", needs: ["Design"] },
  { title: "Describe", role: "documenter", needs: ["Build"] },
];

test("A1: initialize with {} answers role, capabilities, instructions and every specialist, the project's own too", async () => {
  await using app = await openTestApp();
  mkdirSync(join(app.workspace, ".cadre", "roles"), { recursive: true });
  await Bun.write(join(app.workspace, ".cadre", "roles", "poet.yaml"), "name: Poet\ndescription: Writes in verse.\n");

  const answer = await app.call("orchestrator_initialize_session", {});

  expect(answer["role"]).toBe("coordinator");
  expect(answer["capabilities"]).toBeArray();
  expect(answer["instructions"]).toMatch(/task_plan/);
  expect(answer["specialist_roles"]).toEqual(
    expect.arrayContaining(["architect", "implementer", "debugger", "documenter", "poet"]),
  );
});

test("A2: a given folder decides whose state and roles these are, wherever the server runs", async () => {
  await using app = await openTestApp();
  using other = tempFolder();
  await app.call("task_create", { title: "Of the other project", options: { workspace: other.path } });

  const there = await app.call("orchestrator_initialize_session", { working_directory: other.path });
  const here = await app.call("orchestrator_initialize_session", {});

  expect(there["workspace"]).toEqual({ path: other.path, found_by: "argument" });
  expect(there["counts"]).toEqual({ pending: 1 });
  expect(here["counts"]).toEqual({});
});

test("A3: the README's three subtasks, pasted literally, make one parent and three tasks and answer their ids", async () => {
  await using app = await openTestApp();

  const plan = await app.call("orchestrator_plan_task", { description: "Build it", subtasks_json: SUBTASKS_JSON });

  const parent = await app.tasks.show(String(plan["parent_task_id"]));
  expect(parent).toMatchObject({ title: "Build it", children: 3 });
  expect(idsOf(plan["subtasks"])).toHaveLength(3);
  for (const id of idsOf(plan["subtasks"])) expect(await app.tasks.show(id)).toMatchObject({ parent: parent.id });
});

test("A4: the same plan as a list and as a JSON text, by the old name and by the new", async () => {
  const shapeOf = async (name: string, input: Answer) => {
    await using app = await openTestApp();
    const plan = await app.call(name, input);
    const { tasks } = await app.tasks.list(app.workspace, { limit: 20, parent: (plan["plan"] as { id: string }).id });
    return Promise.all(
      tasks.map(async ({ id }) => {
        const { title, role, needs = [] } = await app.tasks.show(id);
        return { title, role, needs: needs.length };
      }),
    );
  };

  const shapes = [
    await shapeOf("orchestrator_plan_task", { description: "x", subtasks_json: SUBTASKS_JSON }),
    await shapeOf("orchestrator_plan_task", { description: "x", subtasks: JSON.parse(SUBTASKS_JSON) }),
    await shapeOf("task_plan", { title: "x", tasks: newWords() }),
    await shapeOf("task_plan", { title: "x", tasks: JSON.stringify(newWords()) }),
  ];

  for (const shape of shapes) expect(shape).toEqual(shapes[0] ?? []);
  expect(shapes[0]).toHaveLength(3);
});

/** The README's subtasks in this program's own words. */
function newWords(): Answer[] {
  return rows(JSON.parse(SUBTASKS_JSON)).map(({ specialist_type, dependencies, estimated_effort, ...rest }) => ({
    ...rest,
    role: specialist_type,
    needs: dependencies,
    effort: estimated_effort,
  }));
}

test("A5: every field of a subtask is kept and shown again", async () => {
  await using app = await openTestApp();
  const subtasks = [
    {
      title: "First",
      description: "d1",
      specialist_type: "architect",
      estimated_effort: "2h",
      complexity: "high",
      task_id: "one",
    },
    { title: "Second", description: "d2", dependencies: ["one"], complexity: "moderate" },
  ];

  const plan = await app.call("orchestrator_plan_task", { description: "x", subtasks });
  const [first = "", second = ""] = idsOf(plan["subtasks"]);

  expect(await app.call("get_task", { task_id: first })).toMatchObject({
    title: "First",
    description: "d1",
    role: "architect",
    effort: "2h",
    complexity: "complex",
  });
  expect(await app.call("get_task", { task_id: second })).toMatchObject({ dependencies: [first], description: "d2" });
});

test("A6: dependencies by title: the second is ready when the first is completed, not before", async () => {
  await using app = await openTestApp();
  const plan = await app.call("orchestrator_plan_task", { description: "x", subtasks_json: SUBTASKS_JSON });
  const [design = "", build = ""] = idsOf(plan["subtasks"]);

  const early = await refusalOf(() => app.call("task_start", { id: build }));
  await app.call("task_start", { id: design });
  await app.call("task_complete", { id: design, summary: "designed" });

  expect(early.message).toContain(`it waits for ${design} (System Architecture Design, pending)`);
  expect(await app.call("task_start", { id: build })).toMatchObject({ id: build, status: "active" });
});

test("A7: unknown dependencies and circles are refused by name; a good plan answers a workable order", async () => {
  await using app = await openTestApp();
  const plan = (tasks: Answer[]) => app.call("task_plan", { title: "x", tasks });

  const unknown = await refusalOf(() => plan([{ title: "A", needs: ["Nothing"] }]));
  const circle = await refusalOf(() =>
    plan([
      { title: "A", needs: ["B"] },
      { title: "B", needs: ["A"] },
    ]),
  );
  const answer = await plan([...CHAIN].reverse());

  expect(unknown.message).toContain('"A" names "Nothing"');
  expect(circle.message).toContain('"A" needs "B" needs "A"');
  expect(rows(answer["tasks"]).map(({ title }) => title)).toEqual(["Design", "Build", "Describe"]);
  expect(answer["critical_path"]).toEqual(["Design", "Build", "Describe"]);
});

test("A8: complexity is moderate unless said; another word is refused with the choices", async () => {
  await using app = await openTestApp();
  const plan = await app.call("orchestrator_plan_task", { description: "x", subtasks_json: SUBTASKS_JSON });

  const refused = await refusalOf(() =>
    app.call("orchestrator_plan_task", { description: "x", subtasks_json: "[]", complexity_level: "extreme" }),
  );

  const [row] = await app.sql.all("SELECT complexity FROM task WHERE id = ?1", [String(plan["parent_task_id"])]);
  expect(row?.["complexity"]).toBe("moderate");
  expect(refused.code).toBe("invalid_input");
  for (const word of ["simple", "moderate", "complex", "very_complex"]) expect(refused.message).toContain(word);
});

test("A9: a plan of one task and one of a thousand; one more is refused", async () => {
  await using app = await openTestApp();
  const tasks = Array.from({ length: PLAN_TASKS_MAX }, (_, at) => ({
    title: `Task ${at}`,
    ...(at > 0 ? { needs: [`Task ${Math.floor(at / 2)}`].filter((name) => name !== `Task ${at}`) } : {}),
  }));

  const one = await app.call("task_plan", { title: "Small", tasks: [{ title: "Only" }] });
  const thousand = await app.call("task_plan", { title: "Large", tasks });
  const more = await refusalOf(() => app.call("task_plan", { title: "Larger", tasks: [...tasks, { title: "More" }] }));

  expect(one["total"]).toBe(1);
  expect(thousand["total"]).toBe(PLAN_TASKS_MAX);
  expect(more.code).toBe("invalid_input");
  const [row] = await app.sql.all("SELECT count(*) AS number FROM task");
  expect(Number(row?.["number"])).toBe(PLAN_TASKS_MAX + 3);
});

test("A10: executing answers the role's prompt, the results and artifacts of what it builds on, and makes the task active", async () => {
  await using app = await openTestApp();
  const plan = await app.call("task_plan", { title: "x", tasks: CHAIN });
  const [design = "", build = ""] = idsOf(plan["tasks"]);
  await app.call("task_start", { id: design });
  await app.call("task_complete", {
    id: design,
    summary: "Two queues.",
    work: "The whole design.",
    options: { decisions: ["No broker."] },
  });

  const started = await app.call("orchestrator_execute_subtask", { task_id: build });

  expect(started["specialist_context"]).toContain("# Implementer");
  expect(started["specialist_context"]).toContain("# Task: Build");
  expect(started["builds_on"]).toMatchObject([
    {
      id: design,
      summary: "Two queues.",
      decisions: ["No broker."],
      artifacts: [expect.stringMatching(/^cadre:\/\/artifact\//)],
    },
  ]);
  expect((await app.tasks.show(build)).status).toBe("active");
});

test("A11: executing a task before what it needs is refused, names that, and changes nothing", async () => {
  await using app = await openTestApp();
  const plan = await app.call("task_plan", { title: "x", tasks: CHAIN });
  const [design = "", build = ""] = idsOf(plan["tasks"]);

  const refused = await refusalOf(() => app.call("orchestrator_execute_subtask", { task_id: build }));

  expect(refused.message).toContain(design);
  expect((await app.tasks.show(build)).status).toBe("pending");
});

test("A12: completing keeps everything that was given and answers the plan's progress and the next task", async () => {
  await using app = await openTestApp();
  const plan = await app.call("orchestrator_plan_task", { description: "x", subtasks_json: SUBTASKS_JSON });
  const [first = "", second = ""] = idsOf(plan["subtasks"]);
  await app.call("orchestrator_execute_subtask", { task_id: first });

  const answer = await app.call("orchestrator_complete_subtask", {
    task_id: first,
    summary: "Short",
    detailed_work: "Long",
    file_paths: ["docs/design.md"],
    artifact_type: "design",
    next_action: "continue",
  });

  expect(answer).toMatchObject({
    status: "completed",
    parent_progress: { completed: 1, total: 3, percentage: 33 },
    next_recommended_task: { task_id: second },
  });
  const artifact = await app.artifacts.show(String(answer["artifact_id"]));
  expect(artifact).toMatchObject({ type: "design", files: ["docs/design.md"], task_id: first });
  expect((await app.artifacts.text(artifact.id, { from: 0, chars: 10 }))?.text).toBe("Long");
  expect((await app.tasks.show(first)).summary).toBe("Short");
});

test("A13: the older form, results and artifacts, is taken; a single artifact is a list of one", async () => {
  await using app = await openTestApp();
  const plan = await app.call("orchestrator_plan_task", { description: "x", subtasks_json: SUBTASKS_JSON });
  const [first = ""] = idsOf(plan["subtasks"]);
  await app.call("orchestrator_execute_subtask", { task_id: first });

  const answer = await app.call("orchestrator_complete_subtask", {
    task_id: first,
    results: "All that was found",
    artifacts: "docs/found.md",
    next_action: "continue",
  });

  expect(answer["status"]).toBe("completed");
  expect((await app.artifacts.show(String(answer["artifact_id"]))).files).toEqual(["docs/found.md"]);
  expect((await app.tasks.show(first)).summary).toBe("All that was found");
});

test("A14: an artifact is general unless said, and of no type that is not in the list", async () => {
  await using app = await openTestApp();
  const plan = await app.call("task_plan", { title: "x", tasks: CHAIN });
  const [first = ""] = idsOf(plan["tasks"]);
  await app.call("task_start", { id: first });
  const complete = (type?: string) =>
    app.call("task_complete", { id: first, summary: "s", work: "w", ...(type ? { options: { type } } : {}) });

  const refused = await refusalOf(() => complete("poem"));
  const answer = await complete();

  expect(refused.code).toBe("invalid_input");
  expect(refused.message).toContain("documentation");
  expect((await app.artifacts.show((answer["artifact"] as { id: string }).id)).type).toBe("general");
});

test.each([
  ["continue", "completed", ""],
  ["complete", "completed", ""],
  ["needs_revision", "active", "once more"],
  ["blocked", "blocked", "once more"],
])("A15: next action %s leads to %s", async (next_action, status, note) => {
  await using app = await openTestApp();
  const { id } = await app.tasks.create(app.workspace, { title: "a" });
  await app.call("task_start", { id });

  await app.call("task_complete", { id, summary: "s", work: "w", next: next_action, options: { note: "once more" } });

  const task = await app.tasks.show(id);
  expect([task.status, task.note ?? ""]).toEqual([status, note]);
  expect(task.artifacts).toHaveLength(1);
});

test("A16: after each completion the next ready task is answered; after the last, to put it together", async () => {
  await using app = await openTestApp();
  const plan = await app.call("task_plan", { title: "x", tasks: CHAIN });
  const ids = idsOf(plan["tasks"]);
  const answers: Answer[] = [];
  for (const id of ids) {
    await app.call("task_start", { id });
    answers.push(await app.call("task_complete", { id, summary: "s" }));
  }

  expect(answers.map(({ next }) => (next as { id?: string } | undefined)?.id)).toEqual([ids[1], ids[2], undefined]);
  expect(answers.map(({ plan: progress }) => (progress as { percentage: number }).percentage)).toEqual([33, 66, 100]);
  expect(answers[2]?.["next_step"]).toContain("session_synthesize");
});

test("A17: synthesis is partial and says what is open, or complete with links to every artifact", async () => {
  await using app = await openTestApp();
  const plan = await app.call("orchestrator_plan_task", { description: "x", subtasks_json: SUBTASKS_JSON });
  const parent_task_id = plan["parent_task_id"];
  const [first = ""] = idsOf(plan["subtasks"]);
  await app.call("task_start", { id: first });
  await app.call("task_complete", { id: first, summary: "s", work: "w" });

  const partial = await app.call("orchestrator_synthesize_results", { parent_task_id });
  for (const id of idsOf(plan["subtasks"]).slice(1)) {
    await app.call("task_start", { id });
    await app.call("task_complete", { id, summary: "s", work: `work of ${id}` });
  }
  const whole = await app.call("orchestrator_synthesize_results", { parent_task_id });

  expect(partial["status"]).toBe("partial");
  expect(rows(partial["missing"]).map(({ title }) => title)).toEqual(["Core Implementation", "Documentation"]);
  expect(partial["synthesis"]).toContain("## Missing");
  expect(whole["status"]).toBe("complete");
  expect(String(whole["synthesis"]).match(/cadre:\/\/artifact\//g)).toHaveLength(3);
});

test("A18: the sections that were promised are there, filled by tasks of their kind or marked empty", async () => {
  await using app = await openTestApp();
  const plan = await app.call("task_plan", {
    title: "x",
    tasks: [
      { title: "Load test", tags: ["performance"] },
      { title: "User guide", role: "documenter" },
    ],
  });
  for (const id of idsOf(plan["tasks"])) {
    await app.call("task_start", { id });
    await app.call("task_complete", { id, summary: `did ${id}` });
  }

  const { document } = await app.call("session_synthesize", {});

  const section = (title: string) => String(document).split(`## ${title}\n\n`)[1]?.split("\n\n## ")[0];
  expect(section("Performance")).toContain("Load test: did");
  expect(section("Documentation")).toContain("User guide: did");
  expect(section("Integration")).toContain("Empty");
  expect(section("Deployment")).toContain("Empty");
});

test("A19: status counts by state, hides what is completed unless asked, and comes in pages", async () => {
  await using app = await openTestApp();
  const plan = await app.call("task_plan", {
    title: "x",
    tasks: Array.from({ length: 30 }, (_, at) => ({ title: `Task ${at}` })),
  });
  const [first = ""] = idsOf(plan["tasks"]);
  await app.call("task_start", { id: first });
  await app.call("task_complete", { id: first, summary: "s" });

  const hidden = await app.call("orchestrator_get_status", {});
  const rest = await app.call("session_status", { cursor: hidden["cursor"] });
  const all = await app.call("orchestrator_get_status", { include_completed: true });

  expect(hidden["counts"]).toEqual({ pending: 29, active: 1, completed: 1 });
  expect(idsOf(hidden["tasks"])).not.toContain(first);
  expect([...idsOf(hidden["tasks"]), ...idsOf(rest["tasks"])]).toHaveLength(30);
  expect(idsOf(all["tasks"])).toContain(first);
});

test("A20: a move that is not in the table is refused and says which are", async () => {
  await using app = await openTestApp();
  const { id } = await app.tasks.create(app.workspace, { title: "a" });

  const refused = await refusalOf(() => app.call("task_update", { id, status: "completed" }));

  expect(refused.code).toBe("conflict");
  expect(refused.hint).toContain("active, cancelled");
});

test.each([...faces.all.map((face) => face.name)].filter((name) => name.startsWith("mcp")))(
  "A21: the five steps in one conversation: %s",
  async (name) => {
    const face = faces.face(name as Parameters<typeof faces.face>[0]);

    const walked = await walk(async (tool, input) => {
      const outcome = await face.call(tool, input);
      if ("error" in outcome) throw new Error(`${tool}: ${JSON.stringify(outcome.error)}`);
      return outcome.answer;
    });

    expect(walked.synthesis["status"]).toBe("complete");
    expect(walked.completed.at(-1)).toMatchObject({ parent_progress: { percentage: 100 } });
    for (const id of walked.ids) {
      const folder = join(face.workspace, ".cadre", "artifacts", id);
      expect(existsSync(folder)).toBe(true);
      expect(readFileSync(join(folder, "mirrored", "src", `${id}.py`), "utf8")).toContain(`All about ${id}`);
    }
  },
);

/** The same through faces that have no old names: the same steps in this program's own words. */
test.each(["rest", "cli"] as const)("A21: the five steps without MCP: %s", async (name) => {
  const face = faces.face(name);
  const call = async (tool: string, input: Answer) => {
    const outcome = await face.call(tool, input);
    if ("error" in outcome) throw new Error(`${tool}: ${JSON.stringify(outcome.error)}`);
    return outcome.answer;
  };

  await call("session_start", {});
  const plan = await call("task_plan", { title: "Scraper", tasks: CHAIN });
  for (const id of idsOf(plan["tasks"])) {
    await call("task_start", { id });
    await call("task_append", { id, piece: 1, text: `work of ${id}` });
    await call("task_complete", { id, summary: "done" });
  }
  const synthesis = await call("session_synthesize", { task: (plan["plan"] as { id: string }).id });

  expect(synthesis).toMatchObject({ status: "complete", plan: { percentage: 100 } });
});

test("A24: a failed task may be retried so many times, after a pause, and its attempts are counted", async () => {
  await using app = await openTestApp({ clock: fakeClock() });
  const { id } = await app.tasks.create(app.workspace, { title: "Flaky", attempts_max: 2 });
  const fail = async () => {
    await app.call("task_start", { id });
    await app.call("task_update", { id, status: "failed", options: { note: "no luck" } });
  };
  await fail();
  await app.call("task_update", { id, status: "pending" });

  const early = await refusalOf(() => app.call("task_start", { id }));
  app.clock.advance(LEASE_MS);
  await fail();
  const exhausted = await refusalOf(() => app.call("task_update", { id, status: "pending" }));

  expect(early.message).toContain("to be retried in");
  expect(exhausted.message).toContain("it was tried 2 times, of 2");
  expect((await app.tasks.show(id)).attempts).toBe(2);
});

test("A25: a task is completed with a mebibyte of work while a thousand others are there", async () => {
  await using app = await openTestApp();
  await app.call("task_plan", {
    title: "x",
    tasks: Array.from({ length: 1_000 }, (_, at) => ({ title: `Task ${at}` })),
  });
  const started = await app.call("task_start", {});
  const work = "0123456789abcdef".repeat(65_536);

  const answer = await app.call("task_complete", { id: started["id"], summary: "large", work });

  const artifact = await app.artifacts.show((answer["artifact"] as { id: string }).id);
  expect(artifact.size_bytes).toBe(1_048_576);
});

test("A29: long work stays out of the conversation: summaries and links, the whole text when asked", async () => {
  await using app = await openTestApp();
  const plan = await app.call("task_plan", { title: "x", tasks: CHAIN });
  const [design = "", build = ""] = idsOf(plan["tasks"]);
  const work = "A very long design. ".repeat(1_000);
  await app.call("task_start", { id: design });
  const handed = await app.call("task_complete", { id: design, summary: "Two queues.", work });

  const short = await app.call("task_start", { id: build });
  const full = await app.call("task_start", { id: build, full: true });

  expect(JSON.stringify(handed)).not.toContain("very long design");
  expect(JSON.stringify(short)).not.toContain("very long design");
  expect(full).toMatchObject({ resumed: true, builds_on: [{ text: work }] });
});
