// Whoever only asks how things are leaves nothing behind.
import { expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { invoke } from "../../harness/cli.ts";
import { tempFolder } from "../../harness/folder.ts";

test.each([[["status"]], [["doctor", "server"]], [["service", "status"]]])("%p makes no token", async (args) => {
  using folder = tempFolder();
  const home = join(folder.path, "data");

  await invoke(args, { home, userHome: folder.path });

  expect(existsSync(join(home, "token"))).toBe(false);
});
