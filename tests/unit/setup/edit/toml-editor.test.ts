import { describe, expect, test } from "bun:test";
import { applySplices } from "../../../../src/setup/edit/splice.ts";
import { tomlEditor } from "../../../../src/setup/edit/toml-editor.ts";
import { expectEditable, NAME, variants } from "../../../harness/config-editing.ts";

const PATH = ["mcp_servers"];
const TEXTS = {
  "an empty file": "",
  "nothing but a comment": "# c\n",
  "no line break at the end": "a = 1",
  "another table": "[other]\nq = 1979-05-27T07:32:00Z\nn = inf\nbig = 0xDEADBEEF\n",
  tables: '[mcp_servers.x]\ncommand = "y"\n',
  "tables with tables": '[mcp_servers.x]\ncommand = "y"\n\n[mcp_servers.x.env]\nK = "v"\n',
  "an empty inline table": "mcp_servers = {}\n",
  "an inline table with a comment before it": '# c\nmcp_servers = { x = { command = "y" } } # d\n[foo]\nb=1\n',
  "an inline table over several lines": 'mcp_servers = {\n  x = { command = "y" }, # c\n}\n',
  "dotted keys": 'mcp_servers.x.command = "y"\nmcp_servers.x.args = []\n',
  "inline tables in a table": '[mcp_servers]\nx = { command = "y" }\nz.command = "q" # c\n[other]\na = 1\n',
  "quoted names": '["mcp_servers"."a.b"]\ncommand = \'y\'\n',
  "a text that looks like a table": 'x = """\n[mcp_servers.cadre]\n"""\n',
  "indented tables": '  [mcp_servers.x]\n    command = "y"\n',
  "comments everywhere":
    '# 1\n[mcp_servers.x] # 2\n# 3\ncommand = "y" # 4\n# 5\n\n# 6\n[z] # 7\na = [ # 8\n  1, # 9\n]\n# 10\n',
  "lists of tables": '[[profiles]]\nname = "a"\n[[profiles]]\nname = "b"\n',
};

describe("an entry goes into, is changed in and is taken out of", () => {
  for (const [what, text] of Object.entries(TEXTS)) {
    for (const [kind, variant] of Object.entries(variants(text))) {
      test(`${what}, ${kind}`, () => expectEditable(tomlEditor, PATH, variant));
    }
  }
});

test.each([
  [
    "in a table of its own",
    '[mcp_servers.cadre]\ncommand = "/old"\nstartup_timeout_sec = 20 # mine\n\n[mcp_servers.cadre.env]\nA = "1"\n',
  ],
  [
    "in dotted keys",
    'mcp_servers.cadre.command = "/old"\nmcp_servers.cadre.startup_timeout_sec = 20 # mine\nmcp_servers.cadre.env.A = "1"\n',
  ],
  ["inline", 'mcp_servers = { cadre = { command = "/old", startup_timeout_sec = 20, env = { A = "1" } } } # mine\n'],
  [
    "inline in a table",
    '[mcp_servers]\ncadre = { command = "/old", startup_timeout_sec = 20, env = { A = "1" } } # mine\n',
  ],
])("an entry %s keeps what is its user's when it is changed, and goes as a whole", (_form, text) => {
  const changed = applySplices(text, [
    tomlEditor.change(text, PATH, NAME, [
      { keys: ["command"], value: "/new" },
      { keys: ["args"], value: ["a"] },
      { keys: ["env", "B"], value: "2" },
    ]),
  ]);
  const removed = applySplices(changed, [tomlEditor.remove(changed, PATH, NAME)]);

  expect(tomlEditor.entries(changed, PATH).get(NAME)).toEqual({
    command: "/new",
    startup_timeout_sec: 20,
    args: ["a"],
    env: { A: "1", B: "2" },
  });
  expect(changed).toContain("# mine");
  expect(tomlEditor.entries(removed, PATH).size).toBe(0);
});

test("names and values that need quotes get them", () => {
  const entry = { command: 'C:\\a "b"\u007f', args: ["ü\n"], env: { "a.b": "1" } };

  const added = applySplices("", [tomlEditor.put("", PATH, "a b", entry)]);

  expect(tomlEditor.entries(added, PATH).get("a b")).toEqual({ ...entry });
  expect(added).toContain('[mcp_servers."a b"]');
});

test.each([
  ["no TOML", "a = \n", "not valid TOML"],
  ["a name given twice", "[a]\n[a]\n", "not valid TOML (defining a key multiple times is invalid) at line 2, column 2"],
  ["a list of tables", '[[mcp_servers]]\nname = "x"\n', "mcp_servers is not a table but a list"],
  ["a text in its place", 'mcp_servers = "x"\n', "mcp_servers is not a table but a string"],
])("refused is %s", (_what, text, message) => {
  expect(() => tomlEditor.entries(text, PATH)).toThrow(message);
});
