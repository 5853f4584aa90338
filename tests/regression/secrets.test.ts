// Secrets stay out of errors, listings and logs; and a log line cannot be made to look like another.

import { expect, test } from "bun:test";
import { existsSync, readdirSync } from "node:fs";
import { redactText } from "../../src/base/redact.ts";
import { Log } from "../../src/observe/log.ts";
import { runCli } from "../harness/cli.ts";
import { fakeClock } from "../harness/clock.ts";
import { tempFolder } from "../harness/folder.ts";
import { startServer } from "../harness/server.ts";

const PASSWORD = "hunter2SECRET";

test.each([
  `postgres://me:${PASSWORD}@127.0.0.1:1/db`,
  `postgres://me:a@${PASSWORD}@127.0.0.1:1/db`,
  `postgres://me:a/${PASSWORD}@127.0.0.1:1/db`,
  `POSTGRES://me:${PASSWORD}@127.0.0.1:1/db`,
  `postgresql://127.0.0.1:1/db?user=me&password=${PASSWORD}`,
  `mysql://me:${PASSWORD}@127.0.0.1/db`,
])("the password of %s shows nowhere, and makes no folder", async (db) => {
  using folder = tempFolder();
  const env = { CADRE_HOME: folder.path, CADRE_DB: db };
  const said: string[] = [];

  for (const args of [
    ["task", "list"],
    ["task", "list", "--json"],
    ["config", "list"],
    ["config", "list", "--json"],
  ]) {
    const { stdout, stderr } = await runCli([...args, "--log-level", "debug"], { env, cwd: folder.path });
    said.push(stdout, stderr);
  }

  expect(said.join("\n")).not.toContain(PASSWORD);
  expect(readdirSync(folder.path)).toEqual([]);
});

test.each([
  [`Authorization: Basic ${btoa(`me:${PASSWORD}`)}`, "Authorization: Basic [hidden]"],
  [`GET /x?token=${PASSWORD}&a=1`, "GET /x?token=[hidden]&a=1"],
  [`redis://:${PASSWORD}@h/0 and http://host:5060/a@b`, "redis://:[hidden]@h/0 and http://host:5060/a@b"],
])("redactText() hides the secret in %s", (text, shown) => {
  expect(redactText(text)).toBe(shown);
});

test("redactText() of a text made against it takes no long time", () => {
  const text = "://u:".repeat(20_000);

  expect(redactText(text)).toBe(text);
});

test("a token that a caller sends, right or wrong, is in no log line and no answer", async () => {
  await using server = await startServer();
  const wrong = "cadre_wrong_token_of_somebody";

  const answers = [
    await server.get("/v1/task/list", { authorization: `Bearer ${wrong}` }),
    await server.get("/v1/task/list", { authorization: `Bearer ${server.token}` }),
    await server.get(`/v1/task/list?token=${server.token}`),
  ];

  expect(answers.map(({ status }) => status)).toEqual([401, 200, 400]);
  const said = JSON.stringify([server.logged, answers.map(({ body }) => body)]);
  expect(said).not.toContain(wrong);
  expect(said).not.toContain(server.token);
});

test("a token that could be guessed is not taken from the environment", async () => {
  for (const token of ["x", "hunter2", "with space in it and long"]) {
    await expect(startServer({ env: { CADRE_TOKEN: token } })).rejects.toMatchObject({ code: "invalid_input" });
  }
});

test("a value in the log cannot pretend to be another field or another line", () => {
  const lines: string[] = [];
  const log = new Log({ level: "info", format: "text", clock: fakeClock(0), write: (line) => lines.push(line) });

  log.info("tool refused", {
    message: 'x code=ok\n1970-01-01T00:00:00.000Z error made up="yes"',
    code: "invalid_input",
  });

  expect(lines).toEqual([
    '1970-01-01T00:00:00.000Z info  tool refused message="x code=ok\\n1970-01-01T00:00:00.000Z error made up=\\"yes\\"" code=invalid_input\n',
  ]);
});

test("a folder with a URL's name is not made", async () => {
  using folder = tempFolder();

  const { exit, stderr } = await runCli(["task", "list", "--db", `mysql://me:${PASSWORD}@h/db`], {
    env: { CADRE_HOME: folder.path },
    cwd: folder.path,
  });

  expect([exit, stderr]).toEqual([2, expect.stringContaining("postgres://")]);
  expect(existsSync(`${folder.path}/mysql:`)).toBe(false);
});
