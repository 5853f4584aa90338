// The first hour, as the page tells it: its shell blocks are run one after the other in an empty folder, and what it
// says that they print is what they print.
import { expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tempFolder } from "../harness/folder.ts";
import { blocksOf } from "../harness/pages.ts";
import { startCommand } from "../harness/process.ts";

const ROOT = join(import.meta.dirname, "../..");
const MARK = "--- block";

/** Ids and blanks at the end of a line differ. */
function comparable(text: string): string {
  const ids = new Map<string, string>();
  const named = (id: string) => {
    const name = ids.get(id) ?? `${id.split("_")[0]}_${ids.size}`;
    ids.set(id, name);
    return name;
  };
  return text
    .replace(/\b[a-z]+_[0-9a-f]{12}\b/g, named)
    .replace(/[ \t]+$/gm, "")
    .trim();
}

test("the first hour goes as docs/usage.md tells it", async () => {
  using folder = tempFolder();
  const project = join(folder.path, "project");
  mkdirSync(project);
  const blocks = blocksOf("docs/usage.md");
  const steps = blocks.filter(({ kind }) => kind === "sh");
  const script = steps.map(({ text }) => `echo '${MARK}'\n${text}`).join("\n");
  const cadre = `cadre() { '${process.execPath}' '${join(ROOT, "src/main.ts")}' "$@"; }`;
  writeFileSync(join(folder.path, "script.sh"), `${cadre}\n${script}`);

  await using child = startCommand(["bash", "--norc", join(folder.path, "script.sh")], {
    cwd: project,
    env: { HOME: folder.path },
  });
  await child.endInput();
  await child.exited;

  const printed = child.stdout().split(`${MARK}\n`).slice(1);
  const told = steps.map((step) => {
    const next = blocks[blocks.indexOf(step) + 1];
    return next?.kind === "text" ? next.text : "";
  });
  expect(child.stderr().replace(/^(completed|started) .*\n/gm, "")).toBe("");
  expect(printed.map(comparable)).toEqual(told.map(comparable));
});
