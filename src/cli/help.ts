import { flagName, SETTING_KEYS, settingOf } from "../config/settings.ts";
import type { Command } from "./command.ts";

const WORDS_WIDTH = 28;

/** `cadre` alone, on a terminal. */
export function firstSteps(version: string): string {
  return `cadre ${version}: an orchestrator that does not forget, for any MCP client

  cadre setup     put it into the MCP clients of this machine
  cadre doctor    see that everything works, and what to do where it does not
  cadre --help    every command

Started by a client, it speaks MCP over stdin and stdout; cadre --http serves a port.
`;
}

/** `cadre --help`: how it is started, then every command. */
export function overview(commands: readonly Command[], version: string): string {
  const nouns = Map.groupBy(commands, ({ words }) => words[0]);
  const lines = [...nouns].flatMap(([noun, group]) => {
    const [only] = group;
    if (group.length === 1 && only) return [row(usageWords(only), only.summary)];
    return [row(`${noun} ${group.map(({ words }) => words.slice(1).join(" ")).join("|")}`, "")];
  });
  return `cadre ${version}: an orchestrator that does not forget, for any MCP client

  cadre                        serve MCP over stdin and stdout, for a client that starts it
  cadre --http [PORT]          serve MCP at /mcp and REST at /v1 on this machine
  cadre NOUN VERB [--json]     do one thing from a terminal or a script

Commands; each explains itself with --help:
${lines.join("\n")}

Settings, as flags, as CADRE_… variables, or in a file (cadre config list):
  ${SETTING_KEYS.map((key) => `--${flagName(key)}`).join(" ")}

  --json prints the same object that MCP and REST answer. --version prints the version.
`;
}

/** `cadre task create --help`. */
export function explain(command: Command): string {
  const flags = Object.entries(command.flags ?? {});
  return [
    `cadre ${usageWords(command)}${flags.length > 0 ? " [flags]" : ""}`,
    "",
    `  ${command.summary}`,
    ...(flags.length > 0 ? ["", ...flags.map(([name, { kind, help }]) => row(`--${name}${VALUE[kind]}`, help))] : []),
    "",
    row("--json", "Print the answer as JSON."),
    row("--workspace FOLDER", settingOf("workspace").help),
    "",
  ].join("\n");
}

/** `cadre task`: the verbs of one noun. */
export function explainNoun(noun: string, commands: readonly Command[]): string {
  return [`cadre ${noun} VERB`, "", ...commands.map((command) => row(usageWords(command), command.summary)), ""].join(
    "\n",
  );
}

const VALUE = { text: " …", list: " a,b", boolean: "", optional: "[=…]" } as const;

function usageWords({ words, positional = [] }: Command): string {
  const places = positional.map((name) =>
    /[?…]$/.test(name) ? `[${name.replace("?", "").toUpperCase()}]` : name.toUpperCase(),
  );
  return [...words, ...places].join(" ");
}

function row(left: string, right: string): string {
  return left.length < WORDS_WIDTH
    ? `  ${left.padEnd(WORDS_WIDTH)} ${right}`.trimEnd()
    : `  ${left}\n  ${" ".repeat(WORDS_WIDTH)} ${right}`.trimEnd();
}
