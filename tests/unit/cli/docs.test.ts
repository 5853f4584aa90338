// Whatever a page tells people to type is a command that there is, with flags that it takes.
import { expect, test } from "bun:test";
import { readInvocation } from "../../../src/cli/cli.ts";
import { allCommands } from "../../../src/cli/commands.ts";
import { tools } from "../../../src/tools/index.ts";
import { linesOf, pages, wordsOf } from "../../harness/pages.ts";

const commands = allCommands(tools);

/** Those that begin with cadre, behind what is set for it. */
const CADRE = /^(?:[A-Z_]+=\S+ )*cadre(?: |$)/;

const lines = pages().flatMap((page) =>
  linesOf(page)
    .filter((line) => CADRE.test(line))
    .map((line) => ({ page, text: line.replace(CADRE, "") })),
);

test("the pages have commands to type", () => {
  expect(lines.length).toBeGreaterThan(60);
});

test.each(lines.map(({ page, text }) => [page, text] as const))("%s: cadre %s", (_page, text) => {
  expect(() => readInvocation(wordsOf(text), commands)).not.toThrow();
});
