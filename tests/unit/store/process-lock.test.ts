// Whether a process lives is told by the kernel, with real processes.

import { expect, test } from "bun:test";
import { existsSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runtime } from "../../../src/runtime/current.ts";
import { ProcessLocks } from "../../../src/store/process-lock.ts";
import { until } from "../../harness/condition.ts";
import { refusalOf } from "../../harness/errors.ts";
import { tempFolder } from "../../harness/folder.ts";
import { type CadreProcess, startCommand } from "../../harness/process.ts";
import { RUNTIME } from "../../harness/self.ts";

const HOLD = fileURLToPath(new URL("../../harness/hold-lock.ts", import.meta.url));
const ID = "process_0123456789ab";
const OTHER = "process_ba9876543210";

async function startHolder(folder: string, id: string): Promise<CadreProcess> {
  const child = startCommand([...RUNTIME, HOLD, folder, id]);
  await until(() => child.stdout() === "held\n", "the child holds its lock");
  return child;
}

test("isAlive() is true for a process that runs, and false as soon as it was killed", async () => {
  using folder = tempFolder();
  await using child = await startHolder(folder.path, ID);
  const locks = new ProcessLocks(runtime, folder.path);
  const before = locks.isAlive(ID);

  child.signal("SIGKILL");
  await child.exited;

  expect([before, locks.isAlive(ID)]).toEqual([true, false]);
});

test("isAlive() is true for a process that stands still: it may go on", async () => {
  using folder = tempFolder();
  await using child = await startHolder(folder.path, ID);
  const locks = new ProcessLocks(runtime, folder.path);
  process.kill(child.pid, "SIGSTOP");
  await child.endInput();

  const stopped = locks.isAlive(ID);
  process.kill(child.pid, "SIGCONT");
  await child.exited;

  expect([stopped, locks.isAlive(ID)]).toEqual([true, false]);
});

test("isAlive() is false for a process that has left by itself", async () => {
  using folder = tempFolder();
  await using child = await startHolder(folder.path, ID);

  await child.endInput();
  await child.exited;

  expect(new ProcessLocks(runtime, folder.path).isAlive(ID)).toBe(false);
});

test("isAlive() knows nothing of a process that never held anything here", () => {
  using folder = tempFolder();
  const locks = new ProcessLocks(runtime, join(folder.path, "none"));

  expect(locks.isAlive(ID)).toBeUndefined();
  expect(existsSync(join(folder.path, "none"))).toBe(false);
});

test.each(["", "process_0123", "../process_0123456789ab", "process_0123456789ab/../x", "PROCESS_0123456789AB"])(
  "isAlive() knows nothing of %p, which is no id: it becomes no path",
  (id) => {
    using folder = tempFolder();
    writeFileSync(join(folder.path, `${ID}.lock`), "");
    const locks = new ProcessLocks(runtime, join(folder.path, "inner"));
    locks.hold(OTHER);

    expect(locks.isAlive(id)).toBeUndefined();
  },
);

test("isAlive() knows nothing of a file that is no database", () => {
  using folder = tempFolder();
  writeFileSync(join(folder.path, `${ID}.lock`), "something else".repeat(1_000));

  expect(new ProcessLocks(runtime, folder.path).isAlive(ID)).toBeUndefined();
});

test("hold() is for its user alone, and the second time nothing more", () => {
  using parent = tempFolder();
  const folder = join(parent.path, "locks");
  const locks = new ProcessLocks(runtime, folder);

  locks.hold(ID);
  locks.hold(ID);

  expect(locks.isAlive(ID)).toBe(true);
  expect(readdirSync(folder)).toEqual([`${ID}.lock`]);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  expect(statSync(join(folder, `${ID}.lock`)).mode & 0o777).toBe(0o600);
});

test("hold() says what keeps it from making the file", async () => {
  using folder = tempFolder();
  const file = join(folder.path, "file");
  writeFileSync(file, "");

  const refused = await refusalOf(() => new ProcessLocks(runtime, join(file, "locks")).hold(ID));

  expect(refused).toMatchObject({
    code: "unavailable",
    message: "cannot show that this process lives: a part of its path is a file",
  });
});

test("release() lets go, and leaves behind what tells others that the process has ended", () => {
  using folder = tempFolder();
  const [ours, theirs] = [new ProcessLocks(runtime, folder.path), new ProcessLocks(runtime, folder.path)];
  ours.hold(ID);
  const before = theirs.isAlive(ID);

  ours.release();
  const after = [ours.isAlive(ID), theirs.isAlive(ID)];
  ours.hold(ID);

  expect([before, ...after, theirs.isAlive(ID)]).toEqual([true, false, false, true]);
});

test("sweep() removes the files of the dead, tells who they were, and knows nothing of them afterwards", async () => {
  using folder = tempFolder();
  await using _living = await startHolder(folder.path, OTHER);
  await using child = await startHolder(folder.path, ID);
  child.signal("SIGKILL");
  await child.exited;
  const locks = new ProcessLocks(runtime, folder.path);
  locks.hold("process_aaaaaaaaaaaa");
  writeFileSync(join(folder.path, "notes.lock"), "");

  const swept = locks.sweep();

  expect(swept).toEqual([ID]);
  expect(readdirSync(folder.path).sort()).toEqual(["notes.lock", "process_aaaaaaaaaaaa.lock", `${OTHER}.lock`]);
  expect([locks.isAlive(ID), locks.isAlive(OTHER), locks.isAlive("process_aaaaaaaaaaaa")]).toEqual([
    undefined,
    true,
    true,
  ]);
});

test("sweep() keeps the files of the dead whose end is still to be told", () => {
  using folder = tempFolder();
  const dead = new ProcessLocks(runtime, folder.path);
  dead.hold(ID);
  dead.hold(OTHER);
  dead.release();
  const locks = new ProcessLocks(runtime, folder.path);

  expect(locks.sweep(new Set([ID]))).toEqual([OTHER]);
  expect([locks.isAlive(ID), locks.isAlive(OTHER)]).toEqual([false, undefined]);
});

test("sweep() of a folder that nobody has made finds nothing", () => {
  using folder = tempFolder();

  expect(new ProcessLocks(runtime, join(folder.path, "none")).sweep()).toEqual([]);
});

test("hold() stands against a sweep between its file and its lock", () => {
  using folder = tempFolder();
  const sweeper = new ProcessLocks(runtime, folder.path);
  const swept: string[] = [];
  const slow = {
    openSqlite: (path: string, options?: { readonly readOnly?: boolean }) => {
      const connection = runtime.openSqlite(path, options);
      return {
        ...connection,
        exec: (text: string) => {
          if (text === "BEGIN EXCLUSIVE" && swept.length === 0) swept.push(...sweeper.sweep());
          connection.exec(text);
        },
      };
    },
  };

  new ProcessLocks(slow, folder.path).hold(ID);

  expect(swept).toEqual([ID]);
  expect(sweeper.isAlive(ID)).toBe(true);
});
