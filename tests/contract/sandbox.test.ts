// What every level promises, shown with programs that attack: at each level that works here, as root and as an
// ordinary user.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chmodSync, cpSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { closedFolderOn } from "../../src/sandbox/confine.ts";
import { LEVELS, type Level } from "../../src/sandbox/isolation.ts";
import { type TempFolder, tempFolder } from "../harness/folder.ts";
import { openSandbox } from "../harness/sandbox.ts";
import { corpusProblems, type Share } from "./sandbox-levels.ts";

const CORPUS_MS_MAX = 300_000;
const STRONG = LEVELS.filter((level) => level !== "process");
const ROOT = join(import.meta.dirname, "../..");
const ORDINARY_UID = 12_345;

const sandbox = openSandbox();
const works = new Set<Level>();
for (const level of STRONG)
  if ((await sandbox.levels.test(level, new AbortController().signal)).works) works.add(level);
await sandbox.close();
for (const level of STRONG) if (!works.has(level)) console.info(`SKIPPED the level ${level}: it does not work here`);

// Each case at the strongest level, and at the other by root or by an ordinary user; with CADRE_TEST_SANDBOX=whole at
// every level by both.
const isWhole = process.env["CADRE_TEST_SANDBOX"] === "whole";

describe.each(STRONG.filter((level) => works.has(level)))("at the level %s", (level) => {
  test(
    "every program that must work works, and no attack gets out",
    async () => {
      const share = isWhole || level === "namespace" || !works.has("namespace") ? "all" : "odd";
      expect(await corpusProblems(level, share)).toEqual({});
    },
    CORPUS_MS_MAX,
  );
});

/** Another user must be able to read this project. */
const canBecome = process.getuid?.() === 0 && closedFolderOn(join(ROOT, "package.json")) === undefined;
if (!canBecome) console.info("SKIPPED the sandbox as an ordinary user: this process cannot become one here");

describe.if(canBecome)("as an ordinary user", () => {
  let folder: TempFolder;
  beforeAll(() => {
    folder = tempFolder();
    chmodSync(folder.path, 0o755);
    // The runtime may lie in a folder that only root may enter.
    cpSync(realpathSync(process.execPath), join(folder.path, "bun"));
  });
  afterAll(() => folder[Symbol.dispose]());

  test.each<[Level, Share]>([
    ["landlock", isWhole ? "all" : "even"],
    ["namespace", isWhole ? "all" : "odd"],
  ])(
    "the same holds at the level %s, of %s cases",
    async (level, share) => {
      const uid = String(ORDINARY_UID);
      const child = Bun.spawn(
        [
          "setpriv",
          `--reuid=${uid}`,
          `--regid=${uid}`,
          "--clear-groups",
          join(folder.path, "bun"),
          join(import.meta.dirname, "sandbox-levels.ts"),
          level,
          share,
        ],
        { cwd: "/", env: { PATH: "/usr/local/bin:/usr/bin:/bin" }, stderr: "pipe" },
      );
      const [out, err] = await Promise.all([child.stdout.text(), child.stderr.text()]);

      const line = out.trim().split("\n").at(-1) ?? "";
      // Where the machine forbids ordinary users their namespaces, all of them fail in the same way.
      if (/unshare failed|Operation not permitted/.test(line) && level === "namespace") {
        console.info("SKIPPED the level namespace as an ordinary user: this machine forbids it");
        return;
      }
      expect(line === "" ? err : JSON.parse(line)).toEqual({});
    },
    CORPUS_MS_MAX,
  );
});
