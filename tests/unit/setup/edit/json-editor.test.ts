import { describe, expect, test } from "bun:test";
import { jsonEditor } from "../../../../src/setup/edit/json-editor.ts";
import { applySplices } from "../../../../src/setup/edit/splice.ts";
import { ENTRY, expectEditable, NAME, variants } from "../../../harness/config-editing.ts";
import { Random } from "../../../harness/random.ts";

const relaxed = jsonEditor({ comments: true, trailingComma: true });
const strict = jsonEditor({ comments: false, trailingComma: false });

const TEXTS = {
  "an empty file": "",
  "a file of one empty line": "\n",
  "nothing but a comment": "// only\n",
  "an empty object": "{}",
  "an empty object with a space": "{ }",
  "an empty object over two lines": "{\n}\n",
  "an empty object over three lines": "{\n\n}\n",
  "one line without spaces": '{"a":1}',
  "one line with spaces": '{ "a": 1 }',
  "one line with a trailing comma": '{ "a": 1, }',
  "an empty map on one line": '{"mcpServers":{}}',
  "an empty map on one spaced line": '{ "mcpServers": { } }',
  "a map on one line": '{"mcpServers":{"x":{"command":"y"}}}',
  "a map on one spaced line": '{ "mcpServers": { "x": { "command": "y" } } }',
  "an empty map": '{\n  "mcpServers": {}\n}\n',
  "a map of one line in a file of many": '{\n  "mcpServers": { "x": { "command": "y" } }\n}\n',
  "two spaces": '{\n  "mcpServers": {\n    "x": {\n      "command": "y"\n    }\n  }\n}\n',
  "four spaces and trailing commas":
    '{\n    "mcpServers": {\n        "x": {\n            "command": "y"\n        },\n    },\n}\n',
  "tabs and comments everywhere":
    '{\n\t"a": 1, // one\n\t"mcpServers": {\n\t\t// before\n\t\t"x": { "command": "y" } // after x\n\t\t// tail\n\t}\n}\n',
  "a comma at the head of a line": '{\n  "a": 1\n  , "b": 2\n}',
  "a comment with commas before the comma": '{\n  "a": 1 /* c, d */ , // e\n  // f\n}',
  "a map with nothing but a comment": '{\n  "mcpServers": {\n    // nothing yet\n  }\n}\n',
  "a map with a comment between its braces": '{\n  "mcpServers": { /* nothing */ }\n}\n',
  "numbers that no parser holds": '{\n  "n": 12345678901234567890, "f": 1.0, "e": 1E400, "z": -0\n}',
  "letters of all kinds": '{\n  "u": "\\u00e9é日本\\ud83d\\ude00", "/": "\\/", "mcpServers": {"é": {}}\n}',
  "members of one name": '{\n  "mcpServers": {"a":{}},\n  "mcpServers": {\n    "b": {}\n  }\n}\n',
  "comments before and behind": '/* head */ {\n  "a": [1,\n 2], // x\n} // foot\n',
  "no indentation": '{\n"a":1,\n"mcpServers":{\n"x":{}\n}\n}',
  "several members on a line": '{\n  "a": "x", "mcpServers": {\n    "x": {} } }',
  "braces and comments in texts": '{\n  "a": "} // { /* , */",\n  "mcpServers": { "x": { "command": "// {" } }\n}\n',
};
const PATHS = [["mcpServers"], ["amp.mcpServers"], ["mcp", "servers"]] as const;

describe("an entry goes into, is changed in and is taken out of", () => {
  for (const [what, text] of Object.entries(TEXTS)) {
    for (const [kind, variant] of Object.entries(variants(text))) {
      for (const path of PATHS) {
        test(`${what}, ${kind}, under ${path.join(" > ")}`, () => {
          expectEditable(relaxed, path, variant);
        });
      }
    }
  }
});

test("three hundred texts that chance made are edited and taken back to the byte", () => {
  const chance = new Random("config files");
  const random = () => chance.next();
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const gap = () => pick(["", " ", "\n", "\n  ", "\n\t", " /* c, } */ ", " // c, }\n", "\r\n    "]);
  const value = (depth: number): string => {
    const kind = depth > 3 ? 0 : Math.floor(random() * 4);
    if (kind === 0) return pick(["1", "1.50", "1e400", "null", '"a"', '"},//"', "true", '""']);
    const inner = Array.from({ length: Math.floor(random() * 4) }, () => value(depth + 1));
    if (kind === 1) return `[${inner.map((one) => gap() + one + gap()).join(",")}]`;
    const members = inner.map((one, at) => `${gap()}"k${at}"${gap()}:${gap()}${one}${gap()}`);
    return `{${members.join(",")}${members.length > 0 && random() < 0.3 ? `,${gap()}` : ""}}`;
  };
  const object = () => {
    const map = random() < 0.6 ? [`"mcpServers"${gap()}:${gap()}{${gap()}"x": ${value(2)}${gap()}}`] : [];
    const others = Array.from({ length: Math.floor(random() * 3) }, (_none, at) => `"m${at}": ${value(1)}`);
    const members = [...others, ...map, ...(random() < 0.3 ? [`"last": ${value(2)}`] : [])];
    return `${gap()}{${members.map((one) => gap() + one + gap()).join(",")}}${gap()}`;
  };
  for (let count = 0; count < 300; count += 1) {
    const text = object();
    try {
      expectEditable(relaxed, ["mcpServers"], text);
    } catch (cause) {
      throw new Error(JSON.stringify(text), { cause });
    }
  }
});

test("the entry looks like its neighbours", () => {
  const text = '{\n\t"mcpServers": {\n\t\t"x": {} // mine\n\t}\n}\n';

  const added = applySplices(text, [strictPut(text)]);

  expect(added).toBe(
    '{\n\t"mcpServers": {\n\t\t"x": {}, // mine\n\t\t"cadre": {\n\t\t\t"type": "stdio",\n\t\t\t"command": "/opt/cadre",\n\t\t\t"args": [\n\t\t\t\t"--x"\n\t\t\t],\n\t\t\t"env": {\n\t\t\t\t"CADRE_HOME": "/h"\n\t\t\t}\n\t\t}\n\t}\n}\n',
  );
});

function strictPut(text: string) {
  return relaxed.put(text, ["mcpServers"], NAME, { ...ENTRY, args: [...ENTRY.args] });
}

test.each([
  ["no JSON", "{ a", "not valid JSON (invalid symbol) at line 1, column 3"],
  ["a list", "[]", "not an object but a list at line 1, column 1"],
  ["a map that is a list", '{\n  "mcpServers": []\n}', "mcpServers is not an object but a list at line 2, column 17"],
  ["a map that is null", '{"mcpServers":null}', "mcpServers is not an object but a null at line 1, column 15"],
  ["a comment that its client refuses", "{} // c", "a comment, which this client refuses at line 1, column 4"],
  [
    "a trailing comma that its client refuses",
    '{\n"a": 1,}',
    "not valid JSON (property name expected) at line 2, column 8",
  ],
  ["something behind the end", "{} {}", "not valid JSON (end of file expected) at line 1, column 4"],
  ["too many levels", "[".repeat(100_000), "too deeply nested at line 1, column 1"],
])("refused is %s", (_what, text, message) => {
  expect(() => strict.entries(text, ["mcpServers"])).toThrow(message);
});
