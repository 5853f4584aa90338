import { expect, test } from "bun:test";
import { Breaker } from "../../../src/agents/breaker.ts";
import { fakeClock } from "../../harness/clock.ts";

test("after five failures in a row nobody is let through for a minute, then one, and after that one succeeds all", () => {
  const clock = fakeClock();
  const breaker = new Breaker(clock);
  for (let n = 0; n < 5; n++) {
    breaker.enter("x");
    breaker.failed("x");
  }

  expect(() => breaker.enter("x")).toThrow("left alone");
  expect(breaker.stateOf("x")).toBe("open");
  breaker.enter("y");
  clock.advance(60_000);
  expect(breaker.stateOf("x")).toBe("half_open");
  breaker.enter("x");
  expect(() => breaker.enter("x")).toThrow("left alone");
  breaker.succeeded("x");
  breaker.enter("x");
  breaker.enter("x");
  expect(breaker.stateOf("x")).toBe("closed");
});

test("a probe that fails begins the rest anew, and one whose caller leaves gives its place to the next", () => {
  const clock = fakeClock();
  const breaker = new Breaker(clock);
  for (let n = 0; n < 5; n++) breaker.failed("x");
  clock.advance(60_000);
  breaker.enter("x");
  breaker.failed("x");
  expect(() => breaker.enter("x")).toThrow();

  clock.advance(60_000);
  breaker.enter("x");
  breaker.left("x");
  breaker.enter("x");
});

test("failures that do not follow one another count alone", () => {
  const breaker = new Breaker(fakeClock());
  for (let n = 0; n < 20; n++) {
    breaker.failed("x");
    if (n % 4 === 3) breaker.succeeded("x");
  }

  breaker.enter("x");
});
