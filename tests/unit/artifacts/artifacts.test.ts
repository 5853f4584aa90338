import { describe, expect, test } from "bun:test";
import { ARTIFACT_BYTES_MAX } from "../../../src/base/limits.ts";
import { readNewestOfTasks } from "../../../src/store/artifacts.ts";
import { readEvents } from "../../../src/store/events.ts";
import { refusalOf } from "../../harness/errors.ts";
import { keepInput, OTHER_TASK, openStage, TASK } from "./stage.ts";

const FIRST = "artifact_000000000001";

async function eventsOf({ sql }: Awaited<ReturnType<typeof openStage>>) {
  return readEvents(sql, 0, Number.MAX_SAFE_INTEGER, 100);
}

describe("Artifacts.keep()", () => {
  test("keeps what was brought forth and tells the log of it", async () => {
    await using stage = await openStage();

    const row = await stage.keep({
      text: "# Grüße 🙂",
      type: "code",
      files: ["src/a.ts", "src/a.ts"],
      session_id: "session_1",
    });

    expect(row).toMatchObject({ id: FIRST, version: 1, size_bytes: 14, files: ["src/a.ts"] });
    expect(Buffer.from(await stage.artifacts.bytes(row)).toString()).toBe("# Grüße 🙂");
    expect(await eventsOf(stage)).toEqual([
      {
        seq: 1,
        at_ms: stage.clock.now(),
        workspace_id: stage.workspace.id,
        subject: FIRST,
        type: "artifact.kept",
        data: { name: "result", version: 1, type: "code", size_bytes: 14, task_id: TASK, session: "session_1" },
      },
    ]);
  });

  test("makes a new version of the same name, and leaves the old one as it was", async () => {
    await using stage = await openStage();
    const first = await stage.keep({ text: "one" });

    const second = await stage.keep({ text: "two" });
    const elsewhere = await stage.keep({ text: "two", task_id: OTHER_TASK });
    const named = await stage.keep({ text: "two", name: "notes" });

    expect([first.version, second.version, elsewhere.version, named.version]).toEqual([1, 2, 1, 1]);
    expect(Buffer.from(await stage.artifacts.bytes(first)).toString()).toBe("one");
    expect(await stage.artifacts.row(first.id)).toEqual(first);
  });

  test("answers the artifact that is there when the same work is kept again, and tells nobody", async () => {
    await using stage = await openStage();
    const first = await stage.keep({ text: "one", files: ["a.ts"] });

    const again = await stage.keep({ text: "one", files: ["a.ts"], title: "Told in other words" });

    expect(again).toEqual(first);
    expect(await eventsOf(stage)).toHaveLength(1);
  });

  test.each([
    ["what it holds", { text: "two" }],
    ["its files", { files: ["b.ts"] }],
    ["its type", { type: "code" }],
    ["what an older version held", { text: "zero" }],
  ] as const)("makes a new version when %s changes", async (_what, change) => {
    await using stage = await openStage();
    await stage.keep({ text: "zero" });
    await stage.keep({ text: "one" });

    expect(await stage.keep({ text: "one", ...change })).toMatchObject({ version: 3 });
  });

  test("stores the same content once, whatever it is called", async () => {
    await using stage = await openStage();
    await stage.keep({ text: "same" });
    await stage.keep({ text: "same", name: "copy", task_id: OTHER_TASK });

    expect(await stage.sql.all("SELECT size_bytes FROM content")).toEqual([{ size_bytes: 4 }]);
  });

  test("keeps bytes of any kind, and none at all", async () => {
    await using stage = await openStage();
    const bytes = Uint8Array.from({ length: 256 }, (_, at) => at);

    const binary = await stage.keep({ bytes, mime: "image/png", name: "picture" });
    const empty = await stage.keep({ text: "", name: "empty" });

    expect(new Uint8Array(await stage.artifacts.bytes(binary))).toEqual(bytes);
    expect(await stage.artifacts.text(empty.id, { from: 0, chars: 10 })).toEqual({ text: "" });
  });

  test.each([
    ["bytes", { bytes: new Uint8Array(ARTIFACT_BYTES_MAX + 1) }],
    ["characters", { text: "x".repeat(ARTIFACT_BYTES_MAX + 1) }],
    ["bytes of its characters", { text: "ä".repeat(ARTIFACT_BYTES_MAX / 2 + 1) }],
  ])("refuses what has too many %s, and keeps nothing of it", async (_what, given) => {
    await using stage = await openStage();

    const refused = await refusalOf(() => stage.keep(given));

    expect(refused).toMatchObject({ code: "too_large", hint: expect.stringContaining("file of the project") });
    expect(refused.message).toContain("at most 16MiB");
    expect(await stage.sql.all("SELECT hash FROM content")).toEqual([]);
  });

  test("keeps as much as there may be", async () => {
    await using stage = await openStage();

    const row = await stage.keep({ text: "x".repeat(ARTIFACT_BYTES_MAX) });

    expect((await stage.artifacts.bytes(row)).length).toBe(ARTIFACT_BYTES_MAX);
  });

  test("refuses a task that is not there", async () => {
    await using stage = await openStage();

    const refused = await refusalOf(() => stage.keep({ task_id: "task_ffffffffffff" }));

    expect(refused).toMatchObject({ code: "not_found", message: "no task task_ffffffffffff" });
  });

  test("leaves neither content nor event when the change around it fails", async () => {
    await using stage = await openStage();
    const { sql, artifacts, workspace, clock } = stage;

    await refusalOf(() => stage.keep({ id: "artifact_00000000000a", task_id: "task_ffffffffffff" }));
    await sql
      .write(function* () {
        yield* artifacts.keep(keepInput(workspace, "artifact_00000000000b", {}, clock.now()));
        throw new Error("no");
      })
      .catch(() => {});

    expect(await sql.all("SELECT hash FROM content")).toEqual([]);
    expect(await eventsOf(stage)).toEqual([]);
  });
});

