import { expect, test } from "bun:test";
import { BLOCKED_COMMANDS, commandProblem, READING_COMMANDS } from "../../../../src/sandbox/policy/command-rules.ts";

const blocked = (script: string) => commandProblem(script, BLOCKED_COMMANDS, undefined);

test.each([
  "rm -rf /",
  "rm -r -f /*",
  "rm --recursive --force //",
  "/bin/rm -fR /.",
  "rm -rf ~",
  'rm -rf "$HOME"',
  ["rm -rf $", "{HOME}/*"].join(""),
  "cd /tmp && sudo ls",
  "echo $(rm -rf /)",
  "bash -c 'rm -rf /'",
  "mkfs.ext4 /dev/sda1",
  "dd if=/dev/zero of=/dev/sda",
  "chmod -R 777 /",
  "find / -exec shutdown now \\;",
])("a script with %j is refused, and told by which rule", (script) => {
  expect(blocked(script)).toMatch(/is blocked by the rule "/);
});

test.each([
  "echo terminal",
  "git init",
  "npm run format",
  "echo 'rm -rf /'",
  "rm -rf build /tmp/x",
  "rm -rf ./",
  "grep sudo README.md",
  "dd if=a of=b",
  "ls -R /",
])("a script with %j is not", (script) => {
  expect(blocked(script)).toBeUndefined();
});

test("where only some commands are allowed, all others and those that nobody can read are refused", () => {
  const problem = (script: string) => commandProblem(script, [], READING_COMMANDS);

  expect(problem('for f in *.txt; do grep -c x "$f" | sort; done; greet() { echo hi; }; greet')).toBeUndefined();
  expect(problem("ls; touch x")).toBe("the command touch is not allowed");
  expect(problem("$CMD x")).toContain("only known while it runs");
  expect(problem("ls | xargs rm")).toBe("the command rm is not allowed");
});

test("a rule of several words wants all of them", () => {
  expect(commandProblem("git push origin", ["git push"], undefined)).toContain('"git push"');
  expect(commandProblem("git pull", ["git push"], undefined)).toBeUndefined();
  expect(commandProblem("git status; git push", [], ["git status"])).toBe("the command git is not allowed");
});
