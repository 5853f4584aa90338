import { expect, test } from "bun:test";
import { treeUseOf } from "../../../../src/sandbox/macos/ps-tree.ts";

const LISTING = `
    1     0     1   9000   1:00.00
  100     1   100   1000   0:01.50
  101   100   100   2000   0:00.25
  102   101   102    500 1-00:00:01
  103     1   100    100   0:00.00
  104     1   104  99999  10:00:00
`;

test("a group is one tree, with who has left it and is still a child", () => {
  expect(treeUseOf(LISTING, 100)).toEqual({
    processes: 4,
    rssBytes: 3_600 * 1024,
    cpuMs: 1_500 + 250 + 86_401_000,
    pids: [100, 101, 102, 103],
  });
});

test("a tree that has ended is nothing", () => {
  expect(treeUseOf(LISTING, 555)).toEqual({ processes: 0, rssBytes: 0, cpuMs: 0, pids: [] });
});
