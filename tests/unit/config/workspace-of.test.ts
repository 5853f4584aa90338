import { expect, test } from "bun:test";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { workspaceOf } from "../../../src/config/workspace-of.ts";
import { tempFolder } from "../../harness/folder.ts";

const NOTHING = { flag: undefined, environment: undefined, user_file: undefined };

test.each([
  ["the flag before all others", { flag: "/f", environment: "/e", user_file: "/u" }, { path: "/f", from: "flag" }],
  ["the environment", { environment: "/e", user_file: "/u" }, { path: "/e", from: "environment" }],
  ["the user's file", { user_file: "/u" }, { path: "/u", from: "user_file" }],
  ["the repository", {}, { path: "{here}/app", from: "git" }],
])("workspaceOf() takes %s, and says so", (_what, given, expected) => {
  using folder = tempFolder();
  const cwd = join(folder.path, "app", "src");
  mkdirSync(cwd, { recursive: true });
  mkdirSync(join(folder.path, "app", ".git"));

  const found = workspaceOf({ ...NOTHING, ...given }, { cwd, homeDir: join(folder.path, "home") });

  expect(found).toEqual({ ...expected, path: expected.path.replace("{here}", folder.path) } as typeof found);
});

test("workspaceOf() takes the working directory when nothing else is there", () => {
  using folder = tempFolder();

  expect(workspaceOf(NOTHING, { cwd: folder.path, homeDir: "/nowhere" })).toEqual({ path: folder.path, from: "cwd" });
});

test.each([
  ["../other", "/projects/other"],
  ["/whole", "/whole"],
  ["C:/x", "C:/x"],
  ["\\\\server\\share", "\\\\server\\share"],
])("workspaceOf() takes %p from where the program was started", (flag, path) => {
  expect(workspaceOf({ ...NOTHING, flag }, { cwd: "/projects/app", homeDir: "/nowhere" })).toEqual({
    path,
    from: "flag",
  });
});
