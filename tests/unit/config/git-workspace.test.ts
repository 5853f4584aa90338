// Which project a folder belongs to. A `.git` file is text of a stranger: it may have come with an archive.

import { expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { GIT_FILE_BYTES_MAX } from "../../../src/base/limits.ts";
import { gitWorkspace } from "../../../src/config/git-workspace.ts";
import { tempFolder } from "../../harness/folder.ts";

/** Folders and files below a temporary one; a path that ends in / is a folder. */
function tree(files: Readonly<Record<string, string>>) {
  const folder = tempFolder();
  const at = (path: string) => join(folder.path, path);
  const write = (more: Readonly<Record<string, string>>) => {
    for (const [path, text] of Object.entries(more)) {
      mkdirSync(path.endsWith("/") ? at(path) : dirname(at(path)), { recursive: true });
      if (!path.endsWith("/")) writeFileSync(at(path), text.replaceAll("{here}", folder.path));
    }
  };
  write({ "home/": "", ...files });
  const found = (cwd: string) => gitWorkspace(at(cwd), at("home"))?.replace(folder.path, "");
  return { ...folder, at, write, found };
}

const REPOSITORY = {
  "app/.git/HEAD": "ref: refs/heads/main\n",
  "app/.git/config": "[core]\n\trepositoryformatversion = 0\n\tbare = false\n",
  "app/src/deep/": "",
};
/** What `git worktree add ../fix` leaves behind. */
const WORKTREE = {
  "app/.git/worktrees/fix/commondir": "../..\n",
  "app/.git/worktrees/fix/gitdir": "{here}/fix/.git\n",
  "fix/.git": "gitdir: {here}/app/.git/worktrees/fix\n",
  "fix/src/": "",
};

test("gitWorkspace() is the folder that holds .git, from every folder in it", () => {
  using here = tree(REPOSITORY);

  expect(["app", "app/src", "app/src/deep", "app/.git"].map(here.found)).toEqual(["/app", "/app", "/app", "/app"]);
});

test("gitWorkspace() is the innermost of several", () => {
  using here = tree({ ...REPOSITORY, "app/vendor/lib/.git/HEAD": "", "app/vendor/lib/src/": "" });

  expect(["app/vendor", "app/vendor/lib/src"].map(here.found)).toEqual(["/app", "/app/vendor/lib"]);
});

test("gitWorkspace() is undefined outside of any repository, and where nothing is", () => {
  using here = tree({ "notes/": "" });

  expect(["notes", "gone/away"].map(here.found)).toEqual([undefined, undefined]);
  expect(gitWorkspace("/", here.at("home"))).toBeUndefined();
});

test("gitWorkspace() of a worktree is the main working tree, so that all of them share one project", () => {
  using here = tree({ ...REPOSITORY, ...WORKTREE });

  expect(["fix", "fix/src"].map(here.found)).toEqual(["/app", "/app"]);
});

test("gitWorkspace() of a worktree with relative links is the main working tree, too", () => {
  using here = tree({
    ...REPOSITORY,
    ...WORKTREE,
    "app/.git/worktrees/fix/gitdir": "../../../../fix/.git\n",
    "fix/.git": "gitdir: ../app/.git/worktrees/fix\n",
  });

  expect(here.found("fix")).toBe("/app");
});

test("gitWorkspace() of a worktree spells the main working tree as it is, whatever links led to it", () => {
  using here = tree({ ...REPOSITORY, ...WORKTREE, "fix/.git": "gitdir: {here}/link/.git/worktrees/fix\n" });
  symlinkSync(here.at("app"), here.at("link"));

  expect(gitWorkspace(here.at("fix"), here.at("home"))).toBe(realpathSync(here.at("app")));
});

test("gitWorkspace() of a submodule is its own working tree", () => {
  using here = tree({
    ...REPOSITORY,
    "app/.git/modules/lib/HEAD": "",
    "app/.git/modules/lib/config": "[core]\n\tworktree = ../../../lib\n",
    "app/lib/.git": "gitdir: ../.git/modules/lib\n",
    "app/lib/src/": "",
  });

  expect(here.found("app/lib/src")).toBe("/app/lib");
});

test("gitWorkspace() of a worktree is its own folder when its repository lies beside what is worked on", () => {
  const bare = (name: string, config: string) => ({
    [`${name}/config`]: config,
    [`${name}/worktrees/fix/commondir`]: "../..\n",
    [`${name}/worktrees/fix/gitdir`]: "{here}/fix/.git\n",
    "fix/.git": `gitdir: {here}/${name}/worktrees/fix\n`,
  });
  using plain = tree(bare("app.git", "[core]\n\tbare = true\n"));
  using hidden = tree(bare("app/.git", "[core]\n\tbare = true\n"));
  using split = tree({ ...bare("app/.git", "[core]\n"), "app/.git/config.worktree": "[core]\n\tbare\n" });
  using module = tree(bare("app/.git/modules/lib", "[core]\n\tworktree = ../../../lib\n"));

  expect([plain, hidden, split, module].map((one) => one.found("fix"))).toEqual(["/fix", "/fix", "/fix", "/fix"]);
});

test("gitWorkspace() is never the home folder, which many keep in a repository for their dotfiles", () => {
  using here = tree({ "home/.git/HEAD": "", "home/notes/": "", "home/app/.git/HEAD": "", "home/app/src/": "" });

  expect(["home", "home/notes", "home/app/src"].map(here.found)).toEqual([undefined, undefined, "/home/app"]);
});

test("gitWorkspace() does not look above the home folder, whatever name leads there", () => {
  using here = tree({ ".git/HEAD": "", "home/notes/": "" });
  symlinkSync(here.at("home"), here.at("alias"));

  expect(here.found("home/notes")).toBeUndefined();
  expect(gitWorkspace(here.at("home/notes"), here.at("alias"))).toBeUndefined();
});

test("gitWorkspace() of a worktree of the home folder is its own folder", () => {
  using here = tree({
    "home/.git/config": "",
    "home/.git/worktrees/fix/commondir": "../..\n",
    "home/.git/worktrees/fix/gitdir": "{here}/fix/.git\n",
    "fix/.git": "gitdir: {here}/home/.git/worktrees/fix\n",
  });

  expect(here.found("fix")).toBe("/fix");
});

test("gitWorkspace() is no folder like /tmp, where everybody may put a .git", () => {
  using here = tree({ "shared/.git/HEAD": "", "shared/mine/notes/": "", "open/.git/HEAD": "", "open/notes/": "" });
  chmodSync(here.at("shared"), 0o1777);
  chmodSync(here.at("open"), 0o777);

  expect(["shared/mine/notes", "open/notes"].map(here.found)).toEqual([undefined, "/open"]);
});

/** Somebody's archive with a `.git` file in it, beside a repository that it would like to be taken for. */
test.each<[string, Readonly<Record<string, string>>]>([
  ["names a worktree of another folder", { "evil/.git": "gitdir: {here}/app/.git/worktrees/fix\n" }],
  ["names the repository itself", { "evil/.git": "gitdir: {here}/app/.git\n" }],
  ["names a worktree that is not there", { "evil/.git": "gitdir: {here}/app/.git/worktrees/none\n" }],
  [
    "brings a worktree of its own, whose repository is elsewhere",
    {
      "evil/.git": "gitdir: own/.git/worktrees/x\n",
      "evil/own/.git/worktrees/x/commondir": "{here}/app/.git\n",
      "evil/own/.git/worktrees/x/gitdir": "{here}/evil/.git\n",
    },
  ],
  [
    "brings a worktree of its own below a folder of another name",
    {
      "evil/.git": "gitdir: x\n",
      "evil/x/commondir": "{here}/app/.git\n",
      "evil/x/gitdir": "{here}/evil/.git\n",
    },
  ],
  ["is empty", { "evil/.git": "" }],
  ["says nothing that git says", { "evil/.git": "{here}/app/.git/worktrees/fix\n" }],
  ["names no file", { "evil/.git": "gitdir: \n" }],
  ["names what no path can be", { "evil/.git": "gitdir: /x\0/.git/worktrees/x\n" }],
])("gitWorkspace() is the folder itself when its .git file %s", (_what, files) => {
  using here = tree({ ...REPOSITORY, ...WORKTREE, "evil/src/": "", ...files });

  expect(here.found("evil/src")).toBe("/evil");
});

test.each([
  ["too large", `gitdir: {here}/app/.git/worktrees/fix${"\n".repeat(GIT_FILE_BYTES_MAX)}`],
  ["one that names a share of another machine", "gitdir: /{here}/app/.git/worktrees/fix\n"],
])("gitWorkspace() is the folder itself when its .git file is %s", (_what, text) => {
  using here = tree({ ...REPOSITORY, ...WORKTREE, "fix/.git": text });

  expect(here.found("fix/src")).toBe("/fix");
});

test("gitWorkspace() follows no link in place of a .git file or of what it names", () => {
  using here = tree({ ...REPOSITORY, ...WORKTREE, "linked/src/": "", "way/": "" });
  symlinkSync(here.at("fix/.git"), here.at("linked/.git"));
  symlinkSync(here.at("fix/.git"), here.at("way/back"));
  here.write({ "app/.git/worktrees/own/commondir": "../..\n", "own/.git": "gitdir: {here}/app/.git/worktrees/own\n" });
  symlinkSync(here.at("app/.git/worktrees/fix/gitdir"), here.at("app/.git/worktrees/own/gitdir"));

  expect(["linked/src", "own"].map(here.found)).toEqual(["/linked", "/own"]);
});

const hasGit = spawnSync("git", ["--version"]).status === 0;
if (!hasGit) console.warn("SKIPPED: there is no git to compare gitWorkspace() with");

test.skipIf(!hasGit)("gitWorkspace() finds what git itself has made", () => {
  using here = tree({ "lib/readme": "" });
  const git = (cwd: string, ...args: string[]) => {
    const plain = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "protocol.file.allow=always"];
    const { status, stderr } = spawnSync("git", [...plain, ...args], {
      cwd: here.at(cwd),
      env: { PATH: process.env["PATH"] ?? "", HOME: here.at("home"), GIT_CONFIG_NOSYSTEM: "1" },
    });
    if (status !== 0) throw new Error(stderr.toString());
  };
  git("", "init", "-q", "app");
  git("", "init", "-q", "lib");
  for (const name of ["app", "lib"]) git(name, "commit", "-q", "--allow-empty", "-m", "first");
  git("app", "worktree", "add", "-q", "../fix");
  git("app", "submodule", "--quiet", "add", here.at("lib"), "vendored");
  git("", "clone", "-q", "--bare", "app", "bare.git");
  git("bare.git", "worktree", "add", "-q", "../tree", "HEAD");
  git("", "clone", "-q", "--bare", "app", "hidden/.git");
  git("hidden/.git", "worktree", "add", "-q", "../tree", "HEAD");

  expect(["app", "fix", "app/vendored", "tree", "hidden/tree"].map(here.found)).toEqual([
    "/app",
    "/app",
    "/app/vendored",
    "/tree",
    "/hidden/tree",
  ]);
});
