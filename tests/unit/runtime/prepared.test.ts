import { expect, test } from "bun:test";
import { Prepared, STATEMENTS_MAX } from "../../../src/runtime/prepared.ts";

class Statement {
  isFinalized = false;
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  finalize(): void {
    this.isFinalized = true;
  }
}

test("get() prepares a text once", () => {
  const prepared = new Prepared((text) => new Statement(text));

  const first = prepared.get("SELECT 1");

  expect(prepared.get("SELECT 1")).toBe(first);
  expect(prepared.get("SELECT 2")).not.toBe(first);
});

test("get() ends the oldest statement when there are too many", () => {
  const prepared = new Prepared((text) => new Statement(text));
  const oldest = prepared.get("SELECT 0");

  for (let at = 1; at <= STATEMENTS_MAX; at++) prepared.get(`SELECT ${at}`);

  expect(oldest.isFinalized).toBe(true);
  expect(prepared.get("SELECT 1").isFinalized).toBe(false);
  expect(prepared.get("SELECT 0")).not.toBe(oldest);
});

test("clear() ends every statement", () => {
  const prepared = new Prepared((text) => new Statement(text));
  const statements = [prepared.get("SELECT 1"), prepared.get("SELECT 2")];

  prepared.clear();

  expect(statements.every(({ isFinalized }) => isFinalized)).toBe(true);
});

test("clear() is enough for statements that end with their database", () => {
  const prepared = new Prepared((text) => ({ text }));
  const first = prepared.get("SELECT 1");

  prepared.clear();

  expect(prepared.get("SELECT 1")).not.toBe(first);
});
