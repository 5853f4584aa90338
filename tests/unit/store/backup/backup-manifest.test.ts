import { describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { backupFolder, readManifests } from "../../../../src/store/backup/backup-manifest.ts";
import { tempFolder } from "../../../harness/folder.ts";

describe("backupFolder()", () => {
  test("is named after a database of the data folder", () => {
    expect(backupFolder("/data", "/data/cadre.db")).toBe("/data/backups/cadre.db");
  });

  test("tells databases apart that have the same name in other folders", () => {
    const [one, two] = [backupFolder("/data", "/a/cadre.db"), backupFolder("/data", "/b/cadre.db")];

    expect(one).toMatch(/^\/data\/backups\/cadre\.db-[0-9a-f]{8}$/);
    expect(one).not.toBe(two);
    expect(backupFolder("/data", "/b/../a/cadre.db")).toBe(one);
  });
});

describe("readManifests()", () => {
  test("answers none for a folder that is not there", () => {
    expect(readManifests("/nowhere")).toEqual({ manifests: [], unreadable: [] });
  });

  test("names the files that it cannot understand, and looks at no others", () => {
    using folder = tempFolder();
    writeFileSync(join(folder.path, "00000001-backup_0123456789ab.json"), "{}");
    writeFileSync(join(folder.path, "notes.json"), "{}");

    expect(readManifests(folder.path)).toEqual({ manifests: [], unreadable: ["00000001-backup_0123456789ab.json"] });
  });
});
