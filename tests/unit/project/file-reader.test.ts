import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { listFiles, readText, searchFiles } from "../../../src/project/file-reader.ts";
import { refusalOf } from "../../harness/errors.ts";
import { type TempFolder, tempFolder } from "../../harness/folder.ts";

const FILES: Readonly<Record<string, string | Uint8Array>> = {
  "README.md": "# Pears\n\nA pear is green.\n",
  ".gitignore": "*.log\n/build\n",
  "a.log": "pear",
  "build/out.txt": "pear",
  "src/pear.ts": "export const PEAR = 1;\n",
  "src/.gitignore": "generated/\n!kept.log\n",
  "src/kept.log": "a pear in a log\n",
  "src/generated/x.ts": "pear",
  "src/latin.txt": Uint8Array.from([0x70, 0xe9, 0x0a]),
  "src/wide.txt": Uint8Array.from([0xff, 0xfe, 0x70, 0x00, 0x65, 0x00]),
  "src/picture.bin": Uint8Array.from([1, 0, 2]),
  ".env": "KEY=pear",
  "deploy/server.pem": "pear",
  "node_modules/x/index.js": "pear",
  ".git/config": "pear",
  ".cadre/workflows/w.yaml": "pear",
};

let folder: TempFolder;
let outside: TempFolder;

beforeAll(() => {
  folder = tempFolder();
  outside = tempFolder();
  for (const [path, content] of Object.entries(FILES)) {
    mkdirSync(dirname(join(folder.path, path)), { recursive: true });
    writeFileSync(join(folder.path, path), content);
  }
  writeFileSync(join(outside.path, "pear.txt"), "pear");
  symlinkSync(outside.path, join(folder.path, "src", "out"));
  symlinkSync(folder.path, join(folder.path, "src", "again"));
});

afterAll(() => {
  folder[Symbol.dispose]();
  outside[Symbol.dispose]();
});

const none = new AbortController().signal;

test("lists what people work on, in an order that stays", () => {
  const { files, more } = listFiles(folder.path, { folder: ".", pattern: undefined, after: undefined });

  expect(files.map(({ path }) => path)).toEqual([
    ".gitignore",
    "README.md",
    "src/.gitignore",
    "src/kept.log",
    "src/latin.txt",
    "src/pear.ts",
    "src/picture.bin",
    "src/wide.txt",
  ]);
  expect(more).toBeUndefined();
});

test("lists by pattern, below a folder, and on from a path", () => {
  const pathsOf = (given: { folder?: string; pattern?: string; after?: string }) =>
    listFiles(folder.path, { folder: ".", pattern: undefined, after: undefined, ...given }).files.map(
      ({ path }) => path,
    );

  expect(pathsOf({ pattern: "*.ts,*.md" })).toEqual(["README.md", "src/pear.ts"]);
  expect(pathsOf({ folder: "src", pattern: "*.txt" })).toEqual(["src/latin.txt", "src/wide.txt"]);
  expect(pathsOf({ after: "src/pear.ts" })).toEqual(["src/picture.bin", "src/wide.txt"]);
  expect(pathsOf({ folder: "src/generated" })).toEqual([]);
});

test("reads text in whatever it was written", () => {
  expect(readText(folder.path, "src/latin.txt").text).toBe("pé\n");
  expect(readText(folder.path, "src/wide.txt").text).toBe("pe");
  expect(readText(folder.path, "./src/../README.md").path).toBe("README.md");
});

test.each([
  ["../pear.txt", "not_found"],
  ["src/out/pear.txt", "forbidden"],
  ["src/again/.env", "forbidden"],
  [".env", "forbidden"],
  ["deploy/server.pem", "forbidden"],
  [".git/config", "forbidden"],
  [".cadre/workflows/w.yaml", "forbidden"],
  ["/etc/passwd", "forbidden"],
  ["src", "invalid_input"],
  ["src/picture.bin", "unsupported_media"],
  ["nothing.ts", "not_found"],
])("does not read %s", async (path, code) => {
  const refusal = await refusalOf(async () => readText(folder.path, path));

  expect(refusal.code).toBe(code as typeof refusal.code);
});

test("finds lines, and nothing in what is not listed", async () => {
  const search = (text: string, isExact: boolean) =>
    searchFiles(folder.path, { folder: ".", pattern: undefined, text, isExact }, none);

  expect((await search("pear", false)).matches).toEqual([
    { path: "README.md", line: 1, text: "# Pears" },
    { path: "README.md", line: 3, text: "A pear is green." },
    { path: "src/kept.log", line: 1, text: "a pear in a log" },
    { path: "src/pear.ts", line: 1, text: "export const PEAR = 1;" },
  ]);
  expect((await search("PEAR", true)).matches).toHaveLength(1);
});

test("says when there may be more", async () => {
  writeFileSync(join(outside.path, "many.txt"), "pear\n".repeat(500));

  const found = await searchFiles(outside.path, { folder: ".", pattern: undefined, text: "pear", isExact: true }, none);

  expect({ cut: found.isCut, found: found.matches.length, last: found.matches.at(-1)?.line }).toEqual({
    cut: true,
    found: 100,
    last: 100,
  });
});
