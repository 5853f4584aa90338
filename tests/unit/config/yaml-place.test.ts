import { describe, expect, test } from "bun:test";
import { placeInYaml } from "../../../src/config/yaml-place.ts";

const TEXT = `# A comment.
name: x
list:
  - one
  - {deep: [1, two]}
"quoted key": 1
again: &it
  inner: 1
alias: *it
7: seven
`;

describe("placeInYaml()", () => {
  test.each([
    [["name"], 2, 1],
    [["list"], 3, 1],
    [["list", 0], 4, 5],
    [["list", 1, "deep"], 5, 6],
    [["list", 1, "deep", 1], 5, 16],
    [["quoted key"], 6, 1],
    [["alias", "inner"], 8, 3],
    [["7"], 10, 1],
  ])("finds %p", async (path, line, column) => {
    expect(await placeInYaml(TEXT, path)).toEqual({ line, column });
  });

  test("stops where the text does: at the mapping that lacks a key, at the list that lacks an item", async () => {
    expect(await placeInYaml(TEXT, [])).toEqual({ line: 2, column: 1 });
    expect(await placeInYaml(TEXT, ["missing", "deeper"])).toEqual({ line: 2, column: 1 });
    expect(await placeInYaml(TEXT, ["list", 9])).toEqual({ line: 3, column: 1 });
    expect(await placeInYaml(TEXT, ["name", "deeper"])).toEqual({ line: 2, column: 1 });
  });

  test("has a place in a text without any value", async () => {
    expect(await placeInYaml("", ["name"])).toEqual({ line: 1, column: 1 });
    expect(await placeInYaml("# nothing\n", [])).toEqual({ line: 1, column: 1 });
  });
});