describe("Artifacts.show()", () => {
  test("shows everything but what it holds, and leaves out what is empty", async () => {
    await using stage = await openStage();
    await stage.keep({ text: "one" });

    expect(await stage.artifacts.show(FIRST)).toEqual({
      id: FIRST,
      uri: `cadre://artifact/${FIRST}`,
      task_id: TASK,
      name: "result",
      title: "What came of it",
      type: "general",
      mime: "text/markdown",
      version: 1,
      size_bytes: 3,
      created_ms: stage.clock.now(),
    });
  });

  test("says which version is newer, and shows another one of the same", async () => {
    await using stage = await openStage();
    const first = await stage.keep({ text: "one", files: ["a.ts"] });
    const second = await stage.keep({ text: "two" });

    expect(await stage.artifacts.show(first.id)).toMatchObject({
      version: 1,
      files: ["a.ts"],
      newest: { id: second.id, version: 2 },
    });
    expect((await stage.artifacts.show(second.id)).newest).toBeUndefined();
    expect(await stage.artifacts.show(second.id, { version: 1 })).toMatchObject({ id: first.id });
  });

  test("names what is not there", async () => {
    await using stage = await openStage();
    await stage.keep({ text: "one" });
    await stage.keep({ text: "two" });

    expect(await refusalOf(() => stage.artifacts.show("artifact_ffffffffffff"))).toMatchObject({
      code: "not_found",
      hint: "List the artifacts with artifact_list.",
    });
    expect(await refusalOf(() => stage.artifacts.show(FIRST, { version: 3 }))).toMatchObject({
      message: `no version 3 of ${FIRST}`,
      hint: "There are versions 1 to 2.",
    });
  });
});

describe("Artifacts.list()", () => {
  test("gives the newest first, the newest version of each, in pages", async () => {
    await using stage = await openStage();
    const { artifacts, workspace } = stage;
    for (const name of ["a", "b", "c"]) await stage.keep({ name, text: name });
    await stage.keep({ name: "a", text: "better" });

    const page = await artifacts.list({ workspace_id: workspace.id }, { limit: 2 });
    const rest = await artifacts.list({ workspace_id: workspace.id }, { limit: 2, cursor: page.cursor });

    const row = { title: "What came of it", type: "general", task_id: TASK } as const;
    expect(page.artifacts).toEqual([
      { ...row, id: "artifact_000000000004", name: "a", size_bytes: 6, version: 2 },
      { ...row, id: "artifact_000000000003", name: "c", size_bytes: 1 },
    ]);
    expect(rest).toEqual({ artifacts: [{ ...row, id: "artifact_000000000002", name: "b", size_bytes: 1 }] });
  });

  test("filters by task and type, and gives older versions when asked", async () => {
    await using stage = await openStage();
    const { artifacts, workspace } = stage;
    await stage.keep({ text: "one", type: "code" });
    await stage.keep({ text: "two", type: "code" });
    await stage.keep({ text: "one", task_id: OTHER_TASK });
    const names = async (filter: Parameters<typeof artifacts.list>[0]) =>
      (await artifacts.list(filter, { limit: 20 })).artifacts.map(({ id }) => Number(id.slice(-1)));

    expect(await names({ workspace_id: workspace.id })).toEqual([3, 2]);
    expect(await names({ workspace_id: workspace.id, versions: true })).toEqual([3, 2, 1]);
    expect(await names({ workspace_id: workspace.id, type: "code" })).toEqual([2]);
    expect(await names({ task_id: TASK })).toEqual([2]);
    expect(await names({ task_id: TASK, type: "general" })).toEqual([]);
    expect(await names({ workspace_id: "workspace_ffffffffffff" })).toEqual([]);
  });

  test("leaves out what deleted tasks brought forth, unless their task is asked for", async () => {
    await using stage = await openStage();
    await stage.keep();
    await stage.sql.write(function* () {
      yield { text: "UPDATE task SET archived_ms = 1 WHERE id = ?1", values: [TASK] };
    });

    expect(await stage.artifacts.list({ workspace_id: stage.workspace.id }, { limit: 20 })).toEqual({ artifacts: [] });
    expect((await stage.artifacts.list({ task_id: TASK }, { limit: 20 })).artifacts).toHaveLength(1);
  });

  test("names a task that is not there, and a cursor that it did not give", async () => {
    await using stage = await openStage();

    const wrongTask = await refusalOf(() => stage.artifacts.list({ task_id: "task_ffffffffffff" }, { limit: 1 }));
    const wrongCursor = await refusalOf(() => stage.artifacts.list({ task_id: TASK }, { limit: 1, cursor: "x" }));

    expect([wrongTask.code, wrongCursor.code]).toEqual(["not_found", "invalid_input"]);
    expect(await stage.artifacts.list({ task_id: TASK }, { limit: 1 })).toEqual({ artifacts: [] });
  });

  test("those() gives what a search has found in its order, filtered", async () => {
    await using stage = await openStage();
    const one = await stage.keep({ name: "one", type: "code" });
    const two = await stage.keep({ name: "two" });
    const found = [two.id, "artifact_ffffffffffff", one.id];

    expect((await stage.artifacts.those(found, {})).map(({ name }) => name)).toEqual(["two", "one"]);
    expect((await stage.artifacts.those(found, { type: "code" })).map(({ name }) => name)).toEqual(["one"]);
  });
});

