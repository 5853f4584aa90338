// The same case through every face: one declaration, one answer.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { FACE_NAMES, type Face, type Faces, type Outcome, openFaces, type Refusal } from "../harness/faces.ts";
import { BUILT_IN_ROLES } from "../harness/role-names.ts";

let faces: Faces;
beforeAll(async () => {
  faces = await openFaces();
});
afterAll(() => faces[Symbol.asyncDispose]());

const TASK_ID = expect.stringMatching(/^task_[0-9a-f]{12}$/);
const UNKNOWN_ID = "task_ffffffffffff";

async function create(face: Face, input: Record<string, unknown>): Promise<string> {
  return String(answerOf(await face.call("task_create", input))["id"]);
}

function answerOf(outcome: Outcome): Record<string, unknown> {
  if ("answer" in outcome) return outcome.answer;
  throw new Error(`refused: ${JSON.stringify(outcome.error)}`);
}

function refusal(code: string, message: string, hint: string): { error: Refusal } {
  return { error: expect.objectContaining({ code, message, hint }) as unknown as Refusal };
}

describe.each([...FACE_NAMES])("%s", (name) => {
  test("task_create answers the new task, and task_show everything about it", async () => {
    const face = faces.face(name);
    const before = await create(face, { title: "Design" });

    const created = await face.call("task_create", {
      title: "Write the parser, with tests",
      description: "Line one.\nLine two: ünï → ✓",
      role: "implementer",
      needs: [before],
      priority: 2,
      tags: ["parser", "core"],
      options: { language: "typescript" },
    });

    expect(created).toEqual({
      answer: { id: TASK_ID, title: "Write the parser, with tests", status: "pending", revision: 1 },
    });
    expect(await face.call("task_show", { id: answerOf(created)["id"] })).toEqual({
      answer: {
        id: TASK_ID,
        title: "Write the parser, with tests",
        status: "pending",
        description: "Line one.\nLine two: ünï → ✓",
        role: "implementer",
        priority: 2,
        tags: ["parser", "core"],
        needs: [before],
        waits_for: [{ id: before, title: "Design", status: "pending" }],
        language: "typescript",
        revision: 1,
        created_ms: expect.any(Number),
        updated_ms: expect.any(Number),
      },
    });
  });

  test("task_update refuses a revision that somebody has overtaken", async () => {
    const face = faces.face(name);
    const id = await create(face, { title: "Contested" });
    await face.call("task_update", { id, status: "active", revision: 1, options: { note: "mine" } });

    const stale = await face.call("task_update", { id, title: "Late", revision: 1 });

    expect(stale).toEqual(
      refusal(
        "conflict",
        `cannot change ${id}: it is at revision 2, not 1`,
        "Read it again with task_show, then change what you see there.",
      ),
    );
    expect(answerOf(await face.call("task_show", { id }))).toMatchObject({ title: "Contested", status: "active" });
  });

  test("task_show says that it does not know an id, and where to look", async () => {
    const unknown = await faces.face(name).call("task_show", { id: UNKNOWN_ID });

    expect(unknown).toEqual(refusal("not_found", `no task ${UNKNOWN_ID}`, "List the tasks with task_list."));
  });

  test("a wrong input is refused by its field", async () => {
    const wrong = await faces.face(name).call("task_create", { title: "x", priority: 12 });

    expect(wrong).toMatchObject({
      error: {
        code: "invalid_input",
        message: expect.stringContaining("cannot call task_create: priority: "),
        hint: expect.stringContaining("task_create takes title, description"),
        fields: [{ path: "priority" }],
        retry: false,
      },
    });
  });

  test("task_update refuses a cycle by the names of its tasks", async () => {
    const face = faces.face(name);
    const first = await create(face, { title: "First" });
    const second = await create(face, { title: "Second", needs: [first] });

    const cycle = await face.call("task_update", { id: first, needs: [second] });

    expect(cycle).toEqual(
      refusal(
        "conflict",
        `cannot depend on itself: ${first} → ${second} → ${first}`,
        "Take one of these tasks out of needs.",
      ),
    );
  });

  test("task_delete takes a task out of sight, and task_restore brings it back", async () => {
    const face = faces.face(name);
    const id = await create(face, { title: "Fleeting" });

    const deleted = await face.call("task_delete", { id });
    const again = await face.call("task_delete", { id });
    const restored = await face.call("task_restore", { id });

    expect(deleted).toEqual({ answer: { id, title: "Fleeting", status: "pending", revision: 2 } });
    expect(again).toEqual(
      refusal(
        "conflict",
        `cannot delete ${id}: it is deleted already`,
        "Bring it back with task_restore, or remove it for good with purge.",
      ),
    );
    expect(restored).toEqual({ answer: { id, title: "Fleeting", status: "pending", revision: 3 } });
  });

  test("role_list and role_show answer the specialists", async () => {
    const face = faces.face(name);

    const list = await face.call("role_list");
    const misspelled = await face.call("role_show", { id: "architekt" });

    expect(list).toMatchObject({
      answer: {
        roles: BUILT_IN_ROLES.map((id) => ({ id, source: "built-in" })),
      },
    });
    expect(answerOf(await face.call("role_show", { id: "architect" }))).toMatchObject({ id: "architect" });
    expect(misspelled).toEqual(refusal("not_found", "no role architekt", "Did you mean architect?"));
  });
});

