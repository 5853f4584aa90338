import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runtime } from "../../../src/runtime/current.ts";
import { SCHEMA_LATEST } from "../../../src/store/migrate.ts";
import { runCli } from "../../harness/cli.ts";
import { until } from "../../harness/condition.ts";
import { damageBytes, damageHeader, damagePage } from "../../harness/damage.ts";
import { tempFolder } from "../../harness/folder.ts";
import { startProcess } from "../../harness/process.ts";

/** Each command is a process of its own. */
setDefaultTimeout(60_000);

interface Home {
  readonly path: string;
  readonly database: string;
  /** A command with --json, and what it answered. */
  cadre(...args: string[]): Promise<{ exit: number; answer: Record<string, unknown>; error: Record<string, unknown> }>;
  [Symbol.dispose](): void;
}

function openHome(db?: string): Home {
  const folder = tempFolder();
  const path = join(folder.path, "home");
  return {
    path,
    database: join(path, "cadre.db"),
    cadre: async (...args) => {
      const where = db ? ["--db", db] : [];
      const { exit, stdout, stderr } = await runCli([...args, "--json", "--home", path, ...where], {
        cwd: folder.path,
      });
      const parse = (text: string) => (text ? (JSON.parse(text) as Record<string, unknown>) : {});
      return {
        exit,
        answer: parse(stdout),
        error: (parse(exit === 0 ? "" : stderr)["error"] ?? {}) as Record<string, unknown>,
      };
    },
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  };
}

async function titles({ cadre }: Home): Promise<unknown[]> {
  const { answer } = await cadre("task", "list");
  return (answer["tasks"] as { title: string }[]).map(({ title }) => title);
}

describe("cadre db backup, backups and restore", () => {
  test("bring back what was there, and can be undone", async () => {
    using home = openHome();
    await home.cadre("task", "create", "first");
    const backup = await home.cadre("db", "backup");
    await home.cadre("task", "create", "second");

    const restored = await home.cadre("db", "restore", String(backup.answer["id"]));

    expect(backup.answer).toMatchObject({
      is_new: true,
      reason: "manual",
      folder: join(home.path, "backups", "cadre.db"),
    });
    expect(restored.answer).toMatchObject({ restored: backup.answer["id"], path: home.database });
    expect(await titles(home)).toEqual(["first"]);
    await home.cadre("db", "restore", String(restored.answer["before"]));
    expect(await titles(home)).toEqual(["first", "second"]);
  });

  test("say so when nothing has changed since", async () => {
    using home = openHome();
    await home.cadre("task", "create", "first");
    const first = await home.cadre("db", "backup");

    const second = await home.cadre("db", "backup");

    expect(second.answer).toMatchObject({ id: first.answer["id"], is_new: false });
  });

  test("list the newest first, and with --verify which are whole", async () => {
    using home = openHome();
    await home.cadre("task", "create", "first");
    const first = await home.cadre("db", "backup");
    await home.cadre("task", "create", "second");
    const second = await home.cadre("db", "backup");

    const { answer } = await home.cadre("db", "backups", "--verify");

    expect(answer["backups"]).toEqual([
      expect.objectContaining({ id: second.answer["id"], problem: "none" }),
      expect.objectContaining({ id: first.answer["id"], problem: "none" }),
    ]);
  });

  test("work on a database that nothing else can open any more", async () => {
    using home = openHome();
    await home.cadre("task", "create", "first");
    await home.cadre("db", "backup");
    damageHeader(home.database);
    const refused = await home.cadre("task", "list");

    const listed = await home.cadre("db", "backups");
    const restored = await home.cadre("db", "restore");

    expect(refused).toMatchObject({
      exit: 9,
      error: { code: "damaged", hint: expect.stringContaining("cadre db restore") },
    });
    expect(listed.answer["backups"]).toHaveLength(1);
    expect(restored.exit).toBe(0);
    expect(existsSync(String(restored.answer["damaged_copy"]))).toBe(true);
    expect(await titles(home)).toEqual(["first"]);
  });

  test("leave a server in the middle of its work going on with the restored rows", async () => {
    using home = openHome();
    await home.cadre("task", "create", "first");
    const backup = await home.cadre("db", "backup");
    await home.cadre("task", "create", "second");
    await using follower = startProcess(["event", "follow", "--all", "--after", "0", "--home", home.path], {
      cwd: tmpdir(),
    });
    const types = () =>
      follower
        .stdout()
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => (JSON.parse(line) as { type: string }).type);
    await until(() => types().length === 2, "the follower has read both");

    await home.cadre("db", "restore", String(backup.answer["id"]));
    await home.cadre("task", "create", "third");

    await until(() => types().length === 4, "the follower goes on");
    expect(types()).toEqual(["task.created", "task.created", "database.restored", "task.created"]);
    expect(await titles(home)).toEqual(["first", "third"]);
  });
});

