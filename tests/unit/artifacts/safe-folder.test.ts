import { describe, expect, test } from "bun:test";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isPathHere, openSafeFolder } from "../../../src/artifacts/safe-folder.ts";
import { digest } from "../../../src/base/ids.ts";
import { refusalOf } from "../../harness/errors.ts";
import { tempFolder } from "../../harness/folder.ts";
import { treeOf } from "./stage.ts";

describe("isPathHere()", () => {
  test.each([
    ["linux", "/home/me/app", true],
    ["darwin", "/Users/me/app", true],
    ["linux", "c:/code/app", false],
    ["linux", "//server/share/app", false],
    ["linux", "app", false],
    ["linux", "", false],
    ["linux", "/home/\0/app", false],
    ["win32", "c:/code/app", true],
    ["win32", "C:\\work\\app", true],
    ["win32", "//server/share/app", true],
    ["win32", "/home/me/app", false],
    ["win32", "c:app", false],
  ])("on %s, %s: %p", (system, path, isHere) => expect(isPathHere(path, system)).toBe(isHere));
});

describe("openSafeFolder()", () => {
  test("goes through the links that lead to the folder itself", async () => {
    using folder = tempFolder();
    mkdirSync(join(folder.path, "real"));
    symlinkSync(join(folder.path, "real"), join(folder.path, "link"));
    const bytes = Buffer.from("text");

    const opened = await openSafeFolder(join(folder.path, "link"));
    await opened.write(["a.txt"], { hash: digest(bytes), size_bytes: 4 }, async () => bytes);

    expect(treeOf(join(folder.path, "real"))).toEqual({ "a.txt": "text" });
    expect(await opened.identity()).toBe(await (await openSafeFolder(join(folder.path, "real"))).identity());
  });
});

describe("SafeFolder", () => {
  test("read() reads plain files of a bounded size, and follows no link", async () => {
    using folder = tempFolder();
    writeFileSync(join(folder.path, "a.txt"), "text");
    symlinkSync("/etc/passwd", join(folder.path, "link.txt"));
    symlinkSync("/etc", join(folder.path, "etc"));
    const opened = await openSafeFolder(folder.path);

    expect(Buffer.from((await opened.read(["a.txt"], 4)) ?? []).toString()).toBe("text");
    expect(await opened.read(["none.txt"], 4)).toBeUndefined();
    expect(await opened.read(["none", "a.txt"], 4)).toBeUndefined();
    expect(await opened.read(["link.txt"], 10_000)).toBeUndefined();
    expect(await refusalOf(() => opened.read(["etc", "passwd"], 10_000))).toMatchObject({ code: "forbidden" });
    expect(await refusalOf(() => opened.read(["a.txt"], 3))).toMatchObject({
      code: "too_large",
      message: "cannot read a.txt: it is larger than 3B",
    });
  });

  test("kind() and names() say what is there", async () => {
    using folder = tempFolder();
    mkdirSync(join(folder.path, "sub"));
    writeFileSync(join(folder.path, "sub", "a.txt"), "");
    symlinkSync("/etc", join(folder.path, "link"));
    const opened = await openSafeFolder(folder.path);

    expect(await Promise.all(["sub", "link", "none"].map((name) => opened.kind([name])))).toEqual([
      "folder",
      "link",
      undefined,
    ]);
    expect(await opened.names(["sub"])).toEqual(["a.txt"]);
    expect(await opened.names(["none"])).toEqual([]);
    expect(await refusalOf(() => opened.names(["link"]))).toMatchObject({ code: "forbidden" });
  });

  test("removeEmpty() takes away what is empty, up to what is not", async () => {
    using folder = tempFolder();
    mkdirSync(join(folder.path, "a/b/c"), { recursive: true });
    writeFileSync(join(folder.path, "a/keep.txt"), "");
    const opened = await openSafeFolder(folder.path);

    await opened.removeEmpty(["a", "b", "c"]);

    expect(treeOf(folder.path)).toEqual({ "a/keep.txt": "" });
  });
});
