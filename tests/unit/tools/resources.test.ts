import { expect, test } from "bun:test";
import { changedUris, findResource, resources, resourceUri } from "../../../src/tools/resources.ts";
import { openTestApp } from "../../harness/app.ts";
import { refusalOf } from "../../harness/errors.ts";

const EVENT = { seq: 1, at_ms: 0, workspace_id: "w", subject: "task_0123456789ab", data: {} };

test("findResource() finds what resourceUri() wrote, whatever the id holds", () => {
  for (const resource of resources) {
    for (const id of ["task_0123456789ab", "a b/c?d#e", "ä🙂", "%41"]) {
      expect(findResource(resourceUri(resource, id))).toEqual({ resource, id });
    }
  }
});

test.each([
  "",
  "cadre://",
  "cadre://bananas/1",
  "http://task/1",
  "cadre://task/%zz",
  `cadre://task/${"x".repeat(100_000)}`,
])("findResource() refuses what is no address of ours (%#)", async (uri) => {
  const refused = await refusalOf(() => findResource(uri));

  expect(refused).toMatchObject({ code: "not_found", hint: expect.stringContaining("cadre://task/{id}") });
  expect(refused.message.length).toBeLessThan(400);
});

test("changedUris() names the task that an event tells of, and nothing for what is no resource", () => {
  expect(changedUris({ ...EVENT, type: "task.updated" })).toEqual(["cadre://task/task_0123456789ab"]);
  expect(changedUris({ ...EVENT, type: "workspace.moved" })).toEqual([]);
});

test("a task and a role can be read, listed and completed", async () => {
  await using app = await openTestApp();
  const { id } = await app.tasks.create(app.workspace, { title: "a" });
  const named = (name: string) => resources.find((resource) => resource.name === name);
  const [task, role] = [named("task"), named("role")];
  const read = async (resource: typeof task, one: string) => {
    const content = await resource?.read(app, app.workspace, one);
    return JSON.parse(content && "text" in content ? content.text : "null");
  };

  expect(await read(task, id)).toMatchObject({ id, title: "a" });
  expect(await read(role, "debugger")).toMatchObject({ name: "Debugger" });
  expect(await task?.complete(app, app.workspace, "task_", 9)).toEqual([id]);
  expect(await role?.complete(app, app.workspace, "d", 1)).toEqual(["debugger"]);
  expect((await role?.fixed?.(app, app.workspace))?.map((one) => one.id)).toContain("architect");
});