describe("cadre db check", () => {
  test("says what is whole", async () => {
    using home = openHome();
    await home.cadre("task", "create", "first");
    const backup = await home.cadre("db", "backup");

    const { answer } = await home.cadre("db", "check");

    expect(answer).toMatchObject({
      path: home.database,
      database: "ok",
      references: "ok",
      log: "ok",
      schema_version: SCHEMA_LATEST,
      backup: `${backup.answer["id"]} ok`,
    });
  });

  test.each([
    ["header", (path: string) => damageHeader(path), /not a database/],
    ["page", (path: string) => damagePage(path), /page 4|malformed|Tree/],
  ])("finds a damaged %s, and says what to do", async (_what, damage, message) => {
    using home = openHome();
    await home.cadre("task", "create", "first");
    damage(home.database);

    const { exit, error } = await home.cadre("db", "check");

    expect(exit).toBe(9);
    expect(error).toMatchObject({ code: "damaged", message: expect.stringMatching(message) });
    expect(error["hint"]).toContain("cadre db restore");
  });

  test("finds a row that belongs to nothing", async () => {
    using home = openHome();
    await home.cadre("task", "create", "first");
    const connection = runtime.openSqlite(home.database);
    connection.exec("PRAGMA foreign_keys = OFF");
    connection.exec("DELETE FROM workspace");
    connection.close();

    const { error } = await home.cadre("db", "check");

    expect(error["message"]).toBe(`cannot trust ${home.database}: task row 1 belongs to a workspace that is not there`);
  });

  test("finds the newest backup damaged, and says what mends it", async () => {
    using home = openHome();
    await home.cadre("task", "create", "first");
    await home.cadre("db", "backup");
    rmSync(join(home.path, "backups", "cadre.db", "chunks"), { recursive: true });

    const { error } = await home.cadre("db", "check");
    await home.cadre("db", "backup");
    const mended = await home.cadre("db", "check");

    expect(error).toMatchObject({ code: "damaged", hint: expect.stringContaining("cadre db backup") });
    expect(mended.exit).toBe(0);
  });

  test("finds commits that lie behind a break of the log", async () => {
    using home = openHome();
    await using server = startProcess(["event", "follow", "--home", home.path], { cwd: tmpdir() });
    await until(() => existsSync(`${home.database}-wal`) && statSync(`${home.database}-wal`).size > 0, "it is open");
    for (const title of ["one", "two", "three", "four"]) await home.cadre("task", "create", title);
    server.signal("SIGKILL");
    await server.exited;
    // The tables were made first, then four tasks: the break lies between them.
    const { size } = statSync(`${home.database}-wal`);
    damageBytes(`${home.database}-wal`, size - Math.floor(size / 4), 16);

    const { exit, error } = await home.cadre("db", "check");

    expect(exit).toBe(9);
    expect(error["message"]).toMatch(/its log is broken, with \d+ commits behind the break/);
  });

  test("makes no database where there is none", async () => {
    using home = openHome();

    const { exit, error } = await home.cadre("db", "check");

    expect([exit, error["code"]]).toEqual([4, "not_found"]);
    expect(existsSync(home.database)).toBe(false);
  });
});

