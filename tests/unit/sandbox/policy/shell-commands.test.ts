import { expect, test } from "bun:test";
import { shellCommands } from "../../../../src/sandbox/policy/shell-commands.ts";

const read = (script: string) => shellCommands(script).map((words) => words.join(" "));

test.each<[string, string[]]>([
  ["echo terminal", ["echo terminal"]],
  ["a; b && c || d | e & f", ["a", "b", "c", "d", "e", "f"]],
  ["echo 'rm -rf /'; echo \"x; y\"", ["echo rm -rf /", "echo x; y"]],
  ["r\\m -rf /", ["rm -rf /"]],
  ["r''m \"-rf\" /", ["rm -rf /"]],
  ["$'\\x72m' -rf /", ["rm -rf /"]],
  ["A=1 B=2 env C=3 rm x", ["env C=3 rm x", "rm x"]],
  ["echo $(rm x)", ["echo $(…)", "rm x"]],
  ['echo "`rm x`"', ["echo `…`", "rm x"]],
  ["diff <(rm x) y", ["diff <(…) y", "rm x"]],
  ['bash -c "rm x; ls"', ["bash -c rm x; ls", "rm x", "ls"]],
  ["sh -ec 'rm x'", ["sh -ec rm x", "rm x"]],
  ["eval rm x", ["eval rm x", "rm x"]],
  ["find . -name a -exec rm {} \\;", ["find . -name a -exec rm {} ;", "rm {}"]],
  ["ls | xargs -n 1 rm", ["ls", "xargs -n 1 rm", "rm"]],
  ["timeout -k 5 10 rm x", ["timeout -k 5 10 rm x", "rm x"]],
  ["if true; then rm x; fi", ["true", "rm x"]],
  ["for f in a b; do rm $f; done", ["rm $f"]],
  ["f() { rm x; }", ["f", "rm x"]],
  ["echo a > rm 2>&1 >> b", ["echo a"]],
  ["# rm x\nls # rm y", ["ls"]],
  ["cat <<END\nrm x\nEND\nls", ["cat", "ls"]],
  ["cat <<-'END' | wc\nrm x\n\tEND\nls", ["cat", "wc", "ls"]],
  ["cat <<< rm", ["cat"]],
  ["a \\\n b", ["a b"]],
  ['echo "unfinished', ["echo unfinished"]],
  ["", []],
])("shellCommands(%j)", (script, commands) => {
  expect(read(script)).toEqual(commands);
});

test("shellCommands() comes to an end, however deeply a script nests", () => {
  expect(read(`${"eval ".repeat(50)}x`).length).toBeLessThan(20);
  expect(read("$(".repeat(5_000)).length).toBeLessThan(20);
});