describe("Artifacts.text()", () => {
  test("gives long text a piece at a time, each character once", async () => {
    await using stage = await openStage();
    const whole = "a🙂".repeat(50);
    const { id } = await stage.keep({ text: whole });
    const pieces: string[] = [];

    for (let from: number | undefined = 0; from !== undefined; ) {
      const piece = await stage.artifacts.text(id, { from, chars: 7 });
      pieces.push(piece?.text ?? "");
      from = piece?.more;
    }

    expect(pieces.join("")).toBe(whole);
    expect(pieces.every((piece) => piece.isWellFormed() && piece.length <= 7)).toBe(true);
    expect(await stage.artifacts.text(id, { from: 1, chars: 1 })).toEqual({ text: "🙂", more: 3 });
  });

  test("gives the text exactly as it was kept, a byte order mark too", async () => {
    await using stage = await openStage();
    const { id } = await stage.keep({ text: "\ufeffa\r\nb\0c" });

    expect(await stage.artifacts.text(id, { from: 0, chars: 100 })).toEqual({ text: "\ufeffa\r\nb\0c" });
  });

  test("gives none of what is no text, and refuses to begin behind the end", async () => {
    await using stage = await openStage();
    const picture = await stage.keep({ bytes: Uint8Array.of(1, 2), mime: "image/png", name: "picture" });
    const note = await stage.keep({ text: "note", name: "note" });

    expect(await stage.artifacts.text(picture.id, { from: 0, chars: 10 })).toBeUndefined();
    expect(await stage.artifacts.text(note.id, { from: 4, chars: 10 })).toEqual({ text: "" });
    expect(await refusalOf(() => stage.artifacts.text(note.id, { from: 5, chars: 10 }))).toMatchObject({
      code: "invalid_input",
      message: `cannot begin at character 5 of ${note.id}: it has 4`,
    });
  });

  test("says so when what it holds is lost", async () => {
    await using stage = await openStage();
    const row = await stage.keep();

    const refused = await refusalOf(() => stage.artifacts.bytes({ id: row.id, hash: "0" }));

    expect(refused).toMatchObject({ code: "damaged", hint: expect.stringContaining("cadre db check") });
  });
});

test("readNewestOfTasks() gives the newest of each name of several tasks", async () => {
  await using stage = await openStage();
  await stage.keep({ text: "one" });
  const newest = await stage.keep({ text: "two", type: "code" });
  const notes = await stage.keep({ name: "notes" });
  const other = await stage.keep({ task_id: OTHER_TASK });

  const rows = await readNewestOfTasks(stage.sql, [TASK, OTHER_TASK, "task_ffffffffffff"]);

  expect(rows.map(({ id, task_id, name, type }) => [id, task_id, name, type])).toEqual([
    [newest.id, TASK, "result", "code"],
    [notes.id, TASK, "notes", "general"],
    [other.id, OTHER_TASK, "result", "general"],
  ]);
  expect(await readNewestOfTasks(stage.sql, [])).toEqual([]);
});

test("Artifacts.idsLike() completes ids", async () => {
  await using stage = await openStage();
  const { id } = await stage.keep();

  expect(await stage.artifacts.idsLike("art", 5)).toEqual([id]);
  expect(await stage.artifacts.idsLike("artifact_0", 5)).toEqual([id]);
  expect(await stage.artifacts.idsLike("artifact_f", 5)).toEqual([]);
});
