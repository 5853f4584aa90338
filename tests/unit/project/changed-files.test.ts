// Files as they change, whoever changes them and however.
import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "../../../src/base/clock.ts";
import { changedFiles } from "../../../src/project/changed-files.ts";
import { type TempFolder, tempFolder } from "../../harness/folder.ts";

let folder: TempFolder;
let stop: AbortController;
beforeEach(() => {
  folder = tempFolder();
  stop = new AbortController();
});
afterEach(() => {
  stop.abort();
  folder[Symbol.dispose]();
});

const write = (path: string, text: string) => writeFileSync(join(folder.path, path), text);

/** What is told next after something was done. */
async function told(changes: AsyncGenerator<readonly string[]>, change: () => void): Promise<readonly string[]> {
  const next = changes.next();
  change();
  const { value = [] } = await next;
  return value;
}

test("what is new, what is written to and what lies in a new folder is told", async () => {
  write("a.js", "1");
  const changes = changedFiles(folder.path, ".", systemClock, stop.signal);

  expect(await told(changes, () => write("a.js", "22"))).toEqual(["a.js"]);
  expect(await told(changes, () => write("b.js", "1"))).toEqual(["b.js"]);
  mkdirSync(join(folder.path, "c"));
  expect(await told(changes, () => write("c/d.js", "1"))).toEqual(["c/d.js"]);
  expect(await told(changes, () => write("c/d.js", "22"))).toEqual(["c/d.js"]);
});

test("what is ignored, what has gone and what is only read is not", async () => {
  write(".gitignore", "*.log\n");
  write("a.js", "1");
  write("b.js", "1");
  const changes = changedFiles(folder.path, ".", systemClock, stop.signal);

  const next = told(changes, () => {
    write("a.log", "1");
    rmSync(join(folder.path, "b.js"));
    mkdirSync(join(folder.path, ".cadre"));
    write(".cadre/x.js", "1");
  });
  write("a.js", "22");

  expect(await next).toEqual(["a.js"]);
});

test("of a file that is named only that one is told, and it ends when nobody wants it any more", async () => {
  write("a.js", "1");
  const changes = changedFiles(folder.path, "a.js", systemClock, stop.signal);

  expect(
    await told(changes, () => {
      write("b.js", "1");
      utimesSync(join(folder.path, "a.js"), 1, 1);
    }),
  ).toEqual(["a.js"]);
  const last = changes.next();
  stop.abort();
  expect(await last).toEqual({ done: true, value: undefined });
});
