// What cadre keeps is its user's alone, whatever the umask; what somebody else put there is not believed.

import { expect, test } from "bun:test";
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "../../src/base/clock.ts";
import { ensureToken, rotateToken, tokenPath } from "../../src/config/token.ts";
import { isTrusted, setTrust, trustedFiles } from "../../src/config/trust.ts";
import { runtime } from "../../src/runtime/current.ts";
import { openStore } from "../../src/store/open.ts";
import { runCli } from "../harness/cli.ts";
import { refusalOf } from "../harness/errors.ts";
import { tempFolder } from "../harness/folder.ts";

const open = (db: string) =>
  openStore({ runtime, clock: systemClock, db, profile: "default", keepCopy: async () => {} });
const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);

test.each(["000", "022", "077"])("with umask %s, folders are 0700 and files 0600", (umask) => {
  using folder = tempFolder();
  const home = join(folder.path, "deep", "home");
  const main = join(import.meta.dirname, "..", "..", "src", "main.ts");
  const cadre = `"${process.execPath}" "${main}"`;
  const exported = join(folder.path, "work.jsonl");
  const commands = ["task create x", "token rotate", "db backup", `db export ${exported}`].map(
    (words) => `${cadre} ${words}`,
  );
  const env = { PATH: process.env["PATH"] ?? "", CADRE_HOME: home };
  execFileSync("sh", ["-c", [`umask ${umask}`, ...commands].join(" && ")], { env, cwd: folder.path });

  expect([modeOf(join(folder.path, "deep")), modeOf(home)]).toEqual(["700", "700"]);
  const files = readdirSync(home, { recursive: true, withFileTypes: true });
  const odd = files.filter((file) => modeOf(join(file.parentPath, file.name)) !== (file.isDirectory() ? "700" : "600"));
  expect(odd.map(({ name }) => name)).toEqual([]);
  expect(files.length).toBeGreaterThan(3);
  expect(modeOf(exported)).toBe("600");
});

test("db export writes through no link that a project put there", async () => {
  using folder = tempFolder();
  const mine = join(folder.path, "mine");
  writeFileSync(mine, "keep me");
  symlinkSync(mine, join(folder.path, "work.jsonl.part"));
  const options = { env: { CADRE_HOME: join(folder.path, "home") }, cwd: folder.path };
  await runCli(["task", "create", "x"], options);

  const { exit } = await runCli(["db", "export", "work.jsonl"], options);

  expect([exit, readFileSync(mine, "utf8")]).toEqual([0, "keep me"]);
});

test("the files that SQLite makes beside the database are its user's alone too", async () => {
  using folder = tempFolder();
  const db = join(folder.path, "data", "cadre.db");

  const sql = await open(db);

  expect(["", "-wal", "-shm"].map((end) => modeOf(`${db}${end}`))).toEqual(["600", "600", "600"]);
  await sql.close();
});

test.each([
  ["that others may read", (path: string) => writeFileSync(path, "cadre_known\n", { mode: 0o644 }), "other accounts"],
  ["that is a link", (path: string) => symlinkSync("/etc/hostname", path), "it is a link"],
  ["that is a folder", (path: string) => mkdirSync(path), "no plain file"],
  ["that is a pipe", (path: string) => execFileSync("mkfifo", ["-m", "600", path]), "no plain file"],
])("a token %s is not believed", async (_what, place, why) => {
  using folder = tempFolder();
  place(tokenPath(folder.path));

  const error = await refusalOf(() => ensureToken(folder.path));

  expect([error.code, error.message]).toEqual(["forbidden", expect.stringContaining(why)]);
});

test("a token is not kept in a folder where others may write", async () => {
  using folder = tempFolder();
  chmodSync(folder.path, 0o777);

  const errors = [await refusalOf(() => ensureToken(folder.path)), await refusalOf(() => rotateToken(folder.path))];

  for (const { code, hint } of errors)
    expect([code, hint]).toEqual(["forbidden", expect.stringContaining("chmod 700")]);
});

test("rotateToken() writes through no link and keeps no wider mode that somebody left there", () => {
  using folder = tempFolder();
  const bait = join(folder.path, "bait");
  writeFileSync(bait, "mine", { mode: 0o666 });
  symlinkSync(bait, join(folder.path, "token.new"));

  const token = rotateToken(folder.path);

  expect([readFileSync(bait, "utf8"), modeOf(tokenPath(folder.path)), ensureToken(folder.path)]).toEqual([
    "mine",
    "600",
    token,
  ]);
});

test("two processes that make the token at once end up with one", async () => {
  using folder = tempFolder();
  const tokens = new Set(Array.from({ length: 5 }, () => ensureToken(folder.path)));

  expect(tokens.size).toBe(1);
  expect(readdirSync(folder.path)).toEqual(["token"]);
});

test("a list of what is trusted that others may write trusts nobody", () => {
  using folder = tempFolder();
  const project = join(folder.path, "project");
  mkdirSync(join(project, ".cadre"), { recursive: true });
  writeFileSync(join(project, ".cadre", "config.yaml"), "log_level: debug\n");
  const home = join(folder.path, "home");
  setTrust(home, project, true);
  const [file = { path: "", text: "" }] = trustedFiles(project);
  expect(isTrusted(home, project, file)).toBe(true);

  chmodSync(join(home, "trusted.json"), 0o666);

  expect(isTrusted(home, project, file)).toBe(false);
});

test("opening what is no database of ours leaves it as it was, its mode too", async () => {
  using folder = tempFolder();
  const path = join(folder.path, "notes.txt");
  writeFileSync(path, "not a database, and longer than a header", { mode: 0o644 });
  symlinkSync(path, join(folder.path, "cadre.db"));

  const error = await refusalOf(() => open(join(folder.path, "cadre.db")));

  expect([error.code, modeOf(path), readFileSync(path, "utf8")]).toEqual([
    "damaged",
    "644",
    "not a database, and longer than a header",
  ]);
});

test("opening a pipe as the database waits for nobody", async () => {
  using folder = tempFolder();
  const path = join(folder.path, "cadre.db");
  execFileSync("mkfifo", [path]);

  const error = await refusalOf(() => open(path));

  expect([error.code, error.message]).toEqual(["unavailable", `cannot open ${path}: it is no plain file`]);
});
