import { expect, test } from "bun:test";
import { workspaceIdentity } from "../../../src/tasks/workspaces.ts";
import { openTestApp } from "../../harness/app.ts";
import { refusalOf } from "../../harness/errors.ts";

test.each([
  ["c:/x", ["C:\\x", "c:\\x\\", "C:/x/", "c:/X", "/mnt/c/x", "/mnt/c/x/", "C:\\y\\..\\x", "C:\\\\x", "\\\\?\\C:\\x"]],
  ["c:/x", ["\\\\wsl$\\Debian\\mnt\\c\\x", "//wsl.localhost/Debian/mnt/c/x"]],
  ["c:/", ["C:\\", "c:", "C:/", "/mnt/c", "/mnt/c/"]],
  ["//server/share/x", ["\\\\server\\share\\x", "\\\\SERVER\\Share\\x\\", "\\\\?\\UNC\\server\\share\\x"]],
  ["/home/me/x", ["/home/me/x", "/home/me/x/", "/home/me/x//", "/home//me/./x", "/home/me/y/../x"]],
  [
    "/home/me/x",
    ["\\\\wsl$\\Debian\\home\\me\\x", "\\\\wsl.localhost\\Ubuntu-24.04\\home\\me\\x\\", "//wsl$/Debian/home/me/x"],
  ],
  ["/", ["/", "//", "/..", "\\\\wsl$\\Debian", "\\\\wsl$\\Debian\\"]],
])("workspaceIdentity() is %p for every way to write it", (identity, spellings) => {
  expect(spellings.map(workspaceIdentity)).toEqual(spellings.map(() => identity));
});

test("workspaceIdentity() tells upper from lower case only where the system does", () => {
  expect(workspaceIdentity("/home/Me")).not.toBe(workspaceIdentity("/home/me"));
  expect(workspaceIdentity("C:\\Me")).toBe(workspaceIdentity("c:\\me"));
});

test("workspaceIdentity() of an identity is itself", () => {
  const identities = ["c:/x", "c:/", "/home/me", "/"];

  expect(identities.map(workspaceIdentity)).toEqual(identities);
});

test.each(["", ".", "x", "./x", "../x", "~", "C:x", "\\x", "/a\0b", `/${"x".repeat(5_000)}`])(
  "workspaceIdentity() refuses what is no absolute path (%#)",
  async (path) => {
    const refused = await refusalOf(() => workspaceIdentity(path));

    expect(refused.code).toBe("invalid_input");
    expect(refused.hint).toContain("whole path");
  },
);

test("at() makes a workspace at its first use, and finds it in every spelling", async () => {
  await using app = await openTestApp();

  const rows = await Promise.all(["C:\\x", "c:/x/", "/mnt/c/x"].map((path) => app.workspaces.at(path)));
  const again = await app.workspaces.at("C:\\X");

  expect(new Set([...rows, again].map(({ id }) => id)).size).toBe(1);
  expect(again.path).toBe("c:/x");
});

test("find() finds in every spelling what was made, and makes nothing", async () => {
  await using app = await openTestApp();

  const before = await app.workspaces.find("C:\\x");
  const made = await app.workspaces.at("C:\\x");

  expect(before).toBeUndefined();
  expect(await app.workspaces.find("/mnt/c/x")).toEqual(made);
  expect(await app.workspaces.list()).toHaveLength(1);
});

test("move() refuses a folder that has work of its own, and one that is not known", async () => {
  await using app = await openTestApp();
  await app.tasks.create("/from", { title: "a" });
  await app.tasks.create("/to", { title: "b" });

  const taken = await refusalOf(() => app.workspaces.move("/from", "/to"));
  const unknown = await refusalOf(() => app.workspaces.move("/nowhere", "/elsewhere"));

  expect([taken.code, unknown.code]).toEqual(["conflict", "not_found"]);
  expect((await app.workspaces.list()).map(({ path, tasks }) => ({ path, tasks }))).toEqual([
    { path: "/from", tasks: 1 },
    { path: "/to", tasks: 1 },
  ]);
});

test("forget() leaves the fact in the log", async () => {
  await using app = await openTestApp();
  await app.tasks.create("/w", { title: "a" });

  await app.workspaces.forget("/w/");

  const [last] = await app.sql.all("SELECT type, data FROM event ORDER BY seq DESC LIMIT 1");
  expect(last).toEqual({ type: "workspace.forgotten", data: '{"path":"/w"}' });
  expect(await app.workspaces.list()).toEqual([]);
});
