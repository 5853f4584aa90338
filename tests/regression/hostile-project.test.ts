// A cloned repository may hold anything under .cadre. cadre starts all the same, says what it ignored, waits for
// nothing, and shows nothing of what only its user may read.

import { expect, test } from "bun:test";
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Cadre } from "../../src/app.ts";
import { loadConfig } from "../../src/config/load.ts";
import { setTrust, trustedFiles } from "../../src/config/trust.ts";
import { runtime } from "../../src/runtime/current.ts";
import { Roles } from "../../src/tasks/roles/roles.ts";
import { tempFolder } from "../harness/folder.ts";

const SECRET = "hunter2_only_the_user_may_read";

/** A project whose .cadre somebody else filled, beside a file that the project may not read. */
function hostileProject() {
  const folder = tempFolder();
  const project = join(folder.path, "project");
  const secret = join(folder.path, "secret.yaml");
  mkdirSync(join(project, ".cadre", "roles"), { recursive: true });
  writeFileSync(secret, `${SECRET}: ${SECRET}\n`);
  const warnings: string[] = [];
  const host = {
    ...runtime.host,
    env: {},
    cwd: project,
    homeDir: folder.path,
    writeErr: (line: string) => warnings.push(line),
  };
  return {
    ...folder,
    project,
    secret,
    home: join(folder.path, "home"),
    config: join(project, ".cadre", "config.yaml"),
    role: join(project, ".cadre", "roles", "architect.yaml"),
    /** All that start-up says about the project. */
    start: async () => {
      const config = await loadConfig(host, { home: join(folder.path, "home") });
      const cadre = new Cadre({ ...runtime, host }, config);
      return { config, cadre, said: [...config.warnings, ...warnings].join("\n") };
    },
  };
}

const bomb = ["a: &a [x, x, x, x, x, x, x, x, x]"]
  .concat(
    ["b", "c", "d", "e", "f", "g", "h"].map(
      (key, at) => `${key}: &${key} [${Array(9).fill(`*${"abcdefg"[at]}`).join(",")}]`,
    ),
  )
  .join("\n");

type Place = (path: string, secret: string) => void;
const PLACES: readonly (readonly [string, Place, RegExp])[] = [
  ["a link to a secret", (path, secret) => symlinkSync(secret, path), /it is a link/],
  ["a link to /etc/shadow", (path) => symlinkSync("/etc/shadow", path), /it is a link/],
  ["a link to nothing", (path) => symlinkSync("/nowhere/at/all", path), /it is a link/],
  ["a link to itself", (path) => symlinkSync(path, path), /it is a link/],
  ["a pipe that nobody writes to", (path) => execFileSync("mkfifo", [path]), /no plain file/],
  ["a device", (path) => symlinkSync("/dev/zero", path), /it is a link/],
  ["a folder", (path) => mkdirSync(path), /no plain file/],
  ["a huge file", (path) => writeFileSync(path, `# ${"x".repeat(5_000_000)}\n`), /larger than/],
  [
    "no text",
    (path) =>
      writeFileSync(
        path,
        Uint8Array.from({ length: 500 }, (_, at) => (at * 37) % 256),
      ),
    /UTF-8/,
  ],
  ["a bomb of aliases", (path) => writeFileSync(path, bomb), /alias/],
  ["thousands of brackets", (path) => writeFileSync(path, `a: ${"[".repeat(8_000)}`), /\S/],
];

test.each(PLACES)(
  "a project's settings may be %s: cadre starts, and shows nothing of it",
  async (_what, place, why) => {
    using here = hostileProject();
    place(here.config, here.secret);

    const { config, said } = await here.start();

    expect(config.projectLimits).toEqual({});
    expect(said).toMatch(why);
    expect(said).not.toContain(SECRET);
    expect(
      trustedFiles(here.project)
        .map(({ text }) => text)
        .join(),
    ).not.toContain(SECRET);
  },
);

test.each(PLACES.filter(([what]) => !/link|pipe|folder|device/.test(what)))(
  "a project's role may be %s: the others work",
  async (_what, place, why) => {
    using here = hostileProject();
    place(here.role, here.secret);

    const { roles, problems } = await new Roles().list(here.project);

    expect(roles.find(({ id }) => id === "architect")?.source).toBe("built-in");
    expect(problems.map(({ message }) => message).join()).toMatch(why);
  },
);

test.each(PLACES.filter(([what]) => /link|pipe|folder|device/.test(what)))(
  "a project's role that is %s is not there",
  async (_what, place) => {
    using here = hostileProject();
    place(here.role, here.secret);

    const answer = await new Roles().list(here.project);

    expect(answer.roles.find(({ id }) => id === "architect")?.source).toBe("built-in");
    expect(JSON.stringify(answer)).not.toContain(SECRET);
  },
);

test("a project's .cadre that is a link leads nowhere", async () => {
  using here = hostileProject();
  const elsewhere = join(here.path, "elsewhere");
  mkdirSync(join(elsewhere, "roles"), { recursive: true });
  writeFileSync(join(elsewhere, "config.yaml"), `${SECRET}: 1\nread_only: true\n`);
  writeFileSync(join(elsewhere, "roles", "spy.yaml"), `${SECRET}: 1\n`);
  rmSync(join(here.project, ".cadre"), { recursive: true });
  symlinkSync(elsewhere, join(here.project, ".cadre"));

  const { config, said } = await here.start();

  expect(config.projectLimits).toEqual({});
  expect(said).toContain("its folder is a link");
  expect(`${said}${JSON.stringify(await new Roles().list(here.project))}`).not.toContain(SECRET);
});

test("what is wrong in a project's settings is told and ignored, what is right holds", async () => {
  using here = hostileProject();
  const lines = [
    "read_onli: true",
    "read_only: maybe",
    "exclude_tools: [task_create]",
    "db: postgres://evil/x",
    "open: true",
  ];
  writeFileSync(here.config, `${lines.join("\n")}\n`);

  const { config, said } = await here.start();

  expect(config.projectLimits).toEqual({ exclude_tools: ["task_create"] });
  expect(config.settings).toMatchObject({ open: false });
  expect(config.settings.db).toBeUndefined();
  for (const part of ["Did you mean read_only?", '"maybe"', "db is ignored", "open is ignored"])
    expect(said).toContain(part);
});

test("a project may name tools that this cadre does not know: they stay away, the rest is served", async () => {
  using here = hostileProject();
  writeFileSync(here.config, "tools: [task_list, tool_of_tomorrow]\n");

  const { cadre, said } = await here.start();

  expect(cadre.toolbox.allowed().map(({ name }) => name)).toEqual(["task_list", "list_tasks", "get_recent_commits"]);
  expect(said).toContain("tool_of_tomorrow");
});

test("a trusted project's wait cannot be one that no timer keeps", async () => {
  using here = hostileProject();
  writeFileSync(here.config, "call_timeout: 999999999d\n");
  setTrust(here.home, here.project, true);

  const { config, said } = await here.start();

  expect(config.settings.call_timeout).toBe(60_000);
  expect(said).toContain("expected a time from 1ms to 24d");
});

test("a folder full of costly role files costs a bounded time", async () => {
  using here = hostileProject();
  const costly = Array.from({ length: 3_000 }, (_, at) => `k${at}: 1`).join("\n");
  for (let at = 0; at < 200; at++) writeFileSync(join(here.project, ".cadre", "roles", `r${at}.yaml`), costly);

  const { problems } = await new Roles().list(here.project);

  expect(problems.filter(({ message }) => message.includes("together"))).not.toEqual([]);
});
