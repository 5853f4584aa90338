// The lock that tells whether a process lives, on the other SQLite driver.
import { deepStrictEqual as deepEqual } from "node:assert";
import { spawn } from "node:child_process";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { runtime } from "../../src/runtime/current.ts";
import { ProcessLocks } from "../../src/store/process-lock.ts";
import { tempFolder } from "../harness/folder.ts";

const HOLD = fileURLToPath(new URL("../harness/hold-lock.ts", import.meta.url));
const ID = "process_0123456789ab";

test("a process on Deno is alive until it is killed, and then swept", async () => {
  using folder = tempFolder();
  const child = spawn(process.execPath, ["run", "-A", HOLD, folder.path, ID], { stdio: ["pipe", "pipe", "inherit"] });
  const exited = new Promise((resolve) => child.once("close", resolve));
  await new Promise((resolve) => child.stdout?.once("data", resolve));
  const locks = new ProcessLocks(runtime, folder.path);

  const running = locks.isAlive(ID);
  child.kill("SIGKILL");
  await exited;
  const killed = locks.isAlive(ID);
  const swept = locks.sweep();

  deepEqual([running, killed, swept, locks.isAlive(ID)], [true, false, [ID], undefined]);
});
