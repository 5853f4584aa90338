// Whatever a page tells people to type is a command that there is, with flags that it takes.
import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { readInvocation } from "../../../src/cli/cli.ts";
import { allCommands } from "../../../src/cli/commands.ts";
import { tools } from "../../../src/tools/index.ts";

const ROOT = join(import.meta.dir, "../../..");
const PAGES = [
  "README.md",
  "CONTRIBUTING.md",
  "SECURITY.md",
  "roles/README.md",
  ...readdirSync(join(ROOT, "docs")).map((name) => `docs/${name}`),
].filter((path) => path.endsWith(".md"));
const commands = allCommands(tools);

interface Line {
  readonly page: string;
  readonly text: string;
}

/** Lines of shell blocks that begin with cadre, or hold it behind something else. */
function linesOf(page: string): Line[] {
  const text = readFileSync(join(ROOT, page), "utf8");
  return [...text.matchAll(/```(?:sh|console|bash)\n([\s\S]*?)```/g)].flatMap(([, block = ""]) =>
    block
      .replaceAll("\\\n", " ")
      .split("\n")
      .map((line) => line.replace(/^\$ /, "").trim())
      .filter((line) => /^(?:[A-Z_]+=\S+ )*cadre(?: |$)/.test(line))
      .map((line) => ({ page, text: line.replace(/^(?:[A-Z_]+=\S+ )*cadre ?/, "") })),
  );
}

/** As a shell cuts it, up to a comment or another command. */
function wordsOf(line: string): string[] {
  const words: string[] = [];
  for (const match of line.matchAll(/'([^']*)'|"((?:[^"\\]|\\.)*)"|([^\s'"]+)/g)) {
    const plain = match[3];
    if (plain !== undefined && /^(#|\||>|<|&&|;|2>)/.test(plain)) break;
    words.push(match[1] ?? match[2] ?? plain ?? "");
  }
  return words;
}

const lines = PAGES.flatMap(linesOf);

test("the pages have commands to type", () => {
  expect(lines.length).toBeGreaterThan(60);
});

test.each(lines.map(({ page, text }) => [page, text] as const))("%s: cadre %s", (_page, text) => {
  expect(() => readInvocation(wordsOf(text), commands)).not.toThrow();
});
