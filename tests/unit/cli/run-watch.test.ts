import { expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { invoke } from "../../harness/cli.ts";
import { tempFolder } from "../../harness/folder.ts";

const WORKFLOW = `
name: Greet
description: Greets somebody.
inputs:
  name: { type: text, description: Whoever is greeted. }
output: \${inputs.name}
steps:
  - id: pause
    sleep: 1ms
`;

test("cadre run watch goes on with the newest run that is under way, or with the one that is named", async () => {
  using folder = tempFolder();
  const options = { workspace: join(folder.path, "project"), home: join(folder.path, "data") };
  mkdirSync(join(options.workspace, ".cadre/workflows"), { recursive: true });
  writeFileSync(join(options.workspace, ".cadre/workflows/greet.yaml"), WORKFLOW);
  const cadre = (...words: readonly string[]) => invoke(words, options);
  await cadre("trust");

  const nothing = await cadre("run", "watch");
  const ann = JSON.parse((await cadre("run", "start", "greet", "name=Ann", "--detach", "--json")).stdout);
  const newest = await cadre("run", "watch", "--json");
  const named = await cadre("run", "watch", ann.id, "--json");
  const over = await cadre("run", "watch");

  expect(nothing).toMatchObject({ exit: 4, stdout: "" });
  expect(nothing.stderr).toContain("no run of this project is under way");
  expect(newest.exit).toBe(0);
  expect(newest.stdout).toContain(`"${ann.id}"`);
  expect(newest.stdout).toContain('"Ann"');
  expect(named.stdout).toContain('"Ann"');
  expect(over.exit).toBe(4);
});
