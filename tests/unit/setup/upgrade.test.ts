import { describe, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { tarGz } from "../../../scripts/release/tar.ts";
import { zip } from "../../../scripts/release/zip.ts";
import { systemClock } from "../../../src/base/clock.ts";
import { runtime } from "../../../src/runtime/current.ts";
import { fileInTar } from "../../../src/setup/tar.ts";
import { compareVersions, findRelease, rollBack, type UpgradeParts, upgradeTo } from "../../../src/setup/upgrade.ts";
import { type TempFolder, tempFolder } from "../../harness/folder.ts";
import { program, type ReleaseServer, releaseServer, TARGET } from "../../harness/release.ts";

/** A cadre 1.0.0 that somebody downloaded. */
function installed(
  folder: TempFolder,
  server: Pick<ReleaseServer, "from">,
  at = "bin",
): UpgradeParts & { said: string[] } {
  const executable = join(folder.path, at, "cadre");
  mkdirSync(join(folder.path, at), { recursive: true });
  writeFileSync(executable, program("1.0.0"));
  chmodSync(executable, 0o755);
  const said: string[] = [];
  const { signal } = new AbortController();
  const host = { ...runtime.host, executable, isCompiled: true };
  return {
    host,
    clock: systemClock,
    version: "1.0.0",
    from: server.from,
    signal,
    said,
    say: (what) => void said.push(what),
  };
}

const run = (path: string) => spawnSync(path, ["--version"]).stdout.toString().trim();

test("an upgrade puts the new one in place, keeps the old one, and goes back", async () => {
  using folder = tempFolder();
  using server = releaseServer("1.1.0", TARGET);
  const parts = installed(folder, server);
  const { executable } = parts.host;

  const release = await findRelease(parts, undefined);
  const upgraded = await upgradeTo(release, parts);
  const after = run(executable);
  const back = await rollBack(parts);

  expect(release).toMatchObject({ version: "1.1.0", isNewer: true });
  expect(upgraded).toEqual({ executable, version: "1.1.0", previous: `${executable}.previous` });
  expect(after).toContain("cadre 1.1.0");
  expect(parts.said).toEqual([
    "fetching cadre 1.1.0",
    "cadre 1.1.0 starts; looking at the database with it",
    "cadre 1.0.0 starts; looking at the database with it",
  ]);
  expect(back.version).toBe("1.0.0");
  expect(run(executable)).toContain("cadre 1.0.0");
  expect(run(`${executable}.previous`)).toContain("cadre 1.1.0");
});

describe("nothing is replaced when", () => {
  test.each<[string, (server: ReleaseServer) => void, string]>([
    [
      "the sum is wrong",
      ({ files }) => void files.set("SHA256SUMS", Buffer.from(`${"0".repeat(64)}  cadre-${TARGET}.tar.gz\n`)),
      "the sum of",
    ],
    ["the download is cut", (server) => server.cut(`cadre-${TARGET}.tar.gz`, 100), "the sum of"],
    [
      "there is none for this machine",
      ({ files }) => void files.set("SHA256SUMS", Buffer.from("")),
      "has no executable for this machine",
    ],
    ["the archive is not there", ({ files }) => void files.delete(`cadre-${TARGET}.tar.gz`), "it answered 404"],
  ])("%s", async (_what, spoil, message) => {
    using folder = tempFolder();
    using server = releaseServer("1.1.0", TARGET);
    const parts = installed(folder, server);
    const release = await findRelease(parts, undefined);
    spoil(server);

    await expect(upgradeTo(release, parts)).rejects.toThrow(message);

    expect(run(parts.host.executable)).toContain("1.0.0");
    expect(readdirSync(join(folder.path, "bin"))).toEqual(["cadre"]);
  });

  test.each([
    ["it does not say its version", "#!/bin/sh\nexit 1\n", "it says"],
    ["it says another one", program("9.9.9"), "it says"],
    ["it cannot read the database", program("1.1.0", 8), "it does not get along with the database"],
  ])("%s", async (_what, script, message) => {
    using folder = tempFolder();
    using server = releaseServer("1.1.0", TARGET, script);
    const parts = installed(folder, server);

    await expect(upgradeTo(await findRelease(parts, undefined), parts)).rejects.toThrow(message);

    expect(run(parts.host.executable)).toContain("1.0.0");
    expect(readdirSync(join(folder.path, "bin"))).toEqual(["cadre"]);
  });

  test.each([
    ["npm", "node_modules/cadre-linux-x64/bin", "npm owns it"],
    ["Homebrew", "Cellar/cadre/1.0.0/bin", "Homebrew owns it"],
  ])("%s owns it", async (_manager, at, message) => {
    using folder = tempFolder();
    using server = releaseServer("1.1.0", TARGET);
    const parts = installed(folder, server, at);

    await expect(upgradeTo(await findRelease(parts, undefined), parts)).rejects.toThrow(message);
  });
});

test("a version can be asked for, and one that is not published is an error", async () => {
  using folder = tempFolder();
  using server = releaseServer("0.9.0", TARGET);
  const parts = installed(folder, server);

  expect(await findRelease(parts, "v0.9.0")).toMatchObject({ version: "0.9.0", isNewer: false });
  await expect(findRelease(parts, "0.8.0")).rejects.toThrow("it answered 404");
  await expect(rollBack(parts)).rejects.toThrow("no earlier cadre is kept here");
});

test.each([
  ["", "nobody said where releases are published"],
  ["http://releases.example", "cannot upgrade from http://releases.example"],
  ["ftp://releases.example", "cannot upgrade from"],
])("releases come over https, or from this machine: %p", async (from, message) => {
  using folder = tempFolder();

  await expect(findRelease(installed(folder, { from }), undefined)).rejects.toThrow(message);
});

test.each([
  ["1.0.0", "1.0.0", 0],
  ["1.10.0", "1.9.0", 1],
  ["1.0.0-rc.1", "1.0.0", -1],
  ["1.0.0-rc.2", "1.0.0-rc.1", 1],
  ["0.2.0", "0.10.0", -1],
])("compareVersions(%p, %p)", (a, b, sign) => {
  expect(Math.sign(compareVersions(a, b))).toBe(sign);
});

test("what a release packs comes out again, and is the same each time", () => {
  const files = [
    { name: "cadre", bytes: Buffer.from("x".repeat(1_000)), mode: 0o755 },
    { name: "LICENSE", bytes: Buffer.from("mine"), mode: 0o644 },
  ];

  const packed = tarGz(files);

  const plain = gunzipSync(packed);
  expect(Buffer.from(fileInTar(plain, "LICENSE") ?? []).toString()).toBe("mine");
  expect(fileInTar(plain, "cadre")?.length).toBe(1_000);
  expect(fileInTar(plain, "other")).toBeUndefined();
  expect(fileInTar(plain.subarray(0, 700), "cadre")).toBeUndefined();
  expect(Buffer.from(tarGz(files)).equals(Buffer.from(packed))).toBe(true);
  expect(Buffer.from(zip(files)).equals(Buffer.from(zip(files)))).toBe(true);
});

test("tar takes what was packed", () => {
  using folder = tempFolder();
  const archive = join(folder.path, "a.tar.gz");
  writeFileSync(archive, tarGz([{ name: "cadre", bytes: Buffer.from("hello"), mode: 0o755 }]));

  spawnSync("tar", ["-xzf", archive, "-C", folder.path]);

  expect(readFileSync(join(folder.path, "cadre"), "utf8")).toBe("hello");
});
