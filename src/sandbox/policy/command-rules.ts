// Which commands a script may hold. A rule is written like a command: its name, flags and words that are all given.
import { posix } from "node:path";
import { commandName, type ShellCommand, shellCommands } from "./shell-commands.ts";

/** What nobody means to run here. */
export const BLOCKED_COMMANDS: readonly string[] = [
  "rm -r /",
  "rm -r ~",
  "chmod -R /",
  "chown -R /",
  "mkfs*",
  "dd of=/dev/*",
  "shutdown",
  "reboot",
  "halt",
  "poweroff",
  "sudo",
  "su",
  "doas",
];

/** What looks and computes, for scripts that may do no more. */
export const READING_COMMANDS: readonly string[] = (
  "[ [[ : awk base64 basename bc break cat cd cksum cmp column comm continue cut date declare diff dirname du echo " +
  "egrep env exit expand export expr false fgrep file find fmt fold getopts git-diff grep gunzip gzip head hexdump " +
  "hostname iconv id jq join let local ls md5sum mapfile nl nproc numfmt od paste pr printenv printf pwd read readarray " +
  "readlink readonly realpath return rev sed seq set sha1sum sha256sum sha512sum shift shopt shuf sleep sort split " +
  "stat strings sum tac tail test tr trap tree true tsort type typeset uname uniq unset uptime wait wc which whoami " +
  "xargs xxd yes zcat zgrep"
).split(" ");

/** Why this script may not run; undefined when it may. */
export function commandProblem(
  script: string,
  blocked: readonly string[],
  allowed: readonly string[] | undefined,
): string | undefined {
  const commands = shellCommands(script);
  const own = new Set(commands.flatMap((command) => (command[0] === "alias" ? [] : functionsOf(script))));
  for (const command of commands) {
    const rule = blocked.find((one) => matches(one, command));
    if (rule !== undefined)
      return `the command ${JSON.stringify(shown(command))} is blocked by the rule ${JSON.stringify(rule)}`;
    if (allowed === undefined || own.has(command[0])) continue;
    if (/[$`]/.test(command[0])) return `the command ${JSON.stringify(shown(command))} is only known while it runs`;
    if (!allowed.some((one) => matches(one, command))) return `the command ${commandName(command)} is not allowed`;
  }
  return undefined;
}

function functionsOf(script: string): string[] {
  return [...script.matchAll(/(?:^|[\s;])(?:function\s+)?([\w-]+)\s*\(\)/g)].map(([, name]) => name ?? "");
}

function matches(rule: string, command: ShellCommand): boolean {
  const [name = "", ...wanted] = rule.split(/\s+/);
  if (!isLike(name, commandName(command))) return false;
  const [, ...given] = command;
  const flags = new Set(
    given.filter((word) => /^-\w+$/.test(word)).flatMap((word) => [...word.slice(1).toLowerCase()]),
  );
  return wanted.every((word) => {
    if (/^-\w$/.test(word)) return flags.has(word.slice(1).toLowerCase()) || given.some((one) => isLongFlag(word, one));
    return given.some((one) => isLike(word, placeOf(one)) || isLike(word, one));
  });
}

const LONG_FLAGS: Readonly<Record<string, string>> = { "-r": "--recursive", "-f": "--force" };

function isLongFlag(short: string, word: string): boolean {
  return LONG_FLAGS[short.toLowerCase()] === word;
}

/** "//", "/." and "/*" all mean the root, "$HOME/*" the home folder. */
function placeOf(word: string): string {
  const path = word.replace(/^\$(HOME|\{HOME\})(?=\/|$)/, "~").replace(/\/\*$/, "/");
  if (!/^[/~]/.test(path)) return word;
  const plain = posix.normalize(path);
  return plain.length > 1 ? plain.replace(/\/$/, "") : plain;
}

function isLike(pattern: string, word: string): boolean {
  return pattern.endsWith("*") ? word.startsWith(pattern.slice(0, -1)) : word === pattern;
}

function shown(command: ShellCommand): string {
  return command.join(" ").slice(0, SHOWN_CHARS);
}

const SHOWN_CHARS = 80;
