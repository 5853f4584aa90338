// What is typed is never taken for something that every JavaScript object has.
import { expect, test } from "bun:test";
import { invoke } from "../harness/cli.ts";

test.each(["constructor", "toString", "__proto__", "valueOf", "hasOwnProperty"])(
  "the word %s is a word",
  async (word) => {
    const made = await invoke(["task", "create", word, "--json"]);

    expect([made.exit, JSON.parse(made.stdout || "{}")]).toMatchObject([0, { title: word }]);
  },
);

test.each(["constructor", "toString", "__proto__"])("--%s is no flag", async (name) => {
  const refused = await invoke(["task", "create", `--${name}`, "x", "y"]);

  expect([refused.exit, refused.stderr]).toEqual([2, expect.stringContaining(`no flag --${name}`)]);
});

test("a word before a command makes it another one, which there is not", async () => {
  const refused = await invoke(["evil", "task", "create"]);

  expect([refused.exit, refused.stderr]).toEqual([2, expect.stringContaining("no command evil task create")]);
});

test("a command line that cannot be read is refused as JSON where JSON was asked for", async () => {
  const { runCli } = await import("../harness/cli.ts");

  const { exit, stderr } = await runCli(["--json", "task", "list", "--prototype"]);

  expect([exit, JSON.parse(stderr)]).toMatchObject([2, { error: { code: "invalid_input", hint: expect.any(String) } }]);
});

test("what turns the direction of writing is shown, not obeyed", async () => {
  const { stderr } = await invoke(["role", "show", "\u202egnp.exe\u2066"]);

  expect(stderr).toContain("\\u202egnp.exe\\u2066");
});