describe("cadre db optimize", () => {
  test("makes the file smaller after much was deleted, and says by how much", async () => {
    using home = openHome();
    await home.cadre("task", "create", "first");
    const connection = runtime.openSqlite(home.database);
    connection.exec("CREATE TABLE filler (content BLOB NOT NULL)");
    for (let at = 0; at < 200; at++) connection.all("INSERT INTO filler VALUES (zeroblob(20000))");
    connection.exec("DELETE FROM filler");
    connection.close();

    const { answer } = await home.cadre("db", "optimize");

    expect(Number(answer["after_bytes"])).toBeLessThan(Number(answer["before_bytes"]) / 5);
    expect(answer["wal_after_bytes"]).toBe(0);
    expect(statSync(home.database).size).toBe(Number(answer["after_bytes"]));
    expect(await titles(home)).toEqual(["first"]);
  });
});

describe("cadre db info", () => {
  test("tells where the database is and what is in it", async () => {
    using home = openHome();
    await home.cadre("task", "create", "first");
    const backup = await home.cadre("db", "backup");

    const { answer } = await home.cadre("db", "info");

    expect(answer).toMatchObject({
      path: home.database,
      bytes: statSync(home.database).size,
      schema_version: SCHEMA_LATEST,
      journal_mode: "wal",
      synchronous: "full",
      profile: "default",
      rows: { task: 1, event: 1, workspace: 1 },
      backup: expect.stringContaining(String(backup.answer["id"])),
    });
    expect(answer["engine"]).toMatch(/^SQLite 3\./);
  });

  test("reads one that a newer cadre has written", async () => {
    using home = openHome();
    await home.cadre("task", "create", "first");
    const connection = runtime.openSqlite(home.database);
    connection.exec("INSERT INTO migration (version, name, applied_ms) VALUES (999, 'future', 0)");
    connection.close();

    const { exit, answer } = await home.cadre("db", "info");

    expect([exit, answer["schema_version"], answer["schema_latest"]]).toEqual([0, 999, SCHEMA_LATEST]);
  });
});

describe("cadre db export and import", () => {
  test("carry a workspace to another database, ids and all", async () => {
    using from = openHome();
    using to = openHome();
    const first = await from.cadre("task", "create", "first", "--workspace", "/projects/carried");
    const needs = String(first.answer["id"]);
    await from.cadre("task", "create", "second", "--needs", needs, "--workspace", "/projects/carried");
    const file = join(from.path, "carried.jsonl");

    const exported = await from.cadre("db", "export", file, "--workspace", "/projects/carried");
    const imported = await to.cadre("db", "import", file);

    expect(exported.answer).toMatchObject({ file, workspace: "/projects/carried", tasks: 2, needs: 1, events: 2 });
    expect(imported.answer).toMatchObject({ path: "/projects/carried", tasks: 2, needs: 1, events: 2, skipped: 0 });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const shown = await to.cadre("task", "show", String(first.answer["id"]));
    expect(shown.answer).toMatchObject({ title: "first", created_ms: expect.any(Number) });
    const graph = await to.cadre("task", "graph", "--workspace", "/projects/carried");
    expect(JSON.stringify(graph.answer)).toContain(String(first.answer["id"]));
  });

  test("write over no file", async () => {
    using home = openHome();
    await home.cadre("task", "create", "first");
    const file = join(home.path, "work.jsonl");
    writeFileSync(file, "mine");

    const { exit, error } = await home.cadre("db", "export", file);

    expect([exit, error["code"]]).toEqual([5, "conflict"]);
    expect(readFileSync(file, "utf8")).toBe("mine");
    expect(readdirSync(home.path).filter((name) => name.includes(".part"))).toEqual([]);
  });

  test.each([
    ["export", "no workspace /projects/unknown"],
    ["import", "no file /nowhere/work.jsonl"],
  ])("%s says what is missing", async (verb, message) => {
    using home = openHome();

    const { exit, error } = await home.cadre("db", verb, "/nowhere/work.jsonl", "--workspace", "/projects/unknown");

    expect([exit, error["message"]]).toEqual([4, message]);
  });
});

describe("on PostgreSQL", () => {
  test.each([["check"], ["optimize"], ["backup"], ["backups"], ["restore"]])(
    "cadre db %s names the server's own tools",
    async (verb) => {
      using home = openHome("postgres://nobody@127.0.0.1:1/none");

      const { exit, error } = await home.cadre("db", verb);

      expect([exit, error["code"]]).toEqual([6, "unavailable"]);
      expect(error["hint"]).toContain("pg_dump");
    },
  );
});