describe.each([...FACE_NAMES])("programs through %s", (name) => {
  test("answer their output, their value and what was enforced", async () => {
    const face = faces.face(name);

    const script = await face.call("code_run", {
      language: "javascript",
      code: "console.log('hello'); input.map((x) => 2 * x)",
      input: [1, 2],
    });
    const query = await face.call("code_run", { language: "sql", code: "SELECT :a AS a", input: { a: "it's" } });
    const shell = await face.call("code_run", { language: "bash", code: "echo out; echo err >&2; exit 3" });

    expect(script).toMatchObject({ answer: { status: "completed", stdout: "hello\n", result: [2, 4] } });
    expect(query).toMatchObject({ answer: { status: "completed", columns: ["a"], rows: [["it's"]] } });
    expect(shell).toMatchObject({
      answer: { status: "error", exit_code: 3, stdout: "out\n", stderr: "err\n", isolation: { network: "off" } },
    });
  });

  test("are refused in the same words", async () => {
    const refused = await faces.face(name).call("code_run", { language: "bash", code: "rm -rf /" });

    expect(refused).toMatchObject({
      error: {
        code: "forbidden",
        message: 'cannot run this script: the command "rm -rf /" is blocked by the rule "rm -r /"',
      },
    });
  });
});

test("task_list gives 45 tasks in three pages, each once, the same through every face", async () => {
  const workspace = faces.face("rest").workspace;
  const before = answerOf(await faces.face("rest").call("task_list", { options: { workspace } }));
  const present = (before["tasks"] as unknown[]).length;
  for (let n = present; n < 45; n++) await faces.server.app.tasks.create(workspace, { title: `Task ${n}` });

  const pages = await Promise.all(
    faces.all.map(async (face) => {
      const first = answerOf(await face.call("task_list", { options: { workspace } }));
      const second = answerOf(await face.call("task_list", { cursor: first["cursor"], options: { workspace } }));
      const third = answerOf(await face.call("task_list", { cursor: second["cursor"], options: { workspace } }));
      return [first, second, third];
    }),
  );

  const [reference = [], ...others] = pages;
  for (const other of others) expect(other).toEqual(reference);
  expect(reference.map(({ tasks, counts, cursor }) => [(tasks as unknown[]).length, counts, cursor])).toEqual([
    [20, expect.objectContaining({ pending: expect.any(Number) }), expect.any(String)],
    [20, undefined, expect.any(String)],
    [5, undefined, undefined],
  ]);
  const ids = reference.flatMap(({ tasks }) => (tasks as { id: string }[]).map(({ id }) => id));
  expect(new Set(ids).size).toBe(45);
});

test("a cursor that task_list never gave is refused the same everywhere", async () => {
  const outcomes = await Promise.all(faces.all.map((face) => face.call("task_list", { cursor: "xyz" })));

  for (const outcome of outcomes) {
    expect(outcome).toEqual(
      refusal(
        "invalid_input",
        "cannot use this cursor: it is not one that task_list gave",
        "Take cursor from the last answer, or leave it out to begin at the first page.",
      ),
    );
  }
});

test("task_graph draws the same graph through every face", async () => {
  const workspace = `${faces.face("rest").workspace}-graph`;
  const { app } = faces.server;
  const { id: design } = await app.tasks.create(workspace, { title: 'Design "it"' });
  const { id: build } = await app.tasks.create(workspace, { title: "Build", needs: [design] });

  const [drawn, rows] = await Promise.all([
    Promise.all(faces.all.map((face) => face.call("task_graph", { workspace }))),
    Promise.all(faces.all.map((face) => face.call("task_graph", { format: "json", workspace }))),
  ]);

  for (const outcome of drawn) {
    expect(answerOf(outcome)["mermaid"]).toBe(
      [
        "flowchart TD",
        `  ${design}["Design #34;it#34;"]:::pending`,
        `  ${build}["Build"]:::pending`,
        `  ${design} --> ${build}`,
        "  classDef pending fill:#e5e7eb,stroke:#6b7280,color:#111827",
      ].join("\n"),
    );
  }
  for (const outcome of rows) {
    expect(outcome).toEqual({
      answer: {
        tasks: [
          { id: design, title: 'Design "it"', status: "pending" },
          { id: build, title: "Build", status: "pending", waits_for: 1 },
        ],
        edges: [{ task_id: build, needs_id: design, kind: "completion" }],
        critical_path: [design, build],
      },
    });
  }
});

test("what one face wrote every other one reads at once", async () => {
  const workspace = `${faces.face("rest").workspace}-shared`;
  const ids: string[] = [];
  for (const face of faces.all) ids.push(await create(face, { title: face.name, options: { workspace } }));

  const lists = await Promise.all(faces.all.map((face) => face.call("task_list", { options: { workspace } })));

  for (const list of lists) {
    expect((answerOf(list)["tasks"] as { id: string }[]).map(({ id }) => id)).toEqual(ids);
  }
});
