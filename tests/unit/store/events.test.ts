import { expect, test } from "bun:test";
import { type EventFilter, matches } from "../../../src/store/events.ts";

const EVENT = { seq: 1, at_ms: 1, workspace_id: "w", subject: "task_1", type: "task.created", data: {} };

test.each<[EventFilter, boolean]>([
  [{}, true],
  [{ workspace_id: "w" }, true],
  [{ workspace_id: "other" }, false],
  [{ subject: "task_1" }, true],
  [{ subject: "task_2" }, false],
  [{ type: "task.created" }, true],
  [{ type: "task." }, true],
  [{ type: "task" }, false],
  [{ type: "task.updated" }, false],
  [{ workspace_id: "w", subject: "task_1", type: "task." }, true],
  [{ workspace_id: "w", subject: "task_2", type: "task." }, false],
])("matches() by %j is %p", (filter, isWanted) => {
  expect(matches(EVENT, filter)).toBe(isWanted);
});
