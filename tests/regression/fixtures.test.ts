import { expect, test } from "bun:test";
import { copyFileSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { openTestApp } from "../harness/app.ts";
import { readEverything } from "../harness/everything.ts";
import { tempFolder } from "../harness/folder.ts";

const FIXTURES = join(import.meta.dirname, "..", "fixtures");
const WORKSPACE = "/projects/example";

for (const version of readdirSync(FIXTURES)) {
  test(`openStore() reads everything that version ${version} wrote`, async () => {
    using folder = tempFolder();
    const db = join(folder.path, "cadre.db");
    copyFileSync(join(FIXTURES, version, "cadre.db"), db);
    const expected: unknown = JSON.parse(readFileSync(join(FIXTURES, version, "expected.json"), "utf8"));

    await using app = await openTestApp({ db });

    // What a later version shows beside it, it has made from the same rows.
    expect(await readEverything(app, WORKSPACE)).toMatchObject(expected as never);
  });

  test(`openStore() writes to what version ${version} wrote, and it opens a second time`, async () => {
    using folder = tempFolder();
    const db = join(folder.path, "cadre.db");
    copyFileSync(join(FIXTURES, version, "cadre.db"), db);
    const first = await openTestApp({ db });
    const made = await first.tasks.create(WORKSPACE, { title: "From a later version" });
    await first.close();

    await using second = await openTestApp({ db });

    expect(await second.tasks.show(made.id)).toMatchObject({ title: "From a later version" });
  });
}
