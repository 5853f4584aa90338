import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { runCli } from "../../harness/cli.ts";
import { tempFolder } from "../../harness/folder.ts";

/** Each command is a process of its own. */
setDefaultTimeout(60_000);

async function cadre(folder: string, ...args: string[]) {
  const { exit, stdout, stderr } = await runCli([...args, "--json", "--home", join(folder, "home")], { cwd: folder });
  return {
    exit,
    answer: JSON.parse(stdout || "{}") as Record<string, unknown>,
    error: JSON.parse((exit === 0 ? "" : stderr) || '{"error":{}}').error as Record<string, unknown>,
  };
}

async function paths(folder: string): Promise<unknown[]> {
  const { answer } = await cadre(folder, "workspace", "list");
  return (answer["workspaces"] as { path: string; tasks: number }[]).map(({ path, tasks }) => `${path} ${tasks}`);
}

describe("cadre workspace", () => {
  test("list shows every folder with its tasks", async () => {
    using folder = tempFolder();
    await cadre(folder.path, "task", "create", "first", "--workspace", "/projects/b");
    await cadre(folder.path, "task", "create", "second", "--workspace", "/projects/a");

    expect(await paths(folder.path)).toEqual(["/projects/a 1", "/projects/b 1"]);
  });

  test("move takes the work of a folder along, from a relative path too", async () => {
    using folder = tempFolder();
    await cadre(folder.path, "task", "create", "first", "--workspace", join(folder.path, "old"));

    const { answer } = await cadre(folder.path, "workspace", "move", "old", "/projects/new");

    expect(answer["path"]).toBe("/projects/new");
    expect(await paths(folder.path)).toEqual(["/projects/new 1"]);
  });

  test("move refuses a folder that has work of its own", async () => {
    using folder = tempFolder();
    await cadre(folder.path, "task", "create", "first", "--workspace", "/projects/a");
    await cadre(folder.path, "task", "create", "second", "--workspace", "/projects/b");

    const { exit } = await cadre(folder.path, "workspace", "move", "/projects/a", "/projects/b");

    expect(exit).toBe(5);
    expect(await paths(folder.path)).toEqual(["/projects/a 1", "/projects/b 1"]);
  });

  test("forget deletes nothing without --yes", async () => {
    using folder = tempFolder();
    await cadre(folder.path, "task", "create", "first", "--workspace", "/projects/a");

    const unsure = await cadre(folder.path, "workspace", "forget", "/projects/a");
    const before = await paths(folder.path);
    const sure = await cadre(folder.path, "workspace", "forget", "/projects/a", "--yes");

    expect(unsure).toMatchObject({ exit: 2, error: { hint: expect.stringContaining("--yes") } });
    expect(before).toEqual(["/projects/a 1"]);
    expect(sure.answer).toMatchObject({ path: "/projects/a", forgotten: true });
    expect(await paths(folder.path)).toEqual([]);
  });

  test("says which folder it does not know", async () => {
    using folder = tempFolder();

    const { exit, error } = await cadre(folder.path, "workspace", "forget", "/projects/none", "--yes");

    expect([exit, error["message"]]).toEqual([4, "no workspace /projects/none"]);
  });
});
