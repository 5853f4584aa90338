import { describe, expect, test } from "bun:test";
import { ownFileEditor } from "../../../../src/setup/edit/own-file-editor.ts";
import { applySplices } from "../../../../src/setup/edit/splice.ts";
import { yamlEditor } from "../../../../src/setup/edit/yaml-editor.ts";
import { expectEditable, NAME, variants } from "../../../harness/config-editing.ts";

const PATH = ["extensions"];
const TEXTS = {
  "an empty file": "",
  "nothing but a comment": "# c\n",
  "no line break at the end": "a: 1",
  "another key": "a: 1\n",
  "a key without anything": "extensions:\n",
  "a key with a comment": "extensions: # c\n",
  "an empty map in braces": "extensions: {}\n",
  "an empty map in braces with a comment": "extensions: {} # c\nb: 1\n",
  "a tilde": "extensions: ~\nb: 1\n",
  "lists and comments": "extensions:\n  x:\n    cmd: y\n    args:\n      - a\n      - b # c\n# tail\nother: 1\n",
  "four spaces and texts over lines":
    "extensions:\n    x:\n        cmd: |\n          many\n          lines\n    z: {cmd: q} # c\nother: >-\n  folded\n",
  "a text over lines at the end": "extensions:\n  x:\n    cmd: |\n      many\n      lines\n",
  "anchors and merges": "base: &b\n  q: 1\nextensions:\n  x:\n    <<: *b\n    cmd: y\n  z: *b\n",
  "marks of a document": "---\nextensions:\n  x: {}\n...\n",
  "quoted keys": '"extensions":\n  "x":\n    cmd: y\n',
  "comments far below": "extensions:\n  x:\n    cmd: y\n\n\n# far tail\n",
  "a list at the indentation of its key": "extensions:\n  x:\n    list:\n    - name: a\n      b: c",
  "a list before": "other:\n- 1\n- 2\nlast:\n",
  "letters of all kinds": 'extensions:\n  日本:\n    cmd: "é\\n"\n',
  "words that look like others": "extensions:\n  x:\n    a: yes\n    b: 0o17\n    c: 1_000\n    d: 2026-11-30\n",
};

describe("an entry goes into, is changed in and is taken out of", () => {
  for (const [what, text] of Object.entries(TEXTS)) {
    for (const [kind, variant] of Object.entries(variants(text))) {
      test(`${what}, ${kind}`, () => expectEditable(yamlEditor, PATH, variant));
    }
  }
});

test.each([
  [
    "a map in braces",
    "extensions: { a: { cmd: x } }\n",
    "extensions is written in braces, which is not edited at line 1, column 13",
  ],
  ["a file in braces", "{ a: 1 }\n", "the file is written in braces"],
  [
    "another name for a map",
    "b: &b\n  x: 1\nextensions: *b\n",
    "extensions stands somewhere else, under an anchor at line 3",
  ],
  ["two documents", "a: 1\n---\nb: 2\n", "more than one document at line 2, column 1"],
  ["no YAML", "a: [1\n", "not valid YAML"],
  ["a list", "- a\n", "the file is not a map at line 1, column 1"],
  ["a text in its place", "extensions: x\n", "extensions is not a map at line 1, column 13"],
])("refused is %s", (_what, text, message) => {
  expect(() => yamlEditor.entries(text, PATH)).toThrow(message);
});

test("a file of our own is written as a whole, changed and taken away", () => {
  const entry = { name: NAME, command: "/opt/cadre", args: [], env: { A: "1" } };

  const added = applySplices("", [ownFileEditor.put("", ["mcpServers"], NAME, entry)]);
  const change = ownFileEditor.change(added, ["mcpServers"], NAME, [{ keys: ["env", "B"], value: "2" }]);
  const changed = applySplices(added, [change]);

  expect(added).toBe(
    'name: cadre\nversion: 1.0.0\nschema: v1\nmcpServers:\n  - name: "cadre"\n    command: "/opt/cadre"\n    args: []\n    env: { A: "1" }\n',
  );
  expect(ownFileEditor.entries(changed, ["mcpServers"]).get(NAME)).toEqual({ ...entry, env: { A: "1", B: "2" } });
  expect(applySplices(changed, [ownFileEditor.remove(changed, ["mcpServers"], NAME)])).toBe("");
});
