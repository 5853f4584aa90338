import { expect, test } from "bun:test";
import { execFileSync } from "node:child_process";
import { linkSync, mkdirSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { diskUse, leftFiles } from "../../../src/sandbox/left-files.ts";
import { tempFolder } from "../../harness/folder.ts";

test("leftFiles() takes what is new or changed, and leaves what was given", async () => {
  using folder = tempFolder();
  mkdirSync(join(folder.path, "sub"));
  mkdirSync(join(folder.path, "__pycache__"));
  for (const [path, text] of Object.entries({ given: "a", changed: "b", "sub/new": "c", "__pycache__/x": "d" }))
    writeFileSync(join(folder.path, path), text);

  const { files, refused } = await leftFiles(folder.path, { given: "a", changed: "before" });

  expect(files.map(({ path, bytes }) => [path, Buffer.from(bytes).toString()])).toEqual([
    ["changed", "b"],
    ["sub/new", "c"],
  ]);
  expect(refused).toEqual([]);
});

test("leftFiles() takes no link, no pipe, nothing with another name and no hole of a terabyte", async () => {
  using folder = tempFolder();
  using outside = tempFolder();
  writeFileSync(join(outside.path, "secret"), "secret");
  symlinkSync(join(outside.path, "secret"), join(folder.path, "link"));
  linkSync(join(outside.path, "secret"), join(folder.path, "other-name"));
  execFileSync("mkfifo", [join(folder.path, "pipe")]);
  writeFileSync(join(folder.path, "sparse"), "");
  truncateSync(join(folder.path, "sparse"), 2 ** 40);

  expect(await leftFiles(folder.path, {})).toEqual({
    files: [],
    refused: [
      "link: it is a link",
      "other-name: it has other names",
      "pipe: it is no plain file",
      "sparse: it is larger than 16MiB",
    ],
  });
});

test("diskUse() counts what lies on the disk, not what a file says of its size", async () => {
  using folder = tempFolder();
  writeFileSync(join(folder.path, "sparse"), "");
  truncateSync(join(folder.path, "sparse"), 2 ** 30);
  writeFileSync(join(folder.path, "real"), "x".repeat(100_000));

  expect(await diskUse(folder.path)).toBeGreaterThanOrEqual(98_304);
  expect(await diskUse(folder.path)).toBeLessThan(1_000_000);
});
