import { expect, test } from "bun:test";
import { LineSplitter } from "../../../src/base/line-splitter.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

test("push() gives lines as they become whole, however the bytes are cut", () => {
  const text = 'one\n\n{"two": "zwölf → ✓ 🎉"}\r\nthree';
  const all = bytes(text);

  for (const size of [1, 2, 3, 5, 7, 1_000]) {
    const splitter = new LineSplitter(100);
    const lines: (string | undefined)[] = [];
    for (let at = 0; at < all.length; at += size) lines.push(...splitter.push(all.subarray(at, at + size)));

    expect(lines).toEqual(["one", "", '{"two": "zwölf → ✓ 🎉"}\r']);
    expect(splitter.end()).toBe("three");
  }
});

test("push() reports a line over the limit once, at its end, and goes on after it", () => {
  const splitter = new LineSplitter(10);

  expect(splitter.push(bytes("x".repeat(11)))).toEqual([]);
  expect(splitter.push(bytes("x".repeat(1_000)))).toEqual([]);
  expect(splitter.push(bytes("x\nnext\n"))).toEqual([undefined, "next"]);
});

test("push() takes a line of exactly the limit", () => {
  expect(new LineSplitter(10).push(bytes(`${"x".repeat(10)}\n`))).toEqual(["x".repeat(10)]);
});

test("end() reports what is too long, and is empty when nothing is left", () => {
  const long = new LineSplitter(10);
  long.push(bytes("x".repeat(11)));
  const empty = new LineSplitter(10);
  empty.push(bytes("whole\n"));

  expect([long.end(), empty.end()]).toEqual([undefined, ""]);
});
