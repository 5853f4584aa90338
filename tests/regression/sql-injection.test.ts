// What a caller sends to search with is a value in every statement, never a part of it.
import { expect, test } from "bun:test";
import { openTestApp } from "../harness/app.ts";

const ATTACKS = [
  "' OR '1'='1",
  "'; DROP TABLE task; --",
  "x' UNION SELECT * FROM fact --",
  "?1",
  "$1",
  "{lock}",
  "{each 1}",
  "%",
  "_",
  "\\",
  '"',
  "task_%",
  "task_' OR 1=1 --",
];

test.each(ATTACKS)("%p finds nothing, harms nothing and comes back as it was", async (attack) => {
  await using app = await openTestApp();
  await app.call("task_create", { title: "kept", role: "implementer", options: { language: "sql" } });
  const made = await app.call("task_create", { title: attack, role: attack, tags: [attack] });

  const found = [
    await app.call("task_list", { role: `${attack}!` }),
    await app.call("task_list", { options: { language: attack } }),
  ];

  expect(found.map(({ tasks }) => tasks)).toEqual([[], []]);
  expect(await app.call("task_list", { role: attack })).toMatchObject({ tasks: [{ id: made["id"], title: attack }] });
  expect(await app.call("task_show", { id: made["id"] })).toMatchObject({
    title: attack,
    role: attack,
    tags: [attack],
  });
  expect(await app.tasks.idsLike(attack, 20)).toEqual([]);
  await expect(app.call("task_list", { cursor: attack })).rejects.toMatchObject({ code: "invalid_input" });
  await expect(app.call("task_show", { id: attack })).rejects.toMatchObject({ code: "invalid_input" });
  expect((await app.call("task_list", {}))["tasks"]).toHaveLength(2);
});
