import { expect, test } from "bun:test";
import { mayBecome, TASK_STATUSES } from "../../../src/base/transitions.ts";

/** The table of the product, written a second time: a change of it is a change of the product. */
const ALLOWED = new Set([
  "pending → active",
  "pending → cancelled",
  "active → pending",
  "active → completed",
  "active → failed",
  "active → blocked",
  "active → cancelled",
  "blocked → pending",
  "blocked → active",
  "blocked → cancelled",
  "failed → pending",
  "completed → active",
]);

test("mayBecome() allows the moves of the table and refuses every other", () => {
  const moves = TASK_STATUSES.flatMap((from) => TASK_STATUSES.map((to) => ({ from, to })));

  const allowed = moves.filter(({ from, to }) => mayBecome(from, to)).map(({ from, to }) => `${from} → ${to}`);

  expect(moves).toHaveLength(36);
  expect(new Set(allowed)).toEqual(ALLOWED);
});
