import { expect, test } from "bun:test";
import { openTestApp } from "../../harness/app.ts";
import { refusalOf } from "../../harness/errors.ts";

test("every tool that may be called is listed, and called by its name", async () => {
  await using app = await openTestApp();

  const { tools } = (await app.call("tool_list", {})) as { tools: { name: string; input?: unknown }[] };
  const { tools: shown } = (await app.call("tool_list", { name: "task_create" })) as { tools: { input?: unknown }[] };
  const made = await app.call("tool_call", { name: "task_create", input: { title: "Behind two" } });

  const names = tools.map(({ name }) => name);
  expect(names).toContain("schedule_list");
  expect(names).not.toContain("create_task");
  expect(names).not.toContain("tool_call");
  expect(tools.every(({ input }) => input === undefined)).toBe(true);
  expect(shown).toMatchObject([{ input: { properties: { title: {} } } }]);
  expect(made).toMatchObject({ tool: "task_create", answer: { title: "Behind two" } });
});

test("nothing is called that a filter has taken away, and nothing that is not there", async () => {
  await using app = await openTestApp();
  const filter = { exclude: ["task_create"] };

  const taken = await refusalOf(() => app.call("tool_call", { name: "task_create", input: {} }, { filter }));
  const unknown = await refusalOf(() => app.call("tool_call", { name: "task_creat" }));
  const itself = await refusalOf(() => app.call("tool_call", { name: "tool_call", input: {} }));
  const wrong = await refusalOf(() => app.call("tool_call", { name: "task_create", input: { titel: "x" } }));

  expect([taken.code, unknown.code, itself.code, wrong.code]).toEqual([
    "not_found",
    "not_found",
    "not_found",
    "invalid_input",
  ]);
  expect(unknown.hint).toContain("task_create");
});

test("the earlier names do the same", async () => {
  await using app = await openTestApp();

  const listed = await app.call("list_registered_tools", {});
  const ran = await app.call("execute_registered_tool", { tool_name: "role_show", arguments: { id: "reviewer" } });

  expect(listed["tools"]).toContainEqual(
    expect.objectContaining({ name: "role_show", input_schema: expect.anything(), description: expect.anything() }),
  );
  expect(ran).toMatchObject({ tool: "role_show", result: { id: "reviewer" } });
});
